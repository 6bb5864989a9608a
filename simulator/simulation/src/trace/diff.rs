//! The comparison of two traces up to their first difference.

use std::collections::VecDeque;
use std::io::BufRead;

use super::{TraceError, TraceEvent, TraceReader};

/// The number of common events kept for context; below, the number of events kept from each trace afterwards.
const BEFORE: usize = 5;
const AFTER: usize = 8;

/// The result of comparing two traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The number of equal events from the start.
    pub common: u64,
    /// The last of the equal events.
    pub before: Vec<TraceEvent>,
    /// The next events of each trace, if they differ: the first ones differ, or one trace has ended.
    pub parted: Option<[Vec<TraceEvent>; 2]>,
}

/// Returns the number of events with which both traces begin.
pub fn common_events(first: &[TraceEvent], second: &[TraceEvent]) -> usize {
    first.iter().zip(second).take_while(|(a, b)| a == b).count()
}

/// Compares two traces up to the first event that differs. Memory holds only the events that are returned.
///
/// # Errors
///
/// Returns an error if a trace cannot be read: its number, 0 or 1, and the reason.
pub fn compare<A: BufRead, B: BufRead>(
    a: &mut TraceReader<A>,
    b: &mut TraceReader<B>,
) -> Result<Comparison, (usize, TraceError)> {
    let mut before = VecDeque::with_capacity(BEFORE + 1);
    let mut common = 0;
    let parted = loop {
        match (next(0, a)?, next(1, b)?) {
            (None, None) => break None,
            (Some(ours), Some(theirs)) if ours == theirs => {
                common += 1;
                before.push_back(ours);
                if before.len() > BEFORE {
                    before.pop_front();
                }
            }
            (ours, theirs) => break Some([follow(0, ours, a)?, follow(1, theirs, b)?]),
        }
    };
    Ok(Comparison { common, before: before.into(), parted })
}

fn next<R: BufRead>(
    side: usize,
    trace: &mut TraceReader<R>,
) -> Result<Option<TraceEvent>, (usize, TraceError)> {
    trace.next_event().map_err(|error| (side, error))
}

/// Returns the first event of a trace that differs, and some that follow.
fn follow<R: BufRead>(
    side: usize,
    first: Option<TraceEvent>,
    trace: &mut TraceReader<R>,
) -> Result<Vec<TraceEvent>, (usize, TraceError)> {
    let Some(first) = first else { return Ok(Vec::new()) };
    let mut events = vec![first];
    while events.len() < AFTER
        && let Some(event) = next(side, trace)?
    {
        events.push(event);
    }
    Ok(events)
}
