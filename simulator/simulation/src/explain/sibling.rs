//! The nearest run that passes: what had to happen for the failure, seen by what was spared.

use super::curve::Rise;
use super::runs::{BrokenOff, Ending, Runs};
use crate::Nanos;
use crate::check::{Class, judge};
use crate::digest::Digest;
use crate::engine::Options;
use crate::plan::Plan;
use crate::trace::TraceEvent;
use serde::Serialize;

/// A run that passes, and is the failure's for longer than any other that was tried.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Sibling {
    /// The first moment at which something else happens in either.
    pub parts_at: Nanos,
    /// What happens in the failure's run from there on, until the failure is to be seen.
    pub failing: Vec<TraceEvent>,
    /// What happens in this run meanwhile.
    pub passing: Vec<TraceEvent>,
    /// Whether it has the failure's own requests and faults, but perhaps those that strike at the decisive moment.
    pub is_own: bool,
    /// Its digest, sixteen hexadecimal digits.
    #[serde(serialize_with = "as_text")]
    pub digest: Digest,
    /// What to run to see it.
    #[serde(skip)]
    pub plan: Plan,
}

fn as_text<S: serde::Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

/// How many continuations that pass are looked at closely.
const CLOSELY: usize = 8;

/// Looks for the nearest run that passes: among continuations that keep the failure's own requests and faults, from
/// just before the greatest rise, and among those of the curve that pass, the latest first.
pub(super) fn nearest(
    runs: &mut Runs<'_>,
    rise: Option<Rise>,
    tries: u32,
    trace: &[TraceEvent],
    until: Nanos,
) -> Result<Option<Sibling>, BrokenOff> {
    let mut candidates = Vec::new();
    if let Some(Rise { before, .. }) = rise {
        let items: Vec<(u32, bool)> = [false, true]
            .into_iter()
            .flat_map(|spares| (0..tries).map(move |number| (number, spares)))
            .collect();
        let plans = runs.continuations;
        let own = |&(number, spares): &(u32, bool)| plans.own(number, before.at, spares);
        let endings = runs.endings(&items, &own)?;
        let passes = items.iter().zip(endings).filter(|(_, ending)| *ending == Ending::Passes);
        candidates.extend(passes.take(CLOSELY).map(|(item, _)| (own(item), true)));
    }
    runs.passing.sort_by_key(|&(at, number)| (std::cmp::Reverse(at), number));
    let latest = runs.passing.iter().take(CLOSELY);
    candidates.extend(latest.map(|&(at, number)| (runs.continuations.plan(number, at), false)));
    let mut nearest: Option<(usize, Sibling)> = None;
    for (plan, is_own) in candidates {
        let evidence = runs.system.run(&plan, Options { trace: true, ..Options::default() });
        if judge(&plan, &evidence).class != Class::Pass {
            continue;
        }
        let common = trace.iter().zip(&evidence.trace).take_while(|(a, b)| a == b).count();
        if nearest.as_ref().is_none_or(|(longest, _)| common > *longest) {
            let rest = |events: &[TraceEvent]| -> Vec<TraceEvent> {
                let rest = events[common..].iter();
                rest.take_while(|event| event.at_ns <= until).cloned().collect()
            };
            let firsts = [trace.get(common), evidence.trace.get(common)];
            let parts_at = firsts.iter().flatten().map(|event| event.at_ns).min();
            let sibling = Sibling {
                parts_at: parts_at.unwrap_or(evidence.ended),
                failing: rest(trace),
                passing: rest(&evidence.trace),
                is_own,
                digest: evidence.digest,
                plan,
            };
            nearest = Some((common, sibling));
        }
    }
    Ok(nearest.map(|(_, sibling)| sibling))
}
