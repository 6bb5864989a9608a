//! An executable in virtual time, where there is none.

use std::convert::Infallible;
use std::path::Path;

use crate::elf::NO_VIRTUAL_TIME;
use crate::preflight::Unfit;
use simulation::UnderTest;
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::plan::Plan;

/// An executable, to be run in virtual time as every replica of a cluster; on this system there is none.
#[derive(Clone, Debug)]
pub struct External(Infallible);

impl External {
    /// Refuses an executable.
    ///
    /// # Errors
    ///
    /// Always: virtual time is for another system.
    pub fn new(path: &Path) -> Result<External, Unfit> {
        Err(Unfit::new(path, NO_VIRTUAL_TIME))
    }

    /// Keeps what the replicas write.
    pub fn keep_output(&mut self, _: &Path) {
        match self.0 {}
    }

    /// Limits what a replica may write to any one file.
    pub fn limit_files(&mut self, _mib: u32) {
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
