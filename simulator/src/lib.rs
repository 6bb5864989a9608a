//! The simulator's command line, its reports and its files.
//!
//! ```text
//!   commands ──▶ records, grade, report, files ──▶ executables, testing ──▶ simulation ──▶ linearizability
//! ```
//!
//! | module | contents |
//! | --- | --- |
//! | [`commands`] | the commands, one a file |
//! | [`grade`] | many submissions, a row each |
//! | [`report`] | the output for people and programs |
//! | [`records`] | what was run and found, for resuming, merging and comparing |
//! | [`files`] | scenarios and failures on disk |
//!
//! To test a system of your own start with the crate [`testing`], and give it this command line by [`main`]; to check
//! histories only, [`linearizability`] is enough.
#![forbid(unsafe_code)]

pub mod commands;
pub mod files;
pub mod grade;
pub mod records;
pub mod report;

pub use commands::main_of as main;
pub use {executables, linearizability, simulation, testing};
