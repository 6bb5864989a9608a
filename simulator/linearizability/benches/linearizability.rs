//! The time of a check, on generated histories of a register; printed, not asserted.
//!
//!     cargo bench -p stormglass-linearizability --bench linearizability
//!
//! If `HISTORIES_DIR` is set, the public etcd logs in its `public.jsonl` are measured as well. Only one core is used,
//! because every history has one key. Each time is the least of several runs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use linearizability::{Budget, Call, History, Recorder, Returned, ValueId, Verdict, check};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History as PeerHistory};
use todc_utils::specifications::register::{RegisterOperation, RegisterSpecification};

/// An operation on the only key; value 0 is the missing value.
#[derive(Clone, Copy)]
struct Op {
    client: usize,
    put: bool,
    value: u32,
    invoke: u64,
    end: Option<u64>,
}

#[derive(Clone, Copy)]
struct Load {
    ops: usize,
    clients: usize,
    /// The fraction of operations that never return.
    unreturned: f64,
    /// The number of different values; `None` for a new one with every put.
    values: Option<u32>,
}

/// Returns the operations of a register under this load, in order of invocation.
fn run(load: Load) -> Vec<Op> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut free_at = vec![0; load.clients];
    let mut ops: Vec<(u64, Op)> = (0..load.ops)
        .map(|number| {
            let client = number % load.clients;
            let invoke = free_at[client] + rng.random_range(1..200);
            let end = invoke + rng.random_range(1..2_000);
            free_at[client] = end;
            let end_seen = (!rng.random_bool(load.unreturned)).then_some(end);
            let value =
                load.values.map_or(number as u32 + 1, |values| rng.random_range(1..=values));
            let op = Op { client, put: rng.random_bool(0.5), value, invoke, end: end_seen };
            (rng.random_range(invoke..=end), op)
        })
        .collect();
    ops.sort_by_key(|&(effect, _)| effect);
    let mut value = 0;
    for (_, op) in &mut ops {
        if op.put {
            value = op.value;
        } else {
            op.value = value;
        }
    }
    let mut ops: Vec<Op> = ops.into_iter().map(|(_, op)| op).collect();
    ops.sort_by_key(|op| op.invoke);
    ops
}

/// Lets one get near the end return a value that was put long before.
fn make_stale(ops: &mut [Op]) {
    let old =
        ops[ops.len() / 2..].iter().find(|op| op.put && op.end.is_some()).map_or(1, |op| op.value);
    if let Some(get) = ops.iter_mut().rev().skip(20).find(|op| !op.put && op.end.is_some()) {
        get.value = old;
    }
}

/// Interns, records, sorts and checks operations by their names, as if read from a file.
fn record(ops: &[(Op, String)]) -> History {
    let mut recorder = Recorder::new();
    for (op, text) in ops {
        let key = recorder.key("the only key");
        let value = if op.value == 0 { ValueId::MISSING } else { recorder.value(text) };
        let (call, answer) = if op.put {
            (Call::Put { key, value }, Returned::Put)
        } else {
            (Call::Get { key }, Returned::Got(value))
        };
        let id = recorder.invoke(op.client as u32, call, op.invoke);
        if let Some(end) = op.end {
            recorder.returned(id, answer, end);
        }
    }
    recorder.finish()
}

fn named(ops: &[Op]) -> Vec<(Op, String)> {
    ops.iter().map(|&op| (op, format!("value {}", op.value))).collect()
}

fn least<T>(runs: usize, mut work: impl FnMut() -> T) -> Duration {
    let time = |()| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    std::iter::repeat_n((), runs).map(time).min().unwrap_or_default()
}

fn verdict(history: &History) -> &'static str {
    match check(history, Budget::default()) {
        Verdict::Linearizable => "linearizable",
        Verdict::NotLinearizable(_) => "not linearizable",
        Verdict::Unknown { .. } => "unknown",
    }
}

fn report(what: &str, limit: &str, time: Duration, verdict: &str) {
    println!("{what:<58} {:>10.3} ms   limit {limit:<10} {verdict}", time.as_secs_f64() * 1e3);
}

fn measure(what: &str, limit: &str, ops: &[Op], runs: usize) -> Duration {
    let history = record(&named(ops));
    let time = least(runs, || check(&history, Budget::default()));
    report(what, limit, time, verdict(&history));
    time
}

fn peer(what: &str, ops: &[Op]) {
    let mut actions: Vec<(u64, bool, usize, Action<RegisterOperation<u32>>)> = Vec::new();
    for op in ops {
        let (call, response) = if op.put {
            (RegisterOperation::Write(op.value), RegisterOperation::Write(op.value))
        } else {
            (RegisterOperation::Read(None), RegisterOperation::Read(Some(op.value)))
        };
        actions.push((op.invoke, false, op.client, Action::Call(call)));
        actions.extend(op.end.map(|end| (end, true, op.client, Action::Response(response))));
    }
    actions.sort_by_key(|&(at, is_return, ..)| (at, is_return));
    let actions: Vec<_> =
        actions.into_iter().map(|(_, _, client, action)| (client, action)).collect();
    let start = Instant::now();
    let legal = WGLChecker::<RegisterSpecification<u32>>::is_linearizable(
        PeerHistory::from_actions(actions),
    );
    report(what, "", start.elapsed(), if legal { "linearizable" } else { "not linearizable" });
}

fn unique_values() {
    let million = Load { ops: 1_000_000, clients: 32, unreturned: 0.05, values: None };
    let ops = run(million);
    measure("1M operations, 32 clients, 5 % unreturned", "40 ms", &ops, 7);
    let records = named(&ops);
    let time = least(5, || check(&record(&records), Budget::default()));
    report("  from generic records, by name", "250 ms", time, "");
    let time = least(5, || record(&records));
    report("    of which recording", "", time, "");

    let thousand = Load { ops: 1_000, clients: 32, unreturned: 0.2, values: None };
    let mut ops = run(thousand);
    measure("1k operations, 32 clients, 20 % unreturned", "0.1 ms", &ops, 200);
    make_stale(&mut ops);
    measure("  with a stale get", "0.1 ms", &ops, 200);

    let load = |clients| Load { ops: 100_000, clients, unreturned: 0.05, values: None };
    let few = measure("100k operations, 8 clients", "", &run(load(8)), 20);
    let many = measure("100k operations, 32 clients", "", &run(load(32)), 20);
    println!("{:<58} {:>10.3}      limit 1.5", "  ratio", many.as_secs_f64() / few.as_secs_f64());
}

fn repeated_values() {
    for values in [5, 10, 50] {
        for (clients, limit) in [(8, ""), (16, "15 ms"), (32, "500 ms")] {
            for unreturned in [0.0, 0.05] {
                let ops = run(Load { ops: 1_000, clients, unreturned, values: Some(values) });
                let percent = unreturned * 100.0;
                let what = format!(
                    "1k operations, {clients} clients, {values} values, {percent} % unreturned"
                );
                measure(&what, limit, &ops, 3);
            }
        }
    }
}

fn peers() {
    for clients in [2, 4, 8] {
        let ops = run(Load { ops: 1_000, clients, unreturned: 0.0, values: None });
        measure(&format!("1k operations, {clients} clients, unique values"), "", &ops, 50);
        peer("  todc-utils", &ops);
    }
}

fn public_logs() {
    let Ok(folder) = std::env::var("HISTORIES_DIR") else {
        println!("public etcd logs: skipped, HISTORIES_DIR is not set");
        return;
    };
    let path = std::path::Path::new(&folder).join("public.jsonl");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let is_etcd =
        |case: &serde_json::Value| case["name"].as_str().is_some_and(|name| name.contains("etcd"));
    let histories: Vec<History> = lines.filter(is_etcd).map(|case| public_history(&case)).collect();
    let time = least(10, || {
        histories.iter().map(|history| check(history, Budget::default())).collect::<Vec<_>>()
    });
    report(&format!("{} public etcd logs, all together", histories.len()), "20 ms", time, "");
}

fn public_history(case: &serde_json::Value) -> History {
    let mut recorder = Recorder::new();
    let key = recorder.key("register");
    for op in case["ops"].as_array().expect("operations") {
        let mut id = |value: &serde_json::Value| {
            if value.is_null() { ValueId::MISSING } else { recorder.literal(&value.to_string()) }
        };
        let (value, from) = (id(&op["value"]), id(&op["from"]));
        let (call, answer) = match op["kind"].as_str() {
            Some("put") => (Call::Put { key, value }, Some(Returned::Put)),
            Some("get") => (Call::Get { key }, Some(Returned::Got(value))),
            _ => (Call::Cas { key, from, to: value }, op["ok"].as_bool().map(Returned::Cas)),
        };
        let at = op["invoke_ns"].as_u64().expect("a stamp");
        let call = recorder.invoke(op["client"].as_u64().expect("a client") as u32, call, at);
        if let (Some(answer), Some(end)) = (answer, op["return_ns"].as_u64()) {
            recorder.returned(call, answer, end);
        }
    }
    recorder.finish()
}

fn main() {
    unique_values();
    repeated_values();
    public_logs();
    peers();
}
