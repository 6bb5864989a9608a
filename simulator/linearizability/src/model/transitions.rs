//! The states that a search has seen, by dense numbers, and the steps between them. Each step of the model is taken
//! once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::definition::Model;
use crate::names::FoldHasher;

/// No state.
const NONE: StateId = StateId::MAX;

type Table<K, V> = HashMap<K, V, BuildHasherDefault<FoldHasher>>;

/// The number of a state.
pub(super) type StateId = u32;

/// An operation with its answer.
pub(super) struct Kind<'a, M: Model> {
    pub op: &'a M::Op,
    pub answer: Option<&'a M::Answer>,
}

/// The known states and steps of a model.
pub(super) struct Transitions<'a, M: Model> {
    model: &'a M,
    states: Vec<M::State>,
    /// The last state with each hash.
    numbers: Table<u64, StateId>,
    /// The state before each one with the same hash.
    twins: Vec<StateId>,
    /// The states after a step, as a range of `next`.
    steps: Table<u64, (u32, u32)>,
    next: Vec<StateId>,
    /// True for each state and kind of answer that is lost in it.
    lost: Table<u64, bool>,
}

impl<'a, M: Model> Transitions<'a, M> {
    pub(super) fn new(model: &'a M) -> Self {
        Transitions {
            model,
            states: Vec::new(),
            numbers: Table::default(),
            twins: Vec::new(),
            steps: Table::default(),
            next: Vec::new(),
            lost: Table::default(),
        }
    }

    /// Returns the number of the state with which a search begins.
    pub(super) fn first(&mut self, state: M::State) -> StateId {
        self.number(state)
    }

    fn number(&mut self, state: M::State) -> StateId {
        let mut hasher = FoldHasher::default();
        state.hash(&mut hasher);
        let number = self.states.len() as StateId;
        let twin = self.numbers.entry(hasher.finish()).or_insert(NONE);
        let mut known = *twin;
        while known != NONE {
            if self.states[known as usize] == state {
                return known;
            }
            known = self.twins[known as usize];
        }
        self.twins.push(std::mem::replace(twin, number));
        self.states.push(state);
        number
    }

    /// Returns the states after a step of the kind with this number, as a range for [`get`](Self::get).
    pub(super) fn step(&mut self, from: StateId, number: u32, kind: &Kind<'_, M>) -> (u32, u32) {
        let key = u64::from(from) << 32 | u64::from(number);
        if let Some(&known) = self.steps.get(&key) {
            return known;
        }
        let model = self.model;
        let states: Vec<M::State> =
            model.step(&self.states[from as usize], kind.op, kind.answer).into_iter().collect();
        let start = self.next.len() as u32;
        for state in states {
            let number = self.number(state);
            if !self.next[start as usize..].contains(&number) {
                self.next.push(number);
            }
        }
        let range = (start, self.next.len() as u32);
        self.steps.insert(key, range);
        range
    }

    /// Returns true if an answer of the kind with this number is lost in a state.
    pub(super) fn is_lost(&mut self, state: StateId, number: u32, kind: &Kind<'_, M>) -> bool {
        let (model, states) = (self.model, &self.states);
        let key = u64::from(state) << 32 | u64::from(number);
        *self.lost.entry(key).or_insert_with(|| {
            let is_lost = |answer| model.is_lost(&states[state as usize], kind.op, answer);
            kind.answer.is_some_and(is_lost)
        })
    }

    /// Returns the states of a range.
    pub(super) fn get(&self, (start, end): (u32, u32)) -> &[StateId] {
        &self.next[start as usize..end as usize]
    }
}
