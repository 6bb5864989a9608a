//! Repeated values: two searches take turns, each with a larger share of the budget than before.
//!
//! The [`frontier`](super::frontier) is fast where many clients call at once, the search for any
//! [`model`](super::model) where many calls have no outcome. Together they need at most a few times as many steps as
//! the better one.

use super::frontier;
use super::history::{Action, History, NEVER, OpId, ValueId};
use super::model::register::{Answer, Op, Register};
use super::model::{self, Decision, Observation};
use super::schedule::Schedule;
use super::witness;

/// The result of the searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Linearizable,
    /// There is no legal order from the return at this stamp on.
    Lost(u64),
    OutOfBudget,
}

/// The number of steps of the first turn.
const FIRST: u64 = 4_000;

/// The factor between the steps of a turn and those of the next one of the same search.
const GROWTH: u64 = 4;

/// The frontier comes second if more than one in this number of operations has no outcome.
const MANY: usize = 20;

/// Searches some operations of one key, and subtracts the steps from `steps`.
pub(super) fn search(history: &History, ids: &[OpId], steps: &mut u64) -> Outcome {
    let searches = Searches::new(history, ids);
    let budget = *steps;
    let lost_at = |stuck| model::lost_at(&searches.model, &searches.calls(), stuck, budget);
    let mut general = |steps: &mut u64| match searches.general(steps) {
        Decision::Legal(_) => Some(Outcome::Linearizable),
        Decision::Illegal { stuck } => Some(Outcome::Lost(lost_at(stuck))),
        Decision::OutOfBudget => None,
    };
    let mut frontier = |steps: &mut u64| match searches.frontier(steps, false) {
        frontier::Outcome::Linearizable(_) => Some(Outcome::Linearizable),
        frontier::Outcome::Lost(at) => Some(Outcome::Lost(at)),
        frontier::Outcome::OutOfBudget => None,
    };
    searches.take_turns(steps, &mut general, &mut frontier).unwrap_or(Outcome::OutOfBudget)
}

/// Returns true if some operations of one key certainly have no legal order.
pub(super) fn is_violated(history: &History, ids: &[OpId], steps: &mut u64) -> bool {
    let searches = Searches::new(history, ids);
    let mut general = |steps: &mut u64| model::is_legal(&searches.model, &searches.calls(), steps);
    let mut frontier = |steps: &mut u64| match searches.frontier(steps, false) {
        frontier::Outcome::Linearizable(_) => Some(true),
        frontier::Outcome::Lost(_) => Some(false),
        frontier::Outcome::OutOfBudget => None,
    };
    searches.take_turns(steps, &mut general, &mut frontier) == Some(false)
}

/// Returns a legal order of some operations of one key, if there is one and the steps are enough to find it.
pub(super) fn order(history: &History, ids: &[OpId], steps: &mut u64) -> Option<Vec<OpId>> {
    let searches = Searches::new(history, ids);
    let mut general = |steps: &mut u64| match searches.general(steps) {
        Decision::Legal(order) => Some(order.into_iter().map(|place| ids[place]).collect()),
        Decision::Illegal { .. } | Decision::OutOfBudget => None,
    };
    let mut frontier = |steps: &mut u64| match searches.frontier(steps, true) {
        frontier::Outcome::Linearizable(writes) => {
            Some(witness::replay(&searches.schedule, &writes))
        }
        frontier::Outcome::Lost(_) | frontier::Outcome::OutOfBudget => None,
    };
    searches.take_turns(steps, &mut general, &mut frontier)
}

/// The operations, as each search needs them.
struct Searches<'a> {
    history: &'a History,
    ids: &'a [OpId],
    schedule: Schedule,
    model: Register<ValueId>,
}

type Turn<'a, T> = &'a mut dyn FnMut(&mut u64) -> Option<T>;

impl<'a> Searches<'a> {
    fn new(history: &'a History, ids: &'a [OpId]) -> Self {
        let schedule = Schedule::new(history, ids);
        Searches { history, ids, schedule, model: Register { initial: history.initial } }
    }

    fn frontier(&self, steps: &mut u64, trace: bool) -> frontier::Outcome {
        frontier::run(&self.schedule, steps, trace)
    }

    fn general(&self, steps: &mut u64) -> Decision {
        model::decide(&self.model, &self.calls(), steps)
    }

    fn calls(&self) -> Vec<Observation<Op<ValueId>, Answer<ValueId>>> {
        let call = |&id: &OpId| {
            let operation = self.history.operation(id);
            let (op, answer) = match operation.action {
                Action::Put { value } => (Op::Write(value), Answer::Written),
                Action::Get { value } => (Op::Read, Answer::Value(value)),
                Action::Cas { from, to, ok } => {
                    (Op::Swap { from, to }, Answer::Swapped(ok.unwrap_or(false)))
                }
            };
            match operation.returned() {
                Some(at) => {
                    Observation::answered(operation.client, op, operation.invoke, answer, at)
                }
                None => Observation::pending(operation.client, op, operation.invoke),
            }
        };
        self.ids.iter().map(call).collect()
    }

    /// Lets the searches take turns until one of them has a result, or the steps are used up.
    fn take_turns<'t, T>(
        &self,
        steps: &mut u64,
        general: Turn<'t, T>,
        frontier: Turn<'t, T>,
    ) -> Option<T> {
        let is_open = |id: &&OpId| self.history.operation(**id).end == NEVER;
        let open = self.ids.iter().filter(is_open).count();
        let mut turns =
            if open * MANY > self.ids.len() { [general, frontier] } else { [frontier, general] };
        let mut most = FIRST;
        while *steps > 0 {
            for turn in &mut turns {
                let share = most.min(*steps);
                let mut left = share;
                let result = turn(&mut left);
                *steps -= share - left;
                if result.is_some() {
                    return result;
                }
                // A search that gives up for another reason must not be tried again and again.
                if left > 0 {
                    *steps = steps.saturating_sub(left);
                }
            }
            most *= GROWTH;
        }
        None
    }
}
