//! Tests of a check's reports as text and as JSON.

use std::path::Path;

use linearizability::{
    Budget, Call, History, Recorder, Returned, ValueId, Verdict, check, read_path,
};

use crate::support::assert_snapshot;

fn verdict_on(history: &History) -> Verdict {
    check(history, Budget::default())
}

/// Calls on the key `k`: the operation, its invocation and its return in nanoseconds.
fn history(calls: &[(&str, u64, Option<u64>)]) -> History {
    let mut recorder = Recorder::new();
    let key = recorder.key("k");
    for (client, &(call, invoke, end)) in calls.iter().enumerate() {
        let words: Vec<&str> = call.split(' ').collect();
        let mut value = |word: &str| {
            if word == "null" { ValueId::MISSING } else { recorder.value(word) }
        };
        let (call, answer) = match words[..] {
            ["put", text] => (Call::Put { key, value: value(text) }, Returned::Put),
            ["get", text] => (Call::Get { key }, Returned::Got(value(text))),
            ["cas", from, to] => {
                (Call::Cas { key, from: value(from), to: value(to) }, Returned::Cas(true))
            }
            ["not", from, to] => {
                (Call::Cas { key, from: value(from), to: value(to) }, Returned::Cas(false))
            }
            _ => panic!("what is `{call}`?"),
        };
        let id = recorder.invoke(client as u32, call, invoke);
        if let Some(end) = end {
            assert!(recorder.returned(id, answer, end));
        }
    }
    recorder.finish()
}

fn assert_reports(name: &str, calls: &[(&str, u64, Option<u64>)]) {
    let verdict = verdict_on(&history(calls));
    let text = verdict.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "wider than 80 columns:\n{text}");
    assert_snapshot!(name, text);
}

#[test]
fn four_operations_that_no_order_explains() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stale.jsonl"));
    let history = read_path(path, None, None).expect("our own file can be read");
    assert_eq!(
        verdict_on(&history).to_string(),
        "key k0: no order of these 4 operations is legal\n  \
         #0 c4 put(421)    [   0 .. 3085] µs\n  \
         #1 c3 put(432)    [2957 .. 3234] µs\n  \
         #2 c4 get -> 432  [3151 .. 4224] µs\n  \
         #3 c0 get -> 421  [4176 .. 4305] µs\n\
         put(421) had returned (3085) before get -> 432 began (3151),\n  so 421 comes before 432;\n\
         put(432) had returned (3234) before get -> 421 began (4176),\n  so 432 comes before 421."
    );
}

#[test]
fn a_value_from_thin_air() {
    assert_reports("thin_air", &[("put 1", 0, Some(5)), ("get 2", 3, Some(9))]);
}

#[test]
fn a_value_from_the_future() {
    assert_reports("future_read", &[("get 1", 0, Some(5)), ("put 1", 6, Some(9))]);
}

#[test]
fn a_write_that_never_returned_is_seen_and_then_unseen() {
    assert_reports(
        "seen_and_unseen",
        &[
            ("put 1", 0, Some(1_000_000_000)),
            ("put 2", 0, None),
            ("get 2", 2_000_000_000, Some(3_000_000_000)),
            ("get 1", 4_000_000_000, Some(5_000_000_000)),
        ],
    );
}

#[test]
fn two_compare_and_sets_of_one_value() {
    assert_reports(
        "two_swaps",
        &[("put 1", 0, Some(3)), ("cas 1 2", 4, Some(9)), ("cas 1 3", 5, Some(9))],
    );
}

#[test]
fn a_compare_and_set_that_fails_for_no_reason() {
    assert_reports(
        "failed_swap",
        &[("put 1", 0, Some(3)), ("not 1 2", 4, Some(9)), ("get 1", 5, Some(9))],
    );
}

#[test]
fn long_values_and_wild_characters_keep_the_picture_whole() {
    let long = "put d41d8cd98f00b204e9800998ecf8427e";
    assert_reports(
        "long_values",
        &[
            (long, 0, Some(12_345_678_901)),
            ("put \u{1b}[31m", 12_345_678_902, Some(23_456_789_012)),
            (&long.replace("put", "get"), 23_456_789_013, Some(34_567_890_123)),
        ],
    );
}

#[test]
fn the_verdict_in_json() {
    let stale = history(&[("put 1", 1, Some(2)), ("get null", 3, Some(4))]);
    let json = serde_json::to_string_pretty(&verdict_on(&stale)).expect("a verdict can be written");
    assert_snapshot!("json", json);
    let fine = serde_json::to_string(&Verdict::Linearizable).expect("a verdict can be written");
    assert_eq!(fine, r#"{"verdict":"linearizable"}"#);
}

#[test]
fn out_of_budget_is_unknown_and_says_where() {
    let hard = history(&[
        ("put 1", 0, Some(9)),
        ("put 1", 0, Some(9)),
        ("get 1", 0, Some(9)),
        ("put 2", 0, Some(9)),
        ("get 2", 0, Some(9)),
    ]);
    assert_eq!(verdict_on(&hard), Verdict::Linearizable);
    let verdict = check(&hard, Budget { steps: 2 });
    assert_eq!(verdict, Verdict::Unknown { key: "k".to_string(), steps: 2 });
    assert_eq!(verdict.to_string(), "key k: unknown, gave up after 2 steps of the search");
}

#[test]
fn of_several_lost_keys_the_first_is_reported_however_many_threads_look() {
    let mut recorder = Recorder::new();
    for number in 0..60_000_u64 {
        let key = recorder.key(&format!("k{}", number % 100));
        let value = recorder.new_value(number.to_string());
        let put = recorder.invoke(0, Call::Put { key, value }, 4 * number);
        recorder.returned(put, Returned::Put, 4 * number + 1);
        let stale = number == 50_071 || number == 50_007;
        let got = if stale { ValueId::MISSING } else { value };
        let get = recorder.invoke(1, Call::Get { key }, 4 * number + 2);
        recorder.returned(get, Returned::Got(got), 4 * number + 3);
    }
    let Verdict::NotLinearizable(violation) = verdict_on(&recorder.finish()) else {
        panic!("two gets are stale")
    };
    assert_eq!((violation.key.as_str(), violation.lost_at), ("k7", 4 * 50_007 + 3));
    assert_eq!(violation.operations.len(), 2);
}

#[test]
fn answers_that_do_not_fit_are_not_taken() {
    let mut recorder = Recorder::new();
    let (key, value) = (recorder.key("k"), recorder.value("v"));
    let put = recorder.invoke(0, Call::Put { key, value }, 10);
    assert!(!recorder.returned(put, Returned::Got(value), 11), "a put returns no value");
    assert!(!recorder.returned(put, Returned::Put, 9), "nothing returns before its call");
    assert!(recorder.returned(put, Returned::Put, 12));
    assert!(!recorder.returned(put, Returned::Put, 13), "nothing returns twice");
    assert!(!recorder.not_executed(put), "it was, and said so");
    let refused = recorder.invoke(1, Call::Put { key, value: ValueId::MISSING }, 14);
    assert!(recorder.not_executed(refused));
    let get = recorder.invoke(2, Call::Get { key }, 20);
    recorder.returned(get, Returned::Got(ValueId::MISSING), 21);
    assert!(
        matches!(verdict_on(&recorder.finish()), Verdict::NotLinearizable(_)),
        "what was refused explains nothing"
    );
}
