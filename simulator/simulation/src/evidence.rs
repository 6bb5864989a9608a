//! The evidence: what a run leaves behind for the checkers to read.

use crate::Nanos;
use crate::api::{ClientId, Death, NodeId};
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::elections::Elections;
use crate::invariants::SafetyViolation;
use crate::marks::Marks;
use crate::metrics::{Latencies, Metrics};
use crate::picture::Picture;
use crate::plan::LostMessage;
use crate::trace::{Actor, TraceEvent};
use linearizability::{History, KeyId};

/// How often a request may be asked in vain: one that was asked this often and is not answered by the end is
/// a retry storm. A client asks again only when it is turned away, and a replica that can do no better lets
/// it wait.
pub const STORM: u32 = 100;

/// How often a request is asked before it is certain to be asked again without end. So are all requests
/// together if they are repeated so often ten times over, or four times over since everything healed: then
/// nothing excuses a cluster for the four seconds that this takes at least.
pub const STORM_IS_CERTAIN: u32 = 10_000;

/// Everything that is known about a finished run.
#[derive(Debug)]
pub struct Evidence {
    /// What the course measures, at the scenario's own end.
    pub metrics: Metrics,
    /// What the clients counted and noticed over the whole run.
    pub counts: Counts,
    /// All client operations, those of the liveness phase included.
    pub history: History,
    /// Digest of all events. Means nothing in real time.
    pub digest: Digest,
    /// The digest along the way.
    pub digest_samples: DigestSamples,
    /// Which rare states were reached.
    pub marks: Marks,
    /// Breaches of Raft's safety properties; `None` where no node offered a window.
    pub raft: Option<Vec<SafetyViolation>>,
    /// Replicas that panicked.
    pub crashes: Vec<Crash>,
    /// Replicas that were killed, in that order.
    pub killed: Vec<NodeId>,
    /// Processes to which something was sent before their hello, and when: the original takes them for dead, for
    /// good.
    pub mistaken: Vec<(Nanos, NodeId)>,
    /// Why the scenario ended before its time, if it did.
    pub cut_short: Option<CutShort>,
    /// The replicas lived in real time, so no run will be the same again.
    pub real_time: bool,
    /// Whom the network took for the leader, from when on, in order: the last one that a replica named.
    pub leader_history: Vec<(Nanos, Option<NodeId>)>,
    /// Who stood for election, who voted for whom, and who led.
    pub elections: Elections,
    /// What each replica was doing at the very end.
    pub replicas: Vec<ReplicaAtTheEnd>,
    /// Requests asked again and again, never answered, the most often asked first.
    pub storms: Vec<Storm>,
    /// Since when it is certain that the clients would ask again for ever, if they would.
    pub storm_at: Option<Nanos>,
    /// Requests without an answer at the scenario's end.
    pub unanswered: Vec<Unanswered>,
    /// Messages between replicas that were lost other than by a partition or a cut, in order.
    pub losses: Vec<LostMessage>,
    /// How the cluster did after everything was healed.
    pub recovery: Recovery,
    /// What happened, if a trace was asked for; without the traffic, if only a picture was.
    pub trace: Vec<TraceEvent>,
    /// What a drawing of the run needs, if it was asked for.
    pub picture: Option<Box<Picture>>,
    /// Every replica's state in words, if it was asked for.
    pub inspection: Vec<(NodeId, String)>,
    /// Messages between replicas over the whole run, the liveness phase included.
    pub messages: u64,
    /// Virtual time at the very end.
    pub ended: Nanos,
}

/// What the clients counted, in the course's terms.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Gets sent, repetitions included.
    pub gets: u64,
    /// Puts sent, repetitions included.
    pub puts: u64,
    /// Gets the workload planned, of those that fell due before the run ended.
    pub planned_gets: u64,
    /// Puts the workload planned, of those that fell due before the run ended.
    pub planned_puts: u64,
    /// Planned gets that had to become puts, for want of an acknowledged key.
    pub gets_not_generated: u64,
    /// Answers `fail` to gets.
    pub failed_gets: u64,
    /// Answers `fail` to puts.
    pub failed_puts: u64,
    /// Answers `redirect` or `fail`.
    pub redirects: u64,
    /// Answers to requests that were complete.
    pub duplicates: u64,
    /// Keys with an acknowledged value.
    pub keys_acknowledged: u64,
    /// Time from each attempt to its answer.
    pub latencies: Latencies,
    /// Answers that no correct replica sends.
    pub malformed: Vec<Oddity>,
    /// Gets that the course calls incorrect: not what the client last saw acknowledged.
    pub stale: Vec<Oddity>,
}

/// Something that no correct replica sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// When.
    pub at: Nanos,
    /// The client that got it; the replica that sent it, where no client did.
    pub who: Actor,
    /// What, in words.
    pub what: String,
}

/// A replica that panicked or broke the rules of its trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// When.
    pub at: Nanos,
    /// The replica or client it is about.
    pub node: NodeId,
    /// Why.
    pub death: Death,
}

/// What a replica was doing when the run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaAtTheEnd {
    /// Which.
    pub node: NodeId,
    /// Whether it was running: neither killed, crashed nor stopped.
    pub is_running: bool,
    /// When it last sent anything, where no window shows what it does; `None` if it never did.
    pub last_sent: Option<Nanos>,
    /// Whether it would have acted by itself at some time: else it waits to be spoken to.
    pub has_timer: bool,
    /// What it said, as it went on running, of something that went wrong inside it.
    pub complaint: Option<String>,
}

/// Why a scenario ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShort {
    /// More messages than the scenario's `max_packets`.
    PacketStorm,
    /// Nobody lives.
    AllDead,
    /// The user asked for it.
    Stopped,
}

/// A request that was asked again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// The request in words, with the client's name.
    pub request: String,
    /// Get or put.
    pub is_get: bool,
    /// The key, by its name in the history.
    pub key: KeyId,
    /// When it was asked first.
    pub since: Nanos,
    /// How often it was asked.
    pub asked: u32,
    /// How it was turned away the last time.
    pub turned_away: TurnedAway,
}

/// An answer that makes a client ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// The replica that gave it.
    pub by: NodeId,
    /// Whether it was a `fail`; else a `redirect`.
    pub fails: bool,
    /// Whom it named as the leader.
    pub leader: Option<NodeId>,
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The client that asked.
    pub client: ClientId,
    /// The request in words.
    pub what: String,
    /// Get or put.
    pub is_get: bool,
    /// Whether it was asked in the liveness phase.
    pub is_probe: bool,
    /// When it was (last) asked.
    pub at: Nanos,
    /// Of whom.
    pub to: NodeId,
}

/// How the cluster did in the liveness phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// All living replicas agree and every fresh request was answered, this long after healing.
    Recovered(Nanos),
    /// Something was still missing at the deadline.
    Stuck(Box<Stuck>),
    /// Too few replicas live for a majority; nothing can be asked of them.
    NoMajority {
        /// How many live.
        living: usize,
    },
    /// There was no such phase: the run was stopped before.
    NotReached,
}

/// What was still missing at the deadline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stuck {
    /// Fresh requests without an answer.
    pub unanswered: Vec<Unanswered>,
    /// Two replicas that do not agree.
    pub disagreement: Option<Disagreement>,
    /// Requests were asked again and again: a retry storm.
    pub is_storm: bool,
}

/// Two living replicas that do not agree, as their windows show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// On how much is committed.
    Commits {
        /// One, and its commit index.
        first: (NodeId, u64),
        /// The other, and its.
        second: (NodeId, u64),
    },
    /// On the state that it leads to.
    States {
        /// One.
        first: NodeId,
        /// The other.
        second: NodeId,
        /// The commit index of both.
        index: u64,
    },
}
