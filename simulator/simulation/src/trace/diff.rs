//! Where two traces part.

use std::collections::VecDeque;
use std::io::BufRead;

use super::{TraceError, TraceEvent, TraceReader};

/// How many common events are kept for context, and how many of either side follow.
const BEFORE: usize = 5;
const AFTER: usize = 8;

/// What comparing two traces showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How many events they have in common from the start.
    pub common: u64,
    /// The last of those.
    pub before: Vec<TraceEvent>,
    /// How either goes on, if they part: the first events differ, or one trace has none left.
    pub parted: Option<[Vec<TraceEvent>; 2]>,
}

/// Compares two traces up to the first event that differs. No more of either is held than is
/// returned.
///
/// # Errors
///
/// When one cannot be read: which, 0 or 1, and why.
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

/// The first event of a side that differs, and some that follow.
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
