//! The assumptions of the system under test: which are violated, and which scenarios are weakened for the others.

use std::io::Write;
use std::ops::Range;

use crate::report::layout::Page;
use crate::report::style;
use simulation::UnderTest;
use simulation::api::Assumption;
use simulation::scenario::Scenario;

use super::error::CliError;

/// The number of seeds of a scenario whose plans are looked at: not every fault of a scenario is in all its plans.
const SEEDS: usize = 8;

/// Writes which assumptions are violated on purpose, and which scenarios are weakened for each of the others.
pub(super) fn write(
    out: &mut Page<'_>,
    system: &dyn UnderTest,
    scenarios: &[Scenario],
    seeds: impl Fn(&Scenario) -> Range<u64>,
) -> Result<(), CliError> {
    let fair = style::FAIR;
    for assumption in system.violated() {
        writeln!(out, "{fair}violated on purpose{fair:#}: {assumption}")?;
    }
    for &assumption in system.assumptions() {
        let is_weakened = |scenario: &&Scenario| {
            seeds(scenario).take(SEEDS).any(|seed| {
                let plan = system.plan(scenario, seed);
                plan.assumptions.iter().any(|it| it.assumption == assumption && it.weakened > 0)
            })
        };
        let weakened: Vec<&str> =
            scenarios.iter().filter(is_weakened).map(|scenario| scenario.name.as_str()).collect();
        if !weakened.is_empty() {
            let how = assumption.how();
            let title = format!("{fair}weakened{fair:#} for {assumption} ({how}):");
            out.list(&title, &weakened)?;
        }
    }
    Ok(())
}

/// Refuses to violate what a system does not assume.
pub(super) fn refuse_violations(
    system: &dyn UnderTest,
    violated: &[Assumption],
) -> Result<(), CliError> {
    let own = system.assumptions();
    let Some(foreign) = violated.iter().find(|it| !own.contains(it)) else { return Ok(()) };
    let names: Vec<&str> = own.iter().map(|it| it.name()).collect();
    let name = system.name();
    let what = match names.as_slice() {
        [] => format!("{name} assumes nothing"),
        names => format!("{name} assumes only {}", names.join(", ")),
    };
    Err(CliError::Usage(format!("--violate {foreign}: {what}")))
}
