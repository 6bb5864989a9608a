//! The nearest run that escapes the failure: what had to happen for it, seen by what was spared.

use std::cmp::Reverse;

use serde::Serialize;

use super::continuations::{Kept, Way};
use super::curve::Rise;
use super::effort::Effort;
use super::needed::Needed;
use super::runs::{BrokenOff, Runs};
use crate::Nanos;
use crate::UnderTest;
use crate::digest::Digest;
use crate::engine::Options;
use crate::plan::Plan;
use crate::trace::{TraceEvent, common_events};

/// A run that does not fail in the same way, and is the failure's for longer than any other that was tried.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Sibling {
    /// True if it passes. Where none does, it fails in another way.
    pub passes: bool,
    /// The first moment at which something else happens in either.
    pub parts_at: Nanos,
    /// The events of the failure's run from there on, until the failure can be seen.
    pub failing: Vec<TraceEvent>,
    /// The events of this run in the same span.
    pub escaping: Vec<TraceEvent>,
    /// True if it has the failure's own requests and faults, but perhaps those that strike at the decisive moment.
    pub is_own: bool,
    /// True if it differs from the failure in nothing but what was needed last.
    pub differs_in_needed: bool,
    /// Its digest, sixteen hexadecimal digits.
    #[serde(serialize_with = "as_text")]
    pub digest: Digest,
    /// The plan that runs it again.
    #[serde(skip)]
    pub plan: Plan,
}

fn as_text<S: serde::Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

/// Looks for the nearest run that escapes: among continuations that keep the failure's own requests and faults, and
/// among those of the curves, the latest first. Where the failure passes without what was needed last, it is that run.
/// One that passes is preferred, and one that differs in nothing but draws
/// and the faults that strike at the greatest rise.
pub(super) fn nearest(
    runs: &mut Runs<'_>,
    rise: Option<Rise>,
    effort: Effort,
    needed: Option<&Needed>,
    trace: &[TraceEvent],
    until: Nanos,
) -> Result<Option<Sibling>, BrokenOff> {
    if let Some(Needed { plan, passes: true, .. }) = needed {
        let (_, sibling) = compared(runs.system, plan.clone(), trace, until, (true, true));
        return Ok(Some(Sibling { differs_in_needed: true, ..sibling }));
    }
    if let Some(Rise { before, .. }) = rise {
        let each =
            |kept| (0..effort.siblings).map(move |number| Way { at: before.at, number, kept });
        let ways: Vec<Way> =
            [Kept::Plan, Kept::AllButFaultsAtOnce].into_iter().flat_map(each).collect();
        runs.endings(&ways)?;
    }
    let worth = |&(way, passes): &(Way, bool)| (passes, way.kept != Kept::Nothing);
    let best = runs.escaping.iter().map(worth).max();
    let mut candidates = runs.escaping.clone();
    candidates.retain(|candidate| Some(worth(candidate)) == best);
    candidates.sort_by_key(|(way, _)| (Reverse(way.at), way.number));
    candidates.dedup();
    candidates.truncate(effort.compared);
    let mut nearest: Option<(usize, Sibling)> = None;
    for (way, passes) in candidates {
        let (plan, is_own) = (runs.continuations.plan(way), way.kept != Kept::Nothing);
        let candidate = compared(runs.system, plan, trace, until, (passes, is_own));
        if nearest.as_ref().is_none_or(|(longest, _)| candidate.0 > *longest) {
            nearest = Some(candidate);
        }
    }
    Ok(nearest.map(|(_, sibling)| sibling))
}

/// Makes the run of a plan; returns how many events it has in common with the failure's, and what comes then.
fn compared(
    system: &dyn UnderTest,
    plan: Plan,
    trace: &[TraceEvent],
    until: Nanos,
    (passes, is_own): (bool, bool),
) -> (usize, Sibling) {
    let evidence = system.run(&plan, Options { trace: true, ..Options::default() });
    let common = common_events(trace, &evidence.trace);
    let rest = |events: &[TraceEvent]| -> Vec<TraceEvent> {
        let rest = events[common..].iter();
        rest.take_while(|event| event.at_ns <= until).cloned().collect()
    };
    let firsts = [trace.get(common), evidence.trace.get(common)];
    let parts_at = firsts.iter().flatten().map(|event| event.at_ns).min();
    let sibling = Sibling {
        passes,
        parts_at: parts_at.unwrap_or(evidence.ended),
        failing: rest(trace),
        escaping: rest(&evidence.trace),
        is_own,
        differs_in_needed: false,
        digest: evidence.digest,
        plan,
    };
    (common, sibling)
}
