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
//! The result is the same for any number of workers. Threads never meet inside a run.

mod chunk;
mod progress;
mod summary;

use std::ops::{ControlFlow, Range};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::check::judge;
use crate::engine::{self, Options};
use crate::failure::Failure;
use crate::node::System;
use crate::plan::Plan;
use crate::scenario::Scenario;

pub use chunk::{Chunk, chunks};
pub use progress::{Progress, ProgressError, build_of};
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
    mut observe: impl FnMut(Option<Finding>) -> ControlFlow<()>,
) {
    let work = Mutex::new(chunks(scenarios.len(), seeds).filter(move |chunk| !skip(chunk)));
    let stop = AtomicBool::new(false);
    let (send, findings) = mpsc::channel();
    let worker = |send: mpsc::Sender<Finding>| {
        while !stop.load(Ordering::Relaxed) {
            let chunk = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(chunk) = chunk else { break };
            let done = run_chunk(system, &scenarios[chunk.scenario], chunk, &send);
            // The caller listens until the last worker is gone.
            let _ = send.send(Finding::Done(done));
        }
    };
    thread::scope(|scope| {
        let worker = &worker;
        let start = |send| scope.spawn(move || worker(send));
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| start(send.clone())).collect();
        drop(send);
        loop {
            let finding = match findings.recv_timeout(TICK) {
                Ok(finding) => Some(finding),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            if observe(finding).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        for thread in threads {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

/// The caller is asked at least this often whether to go on.
const TICK: std::time::Duration = std::time::Duration::from_millis(100);

/// Runs the seeds of a chunk, one after another.
fn run_chunk<S: System>(
    system: &S,
    scenario: &Scenario,
    chunk: Chunk,
    send: &mpsc::Sender<Finding>,
) -> Done {
    let mut done = Done::new(&scenario.name, chunk);
    for seed in chunk.first..=chunk.last {
        let plan = Plan::new(scenario, seed);
        let evidence = engine::run(system, &plan, Options::default());
        let verdict = judge(&plan, &evidence);
        done.ran(seed, evidence.digest, &evidence.marks);
        if let Some(failure) = Failure::of(system, &plan, &evidence, &verdict) {
            done.failed(&failure);
            let _ = send.send(Finding::Failed(Box::new(failure)));
        }
    }
    done
}
