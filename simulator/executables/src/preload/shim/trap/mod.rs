//! The system calls of Go programs, which bypass the C library.
//!
//! Go programs call the kernel directly, read the clock in the kernel's shared page, and draw random numbers from the
//! processor. For these programs the kernel itself reports what they do:
//!
//! | the program's way | what closes it |
//! | --- | --- |
//! | system calls | a filter ([`filter`]) answers those made by the program's own code with SIGSYS |
//! | the clock in shared memory (vDSO) | it is hidden in the auxiliary vector ([`auxv`]) |
//! | the processor's time stamp counter | reading it is forbidden, and answered with SIGSEGV |
//! | 16 random bytes from the kernel | they are overwritten ([`auxv`]), in all programs |
//!
//! [`signals`] passes these signals to the functions that other programs call by name. In a Go program that is linked
//! with the C library, threads are the C library's; other Go programs are refused.

mod auxv;
mod blocked;
mod filter;
mod signals;

use std::sync::atomic::{AtomicBool, Ordering};

pub(super) use signals::{Action, restorer};

use super::random;
use super::sys::kernel;
use super::world::settings;
use auxv::Auxiliary;

/// True if the kernel traps the program's system calls. It is set before the program begins.
static TRAPPED: AtomicBool = AtomicBool::new(false);

/// Returns true if the kernel traps the program's system calls.
fn is_trapped() -> bool {
    TRAPPED.load(Ordering::Relaxed)
}

/// Runs before the program begins.
extern "C" fn begin(_count: i32, _arguments: *const usize, environment: *const usize) {
    // SAFETY: the C library calls this with the pointers that the kernel has put on the stack.
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

/// Makes reads of the time stamp counter end in a SIGSEGV.
///
/// This holds for the calling thread and those that it starts.
fn forbid_time_stamps() {
    const SET_TSC: usize = 26;
    const SIGSEGV: usize = 2;
    // SAFETY: the arguments are numbers.
    unsafe { kernel!(PRCTL, SET_TSC, SIGSEGV) };
}
