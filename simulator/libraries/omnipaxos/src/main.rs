//! The crate `omnipaxos` 0.2.4 under test.
//!
//! ```text
//! cargo run --release                                  repeats the findings in `findings/`
//! cargo run --release -- explore paxos cuts 0..100     runs a family of scenarios
//! ```
#![forbid(unsafe_code)]

mod disk;
mod links;
mod node;
mod version;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/findings"));
    kit::findings::main(&[("paxos", &node::Library)], folder)
}
