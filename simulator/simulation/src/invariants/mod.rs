//! Monitors: they watch the replicas while the engine runs, through the windows that nodes offer, and leave
//! what they saw broken to the evidence.
//!
//! A monitor sees each state in passing, which no check can: checks read evidence, after the run.

mod raft;

pub(crate) use raft::RaftMonitor;
pub use raft::{Contested, FirstCommit, Property, SafetyViolation};
