//! Tests of histories as files: reading, writing, and the errors of malformed lines.

use std::path::PathBuf;

use linearizability::{
    Budget, Format, History, ReadError, Verdict, check, read, read_path, write_jsonl,
};

use crate::support::assert_snapshot;

fn data(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(name)
}

fn load(name: &str, initial: Option<&str>) -> History {
    read_path(&data(name), None, initial).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn report(history: &History) -> String {
    check(history, Budget::default()).to_string()
}

fn error(text: &str, format: Format) -> String {
    match read(text.as_bytes(), format, None) {
        Err(error @ ReadError::Malformed { .. }) => error.to_string(),
        other => panic!("this must not be read as a history: {other:?}"),
    }
}

#[test]
fn json_lines_survive_a_round_trip() {
    let history = load("stale.jsonl", None);
    let mut written = Vec::new();
    write_jsonl(&history, &mut written).expect("memory can be written");
    let text = std::fs::read_to_string(data("stale.jsonl")).expect("the file was just read");
    assert_eq!(String::from_utf8(written).expect("JSON is UTF-8"), text);
}

#[test]
fn strings_numbers_and_null_are_values_and_a_number_is_no_string() {
    let text = concat!(
        r#"{"client":0,"kind":"put","key":"a\"b","value":"7\n","invoke_ns":0,"return_ns":1}"#,
        "\n\n",
        r#"{"client":0,"kind":"cas","key":"a\"b","from":"7\n","value":7,"ok":true,"invoke_ns":2,"return_ns":3}"#,
        "\n",
        r#"{"client":0,"kind":"get","key":"a\"b","value":7,"invoke_ns":4,"return_ns":5,"more":[1]}"#,
        "\r\n",
        r#"{"client":0,"kind":"put","key":"a\"b","value":null,"invoke_ns":6,"return_ns":7}"#,
        "\n",
        r#"{"client":0,"kind":"cas","key":"a\"b","from":null,"value":-1.5,"ok":null,"invoke_ns":8,"return_ns":null}"#,
    );
    let history = read(text.as_bytes(), Format::Jsonl, None).expect("all lines are fine");
    assert_eq!(history.operations().len(), 5);
    assert_eq!(check(&history, Budget::default()), Verdict::Linearizable);
    let wrong = text.replace(r#""value":7,"invoke_ns":4"#, r#""value":"7","invoke_ns":4"#);
    let history = read(wrong.as_bytes(), Format::Jsonl, None).expect("all lines are fine");
    assert!(report(&history).contains("that value was never written"));
}

#[test]
fn a_bad_line_is_named_with_its_column_and_what_was_expected() {
    let good = r#"{"client":1,"kind":"get","key":"k","value":null,"invoke_ns":5,"return_ns":9}"#;
    let bad =
        |from: &str, to: &str| error(&format!("{good}\n{}", good.replace(from, to)), Format::Jsonl);
    let errors = [
        bad("\"get\"", "\"fetch\""),
        bad("null", "[1]"),
        bad(":1,", ":-1,"),
        bad(":1,", ":4294967296,"),
        bad(":5,", ":\"soon\","),
        bad(":9", ":4"),
        bad("\"key\":\"k\",", ""),
        bad("\"key\":\"k\"", "\"key\":null"),
        bad("}", ""),
        bad("{", "["),
        error(r#"[1,"get","k",null,5,9]"#, Format::Jsonl),
        error(&good.replace("\"k\"", "\"schlüssel\"").replace(":9", ":1e9"), Format::Jsonl),
    ];
    assert_snapshot!("bad_jsonl", errors.join("\n"));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let result = read(&b"{\"client\":1,\n\xff"[..], Format::Jsonl, None);
    let error = result.expect_err("the first line is not complete").to_string();
    assert!(error.starts_with("line 1, column "), "{error}");
    let error = read(&b"\n\"\xc3\xa9\xff\""[..], Format::Jsonl, None)
        .expect_err("0xff is not UTF-8")
        .to_string();
    assert_eq!(error, "line 2, column 3: expected text in UTF-8, found the byte 0xff");
}

#[test]
fn edn_is_read_as_knossos_reads_it() {
    let history = load("register.edn", Some("0"));
    // A failed compare-and-set did not happen; a write without a result may have.
    assert_eq!(history.operations().len(), 5);
    assert_eq!(
        report(&history),
        "key register: no order of these 3 operations is legal\n  \
         #1 c1 put(7)    [2 .. ∞] events\n  \
         #2 c0 get -> 7  [4 .. 5] events\n  \
         #4 c0 get -> 0  [8 .. 9] events\n\
         get -> 7 had returned (5) before get -> 0 began (8),\n\x20 \
         so 7 comes before 0, the initial value."
    );
}

#[test]
fn independent_keys_are_told_apart() {
    let history = load("independent.edn", None);
    assert_eq!((history.keys(), report(&history).as_str()), (2, "linearizable"));
}

#[test]
fn etcd_logs_are_read_as_porcupine_reads_them() {
    let history = load("register.log", None);
    assert_eq!(history.operations().len(), 5);
    // The last compare-and-set fails only if the one that timed out took effect, and then no one reads 4.
    let told = report(&history);
    assert!(told.starts_with("key register: no order of these 4 operations is legal"), "{told}");
}

#[test]
fn bad_events_are_named() {
    let line = |text: &str| {
        error(&format!("INFO  jepsen.util - 0\t:invoke\t:read\tnil\n{text}"), Format::Log)
    };
    let errors = [
        error("[{:process 0, :type :invoke, :f :append, :value 1}]", Format::Edn),
        error("[{:process 0, :type :invoke, :f :cas, :value 1}]", Format::Edn),
        error("[{:process 0, :type :ok, :f :read,\n :value 1}]", Format::Edn),
        error("[{:process 0, :type :invoke, :value 1}]", Format::Edn),
        error(
            "[{:process 0, :type :invoke, :f :read}\n {:process 0, :type :invoke, :f :read}]",
            Format::Edn,
        ),
        error("{:process 0, :type :invoke, :f :read\n", Format::Edn),
        error("{:process 0, :type", Format::Edn),
        error("[{:process 0, :type}]", Format::Edn),
        error(&"[".repeat(100_000), Format::Edn),
        error("[7]", Format::Edn),
        line("INFO  jepsen.util - x\t:invoke\t:read\tnil"),
        line("INFO  jepsen.util - 1\t:begin\t:read\tnil"),
        line("INFO  jepsen.util - 1\t:invoke\t:cas\t4"),
        line("INFO  jepsen.util - 1\t:invoke\t:write"),
        line("INFO  jepsen.util - 1\t:ok\t:read\t4"),
    ];
    assert_snapshot!("bad_events", errors.join("\n"));
}

#[test]
fn the_format_follows_from_the_extension_or_its_name() {
    let of = |name: &str| Format::of_path(name.as_ref());
    assert_eq!(of("a/b.jsonl"), Some(Format::Jsonl));
    assert_eq!(of("b.edn"), Some(Format::Edn));
    assert_eq!(of("b.log"), Some(Format::Log));
    assert_eq!(of("-"), None);
    assert_eq!("etcd".parse(), Ok(Format::Log));
    assert!(
        "xml"
            .parse::<Format>()
            .is_err_and(|error| error.contains("jsonl, json, edn, lines or log"))
    );
}
