//! A lock service whose fault is two owners. The first replica grants the lock, with a fencing token. When the others
//! have not heard of it for a while, the next takes over with what it was told; but the owner is told before it is.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use simulation::Nanos;
use simulation::api::{
    Draw, Invariant, Message, Node, NodeId, Nodes, OutboxOf, Own, Reply, Request, Response,
    Service, Setup, System,
};

const PATIENCE: Nanos = 1_000_000_000;

/// 1. The operations of the service …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum Op {
    Acquire(u16),
    Release(u16),
}

/// … and the answer to both: the owner, and the token of the last grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Lock {
    owner: Option<u16>,
    token: u64,
}

pub(crate) struct LockService;

impl Service for LockService {
    type Op = Op;
    type Answer = Lock;
    type State = Lock;

    fn draw(draw: &mut Draw<'_, Self>) -> Op {
        let client = draw.client.0;
        if draw.below(2) == 0 { Op::Acquire(client) } else { Op::Release(client) }
    }

    fn apply(lock: &mut Lock, op: &Op) -> Lock {
        match (*op, lock.owner) {
            (Op::Acquire(it), None) => *lock = Lock { owner: Some(it), token: lock.token + 1 },
            (Op::Release(it), owner) if owner == Some(it) => lock.owner = None,
            _ => {}
        }
        *lock
    }

    fn tells_the_state(_: &Op, _: &Lock) -> bool {
        true
    }
}

/// 2. The message: who is first, and the lock as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Told(NodeId, Lock);

impl Message for Told {}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is first, {:?}", self.0, self.1)
    }
}

/// 3. A replica.
pub(crate) struct Replica {
    setup: Setup,
    first: NodeId,
    lock: Lock,
    alarm: Nanos,
}

impl Replica {
    fn tell_all(&mut self, now: Nanos, out: &mut OutboxOf<Self>) {
        self.alarm = now + PATIENCE / 4;
        self.setup.peers().for_each(|peer| out.send(peer, Told(self.first, self.lock)));
    }
}

impl Node for Replica {
    type Message = Told;
    type Service = Own<LockService>;

    fn message(&mut self, now: Nanos, _: NodeId, told: Told, _: &mut OutboxOf<Self>) {
        if told.0 >= self.first {
            (self.first, self.lock, self.alarm) = (told.0, told.1, now + PATIENCE);
        }
    }

    fn request(&mut self, now: Nanos, request: Request<Op>, out: &mut OutboxOf<Self>) {
        let mut answer = Reply::Redirect;
        if self.first == self.setup.id {
            // The fault: the client is answered before any other replica is known to have heard.
            answer = Reply::Answer(LockService::apply(&mut self.lock, &request.op));
            self.tell_all(now, out);
        }
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut OutboxOf<Self>) {
        if self.first != self.setup.id && now >= self.alarm {
            self.first = NodeId((self.first.0 + 1) % self.setup.replicas);
            self.alarm = now + PATIENCE;
        }
        if self.first == self.setup.id {
            self.tell_all(now, out);
        }
    }

    fn next_wakeup(&self) -> Nanos {
        self.alarm
    }

    fn leader(&self) -> Option<NodeId> {
        Some(self.first)
    }
}

/// 4. The system, and the rule that no token is given twice.
pub(crate) struct Locks;

impl System for Locks {
    type Node = Replica;

    fn name(&self) -> &str {
        "lock service that answers first"
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica { setup, first: NodeId(0), lock: Lock::default(), alarm: now + PATIENCE }
    }

    fn invariants(&self) -> Vec<Invariant<Replica>> {
        let one_owner = |nodes: Nodes<'_, Replica>| {
            let mut owners = BTreeMap::new();
            for (id, Replica { lock, .. }) in nodes.running() {
                let Some(owner) = lock.owner else { continue };
                let (other, first) = *owners.entry(lock.token).or_insert((id, owner));
                if first != owner {
                    return Err(format!("{other} and {id} gave token {} twice", lock.token));
                }
            }
            Ok(())
        };
        vec![Invariant::new("one owner a token", one_owner)]
    }
}
