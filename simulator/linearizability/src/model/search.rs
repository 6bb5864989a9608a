//! The search for a legal order of the calls of one key, for any model.
//!
//! Depth first, with a memory of visited configurations (Wing & Gong; Lowe): an operation may take effect next if no
//! operation that is left returned before it was called. These rules keep the number of configurations small:
//!
//! - An operation that never changes the state takes effect as soon as its answer is right.
//! - Of equal operations, the one that returned first takes effect first; without an outcome, the one called first.
//! - The operation that must take effect first is tried first, those without an outcome last. So they are used only
//!   where nothing else leads on.
//! - After an operation without an outcome, only one is tried on which it has an effect: one that leads to another
//!   state than it would have led to before, and that cannot as well come before it. Every legal order with the fewest
//!   such operations can be brought into this form: those that have no effect on their follower are moved behind it.
//! - A configuration is given up if an answer is lost in its state, and also if the memory has one that used fewer
//!   operations without an outcome.

use super::definition::Model;
use super::open::Open;
use super::part::Part;
use super::seen::Seen;
use super::transitions::{StateId, Transitions};

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A legal order: positions among the calls of the key.
    Legal(Vec<usize>),
    /// There is no legal order. None of the orders tried contains all of the first `stuck + 1` answered calls, in order
    /// of their returns.
    Illegal {
        stuck: usize,
    },
    OutOfBudget,
}

/// The number of words, compared or remembered, that cost as much as visiting one configuration.
const WORDS_PER_STEP: u64 = 16;

/// An operation that takes effect: an answered one by its number, one without an outcome by its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Answered(usize),
    Pending(usize),
}

/// The next candidate of a configuration.
#[derive(Clone, Copy)]
enum Cursor {
    Due,
    Answered(usize),
    /// A place in the order of first calls.
    Pending(usize),
}

/// A configuration on the current path.
struct Frame {
    state: StateId,
    /// The length of the path before the operation that led here.
    length: usize,
    /// The class of the operation without an outcome that led here, and the state before it.
    via: Option<(usize, StateId)>,
    cursor: Cursor,
    /// The states after the current candidate that are left to try, with the candidate.
    left: (u32, u32),
    candidate: Move,
}

struct Search<'p, 'a, M: Model> {
    model: &'p M,
    part: &'p Part<'a, M>,
    transitions: Transitions<'p, M>,
    open: Open,
    /// The number of used operations of each class without an outcome.
    used: Vec<u32>,
    /// A bit for each of these operations.
    bits: Vec<u64>,
    seen: Seen,
    path: Vec<Move>,
    frames: Vec<Frame>,
    /// The largest number of answered calls, in order of their returns, that took effect.
    furthest: usize,
    key: Vec<u64>,
    masked: Vec<u64>,
    /// The number of words of `bits` in use.
    high: usize,
}

/// Searches for a legal order from the initial state on, and subtracts its steps from `steps`.
pub(super) fn search<M: Model>(model: &M, part: &Part<'_, M>, steps: &mut u64) -> Outcome {
    search_from(model, model.initial(), part, steps)
}

/// Searches for a legal order from a given state on, and subtracts its steps from `steps`.
pub(super) fn search_from<M: Model>(
    model: &M,
    first: M::State,
    part: &Part<'_, M>,
    steps: &mut u64,
) -> Outcome {
    let width = part.bits.div_ceil(64);
    let mut search = Search {
        model,
        part,
        transitions: Transitions::new(model),
        open: Open::new(&part.answers),
        used: vec![0; part.pending.len()],
        bits: vec![0; width],
        seen: Seen::new(),
        path: Vec::new(),
        frames: Vec::new(),
        furthest: 0,
        key: Vec::new(),
        masked: Vec::new(),
        high: 0,
    };
    search.run(first, steps)
}

impl<M: Model> Search<'_, '_, M> {
    fn run(&mut self, first: M::State, steps: &mut u64) -> Outcome {
        let first = self.transitions.first(first);
        let mut compared = 0;
        let mut visit = Some((first, None, 0));
        loop {
            if let Some((state, via, length)) = visit.take() {
                let is_new = self.enter(state, via, length, &mut compared);
                if self.open.due == self.open.end() {
                    return Outcome::Legal(self.order());
                }
                let words = (self.key.len() + self.masked.len()) as u64;
                let cost = 1 + (words + std::mem::take(&mut compared)) / WORDS_PER_STEP;
                let Some(left) = steps.checked_sub(cost) else {
                    *steps = 0;
                    return Outcome::OutOfBudget;
                };
                *steps = left;
                if !is_new {
                    self.undo(length);
                }
            }
            let Some((candidate, to)) = self.next_move() else {
                let Some(frame) = self.frames.pop() else {
                    return Outcome::Illegal { stuck: self.furthest };
                };
                self.undo(frame.length);
                continue;
            };
            let length = self.path.len();
            let via = match candidate {
                Move::Answered(_) => None,
                Move::Pending(class) => self.frames.last().map(|frame| (class, frame.state)),
            };
            self.take(candidate);
            visit = Some((to, via, length));
        }
    }

    /// Begins a configuration, to which the last operation of the path has led; returns false if it is covered.
    fn enter(
        &mut self,
        state: StateId,
        mut via: Option<(usize, StateId)>,
        length: usize,
        compared: &mut u64,
    ) -> bool {
        if self.observe(state) {
            via = None;
        }
        self.furthest = self.furthest.max(self.open.due);
        if self.open.due == self.open.end() {
            return true;
        }
        if self.is_dead_end(state) {
            return false;
        }
        self.key.clear();
        self.key.push(u64::from(state));
        self.open.write_key(&mut self.key);
        self.mask();
        let is_new = if via.is_some() {
            let is_loop = self.is_loop(state);
            !is_loop && !self.seen.covers(&self.key, &self.masked, compared)
        } else {
            self.seen.visit(&self.key, &self.masked, compared)
        };
        if is_new {
            let cursor = Cursor::Due;
            let candidate = Move::Answered(0);
            self.frames.push(Frame { state, length, via, cursor, left: (0, 0), candidate });
        }
        is_new
    }

    /// Sets `masked` to the used operations without an outcome that may still be of use.
    fn mask(&mut self) {
        let first = self.part.first_useful_bit(self.open.due);
        self.masked.clear();
        self.masked.extend_from_slice(self.bits[..self.high].get(first / 64..).unwrap_or(&[]));
        if let Some(word) = self.masked.first_mut() {
            *word &= u64::MAX << (first % 64);
        }
        while self.masked.last() == Some(&0) {
            self.masked.pop();
        }
    }

    /// Lets every operation take effect that never changes the state and whose answer is right.
    fn observe(&mut self, state: StateId) -> bool {
        let answers = &self.part.answers;
        let mut any = false;
        let mut at = self.open.first();
        while self.open.due < answers.len() && self.open.may_take(at, answers) {
            let after = self.open.after(at);
            if answers[at].observes && self.is_legal(state, answers[at].kind) {
                self.take(Move::Answered(at));
                any = true;
            }
            at = after;
        }
        any
    }

    /// Returns true if an answer is lost in this state, and no operation that escapes can come before it.
    ///
    /// Looks at the answers that may come next, and at the first one after them.
    fn is_dead_end(&mut self, state: StateId) -> bool {
        let part = self.part;
        let mut at = self.open.first();
        let mut is_last = false;
        while at != self.open.end() && !is_last {
            is_last = !self.open.may_take(at, &part.answers);
            let answer = &part.answers[at];
            let kind = &part.kinds[answer.kind as usize];
            if self.transitions.is_lost(state, answer.kind, kind) && !self.may_escape(at) {
                return true;
            }
            at = self.open.after(at);
        }
        false
    }

    /// Returns true if an operation that is left escapes, enables an answer, and may come before it.
    fn may_escape(&self, number: usize) -> bool {
        let (part, answers) = (self.part, &self.part.answers);
        let later = &part.kinds[answers[number].kind as usize];
        let helps = |kind: u32| {
            part.escapes[kind as usize]
                && self.model.enables(part.kinds[kind as usize].op, later.op, later.answer)
        };
        let mut at = self.open.first();
        while at != self.open.end() && answers[at].invoke <= answers[number].at {
            if at != number && helps(answers[at].kind) {
                return true;
            }
            at = self.open.after(at);
        }
        part.pending.iter().zip(&self.used).any(|(class, &used)| {
            let invoke = class.invokes.get(used as usize);
            invoke.is_some_and(|&invoke| invoke <= answers[number].at) && helps(class.kind)
        })
    }

    fn step(&mut self, state: StateId, kind: u32) -> (u32, u32) {
        self.transitions.step(state, kind, &self.part.kinds[kind as usize])
    }

    fn is_legal(&mut self, state: StateId, kind: u32) -> bool {
        let next = self.step(state, kind);
        !self.transitions.get(next).is_empty()
    }

    fn leads(&mut self, from: StateId, kind: u32, to: StateId) -> bool {
        let next = self.step(from, kind);
        self.transitions.get(next).contains(&to)
    }

    /// Returns true if the operations without an outcome at the end of the path have led back to one of their states.
    fn is_loop(&self, state: StateId) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.state == state {
                return true;
            }
            if frame.via.is_none() {
                return false;
            }
        }
        false
    }

    /// Returns the next operation to try in the last configuration, with the state after it.
    fn next_move(&mut self) -> Option<(Move, StateId)> {
        loop {
            let frame = self.frames.last_mut()?;
            let (state, via) = (frame.state, frame.via);
            if frame.left.0 < frame.left.1 {
                let next = frame.left.0;
                frame.left.0 += 1;
                let candidate = frame.candidate;
                let to = self.transitions.get((next, next + 1))[0];
                if self.is_useful(state, via, candidate, to) {
                    return Some((candidate, to));
                }
                continue;
            }
            let candidate = self.next_candidate()?;
            let left = self.step(state, self.kind(candidate));
            if let Some(frame) = self.frames.last_mut() {
                (frame.candidate, frame.left) = (candidate, left);
            }
        }
    }

    fn kind(&self, candidate: Move) -> u32 {
        match candidate {
            Move::Answered(number) => self.part.answers[number].kind,
            Move::Pending(class) => self.part.pending[class].kind,
        }
    }

    /// Returns the next operation that may take effect in the last configuration.
    fn next_candidate(&mut self) -> Option<Move> {
        let answers = &self.part.answers;
        let due = self.open.due;
        let frame = self.frames.last_mut()?;
        loop {
            match frame.cursor {
                Cursor::Due => {
                    frame.cursor = Cursor::Answered(self.open.first());
                    if !answers[due].observes {
                        return Some(Move::Answered(due));
                    }
                }
                Cursor::Answered(at) if self.open.may_take(at, answers) => {
                    frame.cursor = Cursor::Answered(self.open.after(at));
                    let is_candidate = at != due && !answers[at].observes;
                    if is_candidate && !self.open.has_earlier_twin(at, answers) {
                        return Some(Move::Answered(at));
                    }
                }
                Cursor::Answered(_) => {
                    frame.cursor = Cursor::Pending(self.part.active[due].0 as usize);
                }
                Cursor::Pending(place) => {
                    if place == self.part.active[due].1 as usize {
                        return None;
                    }
                    frame.cursor = Cursor::Pending(place + 1);
                    let class = self.part.by_call[place] as usize;
                    let pending = &self.part.pending[class];
                    let invoke = pending.invokes.get(self.used[class] as usize);
                    let may_take = invoke.is_some_and(|&invoke| invoke <= answers[due].at);
                    if may_take && due < pending.useful_before {
                        return Some(Move::Pending(class));
                    }
                }
            }
        }
    }

    /// Returns true if it may matter that the candidate takes effect here.
    fn is_useful(
        &mut self,
        state: StateId,
        via: Option<(usize, StateId)>,
        candidate: Move,
        to: StateId,
    ) -> bool {
        if matches!(candidate, Move::Pending(_)) && to == state {
            return false;
        }
        let Some((class, before)) = via else { return true };
        let kind = self.kind(candidate);
        if self.leads(before, kind, to) {
            return false; // The one without an outcome may as well be left out.
        }
        if let Move::Pending(other) = candidate
            && other >= class
        {
            return true;
        }
        let reversed = self.step(before, kind);
        let pending = self.part.pending[class].kind;
        !(reversed.0..reversed.1).any(|middle| {
            let middle = self.transitions.get((middle, middle + 1))[0];
            self.leads(middle, pending, to)
        })
    }

    fn take(&mut self, candidate: Move) {
        match candidate {
            Move::Answered(number) => self.open.take(number),
            Move::Pending(class) => {
                let bit = self.part.pending[class].bit + self.used[class] as usize;
                self.bits[bit / 64] |= 1 << (bit % 64);
                self.high = self.high.max(bit / 64 + 1);
                self.used[class] += 1;
            }
        }
        self.path.push(candidate);
    }

    /// Takes back operations until the path has this length.
    fn undo(&mut self, length: usize) {
        while self.path.len() > length {
            match self.path.pop() {
                Some(Move::Answered(number)) => self.open.put_back(number),
                Some(Move::Pending(class)) => {
                    self.used[class] -= 1;
                    let bit = self.part.pending[class].bit + self.used[class] as usize;
                    self.bits[bit / 64] &= !(1 << (bit % 64));
                    while self.high > 0 && self.bits[self.high - 1] == 0 {
                        self.high -= 1;
                    }
                }
                None => {}
            }
        }
    }

    /// Returns the path as positions among the calls.
    fn order(&self) -> Vec<usize> {
        let mut used = vec![0; self.part.pending.len()];
        let position = |candidate: &Move| match *candidate {
            Move::Answered(number) => self.part.answers[number].id,
            Move::Pending(class) => {
                used[class] += 1;
                self.part.pending[class].ids[used[class] - 1]
            }
        };
        self.path.iter().map(position).collect()
    }
}
