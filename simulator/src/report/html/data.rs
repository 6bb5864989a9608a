//! The data of a page, as the viewer reads it. Many things of one kind are columns, a number each.

use serde::Serialize;

use crate::report::Outcome;
use simulation::Nanos;
use simulation::api::NodeId;
use simulation::check::{Check, Class};
use simulation::evidence::Evidence;
use simulation::explain::Explanation;
use simulation::metrics::{Metrics, Tiers};
use simulation::picture::Picture;
use simulation::plan::Plan;
use simulation::scenario::Benchmarks;

use super::columns::Columns;
use super::curve::Curve;
use super::events::{Elections, Events, Faults, Leaders, States, shown};
use super::explained::{Explained, curves};
use super::finding::Finding;
use super::texts::Texts;
use super::traffic::{Attempts, Messages};

/// The number of the format.
pub(super) const FORMAT: u32 = 2;

/// Everything that the viewer shows of a run, or of a history.
#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    pub format: u32,
    pub title: String,
    pub verdict: &'static str,
    pub digest: Option<String>,
    pub environment: Option<&'a str>,
    /// The command that shows the run again.
    pub replay: Option<&'a str>,
    /// The unit of all times: nanoseconds, or events.
    pub unit: &'static str,
    /// When the scenario ends and everything heals.
    pub healed: Option<Nanos>,
    pub ended: Nanos,
    pub replicas: Vec<String>,
    pub clients: u32,
    /// True if the replicas have windows: else leaders are inferred from what they send.
    pub has_windows: bool,
    pub texts: Texts,
    pub checks: Vec<CheckResult<'a>>,
    pub finding: Option<Finding>,
    pub messages: Messages,
    pub attempts: Attempts,
    pub states: States,
    pub faults: Faults,
    pub events: Events,
    pub elections: Elections,
    pub leaders: Leaders,
    pub measured: Option<Measured<'a>>,
    /// Curves over time, to be drawn under the lanes.
    pub curves: Vec<Curve>,
    /// What decided the failure, if that was asked for.
    pub explained: Option<Explained<'a>>,
    #[serde(skip)]
    pub columns: Columns,
}

/// The result of a check.
#[derive(Debug, Serialize)]
pub(super) struct CheckResult<'a> {
    pub name: &'static str,
    pub ok: bool,
    /// The class that a failure gives the verdict.
    pub class: &'static str,
    pub detail: &'a str,
}

/// The course's metrics, and the bounds of their tiers.
#[derive(Debug, Serialize)]
pub(super) struct Measured<'a> {
    metrics: &'a Metrics,
    tiers: &'a Tiers,
    bounds: &'a Benchmarks,
}

impl<'a> Data<'a> {
    /// The data of a run.
    pub(super) fn of(outcome: &'a Outcome) -> Data<'a> {
        let Outcome { plan, evidence, verdict, .. } = outcome;
        let nothing = Picture::default();
        let picture = evidence.picture.as_deref();
        let picture = picture.unwrap_or(&nothing);
        let mut columns = Columns::default();
        let texts = picture.texts.iter().map(String::as_str);
        let texts = texts.chain(shown(&evidence.trace).map(|event| event.what.as_str()));
        let measured = Measured {
            metrics: &evidence.metrics,
            tiers: &verdict.tiers,
            bounds: &plan.benchmarks,
        };
        Data {
            format: FORMAT,
            title: format!("{}, seed {}", plan.scenario, plan.seed),
            verdict: verdict.class.name(),
            digest: outcome.digest().map(|digest| digest.to_string()),
            environment: outcome.environment.as_deref(),
            replay: Some(&outcome.replay_command),
            unit: "ns",
            healed: healed(plan, evidence),
            ended: evidence.ended,
            replicas: (0..plan.replicas).map(|id| NodeId(id).to_string()).collect(),
            clients: clients(plan, picture),
            has_windows: evidence.raft.is_some(),
            texts: Texts::of(&mut columns, texts),
            checks: verdict.checks.iter().map(CheckResult::of).collect(),
            finding: Finding::of(outcome, picture),
            messages: Messages::of(&mut columns, picture),
            attempts: Attempts::of(&mut columns, picture),
            states: States::of(&mut columns, picture),
            faults: Faults::of(picture, evidence),
            events: Events::of(&mut columns, &evidence.trace, picture.texts.len()),
            elections: Elections::of(evidence, picture),
            leaders: Leaders::of(&mut columns, evidence),
            measured: Some(measured),
            curves: Vec::new(),
            columns,
            explained: None,
        }
    }
}

impl<'a> Data<'a> {
    /// Adds what decided the failure. The page opens at a window that holds it.
    pub(super) fn explain(&mut self, explanation: &'a Explanation) {
        let explained = Explained::of(explanation);
        if let (Some(finding), Some(first)) = (&mut self.finding, explained.first()) {
            finding.begin_at(first);
        }
        self.curves = curves(explanation);
        self.explained = Some(explained);
    }
}

/// When everything healed, if the run came so far.
fn healed(plan: &Plan, evidence: &Evidence) -> Option<Nanos> {
    (evidence.ended > plan.end && evidence.cut_short.is_none()).then_some(plan.end)
}

/// The clients that ask anything: those of the plan, and perhaps the one of the liveness phase.
fn clients(plan: &Plan, picture: &Picture) -> u32 {
    let last = picture.attempts.iter().map(|attempt| u32::from(attempt.client.0) + 1).max();
    last.unwrap_or(0).max(u32::from(plan.clients))
}

impl<'a> CheckResult<'a> {
    fn of(check: &'a Check) -> CheckResult<'a> {
        let class = if check.fails_as == Class::Pass { "note" } else { check.fails_as.name() };
        CheckResult { name: check.name.as_str(), ok: check.ok, class, detail: &check.detail }
    }
}
