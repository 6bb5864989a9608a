//! The state of the search for repeated values: possible pasts, and the operations that are open now. Each open
//! operation has a slot, which is a bit in every set.

use super::bits::Bits;
use super::schedule::{Role, Schedule};

/// One possible past.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config<const W: usize> {
    pub value: usize,
    /// The open operations that have taken effect.
    pub done: Bits<W>,
    /// The open writes that may still take effect, or may have done so unseen.
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

/// The open operations, by role.
pub(super) struct Open<const W: usize> {
    /// The task in each slot.
    pub tasks: Vec<usize>,
    /// The gets and the failed compare-and-sets.
    pub observers: Bits<W>,
    /// The gets of each value, which that value satisfies.
    gets: Vec<Bits<W>>,
    failed: Bits<W>,
    /// The failed compare-and-sets from each value, which that value does not satisfy.
    failed_from: Vec<Bits<W>>,
    pub puts: Bits<W>,
    pub puts_of: Vec<Bits<W>>,
    pub swaps: Bits<W>,
    /// The puts of values that no later operation needs.
    pub unneeded: Bits<W>,
    /// True for each value that no later operation needs.
    pub forgotten: Vec<bool>,
}

impl<const W: usize> Open<W> {
    /// Returns a state without open operations.
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

    /// Adds a task that begins, in its slot.
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

    /// Removes the operation in a slot.
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

    /// Lets every open observer that the value satisfies take effect, and gives equivalent configurations one form: a
    /// free put of a value that is not needed counts as done.
    pub(crate) fn normalise(&self, config: &mut Config<W>) {
        let satisfied =
            self.gets[config.value].or(&self.failed.without(&self.failed_from[config.value]));
        let idle = config.free.and(&self.unneeded);
        config.done = config.done.or(&satisfied).or(&idle);
        config.free = config.free.without(&idle);
    }

    /// Returns true if everything that can follow `weaker` can follow `stronger` too. Their values are equal.
    pub(crate) fn dominates(&self, stronger: &Config<W>, weaker: &Config<W>) -> bool {
        let (a, b) = (stronger, weaker);
        let observed = b.done.and(&self.observers).without(&a.done).is_empty();
        let changed =
            a.done.differing(&b.done).or(&a.free.differing(&b.free)).without(&self.observers);
        observed && changed.without(&a.free).is_empty()
    }
}
