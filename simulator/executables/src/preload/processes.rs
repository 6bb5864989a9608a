//! Starts and ends processes, on any kind of Unix.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, setrlimit};

/// Starts a command without the library, in a process group of its own.
///
/// On Linux the process is killed when the calling thread ends.
///
/// # Errors
///
/// If the program cannot be started.
pub(crate) fn spawn_plain(command: &mut Command, limits: KernelLimits) -> io::Result<Child> {
    command.stdin(Stdio::null()).process_group(0);
    // SAFETY: between fork and exec there are only system calls, no allocations and no locks.
    unsafe { command.pre_exec(move || tame(limits)) };
    command.spawn()
}

/// Limits that the kernel keeps for each process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelLimits {
    /// The bytes of any one file that it writes, its output included.
    pub file: u64,
    /// The bytes of memory that it may write to.
    ///
    /// Address space that is only reserved does not count: run-times reserve far more than they use.
    pub memory: Option<u64>,
    /// The processes and threads of its user. The kernel does not apply this to root.
    pub processes: Option<u64>,
}

/// Limits the calling process.
///
/// On Linux, the process is also killed when its parent's thread ends.
pub(crate) fn tame(limits: KernelLimits) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let most = |number: u64| Rlimit { current: Some(number), maximum: Some(number) };
    setrlimit(Resource::Fsize, most(limits.file))?;
    if let Some(bytes) = limits.memory {
        setrlimit(Resource::Data, most(bytes))?;
    }
    if let Some(count) = limits.processes {
        setrlimit(Resource::Nproc, most(count))?;
    }
    Ok(())
}

/// Returns what a system call returned, or the error that it stands for.
pub(crate) fn check(result: isize) -> io::Result<isize> {
    if result < 0 { Err(io::Error::from_raw_os_error(-result as i32)) } else { Ok(result) }
}

/// Kills a process and its whole group.
pub(crate) fn kill_group(pid: u32) {
    if let Some(pid) = id(pid) {
        // The group may be gone already.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// Kills one process.
pub(crate) fn kill(pid: u32) {
    if let Some(pid) = id(pid) {
        // The process may be gone already.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Returns the id of a process that may be killed.
///
/// The first process may not, and neither may all at once.
fn id(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().filter(|&pid| pid > 1).and_then(Pid::from_raw)
}

/// Makes a file in memory that no folder shows.
///
/// It is removed with its last descriptor.
///
/// # Errors
///
/// If a system call fails.
#[cfg(target_os = "linux")]
pub(crate) fn anonymous_file() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create(c"simulator", MemfdFlags::CLOEXEC)?.into())
}

/// Makes a file that no folder shows.
///
/// It is removed with its last descriptor.
///
/// # Errors
///
/// If a system call fails.
#[cfg(not(target_os = "linux"))]
pub(crate) fn anonymous_file() -> io::Result<File> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static MADE: AtomicU32 = AtomicU32::new(0);
    let (own, number) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(format!("simulator-{own:08x}-{number:08x}.output"));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
