//! A linearizability checker for registers and any other service, which proves each violation.
//!
//! A register supports get, put and compare-and-set; a history may have any number of keys. [`model`] checks other
//! services, each by its sequential model.
//!
//! A history is *linearizable* (Herlihy & Wing, 1990) if each operation can be assigned one moment between its call and
//! its return at which it takes effect, such that all answers are correct. An operation that never returned may take
//! effect at any time after its call, or never. One operation precedes another if it returned strictly before the other
//! was called: equal stamps are concurrent.
//!
//! Record a history with a [`Recorder`], or [`read`] one from a file; then [`check`] it:
//!
//! ```
//! use linearizability::{Budget, Call, Recorder, Returned, ValueId, Verdict, check};
//!
//! let mut recorder = Recorder::new();
//! let (key, value) = (recorder.key("k0"), recorder.value("421"));
//! let put = recorder.invoke(4, Call::Put { key, value }, 1_000);
//! recorder.returned(put, Returned::Put, 2_000);
//! let get = recorder.invoke(5, Call::Get { key }, 3_000);
//! recorder.returned(get, Returned::Got(ValueId::MISSING), 4_000); // … although the put was done.
//!
//! let Verdict::NotLinearizable(violation) = check(&recorder.finish(), Budget::default()) else {
//!     panic!("a stale get must be found");
//! };
//! assert_eq!(violation.to_string(), "\
//! key k0: no order of these 2 operations is legal
//!   #0 c4 put(421)        [1 .. 2] µs
//!   #1 c5 get -> nothing  [3 .. 4] µs
//! put(421) had returned (2) before get -> nothing began (3),
//!   so 421 comes before nothing, the initial value.");
//! ```
//!
//! # Map
//!
//! ```text
//!   formats  ──▶  recorder  ──▶  history      names (interning: dense ids, no text while checking)
//!  files in        calls and        │
//!  and out         returns          ▼
//!                                 keys        key by key, in parallel when there is much to do
//!                ┌──────────────────┼───────────────────┐
//!                ▼                  ▼                   ▼
//!              sweep             chains             repeated         frontier, and model: the search
//!          unique values:    and with cas:      repeated values, failed cas:   for any service
//!          one pass          one pass, chains   two searches with a budget
//!                ▼                  └─────────┬─────────┘
//!              proof                       shrink          why not: the fewest operations
//!                └────────────┬───────────────┘
//!                             ▼
//!                    render, verdict                       for people, and for serde
//! ```
//!
//! The checker chooses the method for each key; all methods are exact. Only the search can use up its [`Budget`], and
//! then the verdict is [`Verdict::Unknown`]. No result depends on the number of threads, on hashing or on time.
#![forbid(unsafe_code)]

mod any_initial;
mod bits;
mod chains;
mod check;
mod fold;
mod formats;
mod frontier;
mod history;
mod keys;
pub mod model;
mod names;
mod open;
mod proof;
mod recorder;
mod recording;
mod reduce;
mod render;
mod repeated;
mod schedule;
mod shrink;
mod sweep;
mod verdict;
mod witness;

use std::path::Path;

pub use check::{check, witness};
pub use formats::{Format, ReadError, Reading, read, read_path, write_jsonl};
pub use history::{Action, History, KeyId, OpId, Operation, TimeUnit, ValueId};
pub use recorder::{Call, Recorder, Returned};
pub use recording::{Element, ModelName, Recording};
pub use verdict::{Budget, Edge, Evidence, Kind, Verdict, Violation, Witness};

/// Reads the history at a path, `-` for standard input, and checks it.
///
/// # Errors
/// Returns an error if the history cannot be read, as [`read_path`] does.
pub fn check_path(
    path: &Path,
    format: Option<Format>,
    initial: Option<&str>,
    budget: Budget,
) -> Result<Verdict, ReadError> {
    Ok(check(&read_path(path, format, initial)?, budget))
}
