//! The real-time clock of a run, and the progress of all runs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use simulation::Nanos;
use simulation::api::{Death, Host, NodeId, RunProgress, Waited};

use crate::real::RealTimeNode;

/// The longest wait without a look at [`LiveProgress::stop`].
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// The progress of runs in real time, and the means to end them.
#[derive(Debug, Default)]
pub struct LiveProgress {
    elapsed: AtomicU64,
    messages: AtomicU64,
    findings: AtomicU64,
    stop: AtomicBool,
}

impl LiveProgress {
    /// Returns the time that has passed, summed over all runs, in nanoseconds.
    pub fn elapsed(&self) -> Nanos {
        self.elapsed.load(Ordering::Relaxed)
    }

    /// Returns the number of messages between replicas, summed over all runs.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Returns the number of crashes and malformed datagrams so far, summed over all runs.
    pub fn findings(&self) -> u64 {
        self.findings.load(Ordering::Relaxed)
    }

    /// Ends all runs in progress, and all that begin later.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Returns true if runs were told to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The real-time clock of one run, by which its processes run.
#[derive(Debug)]
pub(super) struct RealTimeHost {
    /// The start of the run: the time of the first wait.
    started: Option<Instant>,
    /// The part of this run in the progress of all runs.
    told: (Nanos, RunProgress),
    live: Arc<LiveProgress>,
}

impl RealTimeHost {
    /// Makes a clock that starts with the run.
    pub(super) fn new(live: Arc<LiveProgress>) -> Self {
        RealTimeHost { started: None, told: Default::default(), live }
    }

    fn now(&mut self) -> Nanos {
        let started = *self.started.get_or_insert_with(|| {
            // A wait of 100 µs must not take 150 µs. If this fails, the run goes on without it.
            #[cfg(target_os = "linux")]
            let _ = rustix::thread::set_current_timer_slack(std::num::NonZero::new(1));
            Instant::now()
        });
        started.elapsed().as_nanos() as Nanos
    }

    fn tell(&mut self, now: Nanos, progress: RunProgress) {
        let (live, (then, before)) = (&self.live, self.told);
        live.elapsed.fetch_add(now - then, Ordering::Relaxed);
        live.messages.fetch_add(progress.messages - before.messages, Ordering::Relaxed);
        live.findings.fetch_add(progress.findings - before.findings, Ordering::Relaxed);
        self.told = (now, progress);
    }
}

impl Host<RealTimeNode> for RealTimeHost {
    fn are_processes(&self) -> bool {
        true
    }

    fn died<'n>(&self, node: &'n RealTimeNode) -> Option<&'n Death> {
        node.state.died()
    }

    fn pause(&self, node: &mut RealTimeNode, paused: bool) {
        node.pause(paused);
    }

    fn stop(&self, node: &mut RealTimeNode) -> Vec<String> {
        node.state.stop()
    }

    fn complaint(&self, node: &RealTimeNode) -> Option<String> {
        node.state.complaint()
    }

    fn is_real_time(&self) -> bool {
        true
    }

    fn is_stopped(&self) -> bool {
        self.live.is_stopped()
    }

    fn wait<'n>(
        &mut self,
        until: Nanos,
        progress: RunProgress,
        nodes: impl Iterator<Item = (NodeId, &'n RealTimeNode)>,
    ) -> Waited {
        let sources = nodes.filter_map(|(id, node)| Some((id, node.source()?)));
        let (ids, mut fds): (Vec<NodeId>, Vec<PollFd<'_>>) =
            sources.map(|(id, fd)| (id, PollFd::from_borrowed_fd(fd, PollFlags::IN))).unzip();
        loop {
            let now = self.now();
            self.tell(now, progress);
            if self.is_stopped() {
                return Waited::Stopped;
            }
            if now >= until {
                return Waited::Out;
            }
            let rest = Duration::from_nanos(until - now).min(LONGEST_WAIT);
            let ready = match Timespec::try_from(rest) {
                Ok(rest) => poll(&mut fds, Some(&rest)).map_err(io::Error::from),
                Err(_) => Ok(0),
            };
            if !matches!(ready, Ok(1..)) {
                continue;
            }
            let now = self.now();
            if now >= until {
                return Waited::Out;
            }
            let heard = ids.iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
            return Waited::Heard(now, heard.map(|(id, _)| *id).collect());
        }
    }
}
