//! Anybody's executable under test, unmodified, in virtual time.
//!
//! [`External`] is one more [`System`]: each of its nodes is a process that runs the executable as
//! the course's simulator would (`REPLICA PORT ID OTHER...`, datagrams of JSON), except that its
//! clock, its network and its randomness are ours.
//!
//! ```text
//!   engine ──message, request, timer──▶ Node ──wire──▶ process ──control socket──▶ the executable
//!      ▲                                  │                                        with the preload
//!      └──────── outbox, next wake-up ◀───┴──────── what it sent, until when ◀──── library inside
//!                                                    all its threads wait
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | [`preflight`] | says before the run whether an executable can be driven, and if not, why |
//! | `pyenv` | which Python one of its wrappers starts |
//! | `process` | one child process: start, resume, collect, kill |
//! | `watch` | has it gone astray? |
//! | `output` | what it writes to its standard output and error |
//! | `scratch` | the folder it runs in, gone with the run |
//! | `wire` | the course's datagrams, to and from the engine's messages, requests and answers |
//!
//! The crate `preload` holds the library, and the protocol between it and this side. An executable is
//! a black box: there is no window for the Raft invariants, and its leader is whom it names in its
//! datagrams.

mod node;
mod output;
pub mod preflight;
mod process;
mod pyenv;
mod scratch;
mod watch;
mod wire;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use preload::launch::{self, Cores};

use crate::Nanos;
use crate::node::{Setup, System};
use preflight::Unfit;
use process::Process;
use scratch::Scratch;

pub use node::ExternalNode;
pub use wire::Datagram;

/// The library that is preloaded; empty where there is none for this machine.
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libpreload.so"));

/// An executable, to be run as every replica of a cluster.
#[derive(Debug)]
pub struct External {
    path: PathBuf,
    /// The interpreter to call directly, where calling it by its name takes long.
    interpreter: Option<PathBuf>,
    name: String,
    library: File,
    scratch: Scratch,
    /// Where to keep what the replicas write to their standard output and error.
    output: Option<PathBuf>,
    /// The processors that we were given.
    cores: Cores,
    /// Counts the threads that run processes, to spread them over the processors.
    threads: AtomicUsize,
}

impl External {
    /// Takes an executable, if it can be driven.
    ///
    /// # Errors
    ///
    /// When it cannot, with the reason and what to do.
    pub fn new(path: &Path) -> Result<External, Unfit> {
        if LIBRARY.is_empty() {
            return Err(Unfit::new(
                path,
                "executables run in virtual time on Linux on x86-64 only",
            ));
        }
        let path = preflight::check(path)?;
        let unfit =
            |error: io::Error| Unfit::new(&path, &format!("no run can be prepared: {error}"));
        let library = launch::library_file(LIBRARY).map_err(unfit)?;
        let cores = Cores::allowed().map_err(unfit)?;
        let name = format!("the executable {}", path.display());
        let scratch = Scratch::new().map_err(unfit)?;
        let threads = AtomicUsize::new(0);
        let interpreter = preflight::python_behind_wrapper(&path);
        Ok(External { path, interpreter, name, library, scratch, output: None, cores, threads })
    }

    /// Keeps what the replicas write to their standard output and error in a folder that exists:
    /// `0000.stdout`, `0000.stderr` and so on. Each run overwrites the one before.
    pub fn keep_output(&mut self, folder: &Path) {
        self.output = Some(folder.to_owned());
    }

    /// What starts a replica, without its arguments.
    fn command(&self) -> Command {
        let Some(interpreter) = &self.interpreter else { return Command::new(&self.path) };
        let mut command = Command::new(interpreter);
        command.arg(&self.path);
        command
    }

    /// The calling thread takes turns with its processes, so all of them run on one processor.
    fn choose_core(&self) -> io::Result<usize> {
        let current = Cores::allowed()?;
        let mut cores = current.iter();
        if let (Some(core), None) = (cores.next(), cores.next()) {
            return Ok(core);
        }
        let all: Vec<usize> = self.cores.iter().collect();
        let core = all[self.threads.fetch_add(1, Ordering::Relaxed) % all.len()];
        Cores::only(core).confine()?;
        Ok(core)
    }

    fn start_process(&self, setup: &Setup) -> io::Result<Process> {
        let core = self.choose_core()?;
        Process::start(self, setup, core)
    }
}

impl System for External {
    type Node = ExternalNode;

    fn name(&self) -> &str {
        &self.name
    }

    fn executable(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn start(&self, setup: Setup, _now: Nanos) -> ExternalNode {
        ExternalNode::new(setup, self.start_process(&setup))
    }
}
