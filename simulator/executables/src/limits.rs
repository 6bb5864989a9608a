//! The limits on what a process may use.

use std::time::{Duration, Instant};

use crate::preload::processes::KernelLimits;

use simulation::ResourceLimits;
use simulation::seconds::seconds;

/// Limits on the bytes that a process writes, and on other resources.
///
/// The default suits replicas that print every datagram of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The limit on any one file, its standard output and error included.
    pub file: u64,
    /// The other limits.
    pub others: ResourceLimits,
}

const MIB: u64 = 1 << 20;

/// The limit on a file, in MiB, where none is given.
const FILE_MIB: u32 = 1_024;

/// The words with which programs of different languages say that they got no memory.
const NO_MEMORY: [&str; 8] = [
    "MemoryError",
    "OutOfMemoryError",
    "ut of memory",
    "annot allocate memory",
    "bad_alloc",
    "memory allocation of",
    "failed to allocate memory",
    "memory allocation (mmap) failed",
];

/// The same for a process or a thread.
const NO_PROCESS: [&str; 5] = [
    "Resource temporarily unavailable",
    "EAGAIN",
    "can't start new thread",
    "unable to create native thread",
    "annot fork",
];

/// The ends of programs that did not expect to get no memory.
const UNEXPECTED: [&str; 3] = ["SIGSEGV", "SIGABRT", "SIGBUS"];

impl Default for Limits {
    fn default() -> Self {
        Limits { file: u64::from(FILE_MIB) * MIB, others: ResourceLimits::default() }
    }
}

impl Limits {
    /// Sets the limit on each file, in MiB.
    pub(crate) fn set_file_mib(&mut self, mib: u32) {
        self.file = u64::from(mib) * MIB;
    }

    /// Returns the limit of each file, in MiB.
    pub(crate) fn mib(self) -> u32 {
        (self.file / MIB) as u32
    }

    /// Returns the limit of each file, in MiB, if it is not the default.
    pub(crate) fn unusual(self) -> Option<u32> {
        (self.mib() != FILE_MIB).then(|| self.mib())
    }

    /// Returns the limits that the kernel keeps.
    pub(crate) fn of_kernel(self) -> KernelLimits {
        KernelLimits {
            file: self.file,
            memory: self.others.memory_mib.map(|mib| u64::from(mib) * MIB),
            processes: self.others.processes.map(u64::from),
        }
    }

    /// Returns the limit on all files together between two waits, in virtual time.
    ///
    /// It allows for replicas that print their whole log with each datagram.
    pub(crate) fn at_one_go(self) -> u64 {
        (self.file / 256).max(MIB)
    }

    /// Returns the phrase for reports about limits that are not the default.
    pub(crate) fn peculiarity(self) -> Option<String> {
        let ResourceLimits { memory_mib, processes, wall_time_ns, fixed_turns } = self.others;
        let phrases = [
            self.unusual().map(|mib| format!("files of at most {mib} MiB")),
            memory_mib.map(|mib| format!("memory of at most {mib} MiB")),
            processes.map(|count| format!("at most {count} processes")),
            wall_time_ns.map(|time| format!("at most {} of real time", seconds(time))),
            fixed_turns.then(|| "threads take turns in one fixed way".to_owned()),
        ];
        let phrases: Vec<String> = phrases.into_iter().flatten().collect();
        (!phrases.is_empty()).then(|| phrases.join(", "))
    }

    /// Returns the finding about a process that ended, if a limit was the cause.
    ///
    /// The signs are the kernel's signal and an error that the program reported.
    pub(crate) fn named_by(self, how: &str, errors: &[String]) -> Option<String> {
        let tells = |words: &[&str]| {
            errors.iter().any(|line| words.iter().any(|words| line.contains(words)))
        };
        if how.contains("SIGXFSZ") || tells(&["File too large", "EFBIG"]) {
            let mib = self.mib();
            return Some(format!(
                "{how}: one of its files reached the limit of {mib} MiB (--file-limit)"
            ));
        }
        if let Some(mib) = self.others.memory_mib {
            if tells(&NO_MEMORY) {
                return Some(format!(
                    "{how}: it reached the limit of {mib} MiB of memory (--memory)"
                ));
            }
            if errors.is_empty() && UNEXPECTED.iter().any(|signal| how.contains(signal)) {
                return Some(format!(
                    "{how}; its memory was limited to {mib} MiB (--memory), which it may have reached"
                ));
            }
        }
        let count = self.others.processes.filter(|_| tells(&NO_PROCESS))?;
        Some(format!("{how}: its user reached the limit of {count} processes (--processes)"))
    }

    /// Returns the finding about a stream that has reached the limit, if it has.
    pub(crate) fn reached_by(self, stream: &str, bytes: u64) -> Option<String> {
        let mib = self.mib();
        (bytes >= self.file)
            .then(|| format!("filled its {stream} to the limit of {mib} MiB (--file-limit)"))
    }
}

/// The moment by which a run must end, in real time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    /// Returns the deadline of a run that begins now, if there is a limit.
    pub(crate) fn of(limits: Limits) -> Option<Deadline> {
        let after = Duration::from_nanos(limits.others.wall_time_ns?);
        Some(Deadline { at: Instant::now().checked_add(after)?, after })
    }

    /// Returns the finding about a process that still runs after the deadline.
    pub(crate) fn missed(self) -> Option<String> {
        (Instant::now() > self.at).then(|| {
            let limit = seconds(self.after.as_nanos() as u64);
            format!(
                "was stopped: the run took longer than the limit of {limit} of real time (--wall-time)"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_reached_is_named() {
        let others =
            ResourceLimits { memory_mib: Some(64), processes: Some(9), ..Default::default() };
        let limits = Limits { others, ..Limits::default() };
        let named = |how: &str, line: &str| limits.named_by(how, &[line.to_owned()]);
        let ends = |named: Option<String>, flag: &str| named.is_some_and(|it| it.ends_with(flag));
        assert!(ends(named("exited with status 1", "MemoryError"), "(--memory)"));
        assert!(ends(named("exited", "OSError: [Errno 27] File too large"), "(--file-limit)"));
        let fork = "BlockingIOError: [Errno 11] Resource temporarily unavailable";
        assert!(ends(named("exited with status 1", fork), "(--processes)"));
        assert_eq!(named("exited with status 1", "KeyError: 'k'"), None);
        assert_eq!(Limits::default().named_by("exited", &["MemoryError".to_owned()]), None);
        let silent = limits.named_by("was ended by SIGSEGV: a bad memory access", &[]);
        assert!(silent.is_some_and(|it| it.ends_with("may have reached")));
        assert_eq!(limits.unusual(), None);
        let phrase = "memory of at most 64 MiB, at most 9 processes";
        assert_eq!(limits.peculiarity().as_deref(), Some(phrase));
    }
}
