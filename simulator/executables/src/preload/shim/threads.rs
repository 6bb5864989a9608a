//! Threads: each new one waits for its turn before it does anything else.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};

use super::baton::Baton;
use super::c_functions;
use super::schedule::{self, wait};
use super::sys::{ESRCH, fail, kernel, original, real_pid};
use super::world::{Settings, attach, is_attached, settings, with};
use crate::protocol::FOREVER;

type Routine = extern "C" fn(*mut c_void) -> *mut c_void;

/// The arguments of a new thread.
struct Start {
    place: usize,
    baton: Baton,
    routine: Routine,
    argument: *mut c_void,
}

/// The key of a value of each thread, whose destructor runs last.
static KEY: AtomicU32 = AtomicU32::new(0);

/// The number of times that the C library runs destructors that set their value again.
const ROUNDS: usize = 4;

unsafe extern "C" {
    fn pthread_key_create(key: *mut u32, destructor: unsafe extern "C" fn(*mut c_void)) -> i32;
    fn pthread_setspecific(key: u32, value: *const c_void) -> i32;
    fn pthread_self() -> usize;
}

/// Makes the main thread take part from now on.
pub(crate) fn begin() {
    let mut key = 0;
    // SAFETY: a place for the key, and a function that lives as long as the process.
    unsafe {
        pthread_key_create(&raw mut key, on_round);
        schedule::name_main(pthread_self());
    }
    KEY.store(key, Ordering::Relaxed);
    schedule::notice_spinning();
    sign_in();
}

/// Ensures that the thread's end is noticed.
fn sign_in() {
    set_round(1);
}

/// Sets the thread's value of the key, so that its destructor runs.
fn set_round(round: usize) {
    let number = std::ptr::without_provenance::<c_void>(round);
    // SAFETY: a key that exists; the value is a number and is never followed.
    unsafe { pthread_setspecific(KEY.load(Ordering::Relaxed), number) };
}

/// Runs in each round of destructors of a thread that ends.
///
/// After the last one, no code of the program runs in it.
unsafe extern "C" fn on_round(round: *mut c_void) {
    let round = round as usize;
    if round < ROUNDS {
        set_round(round + 1);
    } else {
        schedule::depart();
    }
}

/// Runs first in every thread.
extern "C" fn begin_thread(start: *mut c_void) -> *mut c_void {
    // SAFETY: the box that `pthread_create` passed on.
    let start = unsafe { start.cast::<Start>().read() };
    schedule::arrive(start.place, start.baton);
    sign_in();
    (start.routine)(start.argument)
}

c_functions! {
    fn pthread_create(thread: *mut usize, attributes: *const c_void, routine: Routine, argument: *mut c_void) -> i32 {
        let create = original!(
            c"pthread_create",
            fn(*mut usize, *const c_void, Routine, *mut c_void) -> i32
        );
        attach();
        if !is_attached() {
            return create(thread, attributes, routine, argument);
        }
        let (place, baton) = with(|world| world.schedule.reserve());
        let start = Box::into_raw(Box::new(Start { place, baton, routine, argument }));
        let result = create(thread, attributes, begin_thread, start.cast());
        if result == 0 {
            let thread = *thread;
            with(|world| world.schedule.started(place, thread, world.now));
        } else {
            with(|world| world.schedule.release(place));
            drop(Box::from_raw(start));
        }
        result
    }

    fn pthread_join(thread: usize, result: *mut *mut c_void) -> i32 {
        while is_attached() && with(|world| world.schedule.lives(thread)) {
            wait(thread, FOREVER, &[]);
        }
        original!(c"pthread_join", fn(usize, *mut *mut c_void) -> i32)(thread, result)
    }

    fn getpid() -> i32 { settings().pid }

    /// Returns a fixed id, because the parent's real id differs between runs.
    fn getppid() -> i32 {
        if settings().enabled { settings().pid - 1 } else { kernel!(GETPPID) as i32 }
    }

    fn gettid() -> i32 { settings().pid + schedule::me() as i32 }

    fn getpgrp() -> i32 {
        if is_attached() { settings().pid } else { kernel!(GETPGID, 0) as i32 }
    }

    fn getpgid(pid: i32) -> i32 {
        match target(pid) {
            Some(_) if is_attached() => settings().pid,
            Some(pid) => super::sys::c_result(kernel!(GETPGID, pid)) as i32,
            None => fail(ESRCH) as i32,
        }
    }

    fn kill(pid: i32, signal: i32) -> i32 {
        match target(pid) {
            Some(pid) => super::sys::c_result(kernel!(KILL, pid, signal)) as i32,
            None => fail(ESRCH) as i32,
        }
    }

    fn killpg(group: i32, signal: i32) -> i32 { kill(-group, signal) }

    fn tgkill(process: i32, thread: i32, signal: i32) -> i32 {
        super::sys::c_result(signal_thread(process, thread, signal)) as i32
    }
}

/// Returns the real process that a process id of the program's means.
///
/// Once the process takes part, it can only mean itself, as a group of its own: effects on other processes would
/// depend on the machine. Before that it may mean others, since wrappers look after the processes that they have
/// started.
pub(crate) fn target(pid: i32) -> Option<i32> {
    let Settings { enabled, pid: own, .. } = *settings();
    if pid == own || is_attached() && (pid == 0 || pid == -own) {
        return Some(real_pid());
    }
    let is_parent = enabled && pid == own - 1;
    Some(pid).filter(|_| !is_attached() && !is_parent)
}

/// Sends a signal to the calling thread.
///
/// A signal to another thread of the program has no effect, because it would arrive at an arbitrary moment.
pub(crate) fn signal_thread(process: i32, thread: i32, signal: i32) -> isize {
    let own = settings().pid;
    match (process == own, thread == own + schedule::me() as i32) {
        // SAFETY: the arguments are numbers.
        (true, true) => unsafe { kernel!(TGKILL, real_pid(), super::sys::gettid(), signal) },
        (true, false) if is_attached() => 0,
        _ => -(ESRCH as isize),
    }
}
