//! The replica: its state, and the dispatch of its inputs.
//!
//! Each step of the protocol has its own file: [`election`] (5.2, 5.4.1, PreVote), [`follower`] and [`leader`] (5.3,
//! 5.4.2, CheckQuorum), [`reads`] (leases, ReadIndex), [`snapshots`] (7) and [`requests`] (8). State that only some of
//! them need is in separate files: [`round`] of an election, [`leadership`] with the [`progress`] of each follower,
//! [`transfer`] of snapshots, and [`held`] with the waiting requests.
//!
//! Raft's persistent state (the term, the vote, the log, and the snapshot before it) comes first in [`Replica`]. It
//! changes only in a few functions, which also add the change to the outputs. All other state may be lost.
//!
//! All memory is bounded. A request or an entry is at most as large as a datagram; the parts have these bounds:
//!
//! | what | bound |
//! | --- | --- |
//! | the log | uncommitted entries, entries applied since the last snapshot, and trailing entries; see below |
//! | uncommitted entries, puts that wait to be committed | [`Config::uncommitted_limit`], each |
//! | entries since the last snapshot | [`Config::snapshot_after`] or the number of keys; or their bytes |
//! | kept entries before a snapshot's end | [`Config::trailing_entries`] |
//! | requests that wait for a leader, gets that wait for a quorum | [`Config::hold_limit`], each |
//! | request ids seen, request ids applied | twice [`Config::seen_limit`], 4,096; each as a fingerprint of 8 bytes |
//! | redirects remembered | 128 |
//! | an incoming snapshot | [`Config::snapshot_bytes`], while one leader sends it |
//! | outgoing snapshots, as text | one for each follower that answers, shared if it is the same |
//! | the newest snapshot's store | the size of the store; values are shared with it |

mod election;
mod follower;
mod held;
mod leader;
mod leadership;
mod progress;
mod reads;
mod requests;
mod round;
mod snapshots;
mod transfer;

use std::collections::VecDeque;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::config::Config;
use crate::counters::{Counters, DropReason};
use crate::durable::{Durable, DurableState};
use crate::id::NodeId;
use crate::log::{Entry, Log};
use crate::message::Message;
use crate::outputs::Outputs;
use crate::recent::RecentIds;
use crate::request::Request;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::time::Nanos;

use held::{Held, Pending, Redirected};
use leadership::Leadership;
use round::Election;
use transfer::Partial;

/// The largest difference of a term to this replica's. Elections cannot exceed it: they would take 30,000 years at one
/// per second.
const MAX_TERM_JUMP: u64 = 1 << 40;

/// The role of a replica (5.1; the pre-candidate: thesis 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A follower of a leader, or a member that waits for one.
    Follower,
    /// A member in a pre-vote, which changes no term.
    PreCandidate,
    /// A candidate in an election.
    Candidate,
    /// The leader of its term.
    Leader,
}

/// The role, with the state that only this role needs.
#[derive(Debug, Clone)]
enum State {
    Follower,
    Electing(Election),
    Leading(Leadership),
}

/// A member of a Raft cluster that keeps a key-value store: a pure state machine.
///
/// It does no I/O and has no clock. The caller passes it messages, requests and the time, sends the contents of
/// [`Outputs`], and calls [`on_timer`](Replica::on_timer) at [`next_wakeup`](Replica::next_wakeup). The same inputs
/// give the same outputs.
#[derive(Debug, Clone)]
pub struct Replica {
    // Persistent in Raft.
    term: u64,
    voted_for: Option<NodeId>,
    log: Log,
    snapshot: Option<Arc<Snapshot>>,

    // Identity and configuration.
    config: Config,
    id: NodeId,
    /// The other members, in the order of their ids, so that their order on a command line does not matter.
    peers: Vec<NodeId>,
    random: ChaCha8Rng,

    // Volatile.
    now: Nanos,
    state: State,
    commit_index: u64,
    applied_index: u64,
    /// The state machine, shared with the newest snapshot until the next put.
    store: Arc<Store>,
    /// Bytes of entries, as encoded, applied since the last snapshot.
    uncompacted_bytes: usize,
    /// The received part of a leader's snapshot.
    partial: Option<Partial>,
    leader: Option<NodeId>,
    /// The term of the leader whose message was last accepted; below, the greatest stamp of its messages.
    leader_term: u64,
    leader_stamp: u64,
    /// True if a redirected client came back after the leader's last message.
    leader_doubted: bool,
    /// The time of a leader's last message. It survives changes of terms and leaders, because leases depend on it.
    heard_at: Option<Nanos>,
    /// This follower's current election timeout, in [E, 2E).
    timeout: Nanos,
    /// The number of pre-votes since a leader's last message.
    rounds_in_vain: u32,
    /// The time at which the timeout expires without a leader.
    election_due: Nanos,
    /// The last stamp issued. It never restarts, so no two terms of this replica share a stamp.
    last_stamp: u64,
    seen: RecentIds,
    /// The puts whose clients wait for an answer, by index.
    pending: VecDeque<Pending>,
    held: Held,
    redirected: Redirected,
    counters: Counters,
}

impl Replica {
    /// Returns a new member without state, at time `now` (ns of its own clock, any origin).
    ///
    /// `peers` are the other members in any order; the member's own id, [`NodeId::EVERYBODY`] and duplicates among them
    /// are ignored. All randomness comes from `seed` and `id`, so members may share a seed.
    pub fn new(config: Config, id: NodeId, peers: &[NodeId], seed: u64, now: Nanos) -> Self {
        Self::recover(config, id, peers, seed, now, DurableState::default())
    }

    /// Recreates a member from its durable state, after a crash or a stop.
    ///
    /// Otherwise like [`new`](Self::new). The member does not know which leader it supported and when, so it behaves as
    /// if it had just heard from one: for E it votes for no other, so that it breaks no lease that depends on it
    /// (thesis 6.4.1). Only a member without peers does not wait. The clock may have a new origin.
    pub fn recover(
        config: Config,
        id: NodeId,
        peers: &[NodeId],
        seed: u64,
        now: Nanos,
        state: DurableState,
    ) -> Self {
        let mut peers = peers.to_vec();
        peers.retain(|&peer| peer != id && peer != NodeId::EVERYBODY);
        peers.sort_unstable();
        peers.dedup();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(id.0.into());
        let heard_at = (!state.is_empty()).then_some(now);
        let snapshot_index = state.snapshot.as_ref().map_or(0, |snapshot| snapshot.index);
        let store = state.snapshot.as_ref().map(|snapshot| snapshot.store.clone());
        let mut replica = Replica {
            term: state.term,
            voted_for: state.voted_for,
            log: state.log,
            snapshot: state.snapshot,
            id,
            peers,
            random,
            now,
            state: State::Follower,
            commit_index: snapshot_index,
            applied_index: snapshot_index,
            store: store.unwrap_or_else(|| Arc::new(Store::new())),
            uncompacted_bytes: 0,
            partial: None,
            leader: None,
            leader_term: 0,
            leader_stamp: 0,
            leader_doubted: false,
            heard_at,
            timeout: 0,
            rounds_in_vain: 0,
            election_due: 0,
            last_stamp: 0,
            seen: RecentIds::new(config.seen_limit),
            pending: VecDeque::new(),
            held: Held::new(config.hold, config.hold_limit),
            redirected: Redirected::new(config.election_timeout),
            counters: Counters::default(),
            config,
        };
        replica.restart_election_timer();
        if replica.peers.is_empty() {
            replica.election_due = now;
        }
        replica
    }

    /// Handles a message from another member. An invalid one is dropped and counted.
    pub fn on_message(&mut self, now: Nanos, from: NodeId, message: Message, out: &mut Outputs) {
        self.advance(now);
        let Ok(peer) = self.peers.binary_search(&from) else {
            return self.counters.drop(DropReason::Stranger);
        };
        if message.term() > self.term.saturating_add(MAX_TERM_JUMP) {
            return self.counters.drop(DropReason::AbsurdTerm);
        }
        match message {
            Message::RequestVote(message) => self.on_request_vote(peer, message, out),
            Message::Vote(message) => self.on_vote(peer, message, out),
            Message::AppendEntries(message) => self.on_append_entries(peer, message, out),
            Message::InstallSnapshot(message) => self.on_install_snapshot(peer, message, out),
            Message::Appended(message) => self.on_appended(peer, message, out),
        }
    }

    /// Handles a client's request. It is answered now, later, or, if its outcome is unknown, never.
    pub fn on_request(&mut self, now: Nanos, request: Request, out: &mut Outputs) {
        self.advance(now);
        self.accept(request, out);
    }

    /// Counts a datagram that [`wire::decode`](crate::wire::decode) could not read.
    pub fn on_malformed(&mut self) {
        self.counters.drop(DropReason::Malformed);
    }

    /// Handles everything that is due. Called at [`next_wakeup`](Replica::next_wakeup); harmless at any other time.
    pub fn on_timer(&mut self, now: Nanos, out: &mut Outputs) {
        self.advance(now);
        self.release_overdue(out);
        match self.state {
            State::Leading(_) => self.leader_timer(out),
            State::Follower | State::Electing(_) => self.election_timer(out),
        }
    }

    /// Returns the time (ns) for the next call of [`on_timer`](Replica::on_timer), unless an input comes first.
    pub fn next_wakeup(&self) -> Nanos {
        let due = match &self.state {
            State::Follower => self.election_due,
            State::Electing(election) => self.election_due.min(election.resend_due()),
            State::Leading(leading) => {
                let uncommitted = self.commit_index < self.log.last_index();
                leading.next_wakeup(uncommitted, &self.config)
            }
        };
        due.min(self.held.next_expiry())
    }

    /// Returns the member that this replica takes for the leader; `None` while it suspects that there is none.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// Advances the time, which never runs backwards, even if the caller's clock does.
    fn advance(&mut self, now: Nanos) {
        self.now = self.now.max(now);
    }

    /// A fresh random timeout in [E, 2E) (5.2), from now on.
    fn restart_election_timer(&mut self) {
        let shortest = self.config.election_timeout.max(1);
        let spread = (u128::from(self.random.next_u64()) * u128::from(shortest)) >> 64;
        self.timeout = shortest.saturating_add(spread as Nanos);
        self.election_due = self.now.saturating_add(self.timeout);
    }

    /// The number of followers that make a majority together with their leader.
    fn quorum_followers(&self) -> usize {
        self.peers.len().div_ceil(2)
    }

    /// Raises the commit index (never beyond the log, never down) and applies what is new.
    fn commit_to(&mut self, index: u64, out: &mut Outputs) {
        self.commit_index = self.commit_index.max(index.min(self.log.last_index()));
        while self.applied_index < self.commit_index {
            self.applied_index += 1;
            self.apply(self.applied_index, out);
        }
        self.compact(out);
    }

    /// Enters a term, or votes in it.
    fn set_term(&mut self, term: u64, voted_for: Option<NodeId>, out: &mut Outputs) {
        (self.term, self.voted_for) = (term, voted_for);
        out.record(|| Durable::Term { term, voted_for });
    }

    /// Adds an entry at the end of the log and returns its index.
    fn append(&mut self, entry: Entry, out: &mut Outputs) -> u64 {
        let index = self.log.last_index() + 1;
        out.record(|| Durable::Append { index, entry: entry.clone() });
        self.log.append(entry)
    }

    /// Drops the entry at `index` and all after it.
    fn truncate(&mut self, index: u64, out: &mut Outputs) {
        self.log.truncate(index);
        out.record(|| Durable::Truncate { from: index });
    }
}

/// The state that tests and checkers may read.
impl Replica {
    /// Returns the replica's own address.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Returns the replica's role.
    pub fn role(&self) -> Role {
        match &self.state {
            State::Follower => Role::Follower,
            State::Electing(election) if election.pre => Role::PreCandidate,
            State::Electing(_) => Role::Candidate,
            State::Leading(_) => Role::Leader,
        }
    }

    /// Returns the current term; 0 before the first election.
    pub fn term(&self) -> u64 {
        self.term
    }

    /// Returns the candidate that got this replica's vote in the current term.
    pub fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    /// Returns the log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns the index of the last entry that the newest snapshot stands for; 0 for none.
    ///
    /// The log keeps some of these entries for followers that are slightly behind.
    pub fn snapshot_index(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.index)
    }

    /// Returns the index of the last entry known to be committed; 0 for none.
    pub fn commit_index(&self) -> u64 {
        self.commit_index
    }

    /// Returns the index of the last entry applied to the store; 0 for none.
    pub fn applied_index(&self) -> u64 {
        self.applied_index
    }

    /// Returns the state machine.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the counts of dropped inputs and of rare states reached.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
