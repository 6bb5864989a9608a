//! Runs an unmodified executable in virtual time.
//!
//! These files are compiled twice:
//!
//! ```text
//!   executables ──module──▶ preload: launch, view, control, protocol (processes: for real time, too)
//!       │                                           ▲
//!       │ two pipes, one frame a step               │ the same frames
//!       ▼                                           ▼
//!   replica ──LD_PRELOAD──▶ libpreload.so (`--cfg preload_shim`): shim, protocol
//! ```
//!
//! The build script of the crate compiles the library, with this file as its root, and the crate embeds it, so that
//! nothing needs to be installed. In the library the functions of `shim` replace those of the C library with which a
//! program waits, sends, reads a clock, draws random numbers and starts threads. The program runs until *all* of its
//! threads wait. The library then tells the simulator what was sent and until when the threads wait, and does not
//! return before the simulator tells it the time. So the only clock is the simulator's, and a run depends on nothing
//! else.
//!
//! All `unsafe` code of the workspace is here. Everything but `processes` is for Linux on x86-64 with glibc only.

#[cfg(virtual_time)]
pub(crate) mod control;
#[cfg(virtual_time)]
pub(crate) mod launch;
#[cfg(not(preload_shim))]
pub(crate) mod processes;
#[cfg(any(preload_shim, virtual_time))]
pub(crate) mod protocol;
#[cfg(any(preload_shim, virtual_time))]
#[cfg_attr(not(preload_shim), allow(dead_code, reason = "the library's functions, kept in check"))]
pub(crate) mod shim;
#[cfg(virtual_time)]
pub(crate) mod view;
