//! An executable in real time, as the course's own simulator runs it.
//!
//! ```text
//!   engine ──message, request──▶ Node ──UDP on loopback──▶ process
//!      ▲                           │
//!      ├──── readable? ◀── pace ◀──┤ one socket a replica
//!      └──── outbox ◀── timer ◀────┘
//! ```
//!
//! Only the clock differs from virtual time. The engine with its router, network, faults and clients is the same, and
//! so are the checkers and the reports. Where virtual time would jump to the next event, the engine waits for the
//! event or for a datagram. A datagram is stamped with the time that has passed. Each replica has a socket of its own
//! in the simulator, on a port that the kernel chooses, and a folder of its own to run in, so runs do not disturb
//! each other.
//!
//! | module | contents |
//! | --- | --- |
//! | `node` | a process as a node of the engine |
//! | `process` | one child process and its socket, removed without a trace |
//! | `clock` | the real-time clock, for which the engine waits |
//! | `look` | the kernel's data about it, which show if it hangs, forks or bypasses the simulator |
//!
//! No run can be repeated, so its digest has no meaning.

mod clock;
mod look;
mod node;
mod process;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::preflight::{self, Unfit};
use crate::program::Program;
use clock::RealTimeHost;
use node::RealTimeNode;
use process::Process;
use simulation::Nanos;
use simulation::api::{NodeId, Processes, Setup, System};
use simulation::engine::{self, Options};
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::{ResourceLimits, UnderTest};

pub use clock::LiveProgress;

/// A receiver of the lines that replicas print: time in nanoseconds, replica, line.
pub type Listener = dyn Fn(Nanos, NodeId, &str) + Send + Sync;

/// An executable, to be run in real time as every replica of a cluster.
#[derive(Clone)]
pub struct RealTime {
    program: Program,
    progress: Arc<LiveProgress>,
    listener: Option<Arc<Listener>>,
}

impl RealTime {
    /// Prepares an executable for real time.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if it cannot be started, with the reason and what to do.
    pub fn new(path: &Path) -> Result<RealTime, Unfit> {
        let program = Program::new(preflight::look(path)?)?;
        Ok(RealTime { program, progress: Arc::default(), listener: None })
    }

    /// Keeps the replicas' standard output and error in an existing folder.
    ///
    /// The files are `0000.stdout`, `0000.stderr` and so on; each run overwrites those of the run before.
    pub fn keep_output(&mut self, folder: &Path) {
        self.program.keep_output(folder);
    }

    /// Sets the limit on any file that a replica writes, its output included, in MiB.
    ///
    /// The default is 1024.
    pub fn limit_files(&mut self, mib: u32) {
        self.program.limit_files(mib);
    }

    /// Sets the other limits on the replicas' processes. A run takes as long as its plan, whatever the limit on that.
    pub fn limit(&mut self, limits: ResourceLimits) {
        self.program.limit(limits);
    }

    /// Passes on the lines that replicas print, within 0.1 s.
    pub fn listen(&mut self, listener: Arc<Listener>) {
        self.listener = Some(listener);
    }

    /// Returns the progress of this executable's runs, which also ends them.
    pub fn progress(&self) -> &Arc<LiveProgress> {
        &self.progress
    }
}

impl fmt::Debug for RealTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealTime").field("program", &self.program).finish_non_exhaustive()
    }
}

impl UnderTest for RealTime {
    fn name(&self) -> &str {
        self.program.name()
    }

    fn executable(&self) -> Option<&Path> {
        Some(self.program.path())
    }

    fn file_limit(&self) -> Option<u32> {
        self.program.limits().unusual()
    }

    fn limits(&self) -> ResourceLimits {
        self.program.limits().others
    }

    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        Plan::new(scenario, seed).for_processes(Processes { start_up: None })
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        let host = RealTimeHost::new(self.progress.clone());
        engine::run_hosted(&Processed(self), host, plan, options)
    }
}

/// An executable as a system whose nodes are processes in real time.
struct Processed<'e>(&'e RealTime);

impl System for Processed<'_> {
    type Node = RealTimeNode;

    fn name(&self) -> &str {
        self.0.name()
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, now: Nanos) -> RealTimeNode {
        let RealTime { program, listener, .. } = self.0;
        RealTimeNode::new(setup, now, Process::start(program, &setup), listener.clone())
    }
}
