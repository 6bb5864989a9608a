//! Exploration: runs of many seeds of many scenarios on all cores, with every failure reported as it occurs.
//!
//! ```text
//!   scenarios × seeds ──chunks──▶ workers (threads) ──findings──▶ the caller's thread
//!                        ▲                                         ├─▶ failure files
//!                 what is known is left out                         ├─▶ record.jsonl
//!                        └───────────────── the record ◀───────────┘
//! ```
//!
//! The work is divided into [`Chunk`]s of a few seeds. A worker that becomes free takes the next one, so chunks finish
//! in any order. Their sum ([`Summary`]) does not depend on that order, so the result is the same for any number of
//! workers.

mod chunk;
mod never_sent;
mod summary;

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::UnderTest;
use crate::check::{Place, judge};
use crate::engine::Options;
use crate::failure::Failure;
use crate::pool;
use crate::scenario::Scenario;

pub use chunk::{Chunk, around, chunks, number};
pub use never_sent::NeverSent;
pub use summary::{Counters, Done, Found, Summary, mixed};

/// A report of a worker.
#[derive(Debug)]
pub enum Finding {
    /// A run failed.
    Failed(Box<Failure>),
    /// All seeds of a chunk, or those before an interruption, have been run.
    Done(Done),
}

/// Runs the chunks that `rest` returns for all chunks, on `jobs` threads (at least one).
///
/// `observe` is called on the caller's thread: with each failure as it occurs, with each chunk as it is done, in any
/// order, and with `None` several times a second in between. Once it breaks, no further run is begun; runs in progress
/// are still finished, and the finished part of their chunk is observed.
///
/// # Panics
///
/// Panics on the caller's thread if a run panics outside of the system under test.
pub fn explore(
    system: &dyn UnderTest,
    scenarios: &[Scenario],
    seeds: Range<u64>,
    jobs: usize,
    rest: impl Fn(Chunk) -> Option<Chunk> + Send,
    mut observe: impl FnMut(Option<Finding>) -> ControlFlow<()>,
) {
    let stop = AtomicBool::new(false);
    let work = chunks(scenarios.len(), seeds).filter_map(rest);
    let run = |chunk: Chunk, found: &mut dyn FnMut(Finding)| {
        if let Some(done) = run_chunk(system, &scenarios[chunk.scenario], chunk, &stop, found) {
            found(Finding::Done(done));
        }
    };
    pool::work(work, jobs, run, |finding| {
        let goes_on = observe(finding);
        stop.fetch_or(goes_on.is_break(), Ordering::Relaxed);
        goes_on
    });
}

/// Runs the seeds of a chunk one after another, until `stop` is set.
fn run_chunk(
    system: &dyn UnderTest,
    scenario: &Scenario,
    chunk: Chunk,
    stop: &AtomicBool,
    found: &mut dyn FnMut(Finding),
) -> Option<Done> {
    let mut done = None;
    for seed in chunk.first..=chunk.last {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let plan = system.plan(scenario, seed);
        let evidence = system.run(&plan, Options::default());
        let verdict = judge(&plan, &evidence);
        let done = done.get_or_insert_with(|| Done::new(&scenario.name, seed));
        done.ran(seed, &evidence);
        if let Some(failure) = Failure::of(system, &plan, &evidence, &verdict) {
            done.failed(&failure, Place::of(&verdict, &evidence));
            found(Finding::Failed(Box::new(failure)));
        }
    }
    done
}
