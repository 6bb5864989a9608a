//! The search for repeated values, which carries all possible states of the store from return to return.
//!
//! After Lowe, "Testing for linearizability" (just-in-time linearization): it is enough to let operations take effect
//! just before a return, and only as many as that return needs. A [`Config`] is one possible past: the current value,
//! and for each open operation whether it has taken effect. These rules keep the number of configurations small:
//!
//! - A get takes effect as soon as the value matches, a failed compare-and-set as soon as it differs.
//! - A write before the returning operation is tried only if an open operation waits for its value.
//! - Once any put takes effect, every other open put *may* have taken effect unseen just before it. One configuration
//!   in which that put is *free* replaces two: a free put may be used, but need not be. A write that never returned is
//!   free from the beginning.
//! - Of equal open writes, the one that returns first is used first.
//! - A configuration is dropped if another one with the same value allows everything that it allows.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use super::bits::Bits;
use super::names::FoldHasher;
use super::open::{Config, Key, Open};
use super::schedule::{Event, Role, Schedule, Task};

/// The result of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is a legal order. Contains its writes, each with the event before which it took effect; empty unless the
    /// search is traced.
    Linearizable(Vec<(usize, usize)>),
    /// No configuration is left after the return at this stamp.
    Lost(u64),
    OutOfBudget,
}

/// Searches the operations of a schedule, and subtracts its steps from `steps`.
pub(super) fn run(schedule: &Schedule, steps: &mut u64, trace: bool) -> Outcome {
    match schedule.slots {
        0..=64 => Search::<1>::new(schedule, trace).run(steps),
        65..=128 => Search::<2>::new(schedule, trace).run(steps),
        129..=256 => Search::<4>::new(schedule, trace).run(steps),
        257..=1024 => Search::<16>::new(schedule, trace).run(steps),
        1025..=4096 => Search::<64>::new(schedule, trace).run(steps),
        // A search with more open operations than this would exceed any budget.
        _ => Outcome::OutOfBudget,
    }
}

/// A write that took effect, with a reference to the one before it.
#[derive(Clone, Copy, Debug)]
struct Node {
    parent: usize,
    task: usize,
    event: usize,
}

/// The parent of the first write in the log.
const ROOT: usize = usize::MAX;

struct Search<'a, const W: usize> {
    schedule: &'a Schedule,
    frontier: Vec<Config<W>>,
    open: Open<W>,
    /// The event being handled.
    now: usize,
    log: Option<Vec<Node>>,
    /// The configurations visited for the current return; kept to reuse its memory.
    seen: Seen<W>,
}

impl<'a, const W: usize> Search<'a, W> {
    fn new(schedule: &'a Schedule, trace: bool) -> Self {
        let empty = Bits::EMPTY;
        let start = Config { value: schedule.initial, done: empty, free: empty, node: ROOT };
        Search {
            schedule,
            frontier: vec![start],
            open: Open::new(schedule),
            now: 0,
            log: trace.then(Vec::new),
            seen: Seen::default(),
        }
    }

    fn run(mut self, steps: &mut u64) -> Outcome {
        for (now, event) in self.schedule.events.iter().enumerate() {
            self.now = now;
            match *event {
                Event::Open(task) => self.begin(task),
                Event::Forget(value) => self.forget(value),
                Event::Return { task, at } => {
                    if !self.settle(task, steps) {
                        return Outcome::OutOfBudget;
                    }
                    if self.frontier.is_empty() {
                        return Outcome::Lost(at);
                    }
                    self.end(task);
                }
            }
        }
        Outcome::Linearizable(self.explicit_writes())
    }

    fn begin(&mut self, index: usize) {
        let task = self.schedule.tasks[index];
        self.open.open(task.role, task.slot, index);
        if task.deadline == usize::MAX {
            for config in &mut self.frontier {
                config.free.insert(task.slot);
            }
        }
    }

    /// Frees the slot of a task that has returned.
    fn end(&mut self, index: usize) {
        let Task { role, slot, .. } = self.schedule.tasks[index];
        self.open.close(role, slot);
    }

    /// Handles a value that no later operation needs: removes its writes that never returned.
    fn forget(&mut self, value: usize) {
        self.open.forgotten[value] = true;
        let mut gone = Bits::<W>::EMPTY;
        for slot in self.open.puts.or(&self.open.swaps).iter() {
            let Task { role, deadline, .. } = self.schedule.tasks[self.open.tasks[slot]];
            if role.written() == Some(value) && deadline == usize::MAX {
                gone.insert(slot);
                self.open.close(role, slot);
            } else if role == (Role::Put { value }) {
                self.open.unneeded.insert(slot);
            }
        }
        for config in &mut self.frontier {
            config.done = config.done.without(&gone);
            config.free = config.free.without(&gone);
        }
    }

    /// Carries the frontier over the return of a task; returns false if the steps are used up.
    fn settle(&mut self, index: usize, steps: &mut u64) -> bool {
        let task = self.schedule.tasks[index];
        let mut work = std::mem::take(&mut self.frontier);
        for config in &mut work {
            self.open.normalise(config);
        }
        let mut seen = std::mem::take(&mut self.seen);
        seen.clear();
        let mut settled = Vec::new();
        while let Some(mut config) = work.pop() {
            let Some(left) = steps.checked_sub(1) else {
                return false;
            };
            *steps = left;
            if !seen.insert(config.key()) {
                continue;
            }
            if config.done.contains(task.slot) {
                settled.push(config);
                continue;
            }
            if config.free.contains(task.slot) {
                settled.push(config);
                // It may have taken effect unseen; this is the last chance to let it take effect visibly.
                if !task
                    .role
                    .written()
                    .is_some_and(|value| self.schedule.needed_after(value, task.deadline))
                {
                    continue;
                }
                config.free.remove(task.slot);
            }
            for slot in self.useful_writes(&config, &task).iter() {
                let next = self.after(&config, slot, &task);
                work.push(next);
            }
        }
        for config in &mut settled {
            config.done.remove(task.slot);
            config.free.remove(task.slot);
        }
        self.frontier = self.undominated(settled, steps);
        self.seen = seen;
        true
    }

    /// Returns the open writes to try next before the return of `due`.
    fn useful_writes(&self, config: &Config<W>, due: &Task) -> Bits<W> {
        let open = &self.open;
        let mut useful = Bits::EMPTY;
        if matches!(due.role, Role::Put { .. }) {
            useful.insert(due.slot);
        }
        for slot in open.observers.without(&config.done).iter() {
            match self.schedule.tasks[open.tasks[slot]].role {
                Role::Get { value } => self.writes_of(value, config, &mut useful),
                _ => (0..open.puts_of.len())
                    .filter(|&value| value != config.value)
                    .for_each(|value| self.writes_of(value, config, &mut useful)),
            }
        }
        for slot in open.swaps.without(&config.done).iter() {
            if let Role::Swap { from, .. } = self.schedule.tasks[open.tasks[slot]].role {
                if from == config.value {
                    useful.insert(slot);
                }
                // Even if the value matches already, another put may have taken effect between.
                self.writes_of(from, config, &mut useful);
            }
        }
        useful
    }

    /// Adds the put of this value that returns first, if one is left.
    fn writes_of(&self, value: usize, config: &Config<W>, useful: &mut Bits<W>) {
        let left = self.open.puts_of[value].without(&config.done);
        useful_extend(
            useful,
            left.iter().min_by_key(|&slot| self.schedule.tasks[self.open.tasks[slot]].deadline),
        );
    }

    /// Returns the configuration after one more write.
    fn after(&mut self, config: &Config<W>, slot: usize, due: &Task) -> Config<W> {
        let task = self.open.tasks[slot];
        let mut next = *config;
        next.done.insert(slot);
        next.free.remove(slot);
        match self.schedule.tasks[task].role {
            Role::Put { value } => {
                next.value = value;
                next.free = next.free.or(&self.open.puts.without(&next.done));
                // Just in time: the due operation ends the sequence, so it does not take effect unseen.
                if !next.done.contains(due.slot) {
                    next.free.remove(due.slot);
                }
            }
            Role::Swap { to, .. } => next.value = to,
            Role::Get { .. } | Role::Differs { .. } => unreachable!("only writes are tried"),
        }
        if let Some(log) = &mut self.log {
            log.push(Node { parent: config.node, task, event: self.now });
            next.node = log.len() - 1;
        }
        self.open.normalise(&mut next);
        next
    }

    /// Returns the configurations without those that another one of the same value dominates.
    fn undominated(&self, mut configs: Vec<Config<W>>, steps: &mut u64) -> Vec<Config<W>> {
        let strength =
            |config: &Config<W>| config.done.and(&self.open.observers).len() + config.free.len();
        configs.sort_by_cached_key(|config| (config.value, u32::MAX - strength(config)));
        let mut kept: Vec<Config<W>> = Vec::with_capacity(configs.len());
        let mut group = 0;
        let mut compared = 0;
        for config in configs {
            if kept.last().is_some_and(|last| last.value != config.value) {
                group = kept.len();
            }
            compared += kept.len() - group;
            if !kept[group..].iter().any(|other| self.open.dominates(other, &config)) {
                kept.push(config);
            }
        }
        *steps = steps.saturating_sub(compared as u64 / COMPARISONS_PER_STEP);
        kept
    }

    /// Returns the writes that led to the first remaining configuration, in order.
    fn explicit_writes(&self) -> Vec<(usize, usize)> {
        let Some(log) = &self.log else {
            return Vec::new();
        };
        let mut node = self.frontier.first().map_or(ROOT, |config| config.node);
        let mut writes = Vec::new();
        while node != ROOT {
            writes.push((log[node].task, log[node].event));
            node = log[node].parent;
        }
        writes.reverse();
        writes
    }
}

type Seen<const W: usize> = HashSet<Key<W>, BuildHasherDefault<FoldHasher>>;

/// The number of comparisons for dominance that cost as much as visiting one configuration.
const COMPARISONS_PER_STEP: u64 = 32;

fn useful_extend<const W: usize>(useful: &mut Bits<W>, slot: Option<usize>) {
    if let Some(slot) = slot {
        useful.insert(slot);
    }
}
