//! Any executable under test, unmodified, in virtual time or in real time.
//!
//! [`External`] and [`RealTime`] are two systems [`UnderTest`](simulation::UnderTest): each of their nodes is a
//! process that runs the executable as the course's simulator would (`REPLICA PORT ID OTHER...`, datagrams of JSON).
//! [`RealTime`] does no more than that (see [`real`]). In an [`External`] one the simulator provides the clock, the
//! network and the random numbers:
//!
//! ```text
//!   engine ──message, request, timer──▶ Node ──wire──▶ process ───two pipes──────▶ the executable
//!      ▲                                  │                                        with the preload
//!      └──────── outbox, next wake-up ◀───┴──────── what it sent, until when ◀──── library inside
//!                                                    all its threads wait
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | `external`, `external_elsewhere` | an executable in virtual time, where there is that |
//! | [`preflight`] | says before the run how an executable will be driven, or why it cannot be |
//! | `elf` | how a program is linked, and so which way it can be driven |
//! | `environment` | its environment: variables, clocks, process id |
//! | `languages` | what is special about a language: environment, start-up, wrappers, last words |
//! | `versions` | the versions of interpreters and C libraries |
//! | `program` | the executable, once it is found fit |
//! | `child` | one child process: start, what it prints, its end |
//! | `output` | its standard output and error |
//! | `scratch` | the folder it runs in, gone with the run |
//! | `companions` | the files next to the executable, copied to its folder |
//! | `entries` | the content of a folder, to be put into another one |
//! | `disk` | in virtual time: what of a process's folder is durable, and what a crash leaves of it |
//! | `folder` | listing a folder |
//! | `limits` | the limits on what it may write |
//! | `process_state` | the process behind a node, and what ended it |
//! | `inbound` | its datagrams, as messages and answers |
//! | `wire` | the course's datagrams, to and from the engine's messages, requests and answers |
//! | `node`, `process` | in virtual time: one child process as a node; resume, collect |
//! | `core` | the processor that simulator and processes take turns on |
//! | `watch`, `watchdog` | does it hang or loop there? asked by a thread of its own |
//! | [`real`] | in real time: one child process as a node |
//!
//! Virtual time is for Linux on x86-64 with glibc: there the build script sets `cfg(virtual_time)`. Real time is for
//! any Unix; it finds fewer mistakes of a process where there is no `/proc`.
//!
//! The module `preload` has the library, and the protocol between it and the simulator; all `unsafe` code of the
//! workspace is there. The harness cannot see inside an executable: there is no window for the Raft invariants, and
//! the leader is the replica that it names in its datagrams.
#![deny(unsafe_code)]
#![cfg_attr(not(virtual_time), allow(dead_code, reason = "virtual time needs some of it"))]

mod child;
mod companions;
#[cfg(virtual_time)]
mod core;
#[cfg(virtual_time)]
mod disk;
mod elf;
mod entries;
#[cfg(virtual_time)]
mod environment;
#[cfg(virtual_time)]
mod external;
#[cfg(not(virtual_time))]
#[path = "external_elsewhere.rs"]
mod external;
mod folder;
mod hello;
mod inbound;
mod languages;
mod limits;
#[cfg(virtual_time)]
mod node;
mod output;
pub mod preflight;
#[allow(unsafe_code, reason = "system calls, and functions in the place of the C library's")]
mod preload;
#[cfg(virtual_time)]
mod process;
mod process_state;
mod program;
pub mod real;
mod scratch;
mod versions;
mod watch;
#[cfg(virtual_time)]
mod watchdog;
mod wire;

#[cfg(virtual_time)]
// The preload library is compiled from the same files, and its root has the same names.
use preload::{control, launch, processes, protocol, shim, view};

pub use external::External;
pub use folder::sorted;
pub use languages::is_generated;
pub use real::{LiveProgress, RealTime};
