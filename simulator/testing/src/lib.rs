//! Tests of a replicated state machine of your own: one line in `cargo test`.
//!
//! ```text
//!   check(&MySystem).scenarios("cuts").seeds(0..200).run()
//!     │
//!     ├─▶ failures that were saved before are tried first
//!     ├─▶ some seeds are run twice: does the system hide a clock or randomness?
//!     ├─▶ every seed of every scenario, on all cores
//!     └─▶ the first failure is shrunk and saved, and the test panics with its report
//! ```
//!
//! | module | contents |
//! | --- | --- |
//! | [`check()`] | the line in a test |
//! | [`files`] | scenarios, those of the stock among them, and failure files |
//! | [`report`] | the text of a report: plans, timelines |
//!
//! What a system is, and what its nodes must do, is described in [`simulation::api`].
#![forbid(unsafe_code)]

mod check;
pub mod files;
pub mod report;

pub use check::{Check, check};
pub use simulation;
