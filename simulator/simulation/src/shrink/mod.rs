//! Shrinking: the smallest plan that still fails in the same way.
//!
//! A failing plan has hundreds of requests and lost messages, of which a handful matter. The
//! shrinker takes things away and keeps what still fails with the same class and check
//! ([`Failure::shown_by`]):
//!
//! | step | what it tries |
//! | --- | --- |
//! | `parts` | losses by chance become a list, then all lists become short: faults, requests, losses |
//! | `size` | an earlier end, a plainer network, fewer clients and replicas |
//! | `time` | short pauses between what is left, in round numbers |
//! | `redraw` | other draws, where all this leaves much: fewer requests and no losses |
//!
//! The steps are repeated until a whole round changes nothing, or the runs that are allowed are used
//! up. Lists are shortened by delta debugging: large pieces first, then smaller ones (Zeller and
//! Hildebrandt, "Simplifying and isolating failure-inducing input", 2002), so that at the end no
//! single request, fault or loss can be left out. All of it is a function of the failure: no clock,
//! no chance.

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

/// How many runs a shrinking may take, unless it is told otherwise.
pub const DEFAULT_RUNS: u32 = 5_000;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The failure with the smallest plan found.
    pub failure: Failure,
    /// How many runs it took.
    pub runs: u32,
    /// Whether nothing single can be left out any more; otherwise the runs were used up before, or it was
    /// broken off.
    pub is_minimal: bool,
}

/// There is nothing to shrink: the plan does not fail in the way that the failure says. Displayed in
/// three lines.
#[derive(Clone, Debug, PartialEq)]
pub struct NotReproduced {
    /// How it failed when it was stored, in words.
    pub stored: String,
    /// How it fails instead; `None` if it passes.
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

/// Shrinks the plan of a failure with at most `runs` runs. `observe` is told of every plan tried:
/// how many runs there were, and the best plan so far. Where it breaks off, that one is the result;
/// [`to_the_end`] never does.
///
/// # Errors
///
/// When the plan does not fail in the way that the failure says.
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
    if !search.accepts(failure.plan.clone()) {
        return Err(NotReproduced::of(system, failure));
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
    // The best plan was seen to fail; this run tells its digest and reason.
    let failure = failure.again(system, &best).ok_or_else(|| NotReproduced::of(system, failure))?;
    Ok(Shrunk { failure, runs, is_minimal })
}

/// Lets a shrinking go on to its end: for who wants to see no more than what comes of it.
pub fn to_the_end(_runs: u32, _best: &Plan) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The search for a smaller plan.
struct Search<'a> {
    system: &'a dyn UnderTest,
    /// What must be shown again.
    target: &'a Failure,
    /// The smallest plan so far that shows it.
    best: Plan,
    /// The messages that its run lost.
    lost: Vec<LostMessage>,
    runs: u32,
    most_runs: u32,
    observe: &'a mut dyn FnMut(u32, &Plan) -> ControlFlow<()>,
}

impl Search<'_> {
    fn is_used_up(&self) -> bool {
        self.runs >= self.most_runs
    }

    /// Takes a plan for the best one if it still fails in the same way.
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

    /// Tries the best plan with a change.
    fn accepts_with(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.best.clone();
        change(&mut plan);
        plan != self.best && self.accepts(plan)
    }

    /// Where nothing is written nothing can be acknowledged: that is no fault of the system, though
    /// the check of answers says that no put was ever acknowledged.
    fn is_vacuous(&self, plan: &Plan) -> bool {
        let is_put = |plan: &Plan| plan.requests.iter().any(|it| it.kind == RequestKind::Put);
        self.target.check == CheckName::Answered && is_put(&self.target.plan) && !is_put(plan)
    }
}
