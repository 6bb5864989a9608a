//! Tests of the checker against brute force, on many small histories with few stamps and few values.

use crate::support::{
    Case, Did, Op, Shape, brute_force_linearizable, is_explanation, lost_at, random_case,
    unique_case,
};
use linearizability::{Budget, Verdict, check, witness};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn agree(shape: Shape, seed: u64, cases: u32) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut violated = 0;
    for number in 0..cases {
        let case = random_case(&mut rng, shape);
        let expected = brute_force_linearizable(&case);
        match check(&case.history(), Budget::default()) {
            Verdict::Linearizable => {
                assert!(expected, "case {number} is not linearizable: {case:?}");
                let witness =
                    witness(&case.history(), Budget::default()).expect("it is linearizable");
                let order: Vec<usize> =
                    witness.iter().flat_map(|(_, ids)| ids).map(|id| id.index()).collect();
                assert!(
                    is_explanation(&case, &order),
                    "case {number}: {order:?} explains nothing: {case:?}"
                );
            }

            Verdict::NotLinearizable(violation) => {
                assert!(!expected, "case {number} is linearizable: {case:?}");
                assert_eq!(violation.lost_at, lost_at(&case), "case {number}: {case:?}");
                violated += 1;
            }
            Verdict::Unknown { .. } => {
                panic!("case {number} must not exhaust the budget: {case:?}")
            }
        }
    }
    // Both verdicts must be common, or the comparison would prove little.
    assert!(
        violated > cases / 10 && violated < cases - cases / 10,
        "{violated} of {cases} are violations"
    );
}

#[test]
fn unique_values_agree_with_brute_force() {
    agree(Shape { unique: true, cas: false, failed: false }, 1, 40_000);
}

#[test]
fn repeated_values_agree_with_brute_force() {
    agree(Shape { unique: false, cas: false, failed: false }, 2, 30_000);
}

#[test]
fn unique_values_with_cas_agree_with_brute_force() {
    agree(Shape { unique: true, cas: true, failed: false }, 3, 30_000);
}

#[test]
fn unique_values_with_failed_cas_agree_with_brute_force() {
    agree(Shape { unique: true, cas: true, failed: true }, 4, 20_000);
}

#[test]
fn repeated_values_with_cas_agree_with_brute_force() {
    agree(Shape { unique: false, cas: true, failed: true }, 5, 30_000);
}

#[test]
fn an_empty_history_is_linearizable() {
    assert_eq!(check(&Case::default().history(), Budget::default()), Verdict::Linearizable);
}

/// Appends two puts of one value and a failed compare-and-set, long after everything else.
///
/// The verdict on the rest does not change. But the sweep no longer applies, and no write without an answer can be
/// forgotten before the end.
fn ruled_out_for_the_sweep(case: &Case) -> Case {
    let mut ops = case.ops.clone();
    let put = |at| Op { did: Did::Put(254), invoke: at, end: Some(at + 1) };
    let get = Op { did: Did::Got(254), invoke: 1_000_004, end: Some(1_000_005) };
    ops.extend([put(1_000_000), put(1_000_002), get]);
    Case { initial: case.initial, ops }
}

#[test]
fn the_search_agrees_with_the_sweep_on_larger_histories() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut violated = 0;
    // From a few operations open at once to more than the 64 of one word of bits.
    for (count, span, returned) in
        [(30, 400, 0.9), (60, 300, 0.9), (120, 600, 0.9), (250, 2500, 0.4)]
    {
        for _ in 0..100 {
            let case = unique_case(&mut rng, count, span, returned);
            let swept = check(&case.history(), Budget::default());
            let searched = check(&ruled_out_for_the_sweep(&case).history(), Budget::default());
            match (swept, searched) {
                (Verdict::Linearizable, Verdict::Linearizable) => {}
                (Verdict::NotLinearizable(one), Verdict::NotLinearizable(other)) => {
                    assert_eq!(one.lost_at, other.lost_at, "{case:?}");
                    assert!(one.operations.len() <= other.operations.len(), "{one:#?} {other:#?}");
                    violated += 1;
                }
                (one, other) => panic!("{one:?} {other:?} {case:?}"),
            }
        }
    }
    assert!((50..350).contains(&violated), "{violated} of 400 are violations");
}
