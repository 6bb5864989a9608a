//! The bundled Raft replica, as a system under test.
//!
//! This is the same code that the binary `replica` runs over UDP. All that happens here is
//! translation: ids, requests and answers between the two crates' types.

use std::fmt;
use std::sync::Arc;

use replica::{AppendResult, Command, Config, Outcome, Outputs, Replica};

use crate::Nanos;
use crate::digest::{Digest, hex_digits};
use crate::node::{
    Answer, CLIENTS_START_AFTER, ClientId, Message, Node, NodeId, Op, Outbox, RaftWindow, Request,
    RequestId, Response, Role, Setup, System,
};

/// The bundled replica with a configuration.
#[derive(Clone, Debug, Default)]
pub struct Bundled {
    /// Timeouts and reads; the defaults are the product's.
    pub config: Config,
}

impl System for Bundled {
    type Node = BundledNode;

    fn name(&self) -> &str {
        "the bundled Raft replica"
    }

    fn start(&self, setup: Setup, now: Nanos) -> BundledNode {
        let peers: Vec<_> = setup.peers().map(address).collect();
        let id = address(setup.id);
        BundledNode {
            replica: Replica::new(self.config.clone(), id, &peers, setup.seed, now),
            outputs: Outputs::default(),
            first_client: setup.replicas + CLIENTS_START_AFTER,
        }
    }
}

/// A running replica.
#[derive(Debug)]
pub struct BundledNode {
    replica: Replica,
    outputs: Outputs,
    first_client: u16,
}

impl BundledNode {
    /// The state machine itself, to look at.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    #[inline]
    fn pass_on(&mut self, out: &mut Outbox<Envelope>) {
        // Nothing restarts here, so nothing is read back.
        self.outputs.persist.clear();
        for (to, message) in self.outputs.messages.drain(..) {
            out.send(NodeId(to.0), Envelope(message));
        }
        for response in self.outputs.responses.drain(..) {
            out.respond(Response {
                client: ClientId(response.client.0 - self.first_client),
                id: RequestId::from_mid(&response.id),
                answer: match response.outcome {
                    Outcome::Got { value } => Answer::Value(value),
                    Outcome::Done => Answer::Done,
                    Outcome::Fail => Answer::Fail,
                    Outcome::Redirect { .. } => Answer::Redirect,
                },
            });
        }
    }
}

impl Node for BundledNode {
    type Message = Envelope;

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
        let mut digest = Digest::new();
        if let Command::Put(put) = &entry.command {
            digest.word(u64::from(put.client.0));
            digest.text(&put.id);
            digest.text(&put.key);
            digest.text(&put.value);
        }
        Some((entry.term, digest.value()))
    }

    fn state_fingerprint(&self) -> u64 {
        let mut digest = Digest::new();
        for (key, value) in self.replica.store().iter() {
            digest.text(key);
            digest.text(value);
        }
        digest.value()
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
        let voted = replica.voted_for().map_or("nobody".to_owned(), |vote| vote.to_string());
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

/// The course's `MID`: sixteen characters.
fn mid(id: RequestId) -> Arc<str> {
    hex_digits(id.0).as_str().into()
}
