//! The process as a whole: one process, on one processor, that reports its end.

use std::ffi::{c_char, c_int, c_void};

use super::c_functions;
use super::control::{farewell, refuse};
use super::schedule::{TIME, wait};
use super::sys::{EINTR, EINVAL, exit_now, fail, kernel, original};
use super::world::{attach, is_attached, settings};
use crate::protocol::FOREVER;

pub(crate) const CHILD: &str =
    "it starts another process; a replica in the simulation is one process";

pub(crate) const OTHER: &str = "it becomes another program; a replica in the simulation stays one";

/// Runs when the process ends by itself, after its other exit handlers.
extern "C" fn at_end() {
    farewell();
}

#[cfg(preload_shim)]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_END: extern "C" fn() = at_end;

/// The type of both kinds of `posix_spawn`.
type Spawn = unsafe extern "C" fn(
    *mut i32,
    *const c_char,
    *const c_void,
    *const c_void,
    *const c_void,
    *const c_void,
) -> i32;

/// Refuses to start another process if this one takes part.
///
/// A wrapper, which does not take part, may start one.
///
/// Makes the wrapper adopt the processes that this one leaves behind, so that [`has_children`] finds them.
pub(crate) fn may_start() {
    const ADOPT: usize = 36;
    if is_attached() {
        refuse(CHILD);
    }
    if settings().enabled {
        // SAFETY: the arguments are numbers.
        unsafe { kernel!(PRCTL, ADOPT, 1) };
    }
}

/// Returns true if this process has started one for which it has not waited.
///
/// That process may be alive or not. If the answer depended on that, it would depend on the moment.
pub(crate) fn has_children() -> bool {
    const ALL: usize = 0;
    const ENDED: usize = 4;
    const AT_ONCE: usize = 1;
    const LEAVE: usize = 0x0100_0000;
    // SAFETY: the kernel writes nothing where the address is null.
    unsafe { kernel!(WAITID, ALL, 0, 0, ENDED | AT_ONCE | LEAVE, 0) == 0 }
}

/// `struct sysinfo`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemInfo {
    uptime: i64,
    loads: [u64; 3],
    total_memory: u64,
    free_memory: u64,
    shared_memory: u64,
    buffers: u64,
    total_swap: u64,
    free_swap: u64,
    processes: u16,
    _rest: [u16; 3],
    _high: [u64; 2],
    _unit: u32,
}

c_functions! {
    fn _exit(status: i32) -> ! {
        at_end();
        exit_now(status)
    }

    fn _Exit(status: i32) -> ! { _exit(status) }

    fn fork() -> i32 {
        may_start();
        original!(c"fork", fn() -> i32)()
    }

    /// Forks, which serves the child of a `vfork`, too.
    fn vfork() -> i32 { fork() }

    fn _Fork() -> i32 { fork() }

    fn daemon(_stay: i32, _keep: i32) -> i32 { refuse("it goes into the background as a daemon") }

    fn posix_spawn(
        pid: *mut i32, path: *const c_char, actions: *const c_void, attributes: *const c_void,
        arguments: *const c_void, environment: *const c_void,
    ) -> i32 {
        may_start();
        original!(c"posix_spawn", Spawn)(pid, path, actions, attributes, arguments, environment)
    }

    fn posix_spawnp(
        pid: *mut i32, name: *const c_char, actions: *const c_void, attributes: *const c_void,
        arguments: *const c_void, environment: *const c_void,
    ) -> i32 {
        may_start();
        original!(c"posix_spawnp", Spawn)(pid, name, actions, attributes, arguments, environment)
    }

    fn system(command: *const c_char) -> c_int {
        may_start();
        original!(c"system", fn(*const c_char) -> c_int)(command)
    }

    fn popen(command: *const c_char, mode: *const c_char) -> *mut c_void {
        may_start();
        original!(c"popen", fn(*const c_char, *const c_char) -> *mut c_void)(command, mode)
    }

    fn execve(path: *const c_char, arguments: *const c_void, environment: *const c_void) -> c_int {
        if is_attached() {
            refuse(OTHER);
        }
        original!(
            c"execve",
            fn(*const c_char, *const c_void, *const c_void) -> c_int
        )(path, arguments, environment)
    }

    fn execv(path: *const c_char, arguments: *const c_void) -> c_int {
        if is_attached() {
            refuse(OTHER);
        }
        original!(c"execv", fn(*const c_char, *const c_void) -> c_int)(path, arguments)
    }

    fn execvp(name: *const c_char, arguments: *const c_void) -> c_int {
        if is_attached() {
            refuse(OTHER);
        }
        original!(c"execvp", fn(*const c_char, *const c_void) -> c_int)(name, arguments)
    }

    /// Never returns, because no signal comes from outside.
    fn pause() -> i32 {
        attach();
        wait(TIME, FOREVER, &[]);
        fail(EINTR) as i32
    }

    /// Shows the program one processor.
    ///
    /// The number of its threads must not depend on the machine.
    fn sched_getaffinity(_pid: i32, size: usize, mask: *mut u8) -> i32 {
        if size < 8 {
            return fail(EINVAL) as i32;
        }
        mask.write_bytes(0, size);
        *mask = 1;
        0
    }

    fn sysconf(name: i32) -> i64 {
        const PROCESSORS_CONFIGURED: i32 = 83;
        const PROCESSORS_ONLINE: i32 = 84;
        match name {
            PROCESSORS_CONFIGURED | PROCESSORS_ONLINE => 1,
            _ => original!(c"sysconf", fn(i32) -> i64)(name),
        }
    }

    /// Describes an idle machine, half of whose memory is free.
    ///
    /// The real values differ from run to run.
    fn sysinfo(info: *mut SystemInfo) -> i32 {
        let result = super::sys::c_result(kernel!(SYSINFO, info)) as i32;
        if result == 0 && settings().enabled {
            let found = &mut *info;
            let SystemInfo { total_memory, total_swap, .. } = *found;
            found.uptime = super::clock::seconds_since_boot();
            found.loads = [0; 3];
            (found.free_memory, found.shared_memory, found.buffers) = (total_memory / 2, 0, 0);
            (found.free_swap, found.processes) = (total_swap, 100);
        }
        result
    }

    fn getloadavg(loads: *mut f64, count: i32) -> i32 {
        if !settings().enabled {
            return original!(c"getloadavg", fn(*mut f64, i32) -> i32)(loads, count);
        }
        let count = count.clamp(0, 3);
        loads.write_bytes(0, count as usize);
        count
    }

    fn get_nprocs() -> i32 { 1 }

    fn get_nprocs_conf() -> i32 { 1 }
}
