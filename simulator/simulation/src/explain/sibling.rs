//! The nearest run that escapes the failure: what had to happen for it, seen by what was spared.

use std::cmp::Reverse;

use serde::Serialize;

use super::curve::Rise;
use super::runs::{BrokenOff, Runs};
use crate::Nanos;
use crate::digest::Digest;
use crate::engine::Options;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::trace::TraceEvent;

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

/// A plan whose run escapes the failure.
struct Candidate {
    plan: Plan,
    passes: bool,
    is_own: bool,
}

/// The number of candidates that are compared with the failure, event by event.
const CLOSELY: usize = 12;

/// Looks for the nearest run that escapes: among continuations that keep the failure's own requests and faults, from
/// just before the greatest rise, and among those of the curve, the latest first. One that passes is preferred, and
/// one that differs in nothing but draws.
pub(super) fn nearest(
    runs: &mut Runs<'_>,
    rise: Option<Rise>,
    tries: u32,
    trace: &[TraceEvent],
    until: Nanos,
) -> Result<Option<Sibling>, BrokenOff> {
    let mut candidates = match rise {
        Some(rise) => own(runs, rise.before.at, tries)?,
        None => Vec::new(),
    };
    candidates.extend(of_curve(runs));
    let worth = |candidate: &Candidate| (candidate.passes, candidate.is_own);
    let best = candidates.iter().map(worth).max();
    candidates.retain(|candidate| Some(worth(candidate)) == best);
    candidates.truncate(CLOSELY);
    let mut nearest: Option<(usize, Sibling)> = None;
    for candidate in candidates {
        let options = Options { trace: true, ..Options::default() };
        let evidence = runs.system.run(&candidate.plan, options);
        let common = trace.iter().zip(&evidence.trace).take_while(|(a, b)| a == b).count();
        if nearest.as_ref().is_none_or(|(longest, _)| common > *longest) {
            nearest = Some((common, sibling(candidate, &evidence, trace, common, until)));
        }
    }
    Ok(nearest.map(|(_, sibling)| sibling))
}

/// Those with the failure's own requests and faults: with all, and without those that strike at the moment.
fn own(runs: &mut Runs<'_>, at: Nanos, tries: u32) -> Result<Vec<Candidate>, BrokenOff> {
    let each = |spares| (0..tries).map(move |number| (number, spares));
    let items: Vec<(u32, bool)> = [false, true].into_iter().flat_map(each).collect();
    let continuations = runs.continuations;
    let plan = |&(number, spares): &(u32, bool)| continuations.own(number, at, spares);
    let endings = runs.endings(&items, &plan)?;
    let escapes = items.iter().zip(endings).filter_map(|(item, ending)| {
        let passes = ending.escapes()?;
        Some(Candidate { plan: plan(item), passes, is_own: true })
    });
    Ok(escapes.collect())
}

/// Those of the curve, the latest first.
fn of_curve<'r>(runs: &'r mut Runs<'_>) -> impl Iterator<Item = Candidate> + use<'r> {
    runs.escaping.sort_by_key(|&(at, number, passes)| (!passes, Reverse(at), number));
    let continuations = runs.continuations;
    runs.escaping.iter().take(CLOSELY).map(|&(at, number, passes)| {
        let plan = continuations.plan(number, at);
        Candidate { plan, passes, is_own: false }
    })
}

fn sibling(
    candidate: Candidate,
    evidence: &Evidence,
    trace: &[TraceEvent],
    common: usize,
    until: Nanos,
) -> Sibling {
    let rest = |events: &[TraceEvent]| -> Vec<TraceEvent> {
        let rest = events[common..].iter();
        rest.take_while(|event| event.at_ns <= until).cloned().collect()
    };
    let firsts = [trace.get(common), evidence.trace.get(common)];
    let parts_at = firsts.iter().flatten().map(|event| event.at_ns).min();
    Sibling {
        passes: candidate.passes,
        parts_at: parts_at.unwrap_or(evidence.ended),
        failing: rest(trace),
        escaping: rest(&evidence.trace),
        is_own: candidate.is_own,
        digest: evidence.digest,
        plan: candidate.plan,
    }
}
