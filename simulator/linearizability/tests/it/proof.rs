//! Tests that proofs are sound and the smallest ones, by brute force over all sub-histories.

use crate::support::{Case, Did, Op, Shape, brute_force_linearizable, random_case};
use linearizability::{Budget, Verdict, check};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Returns the size of the smallest violation among the sub-histories in which a get keeps its put.
fn least_violation(case: &Case) -> u32 {
    let sets = (1..1u32 << case.ops.len()).filter(|&set| keeps_what_it_read(case, set));
    let violated = sets.filter(|&set| !brute_force_linearizable(&case.subset(set)));
    violated.map(u32::count_ones).min().expect("the whole is a violation")
}

/// Returns true if every operation that observed a value keeps all writes that it may have observed.
fn keeps_what_it_read(case: &Case, set: u32) -> bool {
    let member = |i: usize| set >> i & 1 == 1;
    (0..case.ops.len()).filter(|&i| member(i)).all(|i| {
        (0..case.ops.len()).all(|j| i == j || member(j) || !may_observe(case.ops[i], case.ops[j]))
    })
}

fn may_observe(observer: Op, write: Op) -> bool {
    let written = match write.did {
        Did::Put(value) => value,
        Did::Cas { to, ok, .. } if ok || write.end.is_none() => to,
        _ => return false,
    };
    match (observer.did, observer.end) {
        (Did::Put(_), _) | (Did::Got(_), None) => false,
        // A get keeps its put even if the put began later.
        (Did::Got(value), Some(_)) => written == value,
        (Did::Cas { from, ok: false, .. }, Some(end)) => written != from && write.invoke <= end,
        (Did::Cas { from, .. }, _) => written == from,
    }
}

fn proofs_are_least(shape: Shape, seed: u64, cases: u32) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut violated = 0;
    for number in 0..cases {
        let case = random_case(&mut rng, shape);
        let Verdict::NotLinearizable(violation) = check(&case.history(), Budget::default()) else {
            continue;
        };
        let set: u32 = violation.operations.iter().map(|evidence| 1 << evidence.id).sum();
        assert!(
            !brute_force_linearizable(&case.subset(set)),
            "case {number}: {set:b} is legal: {case:?}"
        );
        let least = least_violation(&case);
        if shape.cas || !shape.unique {
            // The checker's rule for the writes to keep is more precise, so its proof may even be smaller.
            assert!(
                set.count_ones() <= least,
                "case {number}: {set:b} could have {least}: {case:?}"
            );
        } else {
            assert!(
                keeps_what_it_read(&case, set),
                "case {number}: {set:b} misses a put: {case:?}"
            );
            assert_eq!(set.count_ones(), least, "case {number}: {set:b}: {case:?}");
        }
        violated += 1;
    }
    assert!(violated > cases / 10, "only {violated} violations");
}

#[test]
fn unique_values_get_the_least_proof() {
    proofs_are_least(Shape { unique: true, cas: false, failed: false }, 11, 10_000);
}

#[test]
fn repeated_values_get_a_proof_no_larger_than_the_least() {
    proofs_are_least(Shape { unique: false, cas: false, failed: false }, 12, 4_000);
}

#[test]
fn chains_of_cas_get_a_proof_no_larger_than_the_least() {
    proofs_are_least(Shape { unique: true, cas: true, failed: false }, 13, 4_000);
}

#[test]
fn failed_cas_gets_a_proof_no_larger_than_the_least() {
    proofs_are_least(Shape { unique: false, cas: true, failed: true }, 14, 4_000);
}
