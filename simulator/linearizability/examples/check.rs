//! Checks a history in a file.
//!
//! ```text
//! cargo run --release --example check -- history.jsonl
//! ```
//!
//! The exit status is 0 for linearizable, 1 for not linearizable, 2 for an unreadable file, and 6 for unknown.

use std::path::Path;
use std::process::ExitCode;

use linearizability::{Budget, Reading, Verdict};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("error: expected the path of a history");
        return ExitCode::from(2);
    };
    let recording = match Reading::default().read_path(Path::new(&path)) {
        Ok(recording) => recording,
        Err(error) => {
            eprintln!("error: {}: {error}", Path::new(&path).display());
            return ExitCode::from(2);
        }
    };
    let verdict = recording.check(Budget::default());
    println!("{verdict}");
    match verdict {
        Verdict::Linearizable => ExitCode::SUCCESS,
        Verdict::NotLinearizable(_) => ExitCode::from(1),
        Verdict::Unknown { .. } => ExitCode::from(6),
    }
}
