//! The monitors of invariants, which watch the replicas during a run.
//!
//! They read the windows that nodes offer, and record violations in the evidence.
//!
//! A monitor sees each intermediate state. A check cannot, because it reads the evidence after the run.

mod decided;
mod progress;
mod raft;

pub(crate) use decided::DecidedMonitor;
pub use decided::{LogRule, LogViolation};
pub(crate) use progress::ProgressMonitor;
pub use progress::Stall;
pub(crate) use raft::RaftMonitor;
pub use raft::{Contested, FirstCommit, Property, Rules, SafetyViolation};
