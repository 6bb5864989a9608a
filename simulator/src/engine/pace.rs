//! Real time. Where the nodes live in it, the engine waits for the next event's time to come, and for
//! what a node has to say before that.
//!
//! Events keep the times that they are due at; what a node says is stamped with the time that has
//! passed. So the run is the plan's, with the replicas' own haste or delay in it, and no other.

use std::io;
use std::num::NonZero;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Nanos;
use crate::engine::network::NodeSet;
use crate::engine::{Event, Run};
use crate::node::{Node, NodeId};

/// The longest wait without a look at [`Gauge::stop`].
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// How far runs in real time are, for those who watch; and how they are told to stop.
#[derive(Debug, Default)]
pub struct Gauge {
    elapsed: AtomicU64,
    messages: AtomicU64,
    findings: AtomicU64,
    stop: AtomicBool,
}

impl Gauge {
    /// The time that has passed, summed over all runs, in nanoseconds.
    pub fn elapsed(&self) -> Nanos {
        self.elapsed.load(Ordering::Relaxed)
    }

    /// The messages between replicas, summed over all runs.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// The crashes and malformed datagrams so far, summed over all runs.
    pub fn findings(&self) -> u64 {
        self.findings.load(Ordering::Relaxed)
    }

    /// Ends all runs that are under way, and those that begin.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether they were told to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The clock on the wall, for one run.
#[derive(Debug)]
pub struct Pace {
    /// The first wait starts the clock.
    started: Option<Instant>,
    /// What the gauge was told of this run.
    told: Told,
    gauge: Arc<Gauge>,
}

/// How far a run is: the time, its messages, and its findings.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    elapsed: Nanos,
    messages: u64,
    findings: u64,
}

/// How a wait ended.
enum Waited {
    /// The time has come.
    Out,
    /// Somebody has something to say, before that.
    Heard(Nanos, NodeSet),
    /// The run is to end.
    Stopped,
}

impl Pace {
    /// A clock that begins with the run.
    pub fn new(gauge: Arc<Gauge>) -> Self {
        Pace { started: None, told: Told::default(), gauge }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.gauge.is_stopped()
    }

    fn now(&mut self) -> Nanos {
        let started = *self.started.get_or_insert_with(|| {
            // A wait of 100 µs must not take 150. What cannot be had is done without.
            #[cfg(target_os = "linux")]
            let _ = rustix::thread::set_current_timer_slack(NonZero::new(1));
            Instant::now()
        });
        started.elapsed().as_nanos() as Nanos
    }

    fn tell(&mut self, now: Told) {
        let (gauge, before) = (&self.gauge, self.told);
        gauge.elapsed.fetch_add(now.elapsed - before.elapsed, Ordering::Relaxed);
        gauge.messages.fetch_add(now.messages - before.messages, Ordering::Relaxed);
        gauge.findings.fetch_add(now.findings - before.findings, Ordering::Relaxed);
        self.told = now;
    }

    /// Waits until a time, or for what can be read from the sources before that.
    fn wait<'n>(
        &mut self,
        until: Nanos,
        mut told: Told,
        sources: impl Iterator<Item = (NodeId, BorrowedFd<'n>)>,
    ) -> Waited {
        let (ids, mut fds): (Vec<NodeId>, Vec<PollFd<'_>>) =
            sources.map(|(id, fd)| (id, PollFd::from_borrowed_fd(fd, PollFlags::IN))).unzip();
        loop {
            let now = self.now();
            told.elapsed = now;
            self.tell(told);
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

impl<N: Node> Run<'_, N> {
    /// Lets the world react to the next event that is due before a time, if one is; says whether one
    /// was. In real time this takes until the event's time has come, or that time has.
    pub(super) fn step_before(&mut self, before: Nanos) -> bool {
        if self.pace.is_some() && !self.keep_pace(before) {
            return false;
        }
        self.queue.pop_before(before).map(|(at, event)| self.step(at, event)).is_some()
    }

    /// Whether somebody ended the run before its time.
    pub(super) fn is_interrupted(&self) -> bool {
        self.pace.as_ref().is_some_and(Pace::is_stopped)
    }

    /// Waits for the next event's time, and wakes those who have something to say before. Returns
    /// whether the run goes on.
    fn keep_pace(&mut self, before: Nanos) -> bool {
        let Some(pace) = &mut self.pace else { return true };
        let until = self.queue.next_at().unwrap_or(before).min(before);
        let now = self.now;
        // Who stands still is not listened to.
        let listens = (0..).map(NodeId).zip(&self.slots);
        let listens = listens.filter(|(_, slot)| slot.running && slot.work.busy_until <= now);
        let sources = listens.filter_map(|(id, slot)| Some((id, slot.node.as_ref()?.source()?)));
        let findings = self.crashes.len() + self.clients.counts.malformed.len();
        let told = Told { elapsed: now, messages: self.messages, findings: findings as u64 };
        match pace.wait(until, told, sources) {
            Waited::Out => {}
            Waited::Stopped => return false,
            Waited::Heard(at, who) => who.iter().for_each(|id| self.heard(at, id)),
        }
        true
    }

    /// A node has something to say: it is woken for it.
    fn heard(&mut self, at: Nanos, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        slot.wakeup = at;
        slot.next_wakeup = slot.next_wakeup.min(slot.clock.local(at));
        self.queue.push(at, Event::Wakeup(id));
    }
}
