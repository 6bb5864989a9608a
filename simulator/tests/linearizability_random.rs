//! The checker against brute force, on many small histories: few stamps, few values, all that is odd.

mod linearizability_support;

use linearizability_support::{Case, Shape, brute_force_linearizable, lost_at, random_case};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use simulator::linearizability::{Budget, Verdict, check};

fn agree(shape: Shape, seed: u64, cases: u32) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut violated = 0;
    for number in 0..cases {
        let case = random_case(&mut rng, shape);
        let expected = brute_force_linearizable(&case);
        match check(&case.history(), Budget::default()) {
            Verdict::Linearizable => {
                assert!(expected, "case {number} is not linearizable: {case:?}")
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
    // Both answers must be common, or the comparison says little.
    assert!(
        violated > cases / 10 && violated < cases - cases / 10,
        "{violated} of {cases} are violations"
    );
}

#[test]
fn unique_values_agree_with_brute_force() {
    agree(
        Shape {
            unique: true,
            cas: false,
            failed: false,
        },
        1,
        40_000,
    );
}

#[test]
fn repeated_values_agree_with_brute_force() {
    agree(
        Shape {
            unique: false,
            cas: false,
            failed: false,
        },
        2,
        30_000,
    );
}

#[test]
fn unique_values_with_cas_agree_with_brute_force() {
    agree(
        Shape {
            unique: true,
            cas: true,
            failed: false,
        },
        3,
        30_000,
    );
}

#[test]
fn unique_values_with_failed_cas_agree_with_brute_force() {
    agree(
        Shape {
            unique: true,
            cas: true,
            failed: true,
        },
        4,
        20_000,
    );
}

#[test]
fn repeated_values_with_cas_agree_with_brute_force() {
    agree(
        Shape {
            unique: false,
            cas: true,
            failed: true,
        },
        5,
        30_000,
    );
}

#[test]
fn an_empty_history_is_linearizable() {
    assert_eq!(
        check(&Case::default().history(), Budget::default()),
        Verdict::Linearizable
    );
}
