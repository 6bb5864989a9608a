//! The crate `openraft` 0.9 under test, by its own `AsyncRuntime`.
//!
//! ```text
//! cargo run --release                                     repeats the findings in `findings/`
//! cargo run --release -- explore index cuts 0..100        runs a family of scenarios
//! ```
#![forbid(unsafe_code)]

mod disk;
mod node;
mod runtime;

use std::path::Path;
use std::process::ExitCode;

use node::Library;

fn main() -> ExitCode {
    let log = Library { name: "openraft 0.9.25, reads in the log", reads_by_index: false };
    let index = Library { name: "openraft 0.9.25, confirmed reads", reads_by_index: true };
    let systems: [kit::findings::Named<'_>; 2] = [("log", &log), ("index", &index)];
    kit::findings::main(&systems, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/findings")))
}
