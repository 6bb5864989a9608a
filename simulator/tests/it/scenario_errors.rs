//! The messages for the author of an invalid scenario file.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use simulation::scenario::Scenario;
use simulator::files::{load_scenario, load_suite};

use crate::support::{Scratch, assert_snapshot};

/// A file with every part, of which each case breaks one.
const VALID: &str = r#"{
    "lifetime": 30, "replicas": 5, "requests": 500, "mix": 0.2,
    "events": [{"type": "kill_leader", "time": 10}],
    "tests": {
        "benchmarks": {
            "total_msgs": [2200, 4500, 5500], "failures": [0, 1, 2],
            "duplicates": [0, 2, 5], "median_latency": [0.001, 0.005, 0.05]
        }
    },
    "simulator": {
        "network": {"delay_us": [50, 500], "duplicate": 0.01},
        "workload": {"kind": "contend", "clients": 4, "keys": 3},
        "events": [{"type": "cut", "time": 5, "until": 10, "from": "leader", "to": "all"}]
    }
}"#;

/// A text in the valid file, and its replacement.
type Case = (&'static str, &'static str);

const NOT_JSON: &[Case] = &[
    (r#"5, "requests""#, r#"5 "requests""#),
    ("0.2,", "0.2,,"),
    (r#""lifetime""#, "lifetime"),
    (r#""lifetime""#, "'lifetime'"),
    ("30,", "30, // seconds\n"),
    ("0.2", "NaN"),
    ("0.2", "-Infinity"),
    ("0.2", ".2"),
    ("[0, 1, 2]", "[0, 1, 2,]"),
    (r#""kill_leader""#, r#""kill_leader"#),
    ("]\n    }\n}", "]\n    }"),
    ("]\n    }\n}", "]\n    }\n}}"),
];

const WRONG_TYPE: &[Case] = &[
    ("30", r#""30""#),
    ("5,", "null,"),
    ("500", "true"),
    ("0.2", r#"{"get": 0.2}"#),
    ("[0, 1, 2]", "2"),
    ("[0, 1, 2]", r#"[0, "one", 2]"#),
    (r#"{"type": "kill_leader", "time": 10}"#, r#""kill_leader""#),
    (r#"[{"type": "kill_leader", "time": 10}]"#, "null"),
    (r#""kill_leader""#, "1"),
    (r#""kill_leader""#, r#""\ud800""#),
    (r#""mix": 0.2"#, r#""\ud800": 0.2"#),
    (r#""mix": 0.2"#, r#""seed": [1, 2]"#),
];

const OUT_OF_RANGE: &[Case] = &[
    ("30", "4"),
    ("30", "1e400"),
    ("5,", "2,"),
    ("5,", "22,"),
    ("500", "-1"),
    ("500", "1e12"),
    ("500", "999999999999999999999999999999999999999999999999999999999999"),
    ("0.2", "1.0000000000000000001"),
    ("0.2", "-1e-400"),
    (r#""mix": 0.2"#, r#""max_packets": 499"#),
    (r#""mix": 0.2"#, r#""end_wait": 30.5"#),
    (r#""time": 10"#, r#""time": 30.000000001"#),
    (r#""time": 10"#, r#""time": -1"#),
    ("[0, 1, 2]", "[-1, 1, 2]"),
    ("[0, 1, 2]", "[0, 1, 1e400]"),
    ("[0, 1, 2]", "[0, 1]"),
];

const MISSING_MISSPELT_TWICE: &[Case] = &[
    (r#""lifetime""#, r#""lifetme""#),
    (r#""requests": 500, "#, ""),
    (r#""tests""#, r#""test""#),
    (r#""benchmarks""#, r#""bench""#),
    (r#""failures""#, r#""failure""#),
    (r#""duplicates""#, r#""retries": [0, 2, 5], "duplicates""#),
    (r#""kill_leader""#, r#""kill_leadr""#),
    (r#""kill_leader""#, r#""pause""#),
    (r#""kill_leader""#, r#""cut""#),
    (r#", "time": 10"#, ""),
    (r#""mix": 0.2"#, "\"mix\": 0.2,\n    \"mix\": 0.8"),
];

const IN_OUR_OWN_PART: &[Case] = &[
    (r#""network""#, r#""netwrok""#),
    (r#""delay_us""#, r#""delay_ms""#),
    ("[50, 500]", "[500, 50]"),
    ("[50, 500]", "500"),
    ("[50, 500]", "[50]"),
    ("[50, 500]", "[50, 60000001]"),
    (r#""duplicate": 0.01"#, r#""duplicate": 1.5"#),
    (r#""duplicate": 0.01"#, r#""duplicate_delay_us": [1, 2]"#),
    (r#""duplicate": 0.01"#, r#""fifo": "yes""#),
    (r#""contend""#, r#""contended""#),
    (r#""contend""#, r#""course""#),
    (r#", "keys": 3"#, ""),
    (r#""keys": 3"#, r#""keys": 0"#),
    (r#""clients": 4"#, r#""clients": 1.5"#),
    (r#""clients": 4"#, r#""clients": 1001"#),
    (r#""cut""#, r#""cutt""#),
    (r#""cut""#, r#""part_easy""#),
    (r#""until": 10"#, r#""until": 5"#),
    (r#""until": 10"#, r#""until": 31"#),
    (r#""until": 10, "#, ""),
    (r#""to": "all""#, r#""to": "leader""#),
    (r#""to": "all""#, r#""to": []"#),
    (r#""to": "all""#, r#""to": ["0001", "0005"]"#),
    (r#""to": "all""#, r#""to": "follower""#),
    (r#""to": "all""#, r#""to": 1"#),
    (r#""to": "all""#, r#""to": "all", "drop": 0.5"#),
    (r#""network""#, r#""about": "two\nlines", "network""#),
    (r#""network""#, r#""clocks": "unbound", "network""#),
    (r#""network""#, r#""buggify": 1, "network""#),
    (r#""duplicate": 0.01"#, r#""clients": {"drops": 0.1}"#),
    (r#""duplicate": 0.01"#, r#""clients": {"duplicate_delay_us": [1, 2]}"#),
    (r#""keys": 3"#, r#""keys": 3, "value_bytes": [0, 60001]"#),
    (r#""keys": 3"#, r#""keys": 3, "burst": 0"#),
    (r#""keys": 3"#, r#""keys": 3, "shared_ids": 1"#),
    (r#""contend", "clients": 4, "keys": 3"#, r#""alike", "keys": 21"#),
    (r#""contend", "clients": 4, "keys": 3"#, r#""alike", "keys": 2, "values": 9"#),
    (r#""contend", "clients": 4, "keys": 3"#, r#""alike", "keys": 2, "value_bytes": 9"#),
    (r#""network""#, r#""budgets": {}, "network""#),
    (r#""network""#, r#""budgets": {"terms": 0}, "network""#),
    (r#""network""#, r#""budgets": {"put_latency": 1001}, "network""#),
    (r#""network""#, r#""budgets": {"term": 3}, "network""#),
    (r#""network""#, r#""progress": 0, "network""#),
    (r#""network""#, r#""progress": 1.5, "network""#),
    (r#""network""#, r#""progress": " ", "network""#),
    (r#""network""#, r#""size": {"replicas": [0, 3]}, "network""#),
    (r#""network""#, r#""size": {"replicas": [3, 2]}, "network""#),
    (r#""network""#, r#""size": {"replicas": 4, "requests": 3}, "network""#),
    (r#""network": {"delay_us": [50, 500], "duplicate": 0.01}"#, r#""size": {}"#),
];

/// Replacements for the fault in the valid file.
const FAULTS: &[&str] = &[
    r#"{"type": "crush", "time": 5, "lasts": 1, "who": "leader"}"#,
    r#"{"type": "kill", "time": 5, "lasts": 1, "who": "leader"}"#,
    r#"{"type": "kill", "time": 5, "who": "followers"}"#,
    r#"{"type": "flip_bit", "time": 5, "who": ["any", "any", "leader"]}"#,
    r#"{"type": "crash", "time": 5, "lasts": 1}"#,
    r#"{"type": "crash", "time": 5, "lasts": 1, "who": "follower"}"#,
    r#"{"type": "crash", "time": 5, "lasts": 0, "who": "any"}"#,
    r#"{"type": "crash", "time": 5, "last": 1, "who": "any"}"#,
    r#"{"type": "crash", "time": 5, "lasts": 1, "until": 7, "who": "any"}"#,
    r#"{"type": "crash", "time": [5, 7], "until": [7, 9], "who": "any"}"#,
    r#"{"type": "crash", "time": [7, 5], "lasts": 1, "who": "any"}"#,
    r#"{"type": "crash", "time": [5], "lasts": 1, "who": "any"}"#,
    r#"{"type": "crash", "time": 5, "lasts": 1, "who": "any", "count": 1.5}"#,
    r#"{"type": "crash", "time": 5, "lasts": 1, "who": "any", "count": [0, 1001]}"#,
    r#"{"type": "freeze", "time": 5, "lasts": 1, "who": "any"}"#,
    r#"{"type": "clock", "time": 5, "lasts": 1, "who": "any"}"#,
    r#"{"type": "clock", "time": 5, "lasts": 1, "who": "any", "rate_ppm": [-50000, 0]}"#,
    r#"{"type": "clock", "time": 5, "lasts": 1, "who": "any", "rate_ppm": -900001}"#,
    r#"{"type": "clock", "time": 5, "lasts": 1, "who": "any", "jump_s": 1}"#,
    r#"{"type": "slow", "time": 5, "lasts": 1, "who": "any", "steps_us": 9}"#,
    r#"{"type": "slow_sync", "time": 5, "lasts": 1, "who": "any", "sync_us": [[1, 5], [3, 9]]}"#,
    r#"{"type": "lose", "time": 5, "lasts": 1}"#,
    r#"{"type": "lose", "time": 5, "lasts": 1, "chance": [0.5, 1.5]}"#,
    r#"{"type": "delay", "time": 5, "lasts": 1, "delay_us": 100}"#,
    r#"{"type": "throttle", "time": 5, "lasts": 1, "bytes_per_second": 0}"#,
    r#"{"type": "clog", "time": 5, "lasts": 1, "messages": ["votes"]}"#,
    r#"{"type": "clog", "time": 5, "lasts": 1, "messages": []}"#,
    r#"{"type": "clog", "time": 5, "lasts": 1, "chance": 0.5}"#,
    r#"{"type": "partition", "time": 5, "lasts": 1, "keep_leader": "yes"}"#,
    r#"{"type": "ring", "time": 5, "lasts": 1, "who": "any"}"#,
];

const VALID_FAULT: &str =
    r#"{"type": "cut", "time": 5, "until": 10, "from": "leader", "to": "all"}"#;

const CHAPTERS: &[(&str, &[Case])] = &[
    ("Not JSON", NOT_JSON),
    ("The wrong type", WRONG_TYPE),
    ("Out of range", OUT_OF_RANGE),
    ("Missing, misspelt, twice", MISSING_MISSPELT_TWICE),
    ("In our own part", IN_OUR_OWN_PART),
];

const NOT_A_SCENARIO: &[&str] = &["", " \n", "[]", "5", "\u{feff}{}", "{}"];

fn broken(part: &str, replacement: &str) -> String {
    assert!(VALID.contains(part), "{part}");
    VALID.replacen(part, replacement, 1)
}

fn error_in(text: &str) -> String {
    let error = Scenario::parse("x.json", text).expect_err(text).to_string();
    assert!(error.starts_with("x.json:"), "{error}");
    error
}

#[test]
fn the_file_the_cases_break_is_valid() {
    let (_, warnings) = Scenario::parse("valid.json", VALID).unwrap();
    assert_eq!(warnings, []);
}

#[test]
fn every_error_says_where_what_and_what_to_do() {
    let mut report = String::new();
    for (title, cases) in CHAPTERS {
        writeln!(report, "# {title}\n").unwrap();
        for (part, replacement) in *cases {
            let error = error_in(&broken(part, replacement));
            writeln!(report, "{} -> {}\n    {error}\n", part.trim(), replacement.trim()).unwrap();
        }
    }
    writeln!(report, "# In a fault\n").unwrap();
    for fault in FAULTS {
        writeln!(report, "{fault}\n    {}\n", error_in(&broken(VALID_FAULT, fault))).unwrap();
    }
    writeln!(report, "# Not a scenario at all\n").unwrap();
    for text in NOT_A_SCENARIO {
        writeln!(report, "{text:?}\n    {}\n", error_in(text)).unwrap();
    }

    assert_snapshot!("scenario_errors", report);
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    for end in 0..VALID.len() {
        assert!(Scenario::parse("cut.json", &VALID[..end]).is_err(), "{end}");
    }
}

proptest! {
    /// A file with any typing error is loaded, or the error names a place in it.
    #[test]
    fn no_slip_of_the_keyboard_panics(
        at in 0..VALID.len(),
        length in 0..20_usize,
        typed in r#"[0-9eE.,:+\[\]{}" a-zé\\\n-]{0,8}"#,
    ) {
        let end = VALID.len().min(at + length);
        let text = format!("{}{typed}{}", &VALID[..at], &VALID[end..]);
        if let Err(error) = Scenario::parse("x.json", &text) {
            let line = text.lines().nth(error.place.line.unwrap() - 1).unwrap_or_default();
            prop_assert!(error.place.column.unwrap() <= line.chars().count() + 1, "{}", error);
        }
    }
}

#[test]
fn columns_count_characters_not_bytes() {
    let text = "{\n  \"größe\": 1, \"lifetime\": 2}";
    let error = Scenario::parse("x.json", text).unwrap_err();
    assert_eq!((error.place.line, error.place.column), (Some(2), Some(27)));
    assert_eq!(error.place.field.as_deref(), Some("lifetime"));
}

#[test]
fn what_is_not_a_readable_file_is_said_plainly() {
    let folder = Scratch::new("scenario-errors");
    let (empty, latin1, large) =
        (folder.join("empty"), folder.join("latin1.json"), folder.join("large.json"));
    fs::create_dir_all(&empty).unwrap();
    fs::write(&latin1, b"{\n  \"lifetime\": \"\xE9\"\n}").unwrap();
    fs::File::create(&large).unwrap().set_len((1 << 20) + 1).unwrap();

    let message = |path: &Path| {
        let error = load_scenario(path).unwrap_err();
        assert_eq!(error.place.path, path);
        error.to_string().replacen(path.to_str().unwrap(), "FILE", 1)
    };
    assert_eq!(message(&folder), "FILE: this is a folder, expected a scenario file");
    assert_eq!(message(&folder.join("none.json")), "FILE: there is no such file, check the path");
    assert_eq!(message(&latin1), "FILE:2:16: the byte 0xE9 is not UTF-8, save the file as UTF-8");
    assert_eq!(message(&large), "FILE: the file is larger than 1 MiB, expected a scenario");
    let error = load_suite(&empty).unwrap_err();
    assert_eq!(error.message, "the folder holds no *.json file");
}
