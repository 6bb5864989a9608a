//! Known Raft and store bugs: proof that the harness can fail.
//!
//! A harness that passes everything proves nothing. Each file in `bugs/` is a mistake that people make, a few lines
//! long, with its story above it. Most are diffs against the bundled replica, which `build.rs` merges into one copy
//! of its sources; the product itself holds no switch for them. The others, which no diff can make, are small stores
//! of their own.
//!
//! ```text
//!   bugs/NAME.diff ──build.rs──▶ a copy of the replica ──┐
//!   bugs/NAME.rs ────────────────────────────────────────┴──▶ Buggy ──hunt──▶ failure ──shrink──▶ story
//! ```
//!
//! | module | contents |
//! | --- | --- |
//! | [`bug`] | a bug: its story, and the system that has it |
//! | [`hunt`] | the hunt for a bug, and the number of runs that it takes |
//! | [`spending`] | what the bundled replica's runs spend of the budgets of scenarios |
//! | [`story`] | the effect of a bug at a glance: its smallest failing plan, and the events in it |
//! | `system` | the systems that have the bugs, as one type, so that the engine is compiled once |
//! | [`table`] | all bugs measured, as a table for the documentation |
#![forbid(unsafe_code)]

pub mod bug;
mod copy {
    include!(concat!(env!("OUT_DIR"), "/copy.rs"));
}
pub mod explain_table;
pub mod hunt;
pub mod spending;
pub mod story;
mod system;
pub mod table;

pub use bug::{Bug, all, control};
