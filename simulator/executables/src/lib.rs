//! Any executable under test, unmodified, in virtual time or in real time.
//!
//! [`External`] and [`RealTime`] are two systems [`UnderTest`]: each of their nodes is a process that runs
//! the executable as the course's simulator would (`REPLICA PORT ID OTHER...`, datagrams of JSON).
//! [`RealTime`] does no more than that (see [`real`]). In an [`External`] one the clock, the network
//! and the randomness are ours:
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
//! | [`preflight`] | says before the run how an executable will be driven, or why it cannot be |
//! | `elf` | how a program is linked, and so which way it can be driven |
//! | `environment` | its environment: variables, clocks, process id |
//! | `languages` | what is special about a language: environment, start-up |
//! | `versions` | the versions of interpreters and C libraries |
//! | `program` | the executable, once it is found fit |
//! | `child` | one child process: start, what it prints, its end |
//! | `pyenv` | which Python one of its wrappers starts |
//! | `output` | its standard output and error |
//! | `scratch` | the folder it runs in, gone with the run |
//! | `companions` | the files next to the executable, copied to its folder |
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
//! The module `preload` holds the library, and the protocol between it and this side: all `unsafe` code of the
//! workspace. An executable is a black box: there is no window for the Raft invariants, and the leader is the
//! replica that it names in its datagrams.
#![deny(unsafe_code)]

mod child;
mod companions;
mod core;
mod elf;
mod environment;
mod folder;
mod inbound;
mod languages;
mod limits;
mod node;
mod output;
pub mod preflight;
#[allow(unsafe_code, reason = "system calls, and functions in the place of the C library's")]
mod preload;
mod process;
mod process_state;
mod program;
mod pyenv;
pub mod real;
mod scratch;
mod versions;
mod watch;
mod watchdog;
mod wire;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use launch::Cores;

use node::ExternalNode;
use preflight::Unfit;
use process::Process;
use program::Program;
use simulation::Nanos;
use simulation::UnderTest;
use simulation::api::{Death, Host, Processes, Setup, System};
use simulation::engine::{self, Options};
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::scenario::Scenario;

// The root of the library to preload, which is compiled from the same files, has the same names.
use preload::{control, launch, protocol, shim, view};

pub use folder::sorted;
pub use real::{Gauge, RealTime};

/// A replica says hello within this time of its start, or it is taken for dead: the course's clients begin
/// to ask after five seconds.
const HELLO_WITHIN: Nanos = 10_000_000_000;

/// Why it is taken for dead, in words that go after its name.
fn no_hello() -> String {
    format!("said no hello within {} s", HELLO_WITHIN / 1_000_000_000)
}

/// The library that is preloaded; empty where there is none for this machine.
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libpreload.so"));

/// An executable, to be run in virtual time as every replica of a cluster.
///
/// While one of its processes lives, the thread that runs it is confined to one processor, and so are the processes.
#[derive(Clone, Debug)]
pub struct External {
    program: Program,
    /// How it is driven, and with what; and the same with what is not as usual besides.
    driven_by: String,
    environment: String,
    library: Arc<File>,
    /// The processors that we were given.
    cores: Cores,
}

impl External {
    /// Prepares an executable for virtual time.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if it cannot be driven, with the reason and what to do.
    pub fn new(path: &Path) -> Result<External, Unfit> {
        if LIBRARY.is_empty() {
            return Err(Unfit::new(
                path,
                "executables run in virtual time on Linux on x86-64 only: run them in real time, with --clock real",
            ));
        }
        let found = preflight::look(path)?;
        let unfit = |error: io::Error| Program::unprepared(path, &error);
        let library = Arc::new(launch::library_file(LIBRARY).map_err(unfit)?);
        let cores = Cores::allowed().map_err(unfit)?;
        let driven_by = format!("{}; {}", found.interposition()?, found.environment());
        let mut program = Program::new(found)?;
        program.show_folders_at_one_path();
        let environment = format!("{driven_by}{}", program.peculiarities());
        Ok(External { program, driven_by, environment, library, cores })
    }

    /// Keeps the replicas' standard output and error in an existing folder.
    ///
    /// The files are `0000.stdout`, `0000.stderr` and so on; each run overwrites those of the run before.
    pub fn keep_output(&mut self, folder: &Path) {
        self.program.keep_output(folder);
    }
}

impl External {
    /// Sets the limit on any one file that a replica writes, its output included, in MiB.
    ///
    /// It is 1024 unless this is called. A 256th of it, and 1 MiB at least, is the limit on what a replica writes
    /// without waiting.
    pub fn limit_files(&mut self, mib: u32) {
        self.program.limit_files(mib);
        self.environment = format!("{}{}", self.driven_by, self.program.peculiarities());
    }
}

impl UnderTest for External {
    fn name(&self) -> &str {
        self.program.name()
    }

    fn executable(&self) -> Option<&Path> {
        Some(self.program.path())
    }

    fn environment(&self) -> Option<&str> {
        Some(&self.environment)
    }

    fn file_limit(&self) -> Option<u32> {
        self.program.limits().unusual()
    }

    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        let processes = Processes { start_up: Some(self.program.start_up()) };
        Plan::new(scenario, seed).for_processes(processes)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        engine::run_hosted(&Processed(self), VirtualTime, plan, options)
    }
}

/// An executable as a system whose nodes are processes.
struct Processed<'e>(&'e External);

/// Where those nodes live.
struct VirtualTime;

impl Host<ExternalNode> for VirtualTime {
    fn are_processes(&self) -> bool {
        true
    }

    fn died<'n>(&self, node: &'n ExternalNode) -> Option<&'n Death> {
        node.state.died()
    }

    fn stop(&self, node: &mut ExternalNode) -> Vec<String> {
        node.state.stop()
    }

    fn complaint(&self, node: &ExternalNode) -> Option<String> {
        node.state.complaint()
    }
}

impl System for Processed<'_> {
    type Node = ExternalNode;

    fn name(&self) -> &str {
        self.0.name()
    }

    fn start(&self, setup: Setup, now: Nanos) -> ExternalNode {
        let begins = now + setup.start_up;
        ExternalNode::new(setup, begins, Process::start(self.0, &setup, begins))
    }
}
