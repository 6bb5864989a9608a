//! The command line of the lock service:
//!
//! ```text
//! cargo run --release --example lock -- explore cuts --seeds 0..100
//! ```

mod lock;

fn main() -> std::process::ExitCode {
    simulator::main(lock::Locks)
}
