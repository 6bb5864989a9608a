//! The bundled Raft replica, as a system under test.
//!
//! This is the same code that the binary `replica` runs over UDP. This module only translates ids, requests and answers
//! between the types of the two crates.
//!
//! The types of its messages, by which a fault can select them ([`Message::kind`]):
//!
//! | type | message |
//! | --- | --- |
//! | `preVote`, `requestVote` | a replica asks whether it would be elected (thesis §9.6); for a vote (Raft §5.2) |
//! | `vote` | the answer to either |
//! | `appendEntries`, `heartbeat` | the leader sends entries (Raft §5.3); none, only its commit index |
//! | `installSnapshot` | the leader sends a part of its snapshot (Raft §7) |
//! | `appended` | the answer to the last three: the acknowledgement |

mod codec;
mod marks;

use std::fmt;
use std::sync::Arc;

use replica::journal::{Journal, Write};
use replica::wire::{self, Incoming};
use replica::{AppendResult, Command, Config, Entry, Outcome, Outputs, ReadMode, Replica};

use crate::api::{
    Answer, CLIENTS_START_AFTER, ClientId, Clocks, KeyValue, Message, Node, NodeId, Op, Outbox,
    Promise, Prospect, RaftWindow, Request, RequestId, Response, Role, Setup, System, Vote,
};
use crate::digest::{Digest, hex_digits};
use crate::rng::Dice;
use crate::{Nanos, UnderTest};

use codec::Codec;

/// The bundled replica with a configuration.
#[derive(Clone, Debug, Default)]
pub struct Bundled {
    /// The replica's configuration; the default is that of the binary `replica`.
    pub config: Config,
}

impl Bundled {
    /// Returns the system as the trait object that explorers, shrinkers and failure files use.
    ///
    /// So the engine is compiled for it once in this crate, and not again in each crate that runs it.
    pub fn as_under_test(&self) -> &(dyn UnderTest + 'static) {
        self
    }
}

impl System for Bundled {
    type Node = BundledNode;

    fn name(&self) -> &str {
        "the bundled Raft replica"
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn election_timeout(&self) -> Option<Nanos> {
        Some(self.config.election_timeout)
    }

    fn start(&self, setup: Setup, now: Nanos) -> BundledNode {
        let journal = Journal::new(address(setup.id));
        self.start_from(journal, setup, now)
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<BundledNode, String> {
        if file.is_empty() {
            return Ok(self.start(setup, now));
        }
        let found = Journal::read(file, address(setup.id)).map_err(|damage| damage.to_string())?;
        file.truncate(found.sound_bytes);
        let mut node = self.start_from(found.journal, setup, now);
        node.is_file_begun = true;
        Ok(node)
    }

    fn marks(&self) -> &'static [&'static str] {
        &marks::NAMES
    }

    fn could_reach(&self, mark: &str, runs: Prospect) -> bool {
        // A part of what the usual limits take: values may be large.
        let has_many = runs.buggify || runs.requests >= self.config.snapshot_after / 4;
        match mark {
            "read by lease" => runs.clocks == Clocks::Bounded,
            "read by ReadIndex" => runs.clocks == Clocks::Unbounded,
            "put held for room" => has_many,
            mark => has_many || !mark.starts_with("snapshot"),
        }
    }
}

impl Bundled {
    fn start_from(&self, journal: Journal, setup: Setup, now: Nanos) -> BundledNode {
        let peers: Vec<_> = setup.peers().map(address).collect();
        let (id, config) = (address(setup.id), self.config_for(setup));
        let state = journal.state().clone();
        BundledNode {
            replica: Replica::recover(config, id, &peers, setup.seed, now, state),
            outputs: if setup.durable { Outputs::default() } else { Outputs::volatile() },
            first_client: setup.replicas + CLIENTS_START_AFTER,
            journal: setup.durable.then_some(journal),
            is_file_begun: false,
            bytes: Vec::new(),
            codec: Codec::new(id, setup.seed),
        }
    }

    /// Returns the configuration for a setup. Without bounded clocks, leases are not safe, so reads use ReadIndex. With
    /// `buggify`, small limits make snapshots and full buffers common, which otherwise occur only in long runs.
    fn config_for(&self, setup: Setup) -> Config {
        let mut config = self.config.clone();
        if setup.clocks == Clocks::Unbounded {
            config.read_mode = ReadMode::ReadIndex;
        }
        if setup.buggify {
            let mut dice = Dice::new(setup.seed, BUGGIFY);
            let mut one_of = |values: [usize; 4]| values[dice.below(4)];
            config.snapshot_after = one_of([8, 16, 64, 8192]) as u64;
            config.trailing_entries = one_of([0, 1, 8, 1024]) as u64;
            config.chunk_bytes = one_of([64, 256, 1024, 32 * 1024]);
            config.batch_bytes = one_of([1, 256, 1024, 32 * 1024]);
            config.uncommitted_limit = one_of([4, 16, 64, 16_384]);
        }
        config
    }
}

/// The salt of the dice that draw a node's limits from its seed.
const BUGGIFY: u64 = 0xB0;

/// A running bundled replica.
#[derive(Debug)]
pub struct BundledNode {
    replica: Replica,
    outputs: Outputs,
    first_client: u16,
    /// The journal of the replica's file, if the run may read the file again.
    journal: Option<Journal>,
    is_file_begun: bool,
    /// A buffer that is reused for records.
    bytes: Vec<u8>,
    codec: Codec,
}

impl BundledNode {
    /// Returns the replica itself, for inspection.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    #[inline]
    fn pass_on(&mut self, out: &mut Outbox<Envelope>) {
        if !self.outputs.persist.is_empty() {
            self.persist(out);
        }
        // Most steps send at most one message, and an empty drain would take longer than this test.
        if !self.outputs.messages.is_empty() {
            let leader = self.replica.leader();
            for (to, message) in self.outputs.messages.drain(..) {
                out.send(NodeId(to.0), Envelope(self.codec.message(to, leader, message)));
            }
        }
        if !self.outputs.responses.is_empty() {
            let (first, leader) = (self.first_client, self.replica.leader());
            for answer in self.outputs.responses.drain(..) {
                self.codec.answer(leader, &answer);
                out.respond(respond(first, answer));
            }
        }
    }
}

fn respond(first_client: u16, response: replica::Response) -> Response {
    Response {
        client: ClientId(response.client.0 - first_client),
        id: RequestId::from_mid(&response.id),
        answer: match response.outcome {
            Outcome::Got { value } => Answer::Value(value),
            Outcome::Done => Answer::Done,
            Outcome::Fail => Answer::Fail,
            Outcome::Redirect { .. } => Answer::Redirect,
        },
    }
}

impl BundledNode {
    fn persist(&mut self, out: &mut Outbox<Envelope>) {
        if let Some(journal) = &mut self.journal {
            let write = journal.add(&self.outputs.persist, &mut self.bytes);
            match write.expect("a replica's records follow from each other") {
                Write::Append if self.is_file_begun => out.append(&self.bytes),
                write => {
                    if write == Write::Append {
                        journal.whole(&mut self.bytes);
                    }
                    out.replace(&self.bytes);
                    self.is_file_begun = true;
                }
            }
        }
        self.outputs.persist.clear();
    }
}

impl Node for BundledNode {
    type Message = Envelope;
    type Service = KeyValue;

    #[inline]
    fn message(&mut self, now: Nanos, from: NodeId, message: Envelope, out: &mut Outbox<Envelope>) {
        self.replica.on_message(now, address(from), message.0, &mut self.outputs);
        self.pass_on(out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Envelope>) {
        let request = replica::Request {
            client: replica::NodeId(self.first_client + request.client.0),
            id: mid(request.id),
            op: match request.op {
                Op::Get { key } => replica::Op::Get { key },
                Op::Put { key, value } => replica::Op::Put { key, value },
            },
        };
        let request = self.codec.request(request);
        self.replica.on_request(now, request, &mut self.outputs);
        self.pass_on(out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Envelope>) {
        self.replica.on_timer(now, &mut self.outputs);
        self.pass_on(out);
    }

    #[inline]
    fn next_wakeup(&self) -> Nanos {
        self.replica.next_wakeup()
    }

    #[inline]
    fn leader(&self) -> Option<NodeId> {
        self.replica.leader().map(|id| NodeId(id.0))
    }

    fn reached(&self) -> u64 {
        marks::reached(self.replica.counters())
    }

    fn raft(&self) -> Option<&dyn RaftWindow> {
        Some(self)
    }
}

impl RaftWindow for BundledNode {
    fn role(&self) -> Role {
        match self.replica.role() {
            replica::Role::Follower | replica::Role::PreCandidate => Role::Follower,
            replica::Role::Candidate => Role::Candidate,
            replica::Role::Leader => Role::Leader,
        }
    }

    fn term(&self) -> u64 {
        self.replica.term()
    }

    fn commit_index(&self) -> u64 {
        self.replica.commit_index()
    }

    fn first_index(&self) -> u64 {
        self.replica.log().first_index()
    }

    fn last_index(&self) -> u64 {
        self.replica.log().last_index()
    }

    fn last_term(&self) -> u64 {
        self.replica.log().last_term()
    }

    fn entry(&self, index: u64) -> Option<(u64, u64)> {
        let entry = self.replica.log().entry(index)?;
        let content = match &entry.command {
            Command::Noop => 0,
            Command::Put(put) => put.content_hash(),
        };
        Some((entry.term, content))
    }

    fn applied_index(&self) -> Option<u64> {
        Some(self.replica.applied_index())
    }

    fn vote(&self) -> Vote {
        self.replica.voted_for().map_or(Vote::None, |vote| Vote::For(NodeId(vote.0)))
    }

    fn state_fingerprint(&self) -> u64 {
        let pairs = self.replica.store().iter_unordered().map(|(key, value)| {
            let mut digest = Digest::new();
            digest.text(key);
            digest.text(value);
            digest.value()
        });
        // A sum does not depend on the order of its terms.
        pairs.fold(0, u64::wrapping_add)
    }

    fn summary(&self) -> String {
        let replica = &self.replica;
        let role = match replica.role() {
            replica::Role::Follower => "follower",
            replica::Role::PreCandidate => "pre-candidate",
            replica::Role::Candidate => "candidate",
            replica::Role::Leader => "leader",
        };
        let leader = replica.leader().map_or("FFFF".to_owned(), |leader| leader.to_string());
        let voted = replica.voted_for().map_or("none".to_owned(), |vote| vote.to_string());
        format!(
            "{role:<13} term {}  leader {leader}  voted for {voted}  log {}/{}  commit {}  applied {}  {} keys",
            replica.term(),
            replica.log().last_index(),
            replica.log().last_term(),
            replica.commit_index(),
            replica.applied_index(),
            replica.store().len(),
        )
    }
}

/// A Raft message on the virtual network.
#[derive(Clone, Debug)]
pub struct Envelope(replica::Message);

impl Message for Envelope {
    #[inline]
    fn fingerprint(&self) -> u64 {
        let (tag, term, a, b) = match &self.0 {
            replica::Message::RequestVote(m) => {
                (u64::from(m.pre), m.term, m.last_index, m.last_term)
            }
            replica::Message::Vote(m) => (2 + u64::from(m.pre), m.term, u64::from(m.granted), 0),
            replica::Message::AppendEntries(m) => {
                (4 | (m.entries.len() as u64) << 4, m.term, m.prev_index, m.commit)
            }
            replica::Message::InstallSnapshot(m) => (7, m.term, m.last_index, m.offset),
            replica::Message::Appended(m) => match m.result {
                AppendResult::Received(bytes) => (8, m.term, bytes, 0),
                AppendResult::Match(index) => (5, m.term, index, 0),
                AppendResult::Conflict { term, index } => (6, m.term, index, term),
            },
        };
        let mut digest = Digest::new();
        digest.word(term << 32 ^ tag);
        digest.word(a << 32 ^ b);
        digest.value()
    }

    fn kind(&self) -> &'static str {
        match &self.0 {
            replica::Message::RequestVote(m) if m.pre => "preVote",
            replica::Message::RequestVote(_) => "requestVote",
            replica::Message::Vote(_) => "vote",
            replica::Message::AppendEntries(m) if m.entries.is_empty() => "heartbeat",
            replica::Message::AppendEntries(_) => "appendEntries",
            replica::Message::InstallSnapshot(_) => "installSnapshot",
            replica::Message::Appended(_) => "appended",
        }
    }

    #[inline]
    fn promise(&self) -> Option<Promise> {
        match &self.0 {
            // A pre-vote is about a term that no replica is in yet.
            replica::Message::RequestVote(m) => (!m.pre).then_some(Promise::Stands(m.term)),
            replica::Message::Vote(m) if m.pre => None,
            replica::Message::Vote(m) if m.granted => Some(Promise::Votes(m.term)),
            replica::Message::Vote(m) => Some(Promise::Term(m.term)),
            replica::Message::AppendEntries(m) => Some(Promise::Term(m.term)),
            replica::Message::InstallSnapshot(m) => Some(Promise::Term(m.term)),
            replica::Message::Appended(m) => Some(match m.result {
                AppendResult::Match(index) => Promise::Stored { term: m.term, index },
                _ => Promise::Term(m.term),
            }),
        }
    }

    /// Returns an estimate: encoding would cost more than the rest of the delivery.
    fn size(&self) -> u64 {
        /// The usual length, in bytes, of a datagram with addresses, type, checksum and a few numbers.
        const FIELDS: u64 = 160;
        FIELDS
            + match &self.0 {
                replica::Message::AppendEntries(m) => {
                    m.entries.iter().map(Entry::encoded_size).sum::<usize>() as u64
                }
                replica::Message::InstallSnapshot(m) => m.data.len() as u64,
                _ => 0,
            }
    }

    /// Flips one to three bits of the message's datagram. The checksum detects this, unless the bits are only for the
    /// network.
    fn corrupted(&self, dice: u64) -> Option<Self> {
        let mut dice = Dice::new(dice, 0);
        let (from, to) = (replica::NodeId(0), replica::NodeId(1));
        let mut datagram = Vec::new();
        wire::encode_message(&mut datagram, from, to, None, &self.0);
        for _ in 0..=dice.below(3) {
            let bit = dice.below(8 * datagram.len());
            datagram[bit / 8] ^= 1 << (bit % 8);
        }
        match wire::decode(&datagram, to) {
            Ok(Incoming::Message { message, .. }) => Some(Envelope(message)),
            Ok(Incoming::Request(_)) | Err(_) => None,
        }
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            replica::Message::RequestVote(m) => {
                let kind = if m.pre { "preVote" } else { "requestVote" };
                write!(f, "{kind} term {} log {}/{}", m.term, m.last_index, m.last_term)
            }
            replica::Message::Vote(m) => {
                let kind = if m.pre { "preVote" } else { "vote" };
                let word = if m.granted { "granted" } else { "refused" };
                write!(f, "{kind} {word} term {}", m.term)
            }
            replica::Message::AppendEntries(m) => {
                write!(f, "appendEntries term {} prev {}/{}", m.term, m.prev_index, m.prev_term)?;
                match m.entries.len() {
                    0 => f.write_str(" (heartbeat)")?,
                    count => write!(f, " + {count}")?,
                }
                write!(f, " commit {}", m.commit)
            }
            replica::Message::InstallSnapshot(m) => {
                let end = m.offset + m.data.len() as u64;
                write!(f, "installSnapshot term {} ", m.term)?;
                write!(f, "up to {}/{}, bytes {}..{end}", m.last_index, m.last_term, m.offset)?;
                f.write_str(if m.done { " (last)" } else { "" })
            }
            replica::Message::Appended(m) => match m.result {
                AppendResult::Received(bytes) => {
                    write!(f, "appended term {} received {bytes} bytes", m.term)
                }
                AppendResult::Match(index) => write!(f, "appended term {} up to {index}", m.term),
                AppendResult::Conflict { term, index } => {
                    write!(f, "conflict term {} back to {index} of term {term}", m.term)
                }
            },
        }
    }
}

#[inline]
fn address(id: NodeId) -> replica::NodeId {
    replica::NodeId(id.0)
}

/// Returns the course's `MID`: sixteen hexadecimal digits.
fn mid(id: RequestId) -> Arc<str> {
    hex_digits(id.0).as_str().into()
}
