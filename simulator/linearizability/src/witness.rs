//! A legal order of a key's operations, from the log of the frontier search.

use super::history::OpId;
use super::schedule::{Event, Role, Schedule};

/// Returns the whole order; `writes` are tasks, each with the event before which it takes effect.
pub(super) fn replay(schedule: &Schedule, writes: &[(usize, usize)]) -> Vec<OpId> {
    Replay::new(schedule).run(writes)
}

/// The reconstruction of a whole order from a search's log, which has only the visible writes. Observers take effect as
/// soon as they can, and puts that no get saw take effect just before the next put.
struct Replay<'a> {
    schedule: &'a Schedule,
    value: usize,
    waiting: Vec<usize>,
    unseen: Vec<usize>,
    order: Vec<OpId>,
}

impl<'a> Replay<'a> {
    fn new(schedule: &'a Schedule) -> Self {
        Replay {
            schedule,
            value: schedule.initial,
            waiting: Vec::new(),
            unseen: Vec::new(),
            order: Vec::new(),
        }
    }

    fn run(mut self, writes: &[(usize, usize)]) -> Vec<OpId> {
        let mut seen = vec![false; self.schedule.tasks.len()];
        writes.iter().for_each(|&(task, _)| seen[task] = true);
        let mut writes = writes.iter().peekable();
        for (now, event) in self.schedule.events.iter().enumerate() {
            match *event {
                Event::Open(task) => match self.schedule.tasks[task].role {
                    Role::Get { .. } | Role::Differs { .. } => {
                        self.waiting.push(task);
                        self.observe();
                    }
                    Role::Put { .. }
                        if !seen[task] && self.schedule.tasks[task].deadline != usize::MAX =>
                    {
                        self.unseen.push(task);
                    }
                    Role::Put { .. } | Role::Swap { .. } => {}
                },
                Event::Return { .. } => {
                    while let Some(&(task, _)) = writes.next_if(|&&(_, before)| before == now) {
                        self.write(task);
                    }
                }
                Event::Forget(_) => {}
            }
        }
        self.order
    }

    fn write(&mut self, task: usize) {
        let role = self.schedule.tasks[task].role;
        if let Role::Put { .. } = role {
            self.order.extend(self.unseen.drain(..).map(|unseen| self.schedule.tasks[unseen].id));
        }
        self.order.push(self.schedule.tasks[task].id);
        self.value = role.written().unwrap_or(self.value);
        self.observe();
    }

    fn observe(&mut self) {
        let (value, tasks) = (self.value, &self.schedule.tasks);
        let satisfied = |&mut task: &mut usize| match tasks[task].role {
            Role::Get { value: wanted } => wanted == value,
            Role::Differs { from } => from != value,
            Role::Put { .. } | Role::Swap { .. } => false,
        };
        self.order.extend(self.waiting.extract_if(.., satisfied).map(|task| tasks[task].id));
    }
}
