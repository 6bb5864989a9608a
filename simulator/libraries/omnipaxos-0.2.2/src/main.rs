//! The crate `omnipaxos` 0.2.2 under test, by the adapter of 0.2.4.
//!
//! ```text
//! cargo run --release                                  repeats the findings in `findings/`
//! cargo run --release -- explore paxos cuts 0..100     runs a family of scenarios
//! ```
#![forbid(unsafe_code)]

#[path = "../../omnipaxos/src/disk.rs"]
mod disk;
#[path = "../../omnipaxos/src/links.rs"]
mod links;
#[path = "../../omnipaxos/src/node.rs"]
mod node;
mod version;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/findings"));
    kit::findings::main(&[("paxos", &node::Library)], folder)
}
