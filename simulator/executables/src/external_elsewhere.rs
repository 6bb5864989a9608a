//! The stand-in for an executable in virtual time on systems without virtual time.

use std::convert::Infallible;
use std::path::Path;

use crate::elf::NO_VIRTUAL_TIME;
use crate::preflight::Unfit;
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::plan::Plan;
use simulation::{ResourceLimits, UnderTest};

/// An executable in virtual time, of which no value exists on this system.
#[derive(Clone, Debug)]
pub struct External(Infallible);

impl External {
    /// Refuses an executable.
    ///
    /// # Errors
    ///
    /// Always, because this system has no virtual time.
    pub fn new(path: &Path) -> Result<External, Unfit> {
        Err(Unfit::new(path, NO_VIRTUAL_TIME))
    }

    /// Keeps the replicas' standard output and error in a folder.
    pub fn keep_output(&mut self, _: &Path) {
        match self.0 {}
    }

    /// Sets the limit on any one file that a replica writes.
    pub fn limit_files(&mut self, _mib: u32) {
        match self.0 {}
    }

    /// Sets the other limits on the replicas' processes.
    pub fn limit(&mut self, _limits: ResourceLimits) {
        match self.0 {}
    }
}

impl UnderTest for External {
    fn name(&self) -> &str {
        match self.0 {}
    }

    fn run(&self, _: &Plan, _: Options) -> Evidence {
        match self.0 {}
    }
}
