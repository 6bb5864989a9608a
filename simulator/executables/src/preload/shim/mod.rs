//! The library inside the process: functions that replace those of the C library.
//!
//! ```text
//!   the program's threads
//!      │ wait, send, read a clock, lock …           (the C functions, by name)
//!      ▼
//!   clock  random  socket  poll  epoll  files  disk  locks  threads  process
//!      └──────┴───────┴──────┴─────┬────┴──────┴───────┴──────┴────────┘
//!                                  ▼
//!      schedule: one thread runs, the others wait for the baton; turns: who is next
//!                                  │ when no thread can run
//!                                  ▼
//!      control: report to the simulator, wait for its answer
//! ```
//!
//! Rules for this module: it uses no lock, no printing and no clock of the standard library, because they would call
//! the functions below. It calls the kernel directly ([`sys`]), and accesses the data that threads share as [`world`]
//! says. A panic ends the process, which the simulator reports.

mod baton;
mod calls;
mod clock;
mod control;
mod disk;
mod epoll;
mod files;
mod locks;
mod memory;
mod names;
mod poll;
mod process;
mod random;
mod schedule;
mod socket;
mod streams;
pub(crate) mod sys;
mod threads;
mod trap;
mod turns;
mod world;

/// Defines functions of the C library.
///
/// They have their C names in the preload library only.
macro_rules! c_functions {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)? $body:block)*) => {$(
        $(#[$doc])*
        #[cfg_attr(preload_shim, unsafe(no_mangle))]
        #[allow(non_snake_case, reason = "these are their names")]
        pub(crate) unsafe extern "C" fn $name($($arg: $type),*) $(-> $ret)? {
            // SAFETY: the caller keeps the contract of the C function of this name: pointers are
            // valid for what that function reads and writes, or null where it allows null.
            #[allow(unused_unsafe, reason = "some bodies need no unsafe operation")]
            unsafe { $body }
        }
    )*};
}
use c_functions;
