//! An executable in virtual time.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::disk::{Disk, Disks};
use crate::launch::{self, Cores};
use crate::limits::Deadline;
use crate::node::{ExternalNode, MARKS};
use crate::preflight::{self, Unfit};
use crate::process::{Launch, Process};
use crate::program::Program;
use simulation::api::{Death, DiskLoss, DiskService, DiskUse, Host, Processes, Setup, System};
use simulation::engine::{self, Options};
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::rng::{Dice, Seed};
use simulation::scenario::Scenario;
use simulation::{Nanos, ResourceLimits, UnderTest};

/// The library that is preloaded.
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libpreload.so"));

/// An executable, to be run in virtual time as every replica of a cluster.
///
/// While one of its processes lives, the thread that runs it is confined to one processor, and so are the processes.
#[derive(Clone, Debug)]
pub struct External {
    program: Program,
    /// The way the executable is driven, and the versions of its interpreter and libraries.
    driven_by: String,
    /// The same, followed by what is unusual about its environment.
    environment: String,
    library: Arc<File>,
    /// The processors that this process may use.
    cores: Cores,
}

impl External {
    /// Prepares an executable for virtual time.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if it cannot be driven, with the reason and what to do.
    pub fn new(path: &Path) -> Result<External, Unfit> {
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

    /// Sets the limit on any file that a replica writes, its output included, in MiB.
    ///
    /// The default is 1024. The limit on what a replica writes without waiting is 1/256 of it, and at least 1 MiB.
    pub fn limit_files(&mut self, mib: u32) {
        self.program.limit_files(mib);
        self.environment = format!("{}{}", self.driven_by, self.program.peculiarities());
    }

    /// Sets the other limits on the replicas' processes.
    pub fn limit(&mut self, limits: ResourceLimits) {
        self.program.limit(limits);
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

    fn limits(&self) -> ResourceLimits {
        self.program.limits().others
    }

    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        let processes = Processes { start_up: Some(self.program.start_up()) };
        Plan::new(scenario, seed).for_processes(processes)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        let deadline = Deadline::of(self.program.limits());
        let disks = Disks::new(self.program.companions());
        let processed = Processed { external: self, plan, deadline, disks: &disks };
        engine::run_hosted(&processed, VirtualTime { disks: &disks }, plan, options)
    }
}

/// An executable as a system whose nodes are processes, in the run of a plan.
struct Processed<'e> {
    external: &'e External,
    plan: &'e Plan,
    deadline: Option<Deadline>,
    disks: &'e Disks,
}

/// The host of those nodes.
struct VirtualTime<'e> {
    disks: &'e Disks,
}

impl Host<ExternalNode> for VirtualTime<'_> {
    fn are_processes(&self) -> bool {
        true
    }

    fn died<'n>(&self, node: &'n ExternalNode) -> Option<&'n Death> {
        node.state.died()
    }

    fn set_disk(&self, node: &mut ExternalNode, service: DiskService) {
        if let Some(disk) = node.disk_mut() {
            disk.set_service(service);
        }
    }

    fn disk_use(&self, node: &ExternalNode) -> DiskUse {
        node.disk().map(Disk::used).unwrap_or_default()
    }

    fn crash(&self, node: &mut ExternalNode, dice: &mut Dice) -> Option<DiskLoss> {
        let id = node.id();
        node.disk_mut().map(|disk| self.disks.crash(id, disk, dice))
    }

    fn flip_bit(&self, node: &mut ExternalNode, dice: &mut Dice) -> Option<bool> {
        let id = node.id();
        node.disk_mut().map(|disk| self.disks.flip_bit(id, disk, dice))
    }

    fn is_damaged(&self, node: &ExternalNode) -> bool {
        self.disks.is_damaged(node.id())
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
        self.external.name()
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    /// Returns marks that [`External`] does not promise, since it does not know whether the program has threads.
    fn marks(&self) -> &'static [&'static str] {
        MARKS
    }

    fn start(&self, setup: Setup, now: Nanos) -> ExternalNode {
        let External { program, library, cores, .. } = self.external;
        let disks = self.disks;
        let run_seed = Seed(self.plan.seed).stream("run").bits();
        let (cores, deadline) = (*cores, self.deadline);
        let launch = Launch { program, library, cores, run_seed, disks, deadline };
        let start_up = self.plan.start_ups.get(setup.id.index()).copied().unwrap_or_default();
        let begins = now + start_up;
        ExternalNode::new(setup, begins, Process::start(launch, &setup, begins))
    }
}
