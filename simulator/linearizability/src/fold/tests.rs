use super::*;
use crate::{Budget, Call, Returned, Verdict, check};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Returns random, overlapping puts and gets of a key as (call, return, value to put, value got). One get in `wrong`
/// returns any value written so far. One put in eight never returns: its return is `u64::MAX`.
fn random_calls(seed: u64, wrong: usize) -> Vec<(u64, u64, Option<u32>, u32)> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| dice.random_range(0..bound);
    let (mut now, mut last, mut put) = (0, 0, 0);
    (0..60)
        .map(|_| {
            now += 1 + below(6) as u64;
            let end = now + below(5) as u64;
            if below(2) == 0 {
                put += 1;
                let returns = below(8) > 0;
                last = if returns || below(2) == 0 { put } else { last };
                return (now, if returns { end } else { u64::MAX }, Some(put), 0);
            }
            let stale = below(wrong) == 0;
            (now, end, None, if stale { below(last as usize + 1) as u32 } else { last })
        })
        .collect()
}

/// Records calls in the order of their returns, and folds after each `fold_every` of them.
fn record(calls: &[(u64, u64, Option<u32>, u32)], fold_every: usize) -> Recorder {
    let mut recorder = Recorder::new();
    let key = recorder.key("k");
    let mut values = vec![ValueId::MISSING];
    values.extend((1..=60).map(|number| recorder.new_value(number.to_string())));
    // A call that never returns is recorded a little after its invocation.
    let mut by_return = calls.to_vec();
    by_return.sort_by_key(|call| if call.1 == u64::MAX { call.0 + 5 } else { call.1 });
    for (number, &(at, end, put, got)) in by_return.iter().enumerate() {
        let (call, answer) = match put {
            Some(put) => (Call::Put { key, value: values[put as usize] }, Returned::Put),
            None => (Call::Get { key }, Returned::Got(values[got as usize])),
        };
        let id = recorder.invoke(0, call, at);
        if end != u64::MAX {
            recorder.returned(id, answer, end);
        }
        if (number + 1) % fold_every == 0 {
            let open = by_return[number + 1..].iter().map(|call| call.0).min();
            let held = values.clone();
            recorder.fold(|_| open.unwrap_or(u64::MAX), held.into_iter(), 1_000_000);
        }
    }
    recorder
}

#[test]
fn folding_changes_no_verdict() {
    let (mut fine, mut lost, mut dropped) = (0, 0, 0);
    for seed in 0..600 {
        let calls = random_calls(seed, 30);
        let whole = check(&record(&calls, usize::MAX).finish(), Budget::default());
        let folded = record(&calls, 1 + seed as usize % 9).finish();
        assert_eq!(folded.recorded(), 60);
        let verdict = check(&folded, Budget::default());
        let is_fine = whole == Verdict::Linearizable;
        assert_eq!(is_fine, verdict == Verdict::Linearizable, "seed {seed}");
        (fine, lost) = (fine + u32::from(is_fine), lost + u32::from(!is_fine));
        dropped += 60 - folded.operations().len();
    }
    assert!(fine > 50 && lost > 50 && dropped > 6_000, "{fine} {lost} {dropped}");
}

#[test]
fn values_that_nobody_knows_are_minted_again() {
    let mut recorder = Recorder::new();
    let key = recorder.key("k");
    for number in 0..1_000 {
        let value = recorder.new_value(number.to_string());
        let put = recorder.invoke(0, Call::Put { key, value }, 10 * number);
        recorder.returned(put, Returned::Put, 10 * number + 5);
        if number % 100 == 99 {
            recorder.fold(|_| u64::MAX, std::iter::empty(), 0);
        }
    }
    let history = recorder.finish();
    assert_eq!((history.recorded(), history.operations().len()), (1_000, 1));
    assert!(history.value_count() < 110, "{}", history.value_count());
    let Action::Put { value } = history.operations()[0].action else { panic!("it is a put") };
    assert_eq!(history.value_text(value), Some("999"));
}

#[test]
fn what_is_open_is_no_cut() {
    let calls: Vec<_> = (1..=9_u32)
        .map(|put| (u64::from(put) * 10, u64::from(put) * 10 + 5, Some(put), 0))
        .collect();
    let mut recorder = record(&calls, usize::MAX);
    recorder.fold(|_| 12, std::iter::empty(), 0);
    assert_eq!(recorder.len(), 9);
    recorder.fold(|_| 57, std::iter::empty(), 0);
    assert_eq!(recorder.len(), 5, "from the put of 50 to 55 on");
}
