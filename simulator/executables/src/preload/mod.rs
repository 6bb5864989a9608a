//! Runs an unmodified executable in virtual time.
//!
//! The crate is compiled twice from the same source:
//!
//! ```text
//!   simulator ──links──▶ preload (rlib): launch, control, protocol
//!       │                                   ▲
//!       │ two pipes, one frame a step    ─┘ the same frames
//!       ▼
//!   replica ──LD_PRELOAD──▶ preload (cdylib, `--cfg preload_shim`): shim, protocol
//! ```
//!
//! The simulator's build script compiles the library and the simulator carries it inside, so that
//! nothing needs to be installed. In the library the functions of `shim` take the place of the C
//! library's: those with which a program waits, sends, reads a clock, draws random numbers and
//! starts threads. The program runs until *all* of its threads wait; then the library tells the
//! simulator what was sent and until when everybody waits, and does not return before the simulator
//! says what time it is. So the only clock is the simulator's, and a run depends on nothing else.
//!
//! All `unsafe` code of the project lives in this crate. Linux on x86-64 with glibc only.

#[cfg(not(preload_shim))]
pub mod control;
#[cfg(not(preload_shim))]
pub mod launch;
pub mod protocol;
#[cfg_attr(not(preload_shim), allow(dead_code, reason = "the library's functions, kept in check"))]
pub(crate) mod shim;
#[cfg(not(preload_shim))]
pub mod view;
