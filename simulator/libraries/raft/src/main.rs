//! The crate `raft` 0.7 under test, on its own `MemStorage`.
//!
//! ```text
//! cargo run --release                                     repeats the findings in `findings/`
//! cargo run --release -- explore lease cuts 0..100        runs a family of scenarios
//! ```
#![forbid(unsafe_code)]

mod disk;
mod node;
mod word;

use std::path::Path;
use std::process::ExitCode;

use node::{Compaction, RaftLibrary, Reads};

fn main() -> ExitCode {
    let library = |name, reads, compaction| RaftLibrary { name, reads, compaction };
    let log = library("raft 0.7.0, reads in the log", Reads::Log, Compaction::KeepsOne);
    let index = library("raft 0.7.0, reads by ReadIndex", Reads::Index, Compaction::KeepsOne);
    let lease = library("raft 0.7.0, reads by lease", Reads::Lease, Compaction::KeepsOne);
    let empty = library("raft 0.7.0, MemStorage compacted to nothing", Reads::Log, Compaction::All);
    let systems: [kit::findings::Named<'_>; 4] =
        [("log", &log), ("index", &index), ("lease", &lease), ("compacted", &empty)];
    kit::findings::main(&systems, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/findings")))
}
