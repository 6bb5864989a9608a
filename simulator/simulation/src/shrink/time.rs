//! The times of a plan: pauses between its items become short and round.

use super::Search;
use crate::Nanos;
use crate::check::Class;
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

impl Search<'_, '_> {
    /// Makes pauses short and round: each by itself from the first on, or all at once where a budget
    /// is exceeded with many of them.
    pub(super) fn close_gaps(&mut self) {
        if self.target.class == Class::Budget && moments(&self.best).len() > MANY {
            self.accepts_first(
                PAUSES.into_iter().map(|longest| move |plan: &mut Plan| squeeze(plan, longest)),
            );
            return;
        }
        let mut start = 0;
        while let Some(next) = moments(&self.best).into_iter().find(|&at| at > start) {
            if self.is_used_up() {
                return;
            }
            let pause = next - start;
            let shorter = PAUSES.into_iter().take_while(|&shorter| shorter < pause);
            let advances =
                shorter.map(|shorter| move |plan: &mut Plan| advance(plan, next, pause - shorter));
            start += self.accepts_first(advances).map_or(pause, |found| PAUSES[found]);
        }
    }
}

/// Where a budget is exceeded with more moments than these, each pause by itself would take longer than it is worth.
const MANY: usize = 48;

/// Makes longer pauses as short as this.
fn squeeze(plan: &mut Plan, longest: Nanos) {
    let mut start = 0;
    while let Some(next) = moments(plan).into_iter().find(|&at| at > start) {
        let pause = next - start;
        advance(plan, next, pause.saturating_sub(longest));
        start += pause.min(longest);
    }
}

/// Puts as much time between requests as most protocols take for one, and no more before anything else. Requests
/// are in order of time.
pub(super) fn space_requests(plan: &mut Plan) {
    const APART: Nanos = 10 * MILLISECOND;
    squeeze(plan, APART);
    for next in 1..plan.requests.len() {
        let at = plan.requests[next].at;
        let by = APART.saturating_sub(at - plan.requests[next - 1].at);
        plan.requests[next..].iter_mut().for_each(|request| request.at += by);
        let later = |time: &mut Nanos| *time += if *time >= at { by } else { 0 };
        later(&mut plan.end);
        for planned in &mut plan.faults {
            later(&mut planned.at);
            if let Some(until) = planned.fault.until_mut() {
                later(until);
            }
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
