//! A replica that is driven by the library's `OmniPaxos`.

use std::fmt;

use kit::commands::{Command, Store, fingerprint};
use kit::held::Held;
use omnipaxos::messages::Message as Content;
use omnipaxos::messages::ballot_leader_election::HeartbeatMsg;
use omnipaxos::messages::sequence_paxos::PaxosMsg;
use omnipaxos::util::LogEntry;
use omnipaxos::{ClusterConfig, OmniPaxos, ServerConfig};
use simulation::Nanos;
use simulation::api::{
    Ballot, DecidedLog, KeyValue, Message, Node, NodeId, Outbox, Request, Setup, System,
};

use crate::disk::{Disk, Item};
use crate::links::{Links, Stamp};
use crate::version::{self, Index};

const MILLISECOND: Nanos = 1_000_000;

/// The library counts time in ticks.
const TICK: Nanos = 25 * MILLISECOND;
const ELECTION_TICKS: u64 = 10;
const RESEND_TICKS: u64 = 20;

/// The time after which a request that has no answer is proposed again.
const PATIENCE: Nanos = 1_000 * MILLISECOND;

/// The library. All operations are entries of its log.
pub(crate) struct Library;

impl System for Library {
    type Node = Replica;

    fn name(&self) -> &str {
        version::NAME
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica::new(setup, now, Disk::default())
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Replica, String> {
        Ok(Replica::new(setup, now, Disk::read(file)?))
    }
}

/// A message of the library, with the numbers by which its link is kept in order.
#[derive(Clone)]
pub(crate) struct Word {
    stamp: Stamp,
    content: Content<Item>,
}

impl Message for Word {
    fn fingerprint(&self) -> u64 {
        fingerprint(format!("{:?}{:?}", self.stamp, self.content).as_bytes())
    }

    /// The names of the bundled replica's messages, and so their roles, where they have the same part.
    fn kind(&self) -> &'static str {
        match &self.content {
            Content::BLE(message) => match message.msg {
                HeartbeatMsg::Request(_) => "heartbeat",
                HeartbeatMsg::Reply(_) => "heartbeatAnswer",
            },
            Content::SequencePaxos(message) => match message.msg {
                PaxosMsg::Prepare(_) => "requestVote",
                PaxosMsg::Promise(_) => "vote",
                PaxosMsg::PrepareReq(_) => "prepareRequest",
                PaxosMsg::AcceptSync(_) | PaxosMsg::AcceptDecide(_) => "appendEntries",
                PaxosMsg::Accepted(_) | PaxosMsg::NotAccepted(_) => "appended",
                PaxosMsg::Decide(_) => "decide",
                PaxosMsg::ProposalForward(_) => "propose",
                _ => "other",
            },
        }
    }

    fn ballot(&self) -> Option<Ballot> {
        let Content::SequencePaxos(message) = &self.content else { return None };
        match &message.msg {
            PaxosMsg::Prepare(prepare) => {
                Some(Ballot::Stands { term: Some(u64::from(prepare.n.n)) })
            }
            PaxosMsg::Promise(_) => Some(Ballot::Votes { granted: true }),
            _ => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::BLE(message) => write!(f, "{:?}", message.msg),
            Content::SequencePaxos(message) => write!(f, "{:?}", message.msg),
        }
    }
}

/// A replica.
pub(crate) struct Replica {
    paxos: OmniPaxos<Item, Disk>,
    disk: Disk,
    links: Links<Content<Item>>,
    store: Store,
    applied: Index,
    held: Held,
    tick_at: Nanos,
}

impl Replica {
    fn new(setup: Setup, now: Nanos, disk: Disk) -> Self {
        let nodes = (1..=u64::from(setup.replicas)).collect();
        let cluster = ClusterConfig { configuration_id: 1, nodes, flexible_quorum: None };
        let server = ServerConfig {
            pid: u64::from(setup.id.0) + 1,
            election_tick_timeout: ELECTION_TICKS,
            resend_message_tick_timeout: RESEND_TICKS,
            ..ServerConfig::default()
        };
        let paxos = cluster.build_for_server(server, disk.clone());
        Replica {
            paxos: paxos.expect("the configuration is valid"),
            disk,
            links: Links::new(now),
            store: Store::default(),
            applied: 0,
            held: Held::new(PATIENCE),
            tick_at: now + TICK,
        }
    }

    /// Asks the library to execute a request. If it drops that, the request is asked for again later.
    fn ask(&mut self, request: &Request) {
        let _dropped = self.paxos.append(Item(Command::from(request))).is_err();
    }

    /// Applies what was decided, and sends what the library has to send.
    fn settle(&mut self, out: &mut Outbox<Word>) {
        if self.paxos.get_decided_idx() > self.applied {
            let decided = self.paxos.read_decided_suffix(self.applied).unwrap_or_default();
            for entry in decided {
                let LogEntry::Decided(Item(command)) = entry else { break };
                self.applied += 1;
                let answer = self.store.apply(&command);
                self.held.answer(command.name, answer, out);
            }
        }
        for content in version::outgoing(&mut self.paxos) {
            let to = node_of(content.get_receiver());
            let stamp = self.links.stamp(to);
            out.send(to, Word { stamp, content });
        }
        if let Some(record) = self.disk.take_record() {
            out.append(&record);
        }
    }
}

/// The library's ids begin at 1.
fn node_of(id: u64) -> NodeId {
    NodeId((id - 1) as u16)
}

impl Node for Replica {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, now: Nanos, from: NodeId, word: Word, out: &mut Outbox<Word>) {
        for delivery in self.links.arrived(now, from, word.stamp, word.content) {
            if delivery.is_reconnected {
                self.paxos.reconnected(u64::from(from.0) + 1);
            }
            self.paxos.handle_incoming(delivery.content);
        }
        self.settle(out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Word>) {
        if self.held.add(now, request.clone()) {
            self.ask(&request);
        }
        self.settle(out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        if self.tick_at <= now {
            self.tick_at = now + TICK;
            self.paxos.tick();
        }
        for request in self.held.due(now) {
            self.ask(&request);
        }
        self.settle(out);
    }

    fn next_wakeup(&self) -> Nanos {
        self.tick_at.min(self.held.next_wakeup())
    }

    fn leader(&self) -> Option<NodeId> {
        version::leader(&self.paxos).map(node_of)
    }

    fn decided_log(&self) -> Option<&dyn DecidedLog> {
        Some(self)
    }
}

/// The library stores how far it has decided, in one record with what it has decided.
#[allow(clippy::unnecessary_cast, reason = "one version has `usize` where the other one has `u64`")]
impl DecidedLog for Replica {
    fn decided(&self) -> u64 {
        self.paxos.get_decided_idx() as u64
    }

    fn hash(&self, position: u64) -> Option<u64> {
        match self.paxos.read((position - 1) as Index)? {
            LogEntry::Decided(Item(command)) => Some(command.fingerprint()),
            _ => None,
        }
    }

    fn is_durable(&self) -> bool {
        true
    }
}
