//! Exploring: many seeds of many scenarios on all cores, every failure handed over as it happens.
//!
//! ```text
//!   scenarios × seeds ──chunks──▶ workers (threads) ──findings──▶ the caller's thread
//!                        ▲                                         ├─▶ failure files
//!                 known chunks are skipped                         ├─▶ progress.jsonl
//!                        └───────────────── progress ◀─────────────┘
//! ```
//!
//! The work is cut into [`Chunk`]s of a few seeds. Workers take the next one as they become free, so
//! chunks finish in any order; what is summed over them ([`Summary`]) does not depend on that order.
//! The result is the same for any number of workers.

mod chunk;
mod progress;
mod summary;

use std::ops::{ControlFlow, Range};

use crate::check::judge;
use crate::engine::{self, Options};
use crate::failure::Failure;
use crate::node::System;
use crate::plan::Plan;
use crate::pool;
use crate::scenario::Scenario;

pub use chunk::{Chunk, chunks};
pub use progress::Progress;
pub use summary::{Done, Found, Summary};

/// What a worker has to say.
#[derive(Debug)]
pub enum Finding {
    /// A run failed.
    Failed(Box<Failure>),
    /// All seeds of a chunk have been run.
    Done(Done),
}

/// Runs all chunks but those that `skip` names, on `jobs` threads (at least one).
///
/// `observe` is called on the caller's thread: with each failure as it happens, with each chunk as
/// it is done, in whatever order that is, and with `None` a few times a second in between. Once it
/// breaks, no further chunk is begun, and those under way are still finished and observed.
///
/// # Panics
///
/// When a run panics outside of what is under test, on the caller's thread.
pub fn explore<S: System + Sync>(
    system: &S,
    scenarios: &[Scenario],
    seeds: Range<u64>,
    jobs: usize,
    skip: impl Fn(&Chunk) -> bool + Send,
    observe: impl FnMut(Option<Finding>) -> ControlFlow<()>,
) {
    let work = chunks(scenarios.len(), seeds).filter(move |chunk| !skip(chunk));
    let run = |chunk: Chunk, found: &mut dyn FnMut(Finding)| {
        let done = run_chunk(system, &scenarios[chunk.scenario], chunk, found);
        found(Finding::Done(done));
    };
    pool::work(work, jobs, run, observe);
}

/// Runs the seeds of a chunk, one after another.
fn run_chunk<S: System>(
    system: &S,
    scenario: &Scenario,
    chunk: Chunk,
    found: &mut dyn FnMut(Finding),
) -> Done {
    let mut done = Done::new(&scenario.name, chunk);
    for seed in chunk.first..=chunk.last {
        let plan = Plan::new(scenario, seed);
        let evidence = engine::run(system, &plan, Options::default());
        let verdict = judge(&plan, &evidence);
        done.ran(seed, evidence.digest, &evidence.marks);
        if let Some(failure) = Failure::of(system, &plan, &evidence, &verdict) {
            done.failed(&failure);
            found(Finding::Failed(Box::new(failure)));
        }
    }
    done
}
