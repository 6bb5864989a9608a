//! A new leader starts without the old data, and answers `fail` to gets of what it does not know.
//!
//! A fail says "ask again", so the client asks again, at once, and for ever: the flood that every
//! class of the course has seen. The leader's death loses the data; the flood is what makes it loud.
//!
//! breaks: Raft §5.4: an elected leader has all that was committed; and a key that is not there is an
//! answer, not a failure
//! family: course/crash-3
//! seed: 1
//! fails: liveness, no_retry_storm

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use simulation::Nanos;
use simulation::api::{Answer, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Response, Setup, System};

const MILLISECOND: Nanos = 1_000_000;

/// The interval at which the leader says that it leads.
const HEARTBEAT: Nanos = 300 * MILLISECOND;

/// The silence after which a replica takes the next in line for the leader.
const PATIENCE: Nanos = 1_000 * MILLISECOND;

/// A store whose leader has all the data, and the others none.
#[derive(Default)]
pub(crate) struct Store;

impl System for Store {
    type Node = Replica;

    fn name(&self) -> &str {
        "a store that only its leader has"
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica { setup, leader: NodeId(0), values: BTreeMap::new(), alarm: now + HEARTBEAT }
    }
}

/// The sender leads.
#[derive(Clone)]
pub(crate) struct Alive;

impl fmt::Display for Alive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("alive")
    }
}

impl Message for Alive {
    fn fingerprint(&self) -> u64 {
        0
    }
}

pub(crate) struct Replica {
    setup: Setup,
    leader: NodeId,
    values: BTreeMap<Arc<str>, Arc<str>>,
    /// The time at which a leader says that it leads, or another replica loses patience.
    alarm: Nanos,
}

impl Node for Replica {
    type Message = Alive;
    type Service = KeyValue;

    fn message(&mut self, now: Nanos, from: NodeId, _: Alive, _: &mut Outbox<Alive>) {
        if from >= self.leader {
            self.leader = from;
            self.alarm = now + PATIENCE;
        }
    }

    fn request(&mut self, _: Nanos, request: Request, out: &mut Outbox<Alive>) {
        let answer = match request.op {
            _ if self.leader != self.setup.id => Answer::Redirect,
            Op::Get { key } => match self.values.get(&key) {
                Some(value) => Answer::Value(Some(value.clone())),
                None => Answer::Fail,
            },
            Op::Put { key, value } => {
                self.values.insert(key, value);
                Answer::Done
            }
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Alive>) {
        if now < self.alarm {
            return;
        }
        if self.leader != self.setup.id {
            self.leader = NodeId((self.leader.0 + 1) % self.setup.replicas);
        }
        self.alarm = now + PATIENCE;
        if self.leader == self.setup.id {
            self.setup.peers().for_each(|peer| out.send(peer, Alive));
            self.alarm = now + HEARTBEAT;
        }
    }

    fn next_wakeup(&self) -> Nanos {
        self.alarm
    }

    fn leader(&self) -> Option<NodeId> {
        Some(self.leader)
    }
}
