//! Deterministic simulation of replicated state machines.
//!
//! One seed gives one run, and one run gives one verdict. A run is made in steps. Each step reads only what the step
//! before it produced:
//!
//! ```text
//!   scenario ──seed──▶ plan ──▶ run ──▶ evidence ──▶ verdict ──▶ report
//!   (a file)          (all     (engine   (history,   (one file   (words, table,
//!                     faults    drives    metrics,    a checker)  timeline, JSON)
//!                     and       the       trace,
//!                     requests) nodes)    digest)
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | [`scenario`] | reads scenarios: the course's format, and our additions |
//! | [`faults`] | faults of replicas and links, one file per fault |
//! | [`services`] | services that a system of your own may offer: a store, locks, a queue, a counter, a log |
//! | [`workloads`] | workloads of the clients, one file per workload |
//! | [`plan`] | expands a scenario and a seed into a plan: every request and fault with its time |
//! | [`api`] | the traits of a system under test; start here to test your own |
//! | [`bundled`] | the bundled Raft replica behind those traits |
//! | [`engine`] | runs a plan: event queue, network, clients, faults, recovery |
//! | [`invariants`] | monitors that watch the replicas during a run |
//! | [`evidence`] | the results of a run, for the checkers to read |
//! | [`marks`] | coverage marks: the rare states that a run reached |
//! | [`check`] | the checkers and the verdict |
//! | [`explore`] | many seeds on all cores |
//! | [`explain`](mod@explain) | when a failure was decided, and by what |
//! | [`pool`] | work on all cores |
//! | [`shrink`] | the smallest plan that still fails in the same way |
//! | [`failure`] | failure files, which replay a failed run |
//! | [`metrics`] | the course's metrics and tiers |
//! | [`trace`] | the events of a run in order, and the first difference of two traces |
//! | [`units`], [`rng`] | nanoseconds, ratios and ranges; named random streams |
//! | [`digest`], [`digest_samples`] | the digest of a run, and of its parts |
//!
//! Invariants of the crate:
//!
//! - The engine does not know Raft. It knows a replica only through the trait [`api::Node`]; the Raft invariants are
//!   read through [`api::RaftWindow`], for replicas that offer one.
//! - A run is a function of its plan. No wall clock, thread, hash order or float influences it, and a fault that is off
//!   draws no random numbers. Nodes in real time ([`api::Host`]) are the one exception.
//! - Checkers read only the evidence. A check without a result never counts as passed.
//! - Dependencies point one way: the replica does not know the simulator.
//!
//! A whole run in a few lines:
//!
//! ```
//! use simulation::{bundled::Bundled, check, engine, plan::Plan, scenario::Scenario};
//!
//! let text = r#"{"lifetime": 10, "replicas": 3, "requests": 100, "drops": 0.1, "tests": {
//!     "benchmarks": {"total_msgs": [600, 800, 1000], "failures": [1, 2, 3],
//!                    "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;
//! let (scenario, _warnings) = Scenario::parse("small", text).unwrap();
//! let plan = Plan::new(&scenario, 7);
//! let evidence = engine::run(&Bundled::default(), &plan, engine::Options::default());
//! let verdict = check::judge(&plan, &evidence);
//! assert_eq!(verdict.class, check::Class::Pass);
//! // The same seed is the same run.
//! let again = engine::run(&Bundled::default(), &plan, engine::Options::default());
//! assert_eq!(evidence.digest, again.digest);
//! ```
#![forbid(unsafe_code)]

pub mod api;
mod bounded_log;
mod bounds;
#[cfg(feature = "bundled")]
pub mod bundled;
pub mod check;
mod checked;
pub mod confidence;
mod coverage;
pub mod digest;
pub mod digest_samples;
mod draw;
pub mod elections;
pub mod engine;
pub mod evidence;
pub mod explain;
pub mod explore;
pub mod failure;
pub mod faults;
pub mod invariants;
pub mod json;
mod machine;
pub mod marks;
pub mod metrics;
pub mod picture;
pub mod plan;
pub mod pool;
pub mod receipts;
mod resource_limits;
pub mod rng;
pub mod scenario;
pub mod seconds;
mod service_history;
pub mod services;
pub mod shrink;
mod tagged;
pub mod text;
pub mod trace;
mod under_test;
pub mod units;
mod violating;
pub mod workloads;

pub use checked::Checked;
pub use resource_limits::ResourceLimits;
pub use service_history::{OwnHistory, ServiceHistory};
pub use under_test::UnderTest;
pub use units::Nanos;
pub use violating::Violating;
