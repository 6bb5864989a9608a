//! Proofs that begin with a call whose answer tells the whole state.
//!
//! What comes before such a call in a legal order can be cut off: the rest is a legal order that begins in the state
//! that the answer tells. It contains every call that began after this one had returned. It may contain calls that
//! overlap it, too, and those that never returned. So if the calls after it have no legal order from that state on,
//! where each call that overlaps it may have any answer or none, then the whole has no legal order. A call that
//! overlaps it and changed nothing, by its answer, can be left out.

use super::definition::{Model, Observation};
use super::part::{Part, sort_by_stamp};
use super::search::{self, Outcome};
use super::shrink;

type Calls<'a, M> = [&'a Observation<<M as Model>::Op, <M as Model>::Answer>];

/// The number of calls that are a proof at a glance, so that no other one is sought.
const FEW: usize = 8;

/// The calls of a proof, as positions among the calls of the key.
pub(super) struct Proof {
    /// The call whose answer tells the state with which the proof begins, unless it begins with the initial state.
    pub given: Option<usize>,
    /// The other calls. They have no legal order from that state on.
    pub calls: Vec<usize>,
}

impl Proof {
    fn len(&self) -> usize {
        self.calls.len() + usize::from(self.given.is_some())
    }
}

/// Returns a small proof that the calls, which have no legal order from the return at `at` on, violate the model.
pub(super) fn find<M: Model>(model: &M, calls: &Calls<'_, M>, at: u64, budget: u64) -> Proof {
    let given = from_a_given_state(model, calls, at, budget);
    if let Some(proof) = given {
        if proof.len() <= FEW {
            return proof;
        }
        let whole = from_the_beginning(model, calls, at, budget);
        return if whole.len() < proof.len() { whole } else { proof };
    }
    from_the_beginning(model, calls, at, budget)
}

fn from_the_beginning<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    at: u64,
    mut budget: u64,
) -> Proof {
    let ids: Vec<usize> = (0..calls.len()).filter(|&id| calls[id].invoke <= at).collect();
    let is_open = |call: &Observation<_, _>| call.returned().is_none_or(|end| end > at);
    let shrunk = shrink::shrink(model, &model.initial(), calls, ids.clone(), &is_open, &mut budget);
    Proof { given: None, calls: shrunk.unwrap_or(ids) }
}

/// Tries calls that tell the state, ever earlier ones, until those after one of them violate the model.
fn from_a_given_state<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    at: u64,
    mut budget: u64,
) -> Option<Proof> {
    let tells = |&id: &usize| {
        let answered = calls[id].answer.as_ref().filter(|answered| answered.at < at);
        answered.is_some_and(|answered| model.overwrites(&calls[id].op, &answered.answer))
    };
    let mut telling: Vec<usize> = (0..calls.len()).filter(tells).collect();
    sort_by_stamp(&mut telling, &|id| u64::MAX - calls[id].invoke);
    let mut place = 0;
    while let Some(&given) = telling.get(place) {
        if let Some(calls) = after(model, calls, given, at, &mut budget) {
            return Some(Proof { given: Some(given), calls });
        }
        place = 2 * place + 1;
    }
    None
}

/// Returns calls that have no legal order from the state after a given call on, if there are some.
fn after<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    given: usize,
    at: u64,
    steps: &mut u64,
) -> Option<Vec<usize>> {
    let (began, ended) = (calls[given].invoke, calls[given].returned()?);
    let state = state_after(model, calls, given, steps)?;
    let is_later = |&id: &usize| {
        let call = calls[id];
        id != given && call.invoke <= at && call.returned().is_none_or(|end| end >= began)
    };
    let later = (0..calls.len()).filter(is_later).collect();
    let is_open = |call: &Observation<_, _>| {
        call.invoke <= ended || call.returned().is_none_or(|end| end > at)
    };
    shrink::shrink(model, &state, calls, later, &is_open, steps)
}

/// Returns the state after a call whose answer tells it, if the calls up to its return have a legal order.
fn state_after<M: Model>(
    model: &M,
    calls: &Calls<'_, M>,
    given: usize,
    steps: &mut u64,
) -> Option<M::State> {
    let ended = calls[given].returned()?;
    let begun: Vec<usize> = (0..calls.len()).filter(|&id| calls[id].invoke <= ended).collect();
    let observed: Vec<_> = begun.iter().map(|&id| calls[id]).collect();
    let is_open = |call: &Observation<_, _>| call.returned().is_none_or(|end| end > ended);
    let part = Part::with_open(model, &observed, &is_open);
    let Outcome::Legal(order) = search::search(model, &part, steps) else { return None };
    let mut states = vec![model.initial()];
    for id in order.into_iter().map(|place| begun[place]) {
        let call = calls[id];
        let answer = call.answer.as_ref().filter(|_| !is_open(call)).map(|it| &it.answer);
        let after =
            |state: &M::State| model.step(state, &call.op, answer).into_iter().collect::<Vec<_>>();
        let mut reached: Vec<M::State> = Vec::new();
        for state in states.iter().flat_map(after) {
            if !reached.contains(&state) {
                reached.push(state);
            }
        }
        states = reached;
        if id == given {
            break;
        }
    }
    let mut states = states.into_iter();
    states.next().filter(|_| states.next().is_none())
}
