//! A history in the two formats that porcupine's tests read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use linearizability::{Action, History, ValueId};

use super::events::{Event, Kind, events, keys, of_key, quoted};

/// Writes a history of gets and puts as that of a key-value store, in which a missing key has the empty value.
///
/// Gets that never returned are left out: nothing is known of them.
///
/// # Errors
///
/// If the history has a compare-and-set, which that format lacks, or if writing fails.
pub fn write_kv(out: &mut dyn Write, history: &History) -> io::Result<()> {
    for event in events(history) {
        let Event { kind, process, operation, .. } = event;
        let (function, value) = match operation.action {
            Action::Put { value } => (":put", quoted(history.value_text(value).unwrap_or(""))),
            Action::Get { .. } if operation.returned().is_none() => continue,
            Action::Get { .. } if kind == Kind::Call => (":get", "nil".to_owned()),
            Action::Get { value } => (":get", quoted(history.value_text(value).unwrap_or(""))),
            _ => return Err(no_cas("kv")),
        };
        let kind = match kind {
            Kind::Call => ":invoke",
            Kind::Return => ":ok",
            // Its reader closes what is open at the end.
            Kind::Never => continue,
        };
        let key = quoted(history.key_name(operation.key));
        writeln!(
            out,
            "{{:process {process}, :type {kind}, :f {function}, :key {key}, :value {value}}}"
        )?;
    }
    Ok(())
}

/// Writes the history of one key as a log of Jepsen's first etcd tests, which knows one register of numbers.
///
/// Each value gets a number, in the order of the first appearance.
///
/// # Errors
///
/// If there are several keys and none is named, if there is no such key, if the history has a compare-and-set, or if
/// writing fails.
pub fn write_etcd(out: &mut dyn Write, history: &History, key: Option<&str>) -> io::Result<()> {
    let all = keys(history);
    let key = match (key, all.as_slice()) {
        (Some(key), _) if all.contains(&key) => key,
        (Some(key), _) => return Err(io::Error::other(format!("no operation has the key {key}"))),
        (None, [only]) => only,
        (None, _) => {
            let count = all.len();
            let what = "which this format does not know: --key names one of them";
            return Err(io::Error::other(format!("the history has {count} keys, {what}")));
        }
    };
    let mut numbers: BTreeMap<ValueId, usize> = BTreeMap::new();
    let mut number = |value: ValueId| {
        let next = numbers.len() + 1;
        if value == ValueId::MISSING {
            return "nil".to_owned();
        }
        numbers.entry(value).or_insert(next).to_string()
    };
    for Event { kind, process, operation, .. } in of_key(history, key) {
        let (function, value) = match operation.action {
            Action::Put { value } => (":write", number(value)),
            Action::Get { value } if kind == Kind::Return => (":read", number(value)),
            Action::Get { .. } => (":read", "nil".to_owned()),
            _ => return Err(no_cas("etcd")),
        };
        let (kind, value) = match kind {
            Kind::Call => (":invoke", value),
            Kind::Return => (":ok", value),
            Kind::Never => (":info", ":timed-out".to_owned()),
        };
        writeln!(out, "INFO  jepsen.util - {process}\t{kind}\t{function}\t{value}")?;
    }
    Ok(())
}

fn no_cas(format: &str) -> io::Error {
    io::Error::other(format!("the history has a compare-and-set, which {format} does not know"))
}

#[cfg(test)]
mod tests {
    use linearizability::{Budget, Format, Verdict, check, read};

    use super::super::events::tests::{STALE, history};
    use super::*;

    #[test]
    fn both_are_judged_alike_when_they_are_read_back() {
        let right = STALE.replace("\"value\":null", "\"value\":\"1\"");
        for (lines, is_legal) in [(STALE, false), (&right, true)] {
            let history = history(lines);
            let (mut kv, mut etcd) = (Vec::new(), Vec::new());
            write_kv(&mut kv, &history).expect("memory");
            write_etcd(&mut etcd, &history, Some("k")).expect("memory");
            let kv = read(&*kv, Format::Edn, Some("\"\"")).expect("EDN");
            let etcd = read(&*etcd, Format::Log, None).expect("a log");
            for history in [&kv, &etcd] {
                let verdict = check(history, Budget::default());
                assert_eq!(verdict == Verdict::Linearizable, is_legal, "{verdict:?}");
            }
            assert_eq!((kv.operations().len(), etcd.operations().len()), (4, 3));
        }
    }

    #[test]
    fn a_register_is_one_key() {
        let why = |key: Option<&str>| {
            let history = history(STALE);
            write_etcd(&mut Vec::new(), &history, key).expect_err("refused").to_string()
        };
        assert!(why(None).starts_with("the history has 2 keys, "), "{}", why(None));
        assert_eq!(why(Some("z")), "no operation has the key z");
    }
}
