//! The systems with the bugs: a copy of the replica, and the small stores.
//!
//! All diffs are in the one copy.

use std::cell::Cell;
use std::fmt;

use simulation::Nanos;
use simulation::api::{
    KeyValue, Message, Node, NodeId, Outbox, Promise, RaftWindow, Request, Setup, System,
};

use crate::copy::bundled::{Bundled, BundledNode, Envelope};
use crate::copy::fails_for_ever::{Alive, Replica, Store};

thread_local! {
    /// The number of the bug in the replica whose step this thread runs.
    static BUG: Cell<usize> = const { Cell::new(NONE) };
}

/// A number that no bug has.
const NONE: usize = usize::MAX;

/// Returns the number of the bug in the replica whose step this is.
///
/// The copy asks for it in each function that a diff changes.
pub(crate) fn bug() -> usize {
    BUG.get()
}

/// Runs a step of a replica with a bug.
fn with<T>(bug: usize, step: impl FnOnce() -> T) -> T {
    BUG.set(bug);
    let result = step();
    BUG.set(NONE);
    result
}

/// A system with a known bug, or the copy of the replica without one.
#[derive(Clone, Debug)]
pub(crate) struct Buggy {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The copy of the replica with the bug of this number.
    Copy(usize),
    /// A store of its own, which loses its leader's data.
    FailsForEver,
}

impl Buggy {
    /// Returns the system with a bug, by its number and name.
    pub(crate) fn of(number: usize, name: &str) -> Self {
        let kind = match name {
            "fails_for_ever" => Kind::FailsForEver,
            _ => Kind::Copy(number),
        };
        Buggy { name: format!("the known bug {name}"), kind }
    }

    /// Returns the copy of the replica without a bug.
    pub(crate) fn control() -> Self {
        let name = "a copy of the bundled replica without a bug".to_owned();
        Buggy { name, kind: Kind::Copy(NONE) }
    }
}

impl System for Buggy {
    type Node = BuggyNode;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn election_timeout(&self) -> Option<Nanos> {
        System::election_timeout(&Bundled::default())
    }

    fn start(&self, setup: Setup, now: Nanos) -> BuggyNode {
        match self.kind {
            Kind::Copy(bug) => {
                let node = with(bug, || Bundled::default().start(setup, now));
                BuggyNode::Copy(bug, Wrapped::new(node))
            }
            Kind::FailsForEver => BuggyNode::FailsForEver(Wrapped::new(Store.start(setup, now))),
        }
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<BuggyNode, String> {
        match self.kind {
            Kind::Copy(bug) => {
                let node = with(bug, || Bundled::default().recover(setup, now, file))?;
                Ok(BuggyNode::Copy(bug, Wrapped::new(node)))
            }
            // The store keeps nothing.
            Kind::FailsForEver => Ok(self.start(setup, now)),
        }
    }
}

/// A replica of a system with a known bug.
pub(crate) enum BuggyNode {
    /// A replica of the copy, with the number of its bug.
    Copy(usize, Wrapped<BundledNode>),
    /// A replica of the store.
    FailsForEver(Wrapped<Replica>),
}

impl Node for BuggyNode {
    type Message = BuggyMessage;
    type Service = KeyValue;

    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: BuggyMessage,
        out: &mut Outbox<BuggyMessage>,
    ) {
        match (self, message) {
            (BuggyNode::Copy(bug, replica), BuggyMessage::Raft(message)) => with(*bug, || {
                replica.step(out, |node, out| node.message(now, from, message, out));
            }),
            (BuggyNode::FailsForEver(replica), BuggyMessage::Alive(message)) => {
                replica.step(out, |node, out| node.message(now, from, message, out));
            }
            _ => unreachable!("all replicas of a run are of one kind"),
        }
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<BuggyMessage>) {
        match self {
            BuggyNode::Copy(bug, replica) => with(*bug, || {
                replica.step(out, |node, out| node.request(now, request, out));
            }),
            BuggyNode::FailsForEver(replica) => {
                replica.step(out, |node, out| node.request(now, request, out));
            }
        }
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<BuggyMessage>) {
        match self {
            BuggyNode::Copy(bug, replica) => with(*bug, || {
                replica.step(out, |node, out| node.timer(now, out));
            }),
            BuggyNode::FailsForEver(replica) => {
                replica.step(out, |node, out| node.timer(now, out));
            }
        }
    }

    fn next_wakeup(&self) -> Nanos {
        match self {
            BuggyNode::Copy(bug, replica) => with(*bug, || replica.node.next_wakeup()),
            BuggyNode::FailsForEver(replica) => replica.node.next_wakeup(),
        }
    }

    fn leader(&self) -> Option<NodeId> {
        match self {
            BuggyNode::Copy(_, replica) => replica.node.leader(),
            BuggyNode::FailsForEver(replica) => replica.node.leader(),
        }
    }

    fn reached(&self) -> u64 {
        match self {
            BuggyNode::Copy(_, replica) => replica.node.reached(),
            BuggyNode::FailsForEver(replica) => replica.node.reached(),
        }
    }

    fn raft(&self) -> Option<&dyn RaftWindow> {
        match self {
            BuggyNode::Copy(_, replica) => replica.node.raft(),
            BuggyNode::FailsForEver(replica) => replica.node.raft(),
        }
    }
}

/// A replica of one kind among replicas of both.
pub(crate) struct Wrapped<N: Node> {
    node: Box<N>,
    /// An outbox that is reused for each step.
    outbox: Outbox<N::Message>,
}

impl<N: Node> Wrapped<N>
where
    BuggyMessage: From<N::Message>,
{
    fn new(node: N) -> Self {
        Wrapped { node: Box::new(node), outbox: Outbox::new() }
    }

    fn step(
        &mut self,
        out: &mut Outbox<BuggyMessage>,
        step: impl FnOnce(&mut N, &mut Outbox<N::Message>),
    ) {
        step(&mut self.node, &mut self.outbox);
        self.outbox.move_into(out, BuggyMessage::from);
    }
}

/// A message of either kind.
#[derive(Clone)]
pub(crate) enum BuggyMessage {
    /// A message between replicas of the copy.
    Raft(Envelope),
    /// A message between replicas of the store.
    Alive(Alive),
}

impl From<Envelope> for BuggyMessage {
    fn from(message: Envelope) -> Self {
        BuggyMessage::Raft(message)
    }
}

impl From<Alive> for BuggyMessage {
    fn from(message: Alive) -> Self {
        BuggyMessage::Alive(message)
    }
}

impl Message for BuggyMessage {
    fn fingerprint(&self) -> u64 {
        match self {
            BuggyMessage::Raft(message) => message.fingerprint(),
            BuggyMessage::Alive(message) => message.fingerprint(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            BuggyMessage::Raft(message) => message.kind(),
            BuggyMessage::Alive(message) => message.kind(),
        }
    }

    fn size(&self) -> u64 {
        match self {
            BuggyMessage::Raft(message) => message.size(),
            BuggyMessage::Alive(message) => message.size(),
        }
    }

    fn promise(&self) -> Option<Promise> {
        match self {
            BuggyMessage::Raft(message) => message.promise(),
            BuggyMessage::Alive(message) => message.promise(),
        }
    }

    fn corrupted(&self, dice: u64) -> Option<Self> {
        match self {
            BuggyMessage::Raft(message) => message.corrupted(dice).map(Self::from),
            BuggyMessage::Alive(message) => message.corrupted(dice).map(Self::from),
        }
    }
}

impl fmt::Display for BuggyMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuggyMessage::Raft(message) => message.fmt(f),
            BuggyMessage::Alive(message) => message.fmt(f),
        }
    }
}
