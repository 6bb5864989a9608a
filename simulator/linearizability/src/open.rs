//! What the search for repeated values carries: a way the past can have gone, and the operations that
//! are open now. Each open operation has a slot, a bit in every set.

use super::bits::Bits;
use super::schedule::{Role, Schedule};

/// One way the past can have gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config<const W: usize> {
    pub value: usize,
    /// Open operations that have taken effect.
    pub done: Bits<W>,
    /// Open writes that may still take effect, or have done so unseen.
    pub free: Bits<W>,
    /// The last write that took effect, in the log of a traced search.
    pub node: usize,
}

pub(super) type Key<const W: usize> = (usize, Bits<W>, Bits<W>);

impl<const W: usize> Config<W> {
    pub(crate) fn key(&self) -> Key<W> {
        (self.value, self.done, self.free)
    }
}

/// The open operations, by what they are.
pub(super) struct Open<const W: usize> {
    /// Which task holds a slot.
    pub tasks: Vec<usize>,
    /// Gets and failed compare-and-sets.
    pub observers: Bits<W>,
    /// Those a value satisfies, for each value: its gets.
    gets: Vec<Bits<W>>,
    failed: Bits<W>,
    /// Those a value does not satisfy, for each value.
    failed_from: Vec<Bits<W>>,
    pub puts: Bits<W>,
    pub puts_of: Vec<Bits<W>>,
    pub swaps: Bits<W>,
    /// Puts of a value that no later operation needs.
    pub unneeded: Bits<W>,
    /// Whether each value is needed by no later operation.
    pub forgotten: Vec<bool>,
}

impl<const W: usize> Open<W> {
    /// Nothing is open yet.
    pub(crate) fn new(schedule: &Schedule) -> Self {
        let empty = Bits::EMPTY;
        Open {
            tasks: vec![0; schedule.slots],
            observers: empty,
            gets: vec![empty; schedule.values],
            failed: empty,
            failed_from: vec![empty; schedule.values],
            puts: empty,
            puts_of: vec![empty; schedule.values],
            swaps: empty,
            unneeded: empty,
            forgotten: (0..schedule.values).map(|value| !schedule.needed_after(value, 0)).collect(),
        }
    }

    /// A task begins, in a slot.
    pub(crate) fn open(&mut self, role: Role, slot: usize, task: usize) {
        self.tasks[slot] = task;
        match role {
            Role::Put { value } => {
                self.puts.insert(slot);
                self.puts_of[value].insert(slot);
                if self.forgotten[value] {
                    self.unneeded.insert(slot);
                }
            }
            Role::Get { value } => {
                self.observers.insert(slot);
                self.gets[value].insert(slot);
            }
            Role::Differs { from } => {
                self.observers.insert(slot);
                self.failed.insert(slot);
                self.failed_from[from].insert(slot);
            }
            Role::Swap { .. } => self.swaps.insert(slot),
        }
    }

    /// A slot's operation is open no longer.
    pub(crate) fn close(&mut self, role: Role, slot: usize) {
        match role {
            Role::Put { value } => {
                self.puts.remove(slot);
                self.puts_of[value].remove(slot);
                self.unneeded.remove(slot);
            }
            Role::Get { value } => {
                self.observers.remove(slot);
                self.gets[value].remove(slot);
            }
            Role::Differs { from } => {
                self.observers.remove(slot);
                self.failed.remove(slot);
                self.failed_from[from].remove(slot);
            }
            Role::Swap { .. } => self.swaps.remove(slot),
        }
    }

    /// Lets every open observer that the value satisfies take effect, and gives states that differ in name
    /// only one name: a free put of a value that is not needed may as well be done.
    pub(crate) fn normalise(&self, config: &mut Config<W>) {
        let satisfied =
            self.gets[config.value].or(&self.failed.without(&self.failed_from[config.value]));
        let idle = config.free.and(&self.unneeded);
        config.done = config.done.or(&satisfied).or(&idle);
        config.free = config.free.without(&idle);
    }

    /// Whether whatever can follow `weaker` can follow `stronger` too. Their values are equal.
    pub(crate) fn dominates(&self, stronger: &Config<W>, weaker: &Config<W>) -> bool {
        let (a, b) = (stronger, weaker);
        let observed = b.done.and(&self.observers).without(&a.done).is_empty();
        let changed =
            a.done.differing(&b.done).or(&a.free.differing(&b.free)).without(&self.observers);
        observed && changed.without(&a.free).is_empty()
    }
}
