//! One run as a JSON object on one line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::report::Outcome;
use simulation::metrics::{Metrics, Tiers};

#[derive(Serialize)]
struct Run<'a> {
    scenario: &'a str,
    seed: u64,
    verdict: &'static str,
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    metrics: &'a Metrics,
    tiers: &'a Tiers,
    checks: BTreeMap<&'static str, CheckResult<'a>>,
    marks: Vec<&'static str>,
}

#[derive(Serialize)]
struct CheckResult<'a> {
    ok: bool,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<&'a linearizability::Violation>,
}

/// Writes a run.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let checks = outcome.verdict.checks.iter().map(|check| {
        let result = CheckResult {
            ok: check.ok,
            detail: &check.detail,
            violation: check.violation.as_deref(),
        };
        (check.name.as_str(), result)
    });
    let run = Run {
        scenario: &outcome.plan.scenario,
        seed: outcome.plan.seed,
        verdict: outcome.verdict.class.name(),
        digest: outcome.digest().map(|digest| digest.to_string()),
        environment: outcome.environment.as_deref(),
        metrics: &outcome.evidence.metrics,
        tiers: &outcome.verdict.tiers,
        checks: checks.collect(),
        marks: outcome.evidence.marks.names().collect(),
    };
    serde_json::to_writer(&mut *out, &run)?;
    writeln!(out)
}
