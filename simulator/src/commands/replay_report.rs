//! A failure's plan run again, compared with the stored failure.
//!
//! The result is that it is fixed, that it is another failure, or that it is the same run.

use std::io::Write;

use crate::report::layout::Page;
use crate::report::{Outcome, elide, style, timeline};
use simulation::Nanos;
use simulation::check::Class;
use simulation::failure::{Failure, finding};
use simulation::seconds::moment;
use simulation::trace::TraceEvent;

use super::error::CliError;
use super::target::Target;

/// Writes first whether the run still fails, and how; then what has changed.
///
/// Leaves out the events before `shown`.
pub(crate) fn write(
    out: &mut Page<'_>,
    target: &Target,
    failure: &Failure,
    outcome: &Outcome,
    shown: Nanos,
) -> Result<(), CliError> {
    let (name, environment) = (target.name(), target.environment());
    let difference = failure.difference(name, environment, outcome.evidence.digest);
    let (good, fair, bad) = (style::GOOD, style::FAIR, style::BAD);
    let (verdict, then) = (&outcome.verdict, failure.finding());
    let is_passing = (failure.class, verdict.class) == (Class::Pass, Class::Pass);
    let is_same = is_passing || failure.shown_by(verdict).is_some();
    let now = verdict.decisive().map(|it| finding(verdict.class, it.name, it.reason()));
    writeln!(out)?;
    match (&difference, now) {
        (None, _) if is_same => {
            writeln!(out, "{good}The digest is the stored one: the very same run.{good:#}")?;
        }
        (None, now) => {
            let now = now.unwrap_or_else(|| "it passes".to_owned());
            writeln!(out, "{fair}It is judged otherwise:{fair:#} NOW {now}")?;
            writeln!(out, "It failed with {then}")?;
            let changed = "the checks or the plan's bounds have changed since";
            writeln!(out, "The digest is the stored one, the very same run: {changed}")?;
        }
        (Some(_), None) if is_passing => {
            writeln!(out, "{good}It still passes,{good:#} by another run")?;
        }
        (Some(_), Some(_)) if is_same => {
            writeln!(out, "{bad}It still fails the same way,{bad:#} by another run")?;
        }
        (Some(_), Some(now)) => {
            writeln!(out, "{bad}It still fails, in another way:{bad:#} NOW {now}")?;
            let is_there = failure.found_in(verdict).is_some();
            let too = if is_there { " (that check fails still, too)" } else { "" };
            writeln!(out, "It failed with {then}{too}")?;
        }
        (Some(_), None) => {
            writeln!(out, "{good}Fixed: it passes now;{good:#} it failed with {then}")?;
            writeln!(out, "One run proves little: `explore` runs many seeds")?;
        }
    }
    if let Some(difference) = difference {
        writeln!(out, "This is another run than the stored one: {difference}")?;
        write_parting(out, failure, outcome, target.executable().is_some(), shown)?;
    }
    Ok(())
}

/// Writes between which times this run parted from the stored one, and the events then.
///
/// An executable has most likely been changed, and the events would then explain nothing. So only the command that
/// shows them is written.
fn write_parting(
    out: &mut Page<'_>,
    failure: &Failure,
    outcome: &Outcome,
    is_executable: bool,
    shown: Nanos,
) -> Result<(), CliError> {
    let evidence = &outcome.evidence;
    let Some(stored) = &failure.digest_samples else { return Ok(()) };
    let Some((from, until)) = stored.parted(&evidence.digest_samples) else {
        writeln!(out, "Where they parted cannot be told: the plan's end is another")?;
        return Ok(());
    };
    let until = until.unwrap_or(evidence.ended).max(from);
    let (after, before) = (moment(from), moment(until));
    write!(out, "They are the same up to {after}, and parted before {before}")?;
    let replay_command =
        format!("--from {} --until {} --messages", argument(from), argument(until));
    if is_executable || shown > until {
        writeln!(out, ": {replay_command} shows what happened here then")?;
        return Ok(());
    }
    writeln!(out, ". Here, then:\n")?;
    let is_there = |event: &&TraceEvent| event.at_ns <= until;
    let events: Vec<_> = evidence.trace.iter().filter(is_there).cloned().collect();
    let view = timeline::View { from: from.max(shown), messages: true, floods: true };
    elide::write(out, &format!("{replay_command} shows them"), |out| {
        timeline::write(out, &events, view)
    })?;
    Ok(())
}

/// Returns a time in the form of an argument.
fn argument(at: Nanos) -> String {
    format!("{}s", moment(at).trim_end_matches(" s").trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn moments_are_short_arguments() {
        let shown = [0, 10_000_000_000, 1_156_250_000].map(argument);
        assert_eq!(shown, ["0s", "10s", "1.15625s"]);
    }
}
