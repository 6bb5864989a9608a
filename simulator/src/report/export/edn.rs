//! A history as Jepsen stores it: a map for each call and each return, keys as those of independent registers.

use std::io::{self, Write};

use linearizability::{Action, History, ValueId};

use super::events::{Event, Kind, events, quoted};

/// Writes a history, an event on a line.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, history: &History) -> io::Result<()> {
    for (index, event) in events(history).iter().enumerate() {
        let Event { at, kind, process, operation } = *event;
        let (function, value) = match operation.action {
            Action::Put { value } => (":write", text(history, value)),
            // What a get returns is not known before it does.
            Action::Get { .. } if kind != Kind::Return => (":read", "nil".to_owned()),
            Action::Get { value } => (":read", text(history, value)),
            Action::Cas { from, to, .. } => {
                (":cas", format!("[{} {}]", text(history, from), text(history, to)))
            }
        };
        let kind = match (kind, operation.action) {
            (Kind::Call, _) => ":invoke",
            // In Jepsen, a compare-and-set that finds another value fails.
            (Kind::Return, Action::Cas { ok: Some(false), .. }) => ":fail",
            (Kind::Return, _) => ":ok",
            (Kind::Never, _) => ":info",
        };
        let key = quoted(history.key_name(operation.key));
        writeln!(
            out,
            "{{:index {index}, :time {at}, :type {kind}, :process {process}, :f {function}, :value [{key} {value}]}}"
        )?;
    }
    Ok(())
}

fn text(history: &History, value: ValueId) -> String {
    history.value_text(value).map_or_else(|| "nil".to_owned(), quoted)
}

#[cfg(test)]
mod tests {
    use linearizability::{Budget, Format, Verdict, check, read};

    use super::super::events::tests::{STALE, history};
    use super::*;

    #[test]
    fn it_is_judged_alike_when_it_is_read_back() {
        let right = STALE.replace("\"value\":null", "\"value\":\"1\"");
        for (lines, is_legal) in [(STALE, false), (&right, true)] {
            let history = history(lines);
            let mut written = Vec::new();
            write(&mut written, &history).expect("memory");
            let again = read(&*written, Format::Edn, None).expect("EDN");
            for history in [&history, &again] {
                let verdict = check(history, Budget::default());
                assert_eq!(verdict == Verdict::Linearizable, is_legal, "{verdict:?}");
            }
            assert_eq!(again.operations().len(), history.operations().len());
        }
    }
}
