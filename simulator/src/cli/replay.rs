//! `simulator replay`: a run again, as a timeline.

use std::io::Write;

use simulator::engine::Options;
use simulator::evidence::CutShort;
use simulator::report::{style, text, timeline};

use super::arguments::ReplayArguments;
use super::problem::Problem;
use super::run::{load, run_once};

/// Carries the command out.
pub(crate) fn run(arguments: &ReplayArguments, out: &mut dyn Write) -> Result<u8, Problem> {
    let (scenario, seed) = load(&arguments.scenario, arguments.seed)?;
    let options = Options { trace: true, until: arguments.until, inspect: arguments.inspect };
    let outcome = run_once(&scenario, seed, options);
    let evidence = &outcome.evidence;
    writeln!(out, "{}\n", timeline::LEGEND)?;
    let view = timeline::View { from: arguments.from.unwrap_or(0), messages: arguments.messages };
    timeline::write(out, &evidence.trace, view)?;
    if arguments.inspect {
        let bold = style::BOLD;
        writeln!(out, "\n{bold}At {}{bold:#}", text::seconds(evidence.ended))?;
        for (node, state) in &evidence.inspection {
            writeln!(out, "  {node}  {state}")?;
        }
    }
    writeln!(out)?;
    if evidence.cut_short == Some(CutShort::Stopped) {
        writeln!(out, "stopped at {}, before any verdict", text::seconds(evidence.ended))?;
        return Ok(0);
    }
    text::write_title(out, &outcome)?;
    text::write_checks(out, &outcome)?;
    Ok(outcome.verdict.class.exit_status())
}
