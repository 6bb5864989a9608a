//! Starts processes with the preload library.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::control::Ends;
use crate::processes::{KernelLimits, anonymous_file, check, tame};
use crate::protocol::{LIBRARY_FD, REPORT_FD, RESUME_FD, SPIN_SIGNAL};
use crate::shim::sys::kernel;
use crate::view::View;

/// A set of processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cores([u64; 16]);

impl Cores {
    /// Returns the processors on which the calling thread may run.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn allowed() -> io::Result<Self> {
        let mut mask = [0; 16];
        // SAFETY: a mask and its length in bytes.
        check(unsafe { kernel!(SCHED_GETAFFINITY, 0, size_of_val(&mask), mask.as_mut_ptr()) })?;
        Ok(Cores(mask))
    }

    /// Returns a set of one processor.
    pub(crate) fn only(core: usize) -> Self {
        let mut mask = [0; 16];
        if let Some(word) = mask.get_mut(core / 64) {
            *word = 1 << (core % 64);
        }
        Cores(mask)
    }

    /// Iterates over the numbers of the processors, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + use<'_> {
        (0..1_024).filter(|core| self.0[core / 64] >> (core % 64) & 1 == 1)
    }

    /// Confines the calling thread to these processors.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn confine(&self) -> io::Result<()> {
        // SAFETY: a mask and its length in bytes.
        check(unsafe { kernel!(SCHED_SETAFFINITY, 0, size_of_val(&self.0), self.0.as_ptr()) })?;
        Ok(())
    }
}

/// Returns the preload library as a file.
///
/// # Errors
///
/// If a system call fails.
pub(crate) fn library_file(library: &[u8]) -> io::Result<File> {
    let mut file = anonymous_file()?;
    file.write_all(library)?;
    Ok(file)
}

/// Starts a command with the library loaded and the pipes open.
///
/// The process runs on `cores` until it attaches, at addresses that are the same each time, in a process group of its
/// own, and is killed when the calling thread ends. With a `view` it runs in the folder of that view.
///
/// # Errors
///
/// If the program cannot be started.
pub(crate) fn spawn(
    command: &mut Command,
    control: Ends,
    library: &File,
    cores: Cores,
    limits: KernelLimits,
    view: Option<View>,
) -> io::Result<Child> {
    let library = library.as_raw_fd();
    let prepare = move || {
        const ADDRESSES_ARE_FIXED: usize = 0x004_0000;
        if let Some(view) = &view {
            view.enter()?;
        }
        tame(limits)?;
        // SAFETY: numbers only; the descriptors are open.
        unsafe {
            check(kernel!(PERSONALITY, ADDRESSES_ARE_FIXED))?;
            check(kernel!(DUP2, control.resumes.as_raw_fd(), RESUME_FD))?;
            check(kernel!(DUP2, control.reports.as_raw_fd(), REPORT_FD))?;
            check(kernel!(DUP2, library, LIBRARY_FD))?;
        }
        cores.confine()
    };
    command.stdin(Stdio::null()).process_group(0).env("LD_PRELOAD", LIBRARY_PATH);
    // SAFETY: between fork and exec there are only system calls, no allocations and no locks.
    unsafe { command.pre_exec(prepare) };
    command.spawn()
}

/// Asks a thread of a process whether it spins. The process may be gone.
pub(crate) fn ask_spinning(process: u32, thread: u32) {
    // SAFETY: numbers only; the process is one of the simulator's, which handles the signal.
    unsafe { kernel!(TGKILL, process, thread, SPIN_SIGNAL) };
}

/// The path at which the process finds the library.
const LIBRARY_PATH: &str = "/proc/self/fd/902";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_where_the_protocol_says() {
        assert_eq!(LIBRARY_PATH, format!("/proc/self/fd/{LIBRARY_FD}"));
    }

    #[test]
    fn a_thread_may_run_somewhere() {
        let allowed = Cores::allowed().expect("the kernel knows");
        let first = allowed.iter().next().expect("at least one");
        assert_eq!(Cores::only(first).iter().collect::<Vec<_>>(), [first]);
    }
}
