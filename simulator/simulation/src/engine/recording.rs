//! Recording of events for the evidence during a run. Nothing here affects the run.

use crate::Nanos;
use crate::api::{NodeId, Role, Unkept};
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::elections::Elections;
use crate::evidence::{BrokenRule, Decisions};
use crate::invariants::{DecidedMonitor, ProgressMonitor, RaftMonitor};
use crate::marks::Marks;
use crate::picture::PictureRecorder;
use crate::receipts::ReceiptCounter;
use crate::trace::{Actor, Kind, Tracer};

use super::spending::Spending;

/// All records of a run.
#[derive(Debug)]
pub(super) struct Recording {
    pub digest: Digest,
    pub digest_samples: DigestSamples,
    pub marks: Marks,
    /// The messages that replicas with a window received.
    pub received: ReceiptCounter,
    pub tracer: Tracer,
    /// The recorder for a drawing, if one was requested.
    pub picture: Option<Box<PictureRecorder>>,
    /// The monitor of Raft's invariants, if the nodes have windows.
    pub monitor: Option<RaftMonitor>,
    /// The monitor of decided logs, if the nodes show these and no windows for Raft.
    pub decided: Option<Box<DecidedMonitor>>,
    /// The monitor of progress while faults last, if the plan expects some.
    pub progress: Option<Box<ProgressMonitor>>,
    /// The values that budgets bound, if the plan sets any.
    pub spending: Option<Box<Spending>>,
    pub elections: Elections,
    /// The leaders that the network knew, with the times at which they were first named.
    pub leader_history: Vec<(Nanos, Option<NodeId>)>,
    /// The greatest commit index of any node.
    pub committed: u64,
    /// The rules of the system that were broken.
    pub broken: Vec<BrokenRule>,
    /// The processes that crashed and kept nothing, by their own doing.
    pub unkept: Vec<(NodeId, Unkept)>,
    /// The decisions that the plan leaves open, if they were requested.
    pub decisions: Option<Decisions>,
}

impl Recording {
    /// Adds an event to the digest: its time, a tag for its kind, the two parties, and a number that depends on its
    /// content.
    ///
    /// | tag | event | from, to |
    /// | --- | --- | --- |
    /// | 1, 2 | a message arrives; is dropped by chance or by a cut | sender, receiver |
    /// | 3, 4 | a replica is woken; is stopped by a panic or a violation | the replica, twice |
    /// | 5 | the router has dealt with an answer | the replica, the client |
    /// | 6 | a client sends a request | the client, the replica |
    /// | 7 | a fault strikes | zero, twice |
    /// | 8 | a replica restarts after a crash | the replica, twice |
    /// | 20, 21, 22 | a message is duplicated; corrupted; held back | sender, receiver |
    /// | 23, 24 | a client's request is dropped; duplicated | the client, the replica |
    /// | 25, 26 | an answer is dropped; duplicated | the replica, the client |
    /// | 27, 28 | a delayed request arrives; a delayed answer arrives | sender, receiver |
    #[inline]
    pub(super) fn fold(&mut self, now: Nanos, tag: u64, from: NodeId, to: NodeId, content: u64) {
        self.digest.word(now);
        self.digest.word(tag << 32 | u64::from(from.0) << 16 | u64::from(to.0));
        self.digest.word(content);
    }

    /// Records a node's new role or term.
    pub(super) fn role_changed(&mut self, now: Nanos, id: NodeId, role: Role, term: u64) {
        self.digest.word(term << 2 | role as u64);
        self.elections.turns(now, id, role, term);
        let what = || format!("is {role} in term {term}");
        self.tracer.note(now, Kind::Election, Actor::Node(id), what);
    }

    /// Records that a node's commit index has grown.
    pub(super) fn committed(&mut self, now: Nanos, id: NodeId, commit: u64) {
        self.digest.word(commit);
        // Followers learn the commit index with the next message, which is not a new commit.
        if commit > self.committed {
            self.committed = commit;
            let what = || format!("commits up to {commit}");
            self.tracer.note(now, Kind::Commit, Actor::Node(id), what);
        }
    }

    /// Notes that a node has decided more than any before it.
    #[cold]
    pub(super) fn decided(&mut self, now: Nanos, id: NodeId, decided: u64) {
        let what = || format!("decides up to {decided}");
        self.tracer.note(now, Kind::Commit, Actor::Node(id), what);
    }

    /// Records that a node takes no further steps.
    pub(super) fn gone(&mut self, now: Nanos, id: NodeId) {
        self.elections.gone(now, id);
        if let Some(monitor) = &mut self.monitor {
            monitor.gone(id);
        }
        self.node_struck(now, id, Nanos::MAX);
    }

    /// Records that a node is not healthy until a time.
    pub(super) fn node_struck(&mut self, now: Nanos, id: NodeId, until: Nanos) {
        if let Some(progress) = &mut self.progress {
            progress.node_struck(now, id, until);
        }
    }

    /// Records a fault that strikes a node.
    pub(super) fn note_node(&mut self, now: Nanos, id: NodeId, what: impl FnOnce() -> String) {
        self.tracer.note(now, Kind::Fault, Actor::Node(id), what);
    }
}
