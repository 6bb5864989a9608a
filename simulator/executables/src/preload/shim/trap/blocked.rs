//! The C library's functions on signals.
//!
//! The program may not block or handle the signals of trapped calls.

use crate::protocol::SPIN_SIGNAL;
use crate::shim::c_functions;
use crate::shim::sys::original;
use crate::shim::trap::is_trapped;
use crate::shim::trap::signals::{self, Action};
use crate::shim::world::settings;

/// The C library's set of signals, of which the kernel knows the first word.
type Signals = [u64; 16];

/// The C library's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct LibraryAction {
    handler: usize,
    mask: Signals,
    flags: i32,
    restorer: usize,
}

/// Blocks and unblocks signals, but never those of trapped calls.
///
/// # Safety
///
/// As for `sigprocmask`.
unsafe fn mask(
    function: unsafe extern "C" fn(i32, *const Signals, *mut Signals) -> i32,
    how: i32,
    set: *const Signals,
    before: *mut Signals,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if set.is_null() || !is_trapped() {
            return function(how, set, before);
        }
        let mut set = *set;
        set[0] = signals::without_ours(how as usize, set[0]);
        function(how, &raw const set, before)
    }
}

c_functions! {
    fn pthread_sigmask(how: i32, set: *const Signals, before: *mut Signals) -> i32 {
        let function = original!(
            c"pthread_sigmask",
            fn(i32, *const Signals, *mut Signals) -> i32
        );
        mask(function, how, set, before)
    }

    fn sigprocmask(how: i32, set: *const Signals, before: *mut Signals) -> i32 {
        let function = original!(c"sigprocmask", fn(i32, *const Signals, *mut Signals) -> i32);
        mask(function, how, set, before)
    }

    fn sigaction(signal: i32, wanted: *const LibraryAction, before: *mut LibraryAction) -> i32 {
        let function = original!(
            c"sigaction",
            fn(i32, *const LibraryAction, *mut LibraryAction) -> i32
        );
        if signal as usize == SPIN_SIGNAL && settings().enabled {
            return 0;
        }
        if !is_trapped() {
            return function(signal, wanted, before);
        }
        let mut changed = wanted.as_ref().copied();
        if let Some(action) = &mut changed {
            action.mask[0] = signals::without_ours(signals::SET, action.mask[0]);
        }
        let action = changed.map(|LibraryAction { handler, mask, flags, restorer }| {
            Action { handler, flags: flags as usize, restorer, mask: mask[0] }
        });
        let Some(remembered) = signals::remember(signal as usize, action) else {
            let changed = changed.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            return function(signal, changed, before);
        };
        if let Some(before) = before.as_mut() {
            let Action { handler, flags, mask, restorer } = remembered;
            let mut set = [0; 16];
            set[0] = mask;
            *before = LibraryAction { handler, mask: set, flags: flags as i32, restorer };
        }
        0
    }
}
