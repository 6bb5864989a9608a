//! The schedule of the search: one key's events in order, with all of their fixed properties.

use super::history::{Action, History, NEVER, OpId, ValueId};

/// An operation in the search, with its values renumbered from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub id: OpId,
    pub role: Role,
    /// The bit that stands for the operation while it is open.
    pub slot: usize,
    /// The position of the return among the events; `usize::MAX` if it never returned.
    pub deadline: usize,
}

/// The requirement and effect of an operation in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Sets the value.
    Put { value: usize },
    /// Needs this value.
    Get { value: usize },
    /// Needs one value and sets another, in one step.
    Swap { from: usize, to: usize },
    /// Needs any value except this one: a failed compare-and-set.
    Differs { from: usize },
}

impl Role {
    /// Returns the value that the operation writes.
    pub(crate) fn written(self) -> Option<usize> {
        match self {
            Role::Put { value } | Role::Swap { to: value, .. } => Some(value),
            Role::Get { .. } | Role::Differs { .. } => None,
        }
    }
}

/// An event of the schedule; the number is a task, or a value for `Forget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A task may take effect from here on: it was called.
    Open(usize),
    /// A task must have taken effect by here: it returned.
    Return { task: usize, at: u64 },
    /// No later operation needs this value.
    Forget(usize),
}

/// The schedule of one key.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub tasks: Vec<Task>,
    pub events: Vec<Event>,
    pub initial: usize,
    /// The number of different values.
    pub values: usize,
    /// The largest number of operations that are open at once.
    pub slots: usize,
    /// For each value, the position of the last return that needs it, if any does.
    last_need: Vec<Option<usize>>,
}

impl Schedule {
    /// Returns the schedule of some operations of one key.
    ///
    /// It leaves out gets that never returned, and writes that never returned and whose value no operation can need
    /// after they began. Neither can affect the result.
    pub(crate) fn new(history: &History, ids: &[OpId]) -> Schedule {
        let values = history.values_of(ids);
        let code = |value: ValueId| values.partition_point(|&known| known < value);
        let tasks: Vec<Task> = ids
            .iter()
            .filter_map(|&id| {
                let operation = history.operation(id);
                let role = match operation.action {
                    Action::Put { value } => Role::Put { value: code(value) },
                    Action::Get { .. } if operation.end == NEVER => return None,
                    Action::Get { value } => Role::Get { value: code(value) },
                    Action::Cas { from, ok: Some(false), .. } => Role::Differs { from: code(from) },
                    Action::Cas { from, to, .. } => Role::Swap { from: code(from), to: code(to) },
                };
                Some(Task { id, role, slot: 0, deadline: usize::MAX })
            })
            .collect();
        let mut schedule = Schedule {
            tasks,
            events: Vec::new(),
            initial: code(history.initial),
            values: values.len(),
            slots: 0,
            last_need: Vec::new(),
        };
        schedule.order(history);
        schedule.last_need = schedule.needs();
        schedule.forget();
        schedule.assign_slots();
        schedule
    }

    /// Returns true if a task that returns after this position needs the value.
    pub(crate) fn needed_after(&self, value: usize, position: usize) -> bool {
        self.last_need[value].is_some_and(|last| last > position)
    }

    /// Orders calls and returns by time. Equal stamps are concurrent, so calls come before returns.
    fn order(&mut self, history: &History) {
        let mut timed: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * self.tasks.len());
        for (index, task) in self.tasks.iter().enumerate() {
            let operation = history.operation(task.id);
            timed.push((operation.invoke, false, index));
            timed.extend(operation.returned().map(|at| (at, true, index)));
        }
        timed.sort_unstable();
        for (position, (at, is_return, task)) in timed.into_iter().enumerate() {
            if is_return {
                self.tasks[task].deadline = position;
                self.events.push(Event::Return { task, at });
            } else {
                self.events.push(Event::Open(task));
            }
        }
    }

    fn needs(&self) -> Vec<Option<usize>> {
        let mut last = vec![None; self.values];
        let mut last_differs = None;
        for task in &self.tasks {
            match task.role {
                Role::Get { value } => last[value] = last[value].max(Some(task.deadline)),
                Role::Swap { from, .. } => last[from] = last[from].max(Some(task.deadline)),
                Role::Differs { .. } => last_differs = last_differs.max(Some(task.deadline)),
                Role::Put { .. } => {}
            }
        }
        // A failed compare-and-set needs any other value.
        last.into_iter().map(|need| need.max(last_differs)).collect()
    }

    /// Adds a `Forget` after the last event that needs a value, and drops useless calls that never returned.
    fn forget(&mut self) {
        let mut forgotten: Vec<Vec<usize>> = vec![Vec::new(); self.events.len()];
        for (value, need) in self.last_need.iter().enumerate() {
            if let Some(last) = need.filter(|&last| last < self.events.len()) {
                forgotten[last].push(value);
            }
        }
        // Deadlines and needs still refer to the original positions, because only their order matters.
        let events = std::mem::take(&mut self.events);
        for (position, event) in events.into_iter().enumerate() {
            let useless = match event {
                Event::Open(task) => self.is_useless(task, position),
                _ => false,
            };
            if !useless {
                self.events.push(event);
            }
            self.events.extend(forgotten[position].iter().map(|&value| Event::Forget(value)));
        }
    }

    fn is_useless(&self, task: usize, position: usize) -> bool {
        let Task { role, deadline, .. } = self.tasks[task];
        let unneeded = role.written().is_some_and(|value| !self.needed_after(value, position));
        deadline == usize::MAX && unneeded
    }

    /// Assigns a bit to every operation while it is open.
    fn assign_slots(&mut self) {
        let mut vacant: Vec<usize> = Vec::new();
        let mut unreturned: Vec<Vec<usize>> = vec![Vec::new(); self.values];
        for event in &self.events {
            match *event {
                Event::Open(task) => {
                    self.tasks[task].slot = vacant.pop().unwrap_or_else(|| {
                        self.slots += 1;
                        self.slots - 1
                    });
                    let Task { role, deadline, slot, .. } = self.tasks[task];
                    if let (usize::MAX, Some(value)) = (deadline, role.written()) {
                        unreturned[value].push(slot);
                    }
                }
                Event::Return { task, .. } => vacant.push(self.tasks[task].slot),
                Event::Forget(value) => vacant.append(&mut unreturned[value]),
            }
        }
    }
}
