//! The progress of runs in real time: status line, output, and Ctrl-C.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use executables::LiveProgress;
use simulation::Nanos;
use simulation::plan::{Fault, Plan};
use simulation::text::count;
use simulation::units::SECOND;

use super::status::StatusLine;
use super::target::Target;

const TICK: Duration = Duration::from_millis(100);

/// The display of the progress of a command's runs, until it is dropped.
///
/// It does nothing in virtual time.
pub(crate) struct RealTimeProgress {
    over: Arc<AtomicBool>,
    status: Arc<Mutex<StatusLine>>,
    watcher: Option<JoinHandle<()>>,
}

impl RealTimeProgress {
    /// Shows the progress of runs of these plans, at most `jobs` at a time.
    ///
    /// The runs may also be those of similar plans.
    ///
    /// Each plan is run as often as its number says. `interrupted` ends the current runs. The lines that replicas
    /// print are shown, too, if that is wanted.
    pub(super) fn begin(
        target: &mut Target,
        plans: impl Iterator<Item = (Plan, u64)>,
        jobs: NonZero<u16>,
        interrupted: &Arc<AtomicBool>,
        prints: bool,
    ) -> RealTimeProgress {
        let over = Arc::new(AtomicBool::new(false));
        let status = Arc::new(Mutex::new(StatusLine::new()));
        let Some(system) = target.real_time() else {
            return RealTimeProgress { over, status, watcher: None };
        };
        let (mut runs, mut total) = (0_u64, 0_u64);
        for (plan, times) in plans {
            runs = runs.saturating_add(times);
            total = total.saturating_add(plan.end.saturating_mul(times));
            warn_about_clocks(&plan);
        }
        if !locked(&status).is_seen() {
            let runs = count(runs as usize, "run");
            let seconds = total / SECOND / u64::from(jobs.get());
            eprintln!("{runs} in real time: about {seconds} s");
        }
        if prints {
            let status = status.clone();
            system.listen(Arc::new(move |now, id, line| {
                // The format is that of the course's simulator. The status line is drawn again soon.
                locked(&status).clear();
                eprintln!("[{:.4}  Replica {id}]: {line}", now as f64 / SECOND as f64);
            }));
        }
        let progress = system.progress().clone();
        let watcher = thread::spawn({
            let (status, over, interrupted) = (status.clone(), over.clone(), interrupted.clone());
            move || watch(&progress, total, &status, &over, &interrupted)
        });
        RealTimeProgress { over, status, watcher: Some(watcher) }
    }

    /// Removes the status line at the bottom of the terminal while other lines are written.
    pub(super) fn make_room(&self) -> MutexGuard<'_, StatusLine> {
        let mut status = locked(&self.status);
        status.clear();
        status
    }
}

impl Drop for RealTimeProgress {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            // The watcher has no result.
            let _ = watcher.join();
        }
    }
}

fn watch(
    progress: &LiveProgress,
    total: Nanos,
    status: &Mutex<StatusLine>,
    over: &AtomicBool,
    interrupted: &AtomicBool,
) {
    while !over.load(Ordering::Relaxed) {
        if interrupted.load(Ordering::Relaxed) {
            progress.stop();
        }
        let (elapsed, messages) = (progress.elapsed().min(total), progress.messages());
        let words = || match progress.findings() {
            0 => format!("{messages} messages"),
            findings => {
                format!("{messages} messages, {} so far", count(findings as usize, "finding"))
            }
        };
        locked(status).show(elapsed / SECOND, total / SECOND, " s", words);
        thread::sleep(TICK);
    }
    locked(status).clear();
}

fn locked(status: &Mutex<StatusLine>) -> MutexGuard<'_, StatusLine> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Warns that a fault of a clock has no effect in real time.
///
/// A process reads the machine's clock, which must not be changed.
fn warn_about_clocks(plan: &Plan) {
    let needs_clock =
        |fault: &Fault| matches!(fault, Fault::Nodes { fault, .. } if fault.needs_clock());
    if plan.faults.iter().any(|planned| needs_clock(&planned.fault)) {
        let name = &plan.scenario;
        eprintln!("warning: {name}: in real time, faults of clocks have no effect");
    }
}
