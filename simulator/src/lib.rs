//! A deterministic simulation test harness for replicated state machines.
#![forbid(unsafe_code)]

pub mod bundled;
pub mod check;
pub mod digest;
pub mod engine;
pub mod evidence;
pub mod linearizability;
pub mod metrics;
pub mod node;
pub mod plan;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod trace;

pub use scenario::Nanos;
