//! The times of a plan: pauses between its items become short and round.

use super::Search;
use crate::Nanos;
use crate::plan::Plan;

const MILLISECOND: Nanos = 1_000_000;

/// The pauses to try in nanoseconds, the shortest first.
const PAUSES: [Nanos; 8] = [
    0,
    MILLISECOND,
    10 * MILLISECOND,
    100 * MILLISECOND,
    500 * MILLISECOND,
    1_000 * MILLISECOND,
    2_000 * MILLISECOND,
    5_000 * MILLISECOND,
];

impl Search<'_> {
    /// Replaces each pause, from the first on, by the shortest of a few round ones that still fails.
    pub(super) fn close_gaps(&mut self) {
        let mut start = 0;
        while let Some(next) = moments(&self.best).into_iter().find(|&at| at > start) {
            if self.is_used_up() {
                return;
            }
            let pause = next - start;
            let found = PAUSES
                .into_iter()
                .take_while(|&shorter| shorter < pause)
                .find(|&shorter| self.accepts_with(|plan| advance(plan, next, pause - shorter)));
            start += found.unwrap_or(pause);
        }
    }
}

/// Returns all planned times, in order.
fn moments(plan: &Plan) -> Vec<Nanos> {
    let mut moments = vec![plan.end];
    moments.extend(plan.requests.iter().map(|request| request.at));
    for planned in &plan.faults {
        moments.push(planned.at);
        moments.extend(planned.fault.until());
    }
    moments.sort_unstable();
    moments
}

/// Moves everything from a time on by `by` nanoseconds to an earlier time.
fn advance(plan: &mut Plan, from: Nanos, by: Nanos) {
    let earlier = |at: &mut Nanos| {
        if *at >= from {
            *at -= by;
        }
    };
    earlier(&mut plan.end);
    plan.requests.iter_mut().for_each(|request| earlier(&mut request.at));
    for planned in &mut plan.faults {
        earlier(&mut planned.at);
        if let Some(until) = planned.fault.until_mut() {
            earlier(until);
        }
    }
}
