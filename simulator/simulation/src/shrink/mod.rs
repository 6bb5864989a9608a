//! Shrinking: the search for the smallest plan that still fails in the same way.
//!
//! A failing plan has hundreds of requests and dropped messages, of which only a few matter. The shrinker removes
//! parts, and keeps each smaller plan that still fails with the same class and check ([`Failure::shown_by`]):
//!
//! | step | changes that it tries |
//! | --- | --- |
//! | `parts` | lists of faults, requests and losses (instead of losses by chance), made as short as possible |
//! | `size` | an earlier end, a plainer network, fewer clients and replicas |
//! | `time` | short and round pauses between the remaining items |
//! | `redraw` | other seeds with fewer requests and no losses, if the plan is still large |
//!
//! The steps are repeated until a whole round changes nothing, or until the allowed runs are used up. Lists are
//! shortened by delta debugging: large pieces first, then smaller ones (Zeller and Hildebrandt, "Simplifying and
//! isolating failure-inducing input", 2002), so that at the end no single request, fault or loss can be removed. The
//! result is a function of the failure, without clocks and chance.

mod list;
mod parts;
mod redraw;
mod size;
mod time;

use std::fmt;
use std::ops::ControlFlow;

use crate::UnderTest;
use crate::check::{CheckName, judge};
use crate::engine::Options;
use crate::failure::Failure;
use crate::plan::{LostMessage, Plan, RequestKind};

/// The default of the largest number of runs.
pub const DEFAULT_RUNS: u32 = 5_000;

/// The result of a shrinking.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The failure with the smallest plan found.
    pub failure: Failure,
    /// The number of runs that it took.
    pub runs: u32,
    /// True if no single item can be removed any more; false if the runs were used up or the search was stopped before.
    pub is_minimal: bool,
}

/// The error for a plan without the failure to shrink. Displayed in three lines.
#[derive(Clone, Debug, PartialEq)]
pub struct NotReproduced {
    /// The stored finding, as text.
    pub stored: String,
    /// The failure that the plan has instead; `None` if it passes.
    pub instead: Option<Box<Failure>>,
}

impl fmt::Display for NotReproduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = match &self.instead {
            None => "it passes".to_owned(),
            Some(other) => other.finding(),
        };
        write!(
            f,
            "the plan no longer fails in the way that was stored, so there is nothing to shrink\n  \
             stored: {}\n  now:    {now}",
            self.stored
        )
    }
}

impl std::error::Error for NotReproduced {}

/// Shrinks the plan of a failure with at most `runs` runs.
///
/// `observe` is called after every plan tried, with the number of runs and the best plan so far. If it breaks, that
/// plan is the result; [`to_the_end`] never does.
///
/// # Errors
///
/// Returns an error if the plan does not fail in the same way as the failure.
pub fn shrink(
    system: &dyn UnderTest,
    failure: &Failure,
    runs: u32,
    observe: &mut dyn FnMut(u32, &Plan) -> ControlFlow<()>,
) -> Result<Shrunk, NotReproduced> {
    let mut search = Search {
        system,
        target: failure,
        best: failure.plan.clone(),
        lost: Vec::new(),
        runs: 0,
        most_runs: runs.max(1),
        observe,
    };
    let not_reproduced = |instead: Option<Failure>| NotReproduced {
        stored: failure.finding(),
        instead: instead.map(Box::new),
    };
    if !search.accepts(failure.plan.clone()) {
        return Err(not_reproduced(Failure::find(system, &failure.plan)));
    }
    loop {
        let before = search.best.clone();
        search.take_away_wholesale();
        search.shorten_parts();
        search.reduce_size();
        search.close_gaps();
        let is_done = search.best == before && !search.redraw();
        if is_done || search.is_used_up() {
            break;
        }
    }
    let (is_minimal, runs, best) = (!search.is_used_up(), search.runs, search.best);
    // The best plan is known to fail; this run gives its digest and reason.
    let failure = failure.again(system, &best).ok_or_else(|| not_reproduced(None))?;
    Ok(Shrunk { failure, runs, is_minimal })
}

/// Continues a shrinking to its end: a value of `observe` for callers that only need the result.
pub fn to_the_end(_runs: u32, _best: &Plan) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The search for a smaller plan.
struct Search<'a> {
    system: &'a dyn UnderTest,
    /// The failure that a plan must have.
    target: &'a Failure,
    /// The smallest plan so far that has it.
    best: Plan,
    /// The messages that were dropped in the run of the best plan.
    lost: Vec<LostMessage>,
    runs: u32,
    most_runs: u32,
    observe: &'a mut dyn FnMut(u32, &Plan) -> ControlFlow<()>,
}

impl Search<'_> {
    fn is_used_up(&self) -> bool {
        self.runs >= self.most_runs
    }

    /// Runs a plan, and makes it the best one if it still fails in the same way.
    fn accepts(&mut self, plan: Plan) -> bool {
        if self.is_used_up() || self.is_vacuous(&plan) {
            return false;
        }
        self.runs += 1;
        let evidence = self.system.run(&plan, Options::default());
        let same = self.target.shown_by(&judge(&plan, &evidence)).is_some();
        if same {
            (self.best, self.lost) = (plan, evidence.losses);
        }
        if (self.observe)(self.runs, &self.best).is_break() {
            self.most_runs = self.runs;
        }
        same
    }

    /// Tries a change of the best plan.
    fn accepts_with(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.best.clone();
        change(&mut plan);
        plan != self.best && self.accepts(plan)
    }

    /// Returns true if the plan has no puts although the check of answers failed with puts. Without puts none can be
    /// acknowledged, which the check reports too, but that would not be a failure of the system.
    fn is_vacuous(&self, plan: &Plan) -> bool {
        let is_put = |plan: &Plan| plan.requests.iter().any(|it| it.kind == RequestKind::Put);
        self.target.check == CheckName::Answered && is_put(&self.target.plan) && !is_put(plan)
    }
}
