//! A replica that is driven by the library's `RawNode`.

use kit::commands::{Command, Name, Reader, Store, Writer};
use kit::held::Held;
use raft::eraftpb::{Entry, Message, MessageType};
use raft::{Config, RawNode, ReadOnlyOption, SnapshotStatus, StateRole};
use simulation::Nanos;
use simulation::api::{
    ClientId, KeyValue, Node, NodeId, Op, Outbox, RaftWindow, Request, RequestId, Role, Setup,
    System,
};
use simulation::rng::Dice;

use crate::disk::Disk;
use crate::word::Word;

const MILLISECOND: Nanos = 1_000_000;

/// The library counts time in ticks.
const TICK: Nanos = 25 * MILLISECOND;
const HEARTBEAT_TICKS: usize = 3;
const ELECTION_TICKS: usize = 10;

/// The time after which a request that has no answer is proposed again.
const PATIENCE: Nanos = 500 * MILLISECOND;

/// The way in which a get is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// As an entry of the log, like a put.
    Log,
    /// From the store, once a majority has confirmed the leader (`ReadOnlyOption::Safe`).
    Index,
    /// From the store, without a question (`ReadOnlyOption::LeaseBased`).
    Lease,
}

/// The entries that a compaction drops. The one that drops all is done often, to show its effect early.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compaction {
    /// Those before the last applied one: `compact(applied)`.
    KeepsOne,
    /// All that are applied: `compact(applied + 1)`.
    All,
}

/// The library, in one of the ways in which it is used.
pub(crate) struct RaftLibrary {
    pub name: &'static str,
    pub reads: Reads,
    pub compaction: Compaction,
}

impl System for RaftLibrary {
    type Node = Replica;

    fn name(&self) -> &str {
        self.name
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica::new(self, setup, now, Disk::new(setup.replicas))
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Replica, String> {
        Ok(Replica::new(self, setup, now, Disk::read(setup.replicas, file)?))
    }
}

/// A replica.
pub(crate) struct Replica {
    setup: Setup,
    reads: Reads,
    compaction: Compaction,
    raft: RawNode<Disk>,
    store: Store,
    applied: u64,
    held: Held,
    /// Gets that may be answered once the store has reached the position.
    ready_reads: Vec<(u64, Name)>,
    tick_at: Nanos,
    /// What the library draws its time-outs from is not the seed, so they are drawn here.
    dice: Dice,
    drawn_for: (u64, u64, StateRole),
}

impl Replica {
    fn new(library: &RaftLibrary, setup: Setup, now: Nanos, disk: Disk) -> Self {
        let &RaftLibrary { reads, compaction, .. } = library;
        let (applied, data) = (disk.snapshot.get_metadata().index, disk.snapshot.get_data());
        let store = if applied == 0 { Some(Store::default()) } else { Store::from_bytes(data) };
        let lease = reads == Reads::Lease;
        let config = Config {
            id: u64::from(setup.id.0) + 1,
            election_tick: ELECTION_TICKS,
            heartbeat_tick: HEARTBEAT_TICKS,
            applied,
            max_size_per_msg: 1 << 20,
            check_quorum: true,
            pre_vote: true,
            read_only_option: if lease { ReadOnlyOption::LeaseBased } else { ReadOnlyOption::Safe },
            ..Config::default()
        };
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let raft = RawNode::new(&config, disk, &logger).expect("the configuration is valid");
        let mut replica = Replica {
            setup,
            reads,
            compaction,
            raft,
            store: store.expect("a snapshot has a store"),
            applied,
            held: Held::new(PATIENCE),
            ready_reads: Vec::new(),
            tick_at: now + TICK,
            dice: Dice::new(setup.seed, 0),
            drawn_for: (u64::MAX, 0, StateRole::Follower),
        };
        replica.draw_timeout();
        replica
    }

    /// Replaces the time-out that the library has drawn. It draws one where its term, leader or role change.
    fn draw_timeout(&mut self) {
        let raft = &self.raft.raft;
        let state = (raft.term, raft.leader_id, raft.state);
        if self.drawn_for != state {
            self.drawn_for = state;
            let timeout = ELECTION_TICKS + self.dice.below(ELECTION_TICKS);
            self.raft.raft.set_randomized_election_timeout(timeout);
        }
    }

    /// Asks the library to execute a request. If it drops that, the request is asked for again later.
    fn ask(&mut self, now: Nanos, request: &Request) {
        let asked = match request.op {
            Op::Get { .. } if self.reads != Reads::Log => {
                self.raft.read_index(context_of((request.client, request.id), now));
                Ok(())
            }
            _ => self.raft.propose(Vec::new(), Command::from(request).to_bytes()),
        };
        let _dropped = asked.is_err();
    }

    /// Does what the library wants done, until it wants nothing more.
    fn settle(&mut self, out: &mut Outbox<Word>) {
        self.draw_timeout();
        while self.raft.has_ready() {
            let mut ready = self.raft.ready();
            self.send(ready.take_messages(), out);
            if !ready.snapshot().is_empty() {
                let snapshot = ready.snapshot().clone();
                self.raft.mut_store().apply_snapshot(&snapshot).expect("it is newer");
                self.store = Store::from_bytes(snapshot.get_data()).expect("it has a store");
                self.applied = snapshot.get_metadata().index;
            }
            self.apply(&ready.take_committed_entries(), out);
            self.raft.mut_store().append(ready.entries()).expect("they follow");
            if let Some(state) = ready.hs() {
                self.raft.mut_store().set_hard_state(state);
            }
            for read in ready.take_read_states() {
                self.ready_reads.extend(name_of(&read.request_ctx).map(|name| (read.index, name)));
            }
            self.send(ready.take_persisted_messages(), out);
            let mut light = self.raft.advance(ready);
            if let Some(commit) = light.commit_index() {
                let mut state = self.raft.store().hard_state();
                state.commit = commit;
                self.raft.mut_store().set_hard_state(&state);
            }
            self.send(light.take_messages(), out);
            self.apply(&light.take_committed_entries(), out);
            self.raft.advance_apply();
            self.draw_timeout();
        }
        self.answer_reads(out);
        self.compact();
        match self.raft.mut_store().take_record() {
            Some((true, record)) => out.replace(&record),
            Some((false, record)) => out.append(&record),
            None => {}
        }
    }

    fn send(&mut self, messages: Vec<Message>, out: &mut Outbox<Word>) {
        for message in messages {
            if message.get_msg_type() == MessageType::MsgSnapshot {
                // No link tells whether it arrives. If it does not, the follower refuses the next entries.
                self.raft.report_snapshot(message.to, SnapshotStatus::Finish);
            }
            out.send(node_of(message.to), Word(message));
        }
    }

    fn apply(&mut self, entries: &[Entry], out: &mut Outbox<Word>) {
        for entry in entries {
            self.applied = entry.index;
            if let Some(command) = Command::from_bytes(&entry.data) {
                let answer = self.store.apply(&command);
                self.held.answer(command.name, answer, out);
            }
        }
    }

    fn answer_reads(&mut self, out: &mut Outbox<Word>) {
        let (held, store, applied) = (&mut self.held, &self.store, self.applied);
        self.ready_reads.retain(|&(index, name)| {
            if index <= applied
                && let Some(request) = held.get(name)
            {
                let answer = store.get(request.op.key());
                held.answer(name, answer, out);
            }
            index > applied
        });
    }

    fn compact(&mut self) {
        let every = match self.compaction {
            Compaction::All => 4,
            Compaction::KeepsOne if self.setup.buggify => 16,
            Compaction::KeepsOne => 256,
        };
        if self.applied < self.raft.store().snapshot.get_metadata().index + every {
            return;
        }
        let first = match self.compaction {
            Compaction::KeepsOne => self.applied,
            Compaction::All => self.applied + 1,
        };
        let (applied, store) = (self.applied, self.store.to_bytes());
        self.raft.mut_store().compact(applied, store, first).expect("it is applied");
    }
}

/// The library's ids begin at 1.
fn node_of(id: u64) -> NodeId {
    NodeId((id - 1) as u16)
}

/// A get's name and the time tell the confirmations of this question from all others'.
fn context_of((client, id): Name, now: Nanos) -> Vec<u8> {
    let mut bytes = Writer::default();
    bytes.number(u64::from(client.0));
    bytes.number(id.0);
    bytes.number(now);
    bytes.0
}

fn name_of(context: &[u8]) -> Option<Name> {
    let mut reader = Reader(context);
    Some((ClientId(reader.number()? as u16), RequestId(reader.number()?)))
}

impl Node for Replica {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, _now: Nanos, _from: NodeId, word: Word, out: &mut Outbox<Word>) {
        // It is an error that there is no leader to forward a proposal to.
        let _dropped = self.raft.step(word.0).is_err();
        self.settle(out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Word>) {
        if self.held.add(now, request.clone()) {
            self.ask(now, &request);
        }
        self.settle(out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        if self.tick_at <= now {
            self.tick_at = now + TICK;
            self.raft.tick();
            self.draw_timeout();
        }
        for request in self.held.due(now) {
            self.ask(now, &request);
        }
        self.settle(out);
    }

    fn next_wakeup(&self) -> Nanos {
        self.tick_at.min(self.held.next_wakeup())
    }

    fn leader(&self) -> Option<NodeId> {
        let leader = self.raft.raft.leader_id;
        (leader > 0).then(|| node_of(leader))
    }

    fn reseed(&mut self, seed: u64) {
        self.dice = Dice::new(seed, 0);
    }

    fn raft(&self) -> Option<&dyn RaftWindow> {
        Some(self)
    }
}

impl RaftWindow for Replica {
    fn role(&self) -> Role {
        match self.raft.raft.state {
            StateRole::Follower | StateRole::PreCandidate => Role::Follower,
            StateRole::Candidate => Role::Candidate,
            StateRole::Leader => Role::Leader,
        }
    }

    fn term(&self) -> u64 {
        self.raft.raft.term
    }

    fn commit_index(&self) -> u64 {
        self.raft.raft.raft_log.committed
    }

    fn first_index(&self) -> u64 {
        self.raft.raft.raft_log.first_index()
    }

    fn last_index(&self) -> u64 {
        self.raft.raft.raft_log.last_index()
    }

    fn last_term(&self) -> u64 {
        self.raft.raft.raft_log.last_term()
    }

    fn entry(&self, index: u64) -> Option<(u64, u64)> {
        self.raft.store().entries.get(&index).copied()
    }

    fn state_fingerprint(&self) -> u64 {
        self.store.fingerprint()
    }

    fn summary(&self) -> String {
        let raft = &self.raft.raft;
        let (term, applied, last) = (raft.term, self.applied, raft.raft_log.last_index());
        format!("{:?}, term {term}, applied {applied}, last {last}", raft.state)
    }
}
