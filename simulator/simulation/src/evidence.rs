//! The evidence: the results of a run, for the checkers to read.

use std::sync::Arc;

use crate::api::{ClientId, Death, NodeId, Unkept};
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::elections::Elections;
use crate::invariants::{LogViolation, Rules, SafetyViolation, Stall};
use crate::marks::Marks;
use crate::metrics::{Latencies, Metrics};
use crate::picture::Picture;
use crate::plan::LostMessage;
use crate::receipts::Receipts;
use crate::trace::{Actor, TraceEvent};
use crate::{Nanos, OwnHistory};
use linearizability::History;

/// The number of times a request may be sent without an answer.
///
/// A request that was sent this often and has no answer at the end is a retry storm. A client sends a request again
/// only when it is turned away, and a replica that cannot answer may simply let it wait.
pub const STORM: u32 = 100;

/// The number of times one request is sent before a retry storm is certain.
///
/// A storm is also certain if all requests together are repeated ten times this number, or are sent four times this
/// number after everything healed, each bound plus as many times the number of requests. After healing nothing excuses
/// a cluster for the four seconds or more that this takes.
pub const STORM_IS_CERTAIN: u32 = 10_000;

/// All recorded facts about a finished run.
#[derive(Debug)]
pub struct Evidence {
    /// The course's metrics, taken at the scenario's own end.
    pub metrics: Metrics,
    /// The clients' counts and observations over the whole run.
    pub counts: Counts,
    /// All client operations of the course's key-value store, including those of the liveness phase; empty for another
    /// service.
    pub history: History,
    /// The same for a service of one's own.
    pub own: Option<OwnHistory>,
    /// The digest of all events. It has no meaning in real time.
    pub digest: Digest,
    /// The digest at several points of the run.
    pub digest_samples: DigestSamples,
    /// The coverage marks that the run reached.
    pub marks: Marks,
    /// The messages that replicas with a window received, by kind and role.
    pub received: Receipts,
    /// Violations of Raft's rules; `None` if no node offered a window.
    pub raft: Option<Vec<SafetyViolation>>,
    /// Violations of the rules of decided logs; `None` if no node showed one, or the nodes offered windows for Raft.
    pub decided: Option<Vec<LogViolation>>,
    /// The progress while faults lasted; `None` if the plan expects none, or the system has no election time-out.
    pub progress: Option<ObservedProgress>,
    /// The values that the plan's budgets bound; `None` if the plan sets none, or the system shows no elections or has
    /// no election time-out.
    pub spent: Option<Spent>,
    /// The number of the system's rules about all nodes together.
    pub rules: usize,
    /// Those that were broken, in the order in which they were.
    pub broken: Vec<BrokenRule>,
    /// The results of checks of one's own.
    pub own_checks: Vec<OwnCheck>,
    /// Replicas that panicked.
    pub crashes: Vec<Crash>,
    /// Replicas that were killed, in the order of the kills.
    pub killed: Vec<NodeId>,
    /// Processes to which something was sent before their hello, and when. The course's simulator treats such a process
    /// as dead from then on.
    pub mistaken: Vec<(Nanos, NodeId)>,
    /// Processes that crashed, to start again, and had kept nothing of what they knew, by their own doing: once for
    /// each crash.
    pub unkept: Vec<(NodeId, Unkept)>,
    /// The reason for which the scenario ended early, if it did.
    pub cut_short: Option<CutShort>,
    /// True if the system is judged as the course judges ([`System::is_for_the_course`](crate::api::System)).
    pub for_the_course: bool,
    /// True if the replicas ran in real time, so that the run cannot be reproduced.
    pub real_time: bool,
    /// The leader history: each change of the leader last named by a replica, with its time, in order.
    pub leader_history: Vec<(Nanos, Option<NodeId>)>,
    /// The elections: candidacies, votes and leaderships.
    pub elections: Elections,
    /// The state of each replica at the very end.
    pub replicas: Vec<ReplicaAtTheEnd>,
    /// Requests in a retry storm, never answered; the one sent most often first.
    pub storms: Vec<Storm>,
    /// The time at which a retry storm became certain, if it did.
    pub storm_at: Option<Nanos>,
    /// Requests without an answer at the end of the scenario.
    pub unanswered: Vec<Unanswered>,
    /// Messages between replicas that were dropped by chance or by the plan's list, in order.
    pub losses: Vec<LostMessage>,
    /// The roles and types of messages at which faults of the plan are aimed, and that no message of the run had.
    pub never_sent: Vec<String>,
    /// The decisions of the run that the plan leaves open, if they were requested.
    pub decisions: Decisions,
    /// The cluster's recovery after everything was healed.
    pub recovery: Recovery,
    /// The trace of the run, if one was requested; otherwise empty.
    pub trace: Vec<TraceEvent>,
    /// The data for a drawing of the run, if it was requested.
    pub picture: Option<Box<Picture>>,
    /// The state of every replica as text, if it was requested; otherwise empty.
    pub inspection: Vec<(NodeId, String)>,
    /// The number of messages between replicas over the whole run, including the liveness phase.
    pub messages: u64,
    /// The virtual time at the very end, in nanoseconds.
    pub ended: Nanos,
}

/// The values of a run that the budgets of its plan bound ([`Budgets`](crate::scenario::Budgets)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The system's election time-out, in nanoseconds.
    pub election_timeout: Nanos,
    /// The time without a leader until the scenario ended, in nanoseconds.
    pub leaderless: Nanos,
    /// The number of the last term.
    pub terms: u64,
    /// The number of candidacies.
    pub elections: u64,
    /// The number of faults that struck, and one for the beginning.
    pub occasions: u64,
    /// The upper median of the times from a put to its answer, in nanoseconds; 0 if there are none.
    pub put_latency: Nanos,
    /// The number of messages between replicas that repeat the one before on their link.
    pub repeats: u64,
}

/// The progress of a run while its faults lasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedProgress {
    /// The longest time without an answer that was allowed, in nanoseconds.
    pub bound: Nanos,
    /// The first longer one, if there was one.
    pub stall: Option<Stall>,
}

/// The decisions of a run that its plan leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The replica that each request was asked of first, in the order in which they were asked; `None` where
    /// none lived.
    pub asked_first: Vec<Option<u16>>,
    /// The time at which each of [`Evidence::losses`] was dropped, in nanoseconds.
    pub lost_at: Vec<Nanos>,
}

/// The clients' counts, in the course's terms.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Gets sent, including repetitions.
    pub gets: u64,
    /// Puts sent, including repetitions.
    pub puts: u64,
    /// Gets that the workload planned for a time before the end of the run.
    pub planned_gets: u64,
    /// Puts that the workload planned for a time before the end of the run.
    pub planned_puts: u64,
    /// Planned gets that became puts, because no key was acknowledged yet.
    pub gets_not_generated: u64,
    /// Answers `fail` to gets.
    pub failed_gets: u64,
    /// Answers `fail` to puts.
    pub failed_puts: u64,
    /// Answers that were `redirect` or `fail`.
    pub redirects: u64,
    /// Answers to requests that were already complete.
    pub duplicates: u64,
    /// Keys with an acknowledged value. Of another service: operations that were answered and are more than reads.
    pub keys_acknowledged: u64,
    /// The time from each attempt to its answer.
    pub latencies: Latencies,
    /// Answers that no correct replica sends.
    pub malformed: Vec<Anomaly>,
    /// Gets that the course counts as incorrect: the answer is not the value that the client last saw acknowledged.
    pub stale: Vec<Anomaly>,
}

/// An answer or datagram that no correct replica sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The time at which it was observed.
    pub at: Nanos,
    /// The client that received it, otherwise the replica that sent it.
    pub who: Actor,
    /// A description.
    pub what: String,
}

/// A replica that panicked or broke the rules of its trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The time of the crash.
    pub at: Nanos,
    /// The replica that crashed.
    pub node: NodeId,
    /// The reason.
    pub death: Death,
}

/// A rule of the system about all nodes together that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule's place in the list of the system's rules.
    pub number: u16,
    /// The time at which it was broken first.
    pub at: Nanos,
    /// The replica whose step broke it.
    pub node: NodeId,
    /// The name of the rule.
    pub rule: &'static str,
    /// The violation in words.
    pub what: String,
}

/// The result of a check of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCheck {
    /// The name of the check.
    pub name: &'static str,
    /// A description of what is in order, or of what is wrong.
    pub result: Result<String, String>,
}

/// The state of a replica when the run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaAtTheEnd {
    /// The replica.
    pub node: NodeId,
    /// True if it was running: neither killed, crashed nor stopped.
    pub is_running: bool,
    /// The time at which it last sent anything, if no window shows its activity; `None` if it never sent anything.
    pub last_sent: Option<Nanos>,
    /// True if it had a timer that would expire; otherwise it only waits for input.
    pub has_timer: bool,
    /// The report of an error inside the replica, if it printed one and went on running.
    pub complaint: Option<String>,
}

/// The reason for which a scenario ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShort {
    /// The replicas sent more messages than the scenario's `max_packets`.
    PacketStorm,
    /// No replica is alive.
    AllDead,
    /// The user stopped the run.
    Stopped,
}

/// A request in a retry storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// The client's name and a description of the request.
    pub request: String,
    /// True for a get, false for a put.
    pub is_get: bool,
    /// The key that it is about, if it is about one.
    pub key: Option<Arc<str>>,
    /// The time at which it was first sent.
    pub since: Nanos,
    /// The number of times it was sent.
    pub asked: u32,
    /// The last answer that turned it away.
    pub turned_away: TurnedAway,
}

/// An answer after which a client sends its request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// The replica that gave it.
    pub by: NodeId,
    /// True for a `fail`, false for a `redirect`.
    pub fails: bool,
    /// The leader that the answer named.
    pub leader: Option<NodeId>,
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The client that sent it.
    pub client: ClientId,
    /// A description of the request.
    pub what: String,
    /// True for a get, false for a put.
    pub is_get: bool,
    /// True if it was sent in the liveness phase.
    pub is_probe: bool,
    /// The time at which it was last sent.
    pub at: Nanos,
    /// The replica to which it was last sent.
    pub to: NodeId,
}

/// The result of the liveness phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// All living replicas agree and every fresh request was answered; the time that this took after healing.
    Recovered(Nanos),
    /// An answer or the replicas' agreement was still missing at the deadline.
    Stuck(Box<Stuck>),
    /// Too few replicas are alive for a majority, so no recovery can be expected.
    NoMajority {
        /// The number of living replicas.
        living: usize,
    },
    /// The run was stopped before this phase.
    NotReached,
}

/// The answers and the agreement that were still missing at the deadline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stuck {
    /// Fresh requests without an answer.
    pub unanswered: Vec<Unanswered>,
    /// Two replicas that do not agree, if there are any.
    pub disagreement: Option<Disagreement>,
    /// True if the requests were in a retry storm.
    pub is_storm: bool,
}

/// Two living replicas that do not agree, as their windows show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// They have committed different numbers of entries.
    Commits {
        /// One replica and its commit index.
        first: (NodeId, u64),
        /// The other replica and its commit index.
        second: (NodeId, u64),
    },
    /// They have committed equally many entries, but their states differ.
    States {
        /// One replica.
        first: NodeId,
        /// The other replica.
        second: NodeId,
        /// The commit index of both.
        index: u64,
    },
}

impl Evidence {
    /// Returns the violations of a group of Raft's rules, in the order in which they were noticed.
    pub fn violations(&self, rules: Rules) -> impl Iterator<Item = &SafetyViolation> {
        self.raft.iter().flatten().filter(move |found| found.property.rules() == rules)
    }

    /// Returns the first time without an answer that the plan does not allow, if there was one.
    pub fn stall(&self) -> Option<&Stall> {
        self.progress.as_ref()?.stall.as_ref()
    }

    /// Returns the number of operations that clients asked for.
    pub fn recorded(&self) -> u64 {
        let own = self.own.as_ref().map(|own| own.operations() as u64);
        own.unwrap_or_else(|| self.history.recorded())
    }
}
