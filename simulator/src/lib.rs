//! A deterministic simulation test harness for replicated state machines.
#![forbid(unsafe_code)]

pub mod linearizability;
pub mod scenario;
