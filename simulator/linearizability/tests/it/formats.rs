//! Tests of histories as files: reading, writing, and the errors of malformed lines.

use std::path::PathBuf;

use linearizability::{
    Budget, Format, History, ReadError, Reading, Verdict, check, read, read_path, write_jsonl,
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

/// Reads a text whose format and model follow from its content, and returns its model and the verdict.
fn judged(text: &str) -> String {
    judged_from(text, None)
}

fn judged_from(text: &str, initial: Option<&str>) -> String {
    let reading = Reading { initial, ..Reading::default() };
    match reading.read(text.as_bytes()) {
        Ok(recording) => {
            let verdict = recording.check(Budget::default());
            let hint = recording.likely_initial(&verdict);
            let hint = hint.map_or(String::new(), |initial| format!("; starts with {initial}?"));
            let verdict = match verdict {
                Verdict::Linearizable => "legal",
                Verdict::NotLinearizable(_) => "violated",
                _ => "unknown",
            };
            format!("{} {}: {verdict}{hint}", recording.operations(), recording.model().name())
        }
        Err(error) => error.to_string(),
    }
}

/// Returns events in EDN from lines of process, type, function and value.
fn events(lines: &str) -> String {
    let event = |line: &str| {
        let mut words = line.trim().splitn(4, ' ');
        let mut next = || words.next().unwrap_or("nil");
        let (process, kind, function) = (next(), next(), next());
        format!("{{:process {process} :type :{kind} :f :{function} :value {}}}\n", next())
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(event).collect()
}

#[test]
fn the_operations_show_the_model() {
    let judged = |lines: &str| judged(&events(lines));
    let queue = "0 invoke enqueue 1\n0 ok enqueue 1\n1 invoke dequeue\n1 ok dequeue 1";
    assert_eq!(judged(queue), "2 queue: legal");
    assert_eq!(judged(&queue.replace("dequeue 1", "dequeue 2")), "2 queue: violated");
    let mutex =
        "0 invoke acquire\n0 ok acquire\n1 invoke acquire\n1 fail acquire\n0 invoke release";
    assert_eq!(judged(mutex), "2 mutex: legal");
    let twice = mutex.replace("1 fail acquire", "1 ok acquire");
    assert_eq!(judged(&twice), "3 mutex: violated");
    let counter =
        "1 invoke read\n0 invoke add 2\n1 ok read 2\n0 info add 2\n2 invoke read\n2 ok read 2";
    assert_eq!(judged(counter), "3 counter: legal");
    assert_eq!(judged(&counter.replace("2 ok read 2", "2 ok read 0")), "3 counter: violated");
    let set =
        "0 invoke add 2\n0 ok add 2\n1 invoke add 1\n1 ok add 1\n2 invoke read\n2 ok read #{1 2}";
    assert_eq!(judged(set), "3 set: legal");
    assert_eq!(judged(&set.replace("#{1 2}", "[2]")), "3 set: violated");
    let log = "0 invoke append 2\n0 ok append 2\n1 invoke append 1\n1 ok append 1\n2 invoke read\n2 ok read [2 1]";
    assert_eq!(judged(log), "3 log: legal");
    assert_eq!(judged(&log.replace("[2 1]", "[1 2]")), "3 log: violated");
    // Independent keys stand before the values.
    let keyed = "0 invoke add [9 1]\n0 ok add [9 1]\n1 invoke read [8 nil]\n1 ok read [8 #{}]";
    assert_eq!(judged(keyed), "2 set: legal");
    let texts = "0 invoke put [1 \"a\"]\n0 ok put [1 \"a\"]";
    assert_eq!(judged(texts), "1 register: legal");
    let appended = texts.to_owned() + "\n0 invoke append [1 \"b\"]\n0 ok append [1 \"b\"]";
    assert_eq!(
        judged(&(appended.clone() + "\n2 invoke get [1 nil]\n2 ok get [1 \"ab\"]")),
        "3 key-value: legal"
    );
    assert_eq!(
        judged(&(appended + "\n2 invoke get [1 nil]\n2 ok get [1 \"ba\"]")),
        "3 key-value: violated"
    );
    let exchanged =
        texts.to_owned() + "\n0 invoke get-and-set [1 \"b\"]\n0 ok get-and-set [1 \"a\"]";
    assert_eq!(judged(&exchanged), "2 key-value: legal");
    let wrong = exchanged.replace("ok get-and-set [1 \"a\"]", "ok get-and-set [1 \"b\"]");
    assert_eq!(judged(&wrong), "2 key-value: violated");
    let unknown = exchanged.replace("ok get-and-set [1 \"a\"]", "info get-and-set [1 \"b\"]")
        + "\n2 invoke get [1 nil]\n2 ok get [1 \"b\"]";
    assert_eq!(judged(&unknown), "3 key-value: legal");
}

#[test]
fn what_is_out_of_scope_is_refused_by_name() {
    let errors = [
        judged(&events("0 invoke transfer 5")),
        judged(&events("0 invoke txn [[:w 9 2] [:r 9 nil]]")),
        judged(&events("0 invoke txn [[:cas 9 2]]")),
        judged(&events("0 invoke acquire\n1 invoke write 2")),
        judged(&events("0 invoke write 2\n1 invoke enqueue 2")),
        judged(&events("0 invoke add x")),
        judged(&events("0 invoke enqueue 1\n0 ok enqueue 1\n1 invoke drain")),
        judged("7 :invoke :write\n"),
        judged("{\"process\": 1, \"type\": \"begin\", \"f\": \"read\"}"),
        judged("[{\"client\": 1, \"kind\": \"swap\", \"key\": \"k\", \"invoke_ns\": 1}]"),
        judged(
            "[{\"client\": 1, \"kind\": \"put\", \"key\": \"k\", \"invoke_ns\": 3, \"return_ns\": 2}]",
        ),
        judged("[{:process 0 :type :invoke :f :write :value \"\\q\"}]"),
    ];
    assert_snapshot!("refused", errors.join("\n"));
}

/// The process, type, function and value of an event.
type Event<'e> = (&'e str, &'e str, &'e str, String);

#[test]
fn every_format_reads_the_same_history() {
    let lines = [
        "0 invoke write 1",
        "0 ok write 1",
        "0 invoke cas 1 2",
        "0 ok cas 1 2",
        "1 invoke read",
        "1 ok read 2",
    ];
    let words = lines.map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let value = match words[3..] {
            [] => "nil".to_owned(),
            [value] => value.to_owned(),
            [from, to, ..] => format!("[{from} {to}]"),
        };
        (words[0], words[1], words[2], value)
    });
    let each = |write: &dyn Fn(&Event<'_>) -> String| {
        words.iter().map(write).collect::<Vec<_>>().join("\n")
    };
    let json = |(process, kind, function, value): &Event<'_>| {
        let value = value.replace("nil", "null").replace(' ', ", ");
        format!(
            "{{\"process\": \"{process}\", \"type\": \"{kind}\",\n \"f\": \"{function}\", \"value\": {value}}}"
        )
    };
    let texts = [
        each(&|(process, kind, function, value)| {
            format!("{process}\t:{kind}\t:{function}\t{value}\tmore")
        }),
        each(&|(process, kind, function, value)| {
            format!("[{process} :{kind} :{function} {value}]")
        }),
        each(&|(process, kind, function, value)| {
            format!(
                "INFO  jepsen.core - x\nINFO  jepsen.util - {process}\t:{kind}\t:{function}\t{value}"
            )
        }),
        each(&|(process, kind, function, value)| {
            format!(
                "2022-07-28 07:53:02,859{{GMT}}\tINFO\t[w 2] jepsen.util: {process} :{kind} :{function} {value}"
            )
        }),
        each(&|(process, kind, function, value)| {
            format!("{{:type \"{kind}\", :f {function}, :value {value}, :process {process}}}")
        }),
        each(&json),
        format!("[{}]", each(&json).replace("}\n{", "},\n{")),
    ];
    for text in texts {
        assert_eq!(judged(&text), "3 register: legal", "{text}");
        let nemesis = text.replacen("\n", "\n\n", 1);
        assert_eq!(judged(&nemesis), "3 register: legal", "{nemesis}");
        let stale = text.rsplit_once('2').map(|(start, end)| format!("{start}1{end}"));
        assert_eq!(judged(&stale.expect("2 is read")), "3 register: violated", "{text}");
    }
}

#[test]
fn a_first_value_may_be_given_or_any_or_guessed() {
    let text = events(
        "0 invoke read\n0 ok read 5\n0 invoke cas [5 6]\n0 ok cas [5 6]\n1 invoke read\n1 ok read 6",
    );
    assert_eq!(judged(&text), "3 register: violated; starts with 5?");
    assert_eq!(judged_from(&text, Some("5")), "3 register: legal");
    assert_eq!(judged_from(&text, Some("5N")), "3 register: legal");
    assert_eq!(judged_from(&text, Some("any")), "3 register: legal");
    let both = text.clone() + &events("2 invoke read\n2 ok read 5");
    assert_eq!(judged_from(&both, Some("any")), "4 register: violated");
    let keys = "0 invoke read [1 nil]\n0 ok read [1 7]\n0 invoke read [2 nil]\n0 ok read [2 8]";
    assert_eq!(judged_from(&events(keys), Some("any")), "2 register: legal");
    let text = events(
        "0 invoke append [1 \"a\"]\n1 invoke get [1 nil]\n1 ok get [1 \"\"]\n0 ok append [1 \"a\"]",
    );
    assert_eq!(judged_from(&text, Some("\"\"")), "2 key-value: legal");
    assert_eq!(
        judged_from(&text, Some("any")),
        "an initial value of `any` is for registers only, and this is a history of the model key-value"
    );
}

#[test]
fn escapes_and_booleans_are_values() {
    let text = r#"{:process 0 :type :invoke :f :write :value "\u0041\n\101"}
        {:process 0 :type :ok :f :write :value nil}
        {:process 1 :type :invoke :f :read :value nil}
        {:process 1 :type :ok :f :read :value "A\nA"}"#;
    assert_eq!(judged(text), "2 register: legal");
    let pair = r#"{"process":0,"type":"invoke","f":"write","value":"\ud83d\ude00"}"#;
    assert_eq!(judged(pair), "1 register: legal");
    let flags = concat!(
        r#"{"client":0,"kind":"put","key":true,"value":true,"invoke_ns":0,"return_ns":1}"#,
        "\n",
        r#"{"client":0,"kind":"get","key":true,"value":true,"invoke_ns":2,"return_ns":3}"#,
    );
    assert_eq!(judged(flags), "2 register: legal");
    assert_eq!(
        judged(
            &flags.replace("\"value\":true,\"invoke_ns\":2", "\"value\":\"true\",\"invoke_ns\":2")
        ),
        "2 register: violated; starts with \"true\"?"
    );
}
