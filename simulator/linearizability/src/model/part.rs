//! The calls of one key, prepared for a search.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::definition::{Model, Observation};
use super::transitions::Kind;
use crate::names::FoldHasher;

/// No operation, in a list of numbers.
pub(super) const NONE: u32 = u32::MAX;

/// The number of pairs of kinds up to which it is worth knowing which enables which.
const WORTH_COMPARING: usize = 4_000_000;

/// A call that was answered. Its number is its position in the order of returns.
pub(super) struct Answer {
    /// The position among the calls of the key.
    pub id: usize,
    pub kind: u32,
    pub invoke: u64,
    pub at: u64,
    /// True if it never changes the state.
    pub observes: bool,
    /// The answered call of the same kind that returned just before it.
    pub previous: u32,
}

/// Equal operations without an outcome, in order of their calls. The one that was called first is used first.
pub(super) struct Pending {
    pub kind: u32,
    pub invokes: Vec<u64>,
    /// The positions among the calls of the key.
    pub ids: Vec<usize>,
    /// The number of the first bit that stands for one of them.
    pub bit: usize,
    /// The number of answers after which none of these operations has a use.
    pub useful_before: usize,
}

/// The calls of one key.
pub(super) struct Part<'a, M: Model> {
    pub answers: Vec<Answer>,
    pub pending: Vec<Pending>,
    pub kinds: Vec<Kind<'a, M>>,
    /// The number of operations without an outcome that are left.
    pub bits: usize,
    /// True for each kind that escapes from states in which others are lost.
    pub escapes: Vec<bool>,
    /// The classes without an outcome, ordered by their first call.
    pub by_call: Vec<u32>,
    /// For each number of answers, the range of `by_call` outside of which no class is of use next.
    pub active: Vec<(u32, u32)>,
}

impl<M: Model> Part<'_, M> {
    /// Returns the first bit of an operation without an outcome that has a use after this number of answers.
    pub(super) fn first_useful_bit(&self, answers: usize) -> usize {
        let class = self.pending.partition_point(|class| class.useful_before <= answers);
        self.pending.get(class).map_or(self.bits, |class| class.bit)
    }
}

/// Says whether a call is open. An open call may have any answer, or none.
pub(super) type IsOpen<'m, M> =
    &'m dyn Fn(&Observation<<M as Model>::Op, <M as Model>::Answer>) -> bool;

type Calls<'a, M> = [&'a Observation<<M as Model>::Op, <M as Model>::Answer>];
type Numbers<'a, M> = HashMap<
    (&'a <M as Model>::Op, Option<&'a <M as Model>::Answer>),
    u32,
    BuildHasherDefault<FoldHasher>,
>;

impl<'a, M: Model> Part<'a, M> {
    pub(super) fn new(model: &M, calls: &Calls<'a, M>) -> Self {
        Part::with_open(model, calls, &|_| false)
    }

    /// Prepares calls of which some are taken to have no outcome, whatever it was.
    ///
    /// Those of them that turned out to observe only are left out.
    pub(super) fn with_open(model: &M, calls: &Calls<'a, M>, is_open: IsOpen<'_, M>) -> Self {
        let mut part = Part {
            answers: Vec::new(),
            pending: Vec::new(),
            kinds: Vec::new(),
            bits: 0,
            escapes: Vec::new(),
            by_call: Vec::new(),
            active: Vec::new(),
        };
        let mut numbers = Numbers::<M>::default();
        let mut classes: HashMap<u32, Vec<usize>> = HashMap::new();
        for (id, call) in calls.iter().enumerate() {
            let is_open = is_open(call);
            let observes = |answer: &M::Answer| model.observes(&call.op, answer);
            if is_open && call.answer.as_ref().is_some_and(|it| observes(&it.answer)) {
                continue;
            }
            let answered = call.answer.as_ref().filter(|_| !is_open);
            let answer = answered.map(|answered| &answered.answer);
            let kind = *numbers.entry((&call.op, answer)).or_insert_with(|| {
                part.kinds.push(Kind { op: &call.op, answer });
                part.kinds.len() as u32 - 1
            });
            match answered {
                Some(answered) => part.answers.push(Answer {
                    id,
                    kind,
                    invoke: call.invoke,
                    at: answered.at,
                    observes: observes(&answered.answer),
                    previous: NONE,
                }),
                None => classes.entry(kind).or_default().push(id),
            }
        }
        let last = order_by_return(&mut part.answers, part.kinds.len());
        part.add_pending(model, calls, classes, &last);
        (part.by_call, part.active) = active(&part.pending, &part.answers);
        let escapes = |kind: &Kind<'_, M>| model.escapes(kind.op, kind.answer);
        part.escapes = part.kinds.iter().map(escapes).collect();
        part
    }

    /// Adds the operations without an outcome, except those that are of no use. `last` has the last answer of each
    /// kind.
    fn add_pending(
        &mut self,
        model: &M,
        calls: &Calls<'a, M>,
        classes: HashMap<u32, Vec<usize>>,
        last: &[u32],
    ) {
        let mut classes: Vec<(u32, Vec<usize>)> = classes.into_iter().collect();
        classes.sort_unstable();
        let useful_before = self.useful_before(model, &classes, last);
        // The bits of those that have no further use are then the first ones.
        for (place, useful_before) in by_use(&useful_before) {
            let (kind, mut ids) = std::mem::take(&mut classes[place]);
            let Some(last) = useful_before.checked_sub(1) else { continue };
            let until = self.answers[last].at;
            ids.retain(|&id| calls[id].invoke <= until);
            sort_by_stamp(&mut ids, &|id| calls[id].invoke);
            if !ids.is_empty() {
                let invokes = ids.iter().map(|&id| calls[id].invoke).collect();
                let bit = self.bits;
                self.bits += ids.len();
                self.pending.push(Pending { kind, invokes, ids, bit, useful_before });
            }
        }
    }

    /// Returns, for each class of operations without an outcome, the number of answers after which it has no use.
    fn useful_before(&self, model: &M, classes: &[(u32, Vec<usize>)], last: &[u32]) -> Vec<usize> {
        if classes.len() * (self.kinds.len() + classes.len()) > WORTH_COMPARING {
            return vec![self.answers.len(); classes.len()];
        }
        let enables = |class: usize, kind: usize| {
            let Kind { op, answer } = self.kinds[kind];
            model.enables(self.kinds[classes[class].0 as usize].op, op, answer)
        };
        let answered = || last.iter().enumerate().filter(|&(_, &last)| last != NONE);
        let mut useful: Vec<usize> = (0..classes.len())
            .map(|class| {
                let needed = answered().filter(|&(kind, _)| enables(class, kind));
                needed.map(|(_, &last)| last as usize + 1).max().unwrap_or(0)
            })
            .collect();
        // An operation is also useful if one without an outcome needs it that is useful itself.
        let chained: Vec<Vec<usize>> = (0..classes.len())
            .map(|class| {
                let others = 0..classes.len();
                others.filter(|&other| enables(class, classes[other].0 as usize)).collect()
            })
            .collect();
        spread(&mut useful, &chained);
        useful
    }
}

// What follows knows no model, so that it is compiled once, not once for each model.

/// Sorts positions by a stamp, and those of one stamp by position.
pub(super) fn sort_by_stamp(ids: &mut [usize], stamp: &dyn Fn(usize) -> u64) {
    let mut stamped: Vec<(u64, usize)> = ids.iter().map(|&id| (stamp(id), id)).collect();
    stamped.sort_unstable();
    for (place, (_, id)) in ids.iter_mut().zip(stamped) {
        *place = id;
    }
}

/// Orders the answers by return, links those of a kind, and returns the last one of each kind.
fn order_by_return(answers: &mut [Answer], kinds: usize) -> Vec<u32> {
    answers.sort_unstable_by_key(|answer| (answer.at, answer.id));
    let mut last = vec![NONE; kinds];
    for (number, answer) in answers.iter_mut().enumerate() {
        answer.previous = std::mem::replace(&mut last[answer.kind as usize], number as u32);
    }
    last
}

/// Returns the position of each class, and the number of answers after which it has no use, ordered by that number.
fn by_use(useful_before: &[usize]) -> Vec<(usize, usize)> {
    let mut classes: Vec<(usize, usize)> = useful_before.iter().copied().enumerate().collect();
    classes.sort_by_key(|&(_, useful_before)| useful_before);
    classes
}

/// Makes each class as useful as the most useful one of those that need it.
fn spread(useful: &mut [usize], chained: &[Vec<usize>]) {
    loop {
        let mut changed = false;
        for class in 0..useful.len() {
            let most = chained[class].iter().map(|&other| useful[other]).max().unwrap_or(0);
            if most > useful[class] {
                useful[class] = most;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Returns the classes ordered by their first call and, for each number of answers, the range of them outside of which
/// no class is of use next.
fn active(pending: &[Pending], answers: &[Answer]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let mut by_call: Vec<u32> = (0..pending.len() as u32).collect();
    by_call.sort_by_key(|&class| pending[class as usize].invokes[0]);
    let (mut start, mut end) = (0, 0);
    let class = |place: usize| by_call.get(place).map(|&class| &pending[class as usize]);
    let ranges = answers.iter().enumerate().map(|(number, answer)| {
        while class(end).is_some_and(|class| class.invokes[0] <= answer.at) {
            end += 1;
        }
        while start < end && class(start).is_some_and(|class| class.useful_before <= number) {
            start += 1;
        }
        (start as u32, end as u32)
    });
    let ranges = ranges.collect();
    (by_call, ranges)
}

impl<M: Model> Clone for Kind<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for Kind<'_, M> {}
