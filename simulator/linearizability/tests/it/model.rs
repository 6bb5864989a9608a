//! Tests of the general search: against brute force, against the methods for registers, and where many calls have no
//! outcome.

use crate::support::{
    Case, Did, Shape, brute_force_linearizable, is_explanation, lost_at, random_case, unique_case,
};
use linearizability::model::register::{Answer, Op, Register};
use linearizability::model::{Observation, check, order};
use linearizability::{Budget, Verdict};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Returns the calls of a case, for the model of a register.
fn calls(case: &Case) -> Vec<Observation<Op<u8>, Answer<u8>>> {
    let call = |(client, op): (usize, &crate::support::Op)| {
        let (called, answer) = match op.did {
            Did::Put(value) => (Op::Write(value), Answer::Written),
            Did::Got(value) => (Op::Read, Answer::Value(value)),
            Did::Cas { from, to, ok } => (Op::Swap { from, to }, Answer::Swapped(ok)),
        };
        match op.end {
            Some(end) => Observation::answered(client as u32, called, op.invoke, answer, end),
            None => Observation::pending(client as u32, called, op.invoke),
        }
    };
    case.ops.iter().enumerate().map(call).collect()
}

fn agree(shape: Shape, seed: u64, cases: u32) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut violated = 0;
    for number in 0..cases {
        let case = random_case(&mut rng, shape);
        let model = Register { initial: case.initial };
        let calls = calls(&case);
        match check(&model, &calls, Budget::default()) {
            Verdict::Linearizable => {
                let order = order(&model, &calls, Budget::default()).expect("it is linearizable");
                assert!(is_explanation(&case, &order), "case {number}: {order:?}: {case:?}");
            }
            Verdict::NotLinearizable(violation) => {
                assert!(!brute_force_linearizable(&case), "case {number} is legal: {case:?}");
                assert_eq!(violation.lost_at, lost_at(&case), "case {number}: {case:?}");
                let set: u32 = violation.operations.iter().map(|evidence| 1 << evidence.id).sum();
                let proof = case.subset(set);
                assert!(!brute_force_linearizable(&proof), "case {number}: {set:b}: {case:?}");
                violated += 1;
            }
            Verdict::Unknown { .. } => panic!("case {number} is small: {case:?}"),
        }
    }
    assert!(violated > cases / 10 && violated < cases - cases / 10, "{violated} of {cases}");
}

#[test]
fn the_general_search_agrees_with_brute_force() {
    agree(Shape { unique: false, cas: true, failed: true }, 21, 8_000);
    agree(Shape { unique: false, cas: false, failed: false }, 22, 4_000);
    agree(Shape { unique: true, cas: true, failed: false }, 23, 4_000);
}

/// Returns a history of a register with 5 values: a third each of reads, writes and compare-and-sets by 5 clients. A
/// client whose call has no outcome goes on as another one. With `spoiled`, one answer may be wrong.
fn pending_case(rng: &mut impl Rng, count: usize, pending: f64, spoiled: bool) -> Case {
    let mut free_at = [0_u64; 5];
    let mut ops = Vec::new();
    for _ in 0..count {
        let client = rng.random_range(0..free_at.len());
        let invoke = free_at[client] + rng.random_range(1..4);
        let end = invoke + rng.random_range(1..16);
        free_at[client] = end + 1;
        let mut value = || rng.random_range(1..=5_u8);
        let did = match value() % 3 {
            0 => Did::Got(0),
            1 => Did::Put(value()),
            _ => Did::Cas { from: value(), to: value(), ok: false },
        };
        // Without an outcome it takes effect now, much later, or never.
        let is_pending = rng.random_bool(pending);
        let late = if is_pending { [0, 40, 100_000][rng.random_range(0..3)] } else { 0 };
        let effect = rng.random_range(invoke..=end) + late;
        ops.push((effect, crate::support::Op { did, invoke, end: (!is_pending).then_some(end) }));
    }
    ops.sort_by_key(|&(effect, op)| (effect, op.invoke));
    let mut value = 0;
    for (_, op) in &mut ops {
        match &mut op.did {
            Did::Put(written) => value = *written,
            Did::Got(got) => *got = value,
            Did::Cas { from, to, ok } => {
                *ok = *from == value;
                value = if *ok { *to } else { value };
            }
        }
    }
    if spoiled {
        let reads =
            ops.iter_mut().filter(|(_, op)| matches!(op.did, Did::Got(_)) && op.end.is_some());
        let mut reads: Vec<_> = reads.collect();
        if let Some(victim) = reads.len().checked_sub(1) {
            reads[rng.random_range(0..=victim)].1.did = Did::Got(rng.random_range(0..=5));
        }
    }
    ops.sort_by_key(|(_, op)| op.invoke);
    Case { initial: 0, ops: ops.into_iter().map(|(_, op)| op).collect() }
}

/// Few steps: a million take about 0.2 s.
const FEW: Budget = Budget { steps: 50_000 };

#[test]
fn many_calls_without_an_outcome_are_decided_in_few_steps() {
    let mut rng = ChaCha8Rng::seed_from_u64(24);
    for pending in [0.1, 0.2, 0.4, 0.6, 0.8] {
        for number in 0..50 {
            let case = pending_case(&mut rng, 150, pending, false);
            let model = Register { initial: 0 };
            let order = order(&model, &calls(&case), FEW);
            let order = order.unwrap_or_else(|verdict| panic!("{pending} {number}: {verdict:?}"));
            assert!(is_explanation(&case, &order), "{pending} {number}: {order:?}: {case:?}");
        }
    }
}

#[test]
fn the_general_search_agrees_with_the_methods_for_registers() {
    let mut rng = ChaCha8Rng::seed_from_u64(25);
    let (mut violated, mut undecided) = (0, 0);
    for number in 0..300 {
        let case = if number % 2 == 0 {
            unique_case(&mut rng, 60, 300, 0.8)
        } else {
            pending_case(&mut rng, 60, 0.05, true)
        };
        let general = check(&Register { initial: 0 }, &calls(&case), Budget::default());
        match (general, linearizability::check(&case.history(), FEW)) {
            (Verdict::Linearizable, Verdict::Linearizable) => {}
            (Verdict::NotLinearizable(one), Verdict::NotLinearizable(other)) => {
                assert_eq!(one.lost_at, other.lost_at, "case {number}: {case:?}");
                violated += 1;
            }
            (_, Verdict::Unknown { .. }) => undecided += 1,
            (one, other) => panic!("case {number}: {one:?} {other:?} {case:?}"),
        }
    }
    assert!((50..250).contains(&violated) && undecided < 30, "{violated} {undecided}");
}
