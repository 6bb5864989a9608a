//! Shrinking: the search for the smallest plan that still fails in the same way.
//!
//! A failing plan has hundreds of requests and dropped messages, of which only a few matter. The shrinker removes
//! parts, and keeps each smaller plan that still fails with the same class and check ([`Failure::shown_by`]):
//!
//! | step | changes that it tries |
//! | --- | --- |
//! | `parts` | shorter lists of faults, requests and lost messages |
//! | `cuts` | cuts of links in place of many lost messages |
//! | `size` | an earlier end, a plainer network |
//! | `cast` | fewer clients and replicas |
//! | `time` | short pauses between what is left, in round numbers |
//! | `elsewhere` | other replicas for the requests, and one loss or replica less |
//! | `redraw` | other draws, where all this leaves much: fewer requests, other losses or none; all of the plan anew |
//!
//! The steps are repeated until a whole round changes nothing, or until the allowed runs are used up. Lists are
//! shortened by delta debugging: large pieces first, then smaller ones (Zeller and Hildebrandt, "Simplifying and
//! isolating failure-inducing input", 2002), so that at the end no single request, fault or loss can be removed. The
//! result is a function of the failure, without clocks and chance, and the same for any number of threads.
//!
//! A plan must keep its meaning when something around it is removed. So random losses become a list from the start,
//! and each lost message is named by the request that it serves ([`Among`](crate::plan::Among)). Named by its number
//! on the link, it would be another message as soon as an earlier one is not sent. In the same way, each request names
//! the replica that it is sent to before a replica is removed.

mod cast;
mod cuts;
mod elsewhere;
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
use crate::evidence::Decisions;
use crate::failure::Failure;
use crate::plan::{Losses, Plan, RequestKind};
use crate::pool::{Workers, with_workers};
use redraw::weight;

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

impl NotReproduced {
    /// Runs the plan of a failure that does not fail so, and says what it does instead.
    pub(crate) fn of(system: &dyn UnderTest, failure: &Failure) -> Self {
        let instead = Failure::find(system, &failure.plan).map(Box::new);
        NotReproduced { stored: failure.finding(), instead }
    }
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

/// The bounds on the cost of a shrinking.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The greatest number of runs.
    pub runs: u32,
    /// The number of threads. The result is the same for any number.
    pub jobs: usize,
}

/// [`DEFAULT_RUNS`] on one thread.
impl Default for Effort {
    fn default() -> Self {
        Effort { runs: DEFAULT_RUNS, jobs: 1 }
    }
}

/// Shrinks the plan of a failure. `observe` is told of every plan tried: how many runs there were, and the
/// best plan so far. Where it breaks off, that one is the result; [`to_the_end`] never does.
///
/// # Errors
///
/// Returns an error if the plan does not fail in the same way as the failure.
pub fn shrink(
    system: &dyn UnderTest,
    failure: &Failure,
    effort: Effort,
    observe: &mut dyn FnMut(u32, &Plan) -> ControlFlow<()>,
) -> Result<Shrunk, NotReproduced> {
    let work = |plan| Tried::new(system, failure, plan);
    let found = with_workers(effort.jobs, work, |workers| {
        let mut search = Search {
            target: failure,
            best: failure.plan.clone(),
            set_aside: None,
            decisions: Decisions::default(),
            in_vain: Vec::new(),
            runs: 0,
            most_runs: effort.runs.max(1),
            workers,
            observe,
        };
        search.begins().then(|| {
            search.go_on();
            (search.best.clone(), search.runs, !search.is_used_up())
        })
    });
    let Some((best, runs, is_minimal)) = found else {
        return Err(NotReproduced::of(system, failure));
    };
    // The best plan was seen to fail; this run tells its digest and reason.
    let failure = failure.again(system, &best).ok_or_else(|| NotReproduced::of(system, failure))?;
    Ok(Shrunk { failure, runs, is_minimal })
}

/// Continues a shrinking to its end: a value of `observe` for callers that only need the result.
pub fn to_the_end(_runs: u32, _best: &Plan) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A plan that was run.
struct Tried {
    /// The plan, with the messages that it lost named one by one: that is the same run.
    plan: Plan,
    /// The decisions of its run.
    decisions: Decisions,
    /// True if it fails in the same way as the target.
    fails: bool,
}

impl Tried {
    fn new(system: &dyn UnderTest, target: &Failure, mut plan: Plan) -> Self {
        let loses_none = matches!(&plan.losses, Losses::Listed(list) if list.is_empty());
        let options = Options { decisions: true, ..Options::default() };
        let evidence = system.run(&plan, options);
        let fails = target.shown_by(&judge(&plan, &evidence)).is_some();
        if fails && !loses_none {
            plan.losses = Losses::Listed(evidence.losses);
        }
        Tried { plan, decisions: evidence.decisions, fails }
    }
}

/// Plans with more requests than these are not kept: they differ from one round to the next.
const SMALL: usize = 32;

/// The search for a smaller plan.
struct Search<'a, 'w> {
    /// The failure that must be shown again.
    target: &'a Failure,
    /// The smallest plan so far that has it.
    best: Plan,
    /// The smallest plan before the present start, if that is not the first one.
    set_aside: Option<Plan>,
    /// The decisions of its run.
    decisions: Decisions,
    /// Small plans that do not fail as they should, so that none is tried twice.
    in_vain: Vec<Plan>,
    runs: u32,
    most_runs: u32,
    workers: &'a mut Workers<'w, Plan, Tried>,
    observe: &'a mut dyn FnMut(u32, &Plan) -> ControlFlow<()>,
}

impl Search<'_, '_> {
    /// Runs the plan as it is stored, and returns whether it fails as it should.
    fn begins(&mut self) -> bool {
        let plan = self.best.clone();
        self.first_failing(&mut std::iter::once((0, plan))).is_some()
    }

    /// Takes away, round after round, until a round changes nothing.
    fn go_on(&mut self) {
        self.shrink_best();
        self.start_afresh();
    }

    fn shrink_best(&mut self) {
        loop {
            let before = self.best.clone();
            self.take_away_wholesale();
            self.shorten_parts();
            self.simplify_network();
            self.reduce_cast();
            self.close_gaps();
            let is_done = self.best == before && !self.asks_elsewhere() && !self.redraw();
            if is_done || self.is_used_up() {
                return;
            }
        }
    }

    fn is_used_up(&self) -> bool {
        self.runs >= self.most_runs
    }

    /// Tries the best plan with a change, and returns whether it became the best one.
    fn accepts_with(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        self.accepts_first(std::iter::once(change)).is_some()
    }

    /// Tries the best plan with one change after another, until one still fails in the same way: that is the
    /// best one then. Returns the place of the change.
    fn accepts_first<C: FnOnce(&mut Plan)>(
        &mut self,
        changes: impl Iterator<Item = C>,
    ) -> Option<usize> {
        let (base, target) = (self.best.clone(), self.target);
        let mut candidates = changes.enumerate().filter_map(|(place, change)| {
            let mut plan = base.clone();
            change(&mut plan);
            (plan != base && !is_vacuous(target, &plan)).then_some((place, plan))
        });
        self.first_failing(&mut candidates)
    }

    /// Runs plans, as many at a time as there are threads, and takes the first one for the best that fails in
    /// the same way. Those after it count for nothing, even if they have been run: so the number of threads
    /// makes no difference.
    fn first_failing(
        &mut self,
        candidates: &mut dyn Iterator<Item = (usize, Plan)>,
    ) -> Option<usize> {
        while !self.is_used_up() {
            let left = (self.most_runs - self.runs) as usize;
            let in_vain = &self.in_vain;
            let fresh = candidates.filter(|(_, plan)| !in_vain.contains(plan));
            let (places, plans): (Vec<_>, Vec<_>) =
                fresh.take(self.workers.jobs().min(left)).unzip();
            if plans.is_empty() {
                return None;
            }
            for (place, tried) in places.into_iter().zip(self.workers.map(plans)) {
                // The same plan may be twice among those run at the same time.
                if self.in_vain.contains(&tried.plan) {
                    continue;
                }
                self.runs += 1;
                if tried.fails {
                    (self.best, self.decisions) = (tried.plan, tried.decisions);
                } else if tried.plan.requests.len() <= SMALL {
                    self.in_vain.push(tried.plan);
                }
                let smaller = self.set_aside.as_ref().filter(|it| weight(it) <= weight(&self.best));
                if (self.observe)(self.runs, smaller.unwrap_or(&self.best)).is_break() {
                    self.most_runs = self.runs;
                }
                if tried.fails {
                    return Some(place);
                }
                if self.is_used_up() {
                    return None;
                }
            }
        }
        None
    }
}

/// Where nothing is written nothing can be acknowledged: that is no fault of the system, though the check of
/// answers says that no put was ever acknowledged.
fn is_vacuous(target: &Failure, plan: &Plan) -> bool {
    let is_put = |plan: &Plan| plan.requests.iter().any(|it| it.kind == RequestKind::Put);
    target.check == CheckName::Answered && is_put(&target.plan) && !is_put(plan)
}
