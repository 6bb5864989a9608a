//! Known Raft and store bugs: proof that the harness can fail.
//!
//! A harness that passes everything proves nothing. Each file in `bugs/` is a mistake that people make, a few
//! lines long, with its story in front. Most are diffs against the bundled replica, which `build.rs` merges
//! into one copy of its sources; the product itself holds no switch for them. Those that no diff can tell are
//! small stores of their own.
//!
//! ```text
//!   bugs/NAME.diff ──build.rs──▶ a copy of the replica ──┐
//!   bugs/NAME.rs ────────────────────────────────────────┴──▶ Buggy ──hunt──▶ failure ──shrink──▶ story
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | [`bug`] | a bug: its story, and the system that has it |
//! | [`explain_table`] | what decided the failure of each bug, as a table for the documentation |
//! | [`hunt`] | how many runs of the stock families it takes to find a bug |
//! | [`story`] | what a bug does, at a glance: its smallest failing plan and what happens in it |
//! | `system` | the systems that have the bugs, as one type, so that the engine is compiled once |
//! | [`table`] | all bugs measured, as a table for the documentation |
#![forbid(unsafe_code)]

pub mod bug;
mod copy {
    include!(concat!(env!("OUT_DIR"), "/copy.rs"));
}
pub mod explain_table;
pub mod hunt;
pub mod story;
mod system;
pub mod table;

pub use bug::{Bug, all, control};
