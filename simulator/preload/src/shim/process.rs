//! The process as a whole: it stays one process, on one processor, and says farewell at its end.

use std::ffi::{c_char, c_int, c_void};

use super::c_functions;
use super::control::{farewell, refuse};
use super::schedule::{TIME, wait};
use super::sys::{EINTR, EINVAL, exit_now, fail, original};
use super::world::{attach, is_attached};
use crate::protocol::FOREVER;

pub(crate) const CHILD: &str =
    "it starts another process; a replica in the simulation is one process";

pub(crate) const OTHER: &str = "it becomes another program; a replica in the simulation stays one";

/// Runs when the process ends by itself, after all that it wants done at its end.
extern "C" fn at_end() {
    farewell();
}

#[cfg(preload_shim)]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_END: extern "C" fn() = at_end;

c_functions! {
    fn _exit(status: i32) -> ! {
        at_end();
        exit_now(status)
    }

    fn _Exit(status: i32) -> ! { _exit(status) }

    fn fork() -> i32 {
        if is_attached() {
            refuse(CHILD);
        }
        original!(c"fork", fn() -> i32)()
    }

    /// The child of a `vfork` may do so little that a `fork` serves it as well.
    fn vfork() -> i32 { fork() }

    fn _Fork() -> i32 { fork() }

    fn daemon(_stay: i32, _keep: i32) -> i32 { refuse("it goes into the background as a daemon") }

    fn posix_spawn(
        pid: *mut i32, path: *const c_char, actions: *const c_void, attributes: *const c_void,
        arguments: *const c_void, environment: *const c_void,
    ) -> i32 {
        if is_attached() {
            refuse(CHILD);
        }
        original!(
            c"posix_spawn",
            fn(*mut i32, *const c_char, *const c_void, *const c_void, *const c_void, *const c_void) -> i32
        )(pid, path, actions, attributes, arguments, environment)
    }

    fn posix_spawnp(
        pid: *mut i32, path: *const c_char, actions: *const c_void, attributes: *const c_void,
        arguments: *const c_void, environment: *const c_void,
    ) -> i32 {
        if is_attached() {
            refuse(CHILD);
        }
        original!(
            c"posix_spawnp",
            fn(*mut i32, *const c_char, *const c_void, *const c_void, *const c_void, *const c_void) -> i32
        )(pid, path, actions, attributes, arguments, environment)
    }

    fn system(command: *const c_char) -> c_int {
        if is_attached() {
            refuse(CHILD);
        }
        original!(c"system", fn(*const c_char) -> c_int)(command)
    }

    fn popen(command: *const c_char, mode: *const c_char) -> *mut c_void {
        if is_attached() {
            refuse(CHILD);
        }
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

    /// No signal comes from outside: this waits for ever.
    fn pause() -> i32 {
        attach();
        wait(TIME, FOREVER, &[]);
        fail(EINTR) as i32
    }

    /// The program is to see one processor: how many threads it starts must not depend on the
    /// machine.
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

    fn get_nprocs() -> i32 { 1 }

    fn get_nprocs_conf() -> i32 { 1 }
}
