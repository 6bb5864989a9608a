//! Does the system get anywhere: nobody crashed, requests are answered, everything recovers.

use crate::check::course::{Totals, too_much_unanswered};
use crate::check::{Check, Class};
use crate::evidence::{CutShort, Evidence, LAST_WORDS, Recovery};
use crate::plan::Plan;
use crate::seconds::{moment, seconds};

/// Somebody ended the run before its time: what would have come is not known.
pub(crate) fn complete(evidence: &Evidence) -> Option<Check> {
    (evidence.cut_short == Some(CutShort::Stopped)).then(|| {
        let detail = format!("ended by the user after {}", seconds(evidence.ended));
        Check::new("complete", Class::Unknown, false, detail)
    })
}

/// No replica panicked.
pub(crate) fn no_crash(evidence: &Evidence) -> Check {
    let detail = match evidence.crashes.as_slice() {
        [] => "no replica crashed".to_owned(),
        crashes => {
            let each = crashes
                .iter()
                .map(|crash| format!("{} at {}: {}", crash.node, moment(crash.at), crash.message));
            each.collect::<Vec<_>>().join("\n")
        }
    };
    let ok = evidence.crashes.is_empty();
    let short = evidence
        .crashes
        .first()
        .map(|crash| format!("{} at {}: {}", crash.node, moment(crash.at), short(&crash.message)));
    Check { short, ..Check::new("no_crash", Class::Crash, ok, detail) }
}

/// How a process ended, in one line. Of a traceback in its last words that is the last line, the
/// exception: Python writes what called what before it.
fn short(message: &str) -> String {
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let Some((how, words)) = message.split_once(LAST_WORDS) else { return first(message) };
    let is_traceback = |line: &str| {
        line.starts_with("Traceback (most recent call last)")
            || line.trim_start().starts_with("File \"")
    };
    let mut lines = words.lines().filter(|line| !line.trim().is_empty());
    let exception = lines.next_back().filter(|_| words.lines().any(is_traceback));
    format!(
        "{how}{LAST_WORDS}{}",
        exception.map_or_else(|| first(words), |it| it.trim().to_owned())
    )
}

/// After healing, all agree and every fresh request is answered.
pub(crate) fn recovered(evidence: &Evidence) -> Check {
    let (ok, detail) = match &evidence.recovery {
        Recovery::Recovered(after) => {
            let what = "all living replicas agree, all fresh requests answered";
            (true, format!("{what} within {} of healing", seconds(*after)))
        }
        Recovery::Stuck(missing) => {
            let shown: Vec<_> = missing.iter().take(4).map(String::as_str).collect();
            let more = match missing.len().saturating_sub(shown.len()) {
                0 => String::new(),
                count => format!("\nand {count} more"),
            };
            (false, format!("{}{more}", shown.join("\n")))
        }
        Recovery::NoMajority { living } => {
            (true, format!("skipped: only {living} replicas live, which is no majority"))
        }
        Recovery::NotReached if evidence.storm_at.is_some() => {
            (true, "skipped: in a retry storm there is no recovery".to_owned())
        }
        Recovery::NotReached => (true, "skipped: the run ended before".to_owned()),
    };
    Check::new("recovery", Class::Liveness, ok, detail)
}

/// Why a run ended early in which the replicas sent more than they may.
pub(crate) fn packet_storm(evidence: &Evidence) -> String {
    let (count, at) = (evidence.messages, moment(evidence.ended));
    format!("a packet storm, {count} messages between replicas by {at}, ended the run")
}

/// Enough of the scenario's requests were answered (the limits are the scenario's).
pub(crate) fn answered(plan: &Plan, evidence: &Evidence) -> Check {
    let mut broken = too_much_unanswered(plan, evidence, Totals::asked(evidence), "");
    if let (Some(first), Some(CutShort::PacketStorm)) = (broken.first_mut(), evidence.cut_short) {
        *first = format!("{}: {first}", packet_storm(evidence));
    }
    let (count, detail) = (evidence.metrics.unanswered, broken.join("\n"));
    let detail = match (broken.is_empty(), count) {
        (false, _) => detail,
        (true, 0) => "every request of the scenario was answered".to_owned(),
        (true, _) => {
            let each = evidence.unanswered.iter().take(3).map(|request| {
                let (client, what, to) = (request.client, &request.what, request.to);
                format!("{client} {what} asked of {to} at {}", seconds(request.at))
            });
            let list = each.collect::<Vec<_>>().join("; ");
            let limits = &plan.limits;
            let (gets, puts) = (limits.maximum_get_fail_fraction, limits.maximum_put_fail_fraction);
            format!(
                "{count} without an answer, within maximum_get_fail_fraction ({gets}) and \
                 maximum_put_fail_fraction ({puts}): {list}"
            )
        }
    };
    let ok = broken.is_empty() && evidence.cut_short != Some(CutShort::AllDead);
    Check::new("answered", Class::Liveness, ok, detail)
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn of_a_traceback_the_exception_is_told() {
        let traceback = "exited with status 1; its last words: Traceback (most recent call last):\n  \
                         File \"kv\", line 9, in <module>\n    raise ValueError(\"no\")\nValueError: no";
        let cut = "exited with status 1; its last words:     main()\n  File \"kv\", line 9, in main\n\
                   KeyError: 'x'";
        let syntax = "exited with status 1; its last words: File \"kv\", line 9\n    print 1\n    ^^^\n\
                      SyntaxError: Missing parentheses";
        let panic = "exited with status 101; its last words: thread 'main' panicked at kv.rs:1:2:\nno\n\
                     note: run with `RUST_BACKTRACE=1`";
        for (message, expected) in [
            (traceback, "exited with status 1; its last words: ValueError: no"),
            (cut, "exited with status 1; its last words: KeyError: 'x'"),
            (syntax, "exited with status 1; its last words: SyntaxError: Missing parentheses"),
            (panic, "exited with status 101; its last words: thread 'main' panicked at kv.rs:1:2:"),
            ("it panicked\nat length", "it panicked"),
        ] {
            assert_eq!(short(message), expected);
        }
    }
}
