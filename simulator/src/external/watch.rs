//! Has a process gone astray? Virtual time stands still while it runs, so only the kernel can tell.

use std::fs;
use std::time::{Duration, Instant};

/// How often to look.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// Processor time that a process may take before it waits, in hundredths of a second.
const MOST_WORK: u64 = 200;

/// How many looks in a row find it asleep before it is taken to be so for ever. Nobody could wake
/// it: all it may wait for goes through the simulator.
const MOST_NAPS: u32 = 4;

/// How long a process may take to begin, wrappers and interpreters included.
const BEGINNING: Duration = Duration::from_secs(10);

/// Looks after one turn of a process.
#[derive(Debug, Default)]
pub(super) struct Watch {
    work_before: Option<u64>,
    work: u64,
    naps: u32,
}

impl Watch {
    /// The process has not waited for another tick: why that will never change, if so.
    pub fn look(&mut self, pid: Option<u32>, started: Instant) -> Option<String> {
        let Some(status) = pid.and_then(Status::of) else {
            return (started.elapsed() > BEGINNING).then(|| {
                let seconds = BEGINNING.as_secs();
                format!("did not open a UDP socket, nor wait for anything, for {seconds} s")
            });
        };
        let before = *self.work_before.get_or_insert(status.work);
        if status.work.saturating_sub(before) > MOST_WORK {
            let seconds = MOST_WORK / 100;
            return Some(format!("computed for {seconds} s without waiting or reading a clock"));
        }
        let naps = status.is_asleep && status.work == self.work;
        self.naps = if naps { self.naps + 1 } else { 0 };
        self.work = status.work;
        (self.naps >= MOST_NAPS).then(|| {
            "waits in the kernel for something else than its socket or a clock: it would for ever"
                .to_owned()
        })
    }
}

/// What the kernel says of a process.
struct Status {
    /// Processor time taken, in hundredths of a second.
    work: u64,
    /// Whether none of its threads runs or wants to.
    is_asleep: bool,
}

impl Status {
    fn of(pid: u32) -> Option<Status> {
        let fields = Fields::of(&format!("/proc/{pid}/stat"))?;
        let work = fields.number(11)? + fields.number(12)?;
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
        let is_asleep = tasks.flatten().all(|task| {
            let path = task.path().join("stat");
            Fields::of(&path.to_string_lossy()).is_none_or(|fields| fields.state() == Some("S"))
        });
        Some(Status { work, is_asleep })
    }
}

/// Whether a process exists and has not ended.
pub(super) fn is_alive(pid: u32) -> bool {
    Fields::of(&format!("/proc/{pid}/stat")).is_some_and(|fields| fields.state() != Some("Z"))
}

/// The fields of a `stat` file after the program's name, the state first.
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
