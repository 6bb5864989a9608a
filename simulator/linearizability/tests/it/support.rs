//! Small random histories, and a simple brute-force checker.
#![allow(dead_code)] // Each test crate uses its own part.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use linearizability::{Call, History, Recorder, Returned, ValueId};
use rand::{Rng, RngExt};

/// Compares a text with the snapshot of this name in `snapshots/checker`.
macro_rules! assert_snapshot {
    ($name:expr, $text:expr $(,)?) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/checker"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}
pub(crate) use assert_snapshot;

/// Returns the folder of histories that `HISTORIES_DIR` names. Without it a test is skipped, which is said and
/// counted.
pub(crate) fn histories() -> Option<String> {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::var("HISTORIES_DIR").ok();
    if folder.is_none() {
        let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
        // Past the test harness, which keeps what passing tests print to itself.
        writeln!(
            io::stderr(),
            "skipped: HISTORIES_DIR, a folder of histories with verdicts, is not set ({count} so far)"
        )
        .expect("it can be written");
    }
    folder
}

/// The effect of an operation. Values are small numbers; 0 is the missing value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Did {
    Put(u8),
    Got(u8),
    Cas { from: u8, to: u8, ok: bool },
}

/// One operation on the only key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    pub did: Did,
    pub invoke: u64,
    /// The return; `None` if it never returned: then the value it got, or its success, is unknown.
    pub end: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub initial: u8,
    pub ops: Vec<Op>,
}

impl Case {
    pub(crate) fn history(&self) -> History {
        let mut recorder = Recorder::new();
        let key = recorder.key("k");
        let initial = value(&mut recorder, self.initial);
        recorder.set_initial(initial);
        for (client, op) in self.ops.iter().enumerate() {
            let mut value = |number| value(&mut recorder, number);
            let (call, answer) = match op.did {
                Did::Put(v) => (Call::Put { key, value: value(v) }, Returned::Put),
                Did::Got(v) => (Call::Get { key }, Returned::Got(value(v))),
                Did::Cas { from, to, ok } => {
                    (Call::Cas { key, from: value(from), to: value(to) }, Returned::Cas(ok))
                }
            };
            let id = recorder.invoke(client as u32, call, op.invoke);
            if let Some(end) = op.end {
                assert!(recorder.returned(id, answer, end));
            }
        }
        recorder.finish()
    }

    pub(crate) fn subset(&self, members: u32) -> Case {
        let ops =
            self.ops.iter().enumerate().filter(|(i, _)| members >> i & 1 == 1).map(|(_, &op)| op);
        Case { initial: self.initial, ops: ops.collect() }
    }
}

fn value(recorder: &mut Recorder, number: u8) -> ValueId {
    if number == 0 { ValueId::MISSING } else { recorder.literal(&number.to_string()) }
}

/// Tries every order, by depth-first search over the sets of operations that have taken effect.
pub(crate) fn brute_force_linearizable(case: &Case) -> bool {
    // An operation that never returned may be left out; a get without a return has no effect at all.
    let must: u32 =
        (0..case.ops.len()).filter(|&i| case.ops[i].end.is_some()).map(|i| 1 << i).sum();
    explain(case, must, 0, case.initial)
}

fn explain(case: &Case, must: u32, done: u32, value: u8) -> bool {
    if must & !done == 0 {
        return true;
    }
    let left = |i: usize| done >> i & 1 == 0;
    (0..case.ops.len()).filter(|&i| left(i)).any(|i| {
        let op = case.ops[i];
        let minimal = case
            .ops
            .iter()
            .enumerate()
            .all(|(j, other)| !left(j) || other.end.is_none_or(|end| end >= op.invoke));
        minimal
            && next_value(op, value).is_some_and(|value| explain(case, must, done | 1 << i, value))
    })
}

fn next_value(op: Op, value: u8) -> Option<u8> {
    match op.did {
        Did::Put(written) => Some(written),
        Did::Got(got) => (op.end.is_none() || got == value).then_some(value),
        Did::Cas { from, to, .. } if op.end.is_none() => {
            Some(if from == value { to } else { value })
        }
        Did::Cas { from, to, ok: true } => (from == value).then_some(to),
        Did::Cas { from, ok: false, .. } => (from != value).then_some(value),
    }
}

/// Returns true if an order of operations, given by their positions, is legal: it respects real time, gives every
/// answer, and contains every operation that returned.
pub(crate) fn is_explanation(case: &Case, order: &[usize]) -> bool {
    let respects_time = order.iter().enumerate().all(|(place, &later)| {
        order[..place]
            .iter()
            .all(|&earlier| case.ops[later].end.is_none_or(|end| end >= case.ops[earlier].invoke))
    });
    let complete = (0..case.ops.len()).all(|i| case.ops[i].end.is_none() || order.contains(&i));
    let repeats = order.iter().enumerate().any(|(place, i)| order[..place].contains(i));
    let end = order.iter().try_fold(case.initial, |value, &i| next_value(case.ops[i], value));
    respects_time && complete && !repeats && end.is_some()
}

/// Returns the least stamp such that the operations that had returned by then, with those still open, are not
/// linearizable. A get or failed compare-and-set that is still open has no effect.
pub(crate) fn lost_at(case: &Case) -> u64 {
    let mut ends: Vec<u64> = case.ops.iter().filter_map(|op| op.end).collect();
    ends.sort_unstable();
    let lost = |&end: &u64| {
        let open = |op: &Op| op.end.is_none_or(|other| other > end);
        let says_something = |op: &Op| {
            !open(op) || !matches!(op.did, Did::Cas { ok: false, .. }) || op.end.is_none()
        };
        let ops = case.ops.iter().filter(|op| says_something(op));
        let prefix =
            ops.map(|op| Op { end: if open(op) { None } else { op.end }, ..*op }).collect();
        !brute_force_linearizable(&Case { initial: case.initial, ops: prefix })
    };
    ends.into_iter().find(lost).expect("a violation is lost at some return")
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// True if every put and every compare-and-set writes a value of its own.
    pub unique: bool,
    pub cas: bool,
    /// True if compare-and-sets may fail.
    pub failed: bool,
}

/// Returns a history of 2 to 9 operations, with stamps and values from small ranges. Half of the histories are made by
/// running a register and then possibly changing one answer, so that legal histories are common.
pub(crate) fn random_case(rng: &mut impl Rng, shape: Shape) -> Case {
    let count = rng.random_range(2..=9);
    let span = [3, 6, 12, 30][rng.random_range(0..4)];
    let initial = if rng.random_bool(0.2) { 31 } else { 0 };
    let values = rng.random_range(1..=4);
    let unreturned = [0.0, 0.1, 0.3][rng.random_range(0..3)];
    let mut ops: Vec<(u64, Op)> = (0..count)
        .map(|i| {
            let invoke = rng.random_range(0..span);
            let end = invoke + rng.random_range(0..=span / 2);
            let written = if shape.unique { i + 1 } else { rng.random_range(1..=values) };
            let did = match rng.random_range(0..if shape.cas { 4 } else { 2 }) {
                0 => Did::Put(written),
                1 => Did::Got(0),
                _ => Did::Cas {
                    from: any_value(rng, shape, count, values, initial),
                    to: written,
                    ok: true,
                },
            };
            (rng.random_range(invoke..=end), Op { did, invoke, end: Some(end) })
        })
        .collect();
    ops.sort_by_key(|&(effect, op)| (effect, op.invoke));
    let mut value = initial;
    for (_, op) in &mut ops {
        match &mut op.did {
            Did::Put(written) => value = *written,
            Did::Got(got) => *got = value,
            Did::Cas { from, to, ok } => {
                if !shape.failed || rng.random_bool(0.5) {
                    *from = value;
                }
                *ok = *from == value;
                if *ok {
                    value = *to;
                }
            }
        }
        if rng.random_bool(unreturned) {
            op.end = None;
        }
    }
    let spoiled = rng.random_range(0..=2);
    for _ in 0..spoiled {
        let other = any_value(rng, shape, count, values, initial);
        let victim = rng.random_range(0..ops.len());
        match &mut ops[victim].1.did {
            Did::Got(got) => *got = other,
            Did::Cas { from, ok, .. } if shape.failed && rng.random_bool(0.5) => {
                (*from, *ok) = (other, !*ok);
            }
            Did::Cas { from, .. } => *from = other,
            Did::Put(_) => {}
        }
    }
    ops.sort_by_key(|(_, op)| op.invoke);
    Case { initial, ops: ops.into_iter().map(|(_, op)| op).collect() }
}

/// Returns the operations of a register: puts of new values and gets, some of which never return. In every second
/// history one get has a wrong answer.
pub(crate) fn unique_case(rng: &mut impl Rng, count: u8, span: u64, returned: f64) -> Case {
    let mut ops: Vec<(u64, Op)> = (0..count)
        .map(|i| {
            let invoke = rng.random_range(0..span);
            let end = invoke + rng.random_range(0..40);
            let did = if rng.random_bool(0.5) { Did::Put(i + 1) } else { Did::Got(0) };
            (
                rng.random_range(invoke..=end),
                Op { did, invoke, end: rng.random_bool(returned).then_some(end) },
            )
        })
        .collect();
    ops.sort_by_key(|&(effect, op)| (effect, op.invoke));
    let mut value = 0;
    for (_, op) in &mut ops {
        match &mut op.did {
            Did::Put(written) => value = *written,
            Did::Got(got) => *got = value,
            Did::Cas { .. } => {}
        }
    }
    let victim = rng.random_range(0..ops.len());
    if rng.random_bool(0.5)
        && let Did::Got(got) = &mut ops[victim].1.did
    {
        *got = rng.random_range(0..=count);
    }
    Case { initial: 0, ops: ops.into_iter().map(|(_, op)| op).collect() }
}

fn any_value(rng: &mut impl Rng, shape: Shape, count: u8, values: u8, initial: u8) -> u8 {
    match rng.random_range(0..6) {
        0 => initial,
        _ if shape.unique => rng.random_range(1..=count + 1),
        _ => rng.random_range(1..=values),
    }
}
