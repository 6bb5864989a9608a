//! Go programs go past the C library: they ask the kernel directly, read the clock in the kernel's
//! shared page, and their run-time draws randomness from the processor. In these the kernel itself
//! hands over what the program does:
//!
//! | the program's way out | what closes it |
//! | --- | --- |
//! | system calls | a filter ([`filter`]) answers those made by the program's own code with SIGSYS |
//! | the clock in shared memory (vDSO) | it is not to be found in the auxiliary vector ([`auxv`]) |
//! | the processor's time stamp counter | reading it is forbidden, and answered with SIGSEGV |
//! | 16 random bytes from the kernel | they are overwritten ([`auxv`]), in all programs |
//!
//! [`signals`] takes these signals to the functions that everybody else calls by name. Threads are
//! the C library's also in Go, where the program is linked with it; a Go program that is not is
//! refused.

mod auxv;
mod blocked;
mod filter;
mod signals;

use std::sync::atomic::{AtomicBool, Ordering};

pub(super) use signals::Action;

use super::random;
use super::sys::kernel;
use super::world::settings;
use auxv::Auxiliary;

/// Whether the kernel hands over the program's system calls. Set before the program begins.
static TRAPPED: AtomicBool = AtomicBool::new(false);

/// Whether the kernel hands over the program's system calls.
fn is_trapped() -> bool {
    TRAPPED.load(Ordering::Relaxed)
}

/// Runs before the program begins.
extern "C" fn begin(_count: i32, _arguments: *const usize, environment: *const usize) {
    // SAFETY: the C library calls this with what the kernel has put on the stack.
    let auxiliary = unsafe { Auxiliary::behind(environment) };
    if !settings().enabled {
        return;
    }
    let mut bytes = [0; 16];
    random::fill(&mut bytes);
    // SAFETY: the vector is the program's own, which has not begun.
    unsafe { auxiliary.set_random(bytes) };
    let Some(code) = auxiliary.go_code() else { return };
    TRAPPED.store(true, Ordering::Relaxed);
    // SAFETY: as above.
    unsafe { auxiliary.hide_clock() };
    signals::install();
    forbid_time_stamps();
    filter::install(code);
}

#[cfg(preload_shim)]
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn(i32, *const usize, *const usize) = begin;

/// From now on the instruction that reads the time stamp counter ends in a SIGSEGV, in this thread
/// and in those that it starts.
fn forbid_time_stamps() {
    const SET_TSC: usize = 26;
    const SIGSEGV: usize = 2;
    // SAFETY: numbers only.
    unsafe { kernel!(PRCTL, SET_TSC, SIGSEGV) };
}
