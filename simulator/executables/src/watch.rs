//! Detects a process that hangs. Virtual time stands still while it runs, so only the kernel can tell.

use std::fs;
use std::time::Duration;

use crate::preflight::{self, Unfit};

/// The pause between two looks.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// Processor time that a process may take before it waits, in hundredths of a second.
const MOST_WORK: u64 = 200;

/// The shares of the processor time that it may take, in percent, after which its threads are asked whether they spin.
///
/// There is a tick at least between two of them, and before the end.
const ASKED_AT: [u64; 2] = [45, 70];

/// The looks in a row at a sleeping process that show that it hangs.
///
/// Nothing could wake it, because everything that it may wait for goes through the simulator.
const MOST_NAPS: u32 = 4;

/// The time in seconds that a process may take to begin, wrappers and interpreters included.
///
/// Counted are processor time and sleep. A process that waits for a processor on a busy machine has unlimited time.
const BEGINNING: u64 = 10;

/// Observes one turn of a process.
#[derive(Debug, Default)]
pub(super) struct Watch {
    work_before: Option<u64>,
    work: u64,
    /// The number of times that its threads were asked whether they spin.
    asked: usize,
    naps: u32,
    /// The number of looks that found a process asleep that had not begun.
    idle: u32,
}

impl Watch {
    /// Looks at a process that has not waited for another tick. If it hangs, returns how.
    ///
    /// `child` is the process that was started, `attached` the one that takes part. One that has not begun its work
    /// may be a run-time that loads and compiles.
    pub(crate) fn look(&mut self, child: u32, attached: u32, has_begun: bool) -> Option<String> {
        let Some(status) = Status::of(attached) else { return self.look_at_start(child) };
        let before = *self.work_before.get_or_insert(status.work);
        let most = most_work(has_begun);
        // On a busy machine a look may come late, and the threads are asked first.
        if status.work.saturating_sub(before) > most && self.asked == ASKED_AT.len() {
            let seconds = most / 100;
            return Some(format!(
                "computed for {seconds} s without waiting or reading a clock: it hangs"
            ));
        }
        let naps = status.is_asleep && status.work == self.work;
        self.naps = if naps { self.naps + 1 } else { 0 };
        self.work = status.work;
        (self.naps >= MOST_NAPS).then(|| {
            "waits in the kernel for something else than its socket or a clock: it would for ever"
                .to_owned()
        })
    }

    /// Returns the threads to be asked now whether they spin for another one: those that run.
    ///
    /// A process with one thread is not asked.
    pub(crate) fn due_to_be_asked(&mut self, attached: u32, has_begun: bool) -> Vec<u32> {
        let worked = self.work - self.work_before.unwrap_or(self.work);
        let share = ASKED_AT.get(self.asked).copied();
        if share.is_none_or(|share| 100 * worked < share * most_work(has_begun)) {
            return Vec::new();
        }
        self.asked += 1;
        let threads = threads(attached);
        let runs = |thread: &u32| {
            let fields = Fields::of(&format!("/proc/{attached}/task/{thread}/stat"));
            fields.is_some_and(|fields| fields.state() == Some("R"))
        };
        if threads.len() > 1 { threads.into_iter().filter(runs).collect() } else { Vec::new() }
    }

    /// Looks at a process that does not take part yet. If it never will, returns how.
    pub(crate) fn look_at_start(&mut self, child: u32) -> Option<String> {
        let group = Status::of_group(child);
        self.idle += u32::from(group.is_asleep);
        let asleep = TICK * self.idle;
        if asleep < Duration::from_secs(BEGINNING) && group.work < 100 * BEGINNING {
            return None;
        }
        let why = unfit(child).map(|why| format!("; it became {why}")).unwrap_or_default();
        Some(format!("did not open a UDP socket, nor wait for anything, for {BEGINNING} s{why}"))
    }
}

/// Returns the processor time that a process may take before it waits, in hundredths of a second.
fn most_work(has_begun: bool) -> u64 {
    if has_begun { MOST_WORK } else { 100 * BEGINNING }
}

/// Returns the reason that the current program of a process cannot be driven.
///
/// A script may have started a program that the preflight did not see.
fn unfit(pid: u32) -> Option<Unfit> {
    let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    preflight::look(&program).and_then(|found| found.interposition()).err()
}

/// Returns the ids of the threads of a process.
fn threads(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect()
}

/// Returns the name of a process.
pub(super) fn name(pid: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// The kernel's data about a process.
struct Status {
    /// The processor time that it has taken, in hundredths of a second.
    work: u64,
    /// Its page faults, including those of children that have ended.
    faults: u64,
    /// True if none of its threads runs or is ready to run.
    is_asleep: bool,
}

impl Status {
    fn of(pid: u32) -> Option<Status> {
        let fields = Fields::of(&format!("/proc/{pid}/stat"))?;
        let work = fields.number(11)? + fields.number(12)?;
        let faults = fields.number(7)? + fields.number(8)?;
        let is_asleep = threads(pid).into_iter().all(|thread| {
            let fields = Fields::of(&format!("/proc/{pid}/task/{thread}/stat"));
            fields.is_none_or(|fields| matches!(fields.state(), Some("S" | "Z")))
        });
        Some(Status { work, faults, is_asleep })
    }

    /// Adds up the data of all processes of a group.
    ///
    /// They are a wrapper, and the processes that it started.
    fn of_group(group: u32) -> Status {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let members = ids.filter(|id| {
            let fields = Fields::of(&format!("/proc/{id}/stat"));
            fields.and_then(|fields| fields.number(2)) == Some(u64::from(group))
        });
        let nobody = Status { work: 0, faults: 0, is_asleep: true };
        members.filter_map(Status::of).fold(nobody, |all, one| Status {
            work: all.work + one.work,
            faults: all.faults + one.faults,
            is_asleep: all.is_asleep && one.is_asleep,
        })
    }
}

/// Returns the work of a group's processes so far, if all are asleep.
///
/// The number grows with everything that they do.
pub(super) fn rest(group: u32) -> Option<u64> {
    let group = Status::of_group(group);
    group.is_asleep.then_some(group.faults)
}

/// Returns true if a process exists and has not ended.
pub(super) fn is_alive(pid: u32) -> bool {
    Fields::of(&format!("/proc/{pid}/stat")).is_some_and(|fields| fields.state() != Some("Z"))
}

/// The fields of a `stat` file after the program's name, beginning with the state.
struct Fields(String);

impl Fields {
    fn of(path: &str) -> Option<Fields> {
        let text = fs::read_to_string(path).ok()?;
        text.rsplit_once(") ").map(|(_, fields)| Fields(fields.to_owned()))
    }

    fn state(&self) -> Option<&str> {
        self.0.split_whitespace().next()
    }

    fn number(&self, place: usize) -> Option<u64> {
        self.0.split_whitespace().nth(place)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sleeps_and_never_takes_part_is_given_up() {
        let (mut watch, nobody) = (Watch::default(), 1 << 30);
        for _ in 1..20 {
            assert_eq!(watch.look_at_start(nobody), None);
        }
        let why = watch.look_at_start(nobody).expect("time is up");
        assert!(why.ends_with("for 10 s"), "{why}");
    }

    #[test]
    fn who_runs_or_waits_for_a_processor_is_not_asleep() {
        let own =
            Fields::of("/proc/self/stat").and_then(|fields| fields.number(2)).expect("a group");
        assert!(!Status::of_group(own as u32).is_asleep);
    }
}
