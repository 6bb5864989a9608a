//! Systems of any kind behind one type, so that the engine is compiled once for all bugs.

use std::any::Any;
use std::fmt;

use simulation::Nanos;
use simulation::api::{Message, Node, NodeId, Outbox, RaftWindow, Request, Setup, System};

/// Starts a replica of some system, or starts it again with what a crash left of its file.
pub(crate) type Start = fn(Setup, Nanos, Option<&mut Vec<u8>>) -> Result<ErasedNode, String>;

/// [`System::start`] or [`System::recover`] of a system's default.
pub(crate) fn start<S>(
    setup: Setup,
    now: Nanos,
    file: Option<&mut Vec<u8>>,
) -> Result<ErasedNode, String>
where
    S: System + Default,
    S::Node: 'static,
    <S::Node as Node>::Message: 'static,
{
    let node = match file {
        None => S::default().start(setup, now),
        Some(file) => S::default().recover(setup, now, file)?,
    };
    Ok(ErasedNode(Box::new(Wrapped { node, outbox: Outbox::new() })))
}

/// A system of any kind.
#[derive(Clone, Debug)]
pub struct Erased {
    name: String,
    start: Start,
}

impl Erased {
    pub(crate) fn new(name: String, start: Start) -> Self {
        Erased { name, start }
    }
}

impl System for Erased {
    type Node = ErasedNode;

    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self, setup: Setup, now: Nanos) -> ErasedNode {
        (self.start)(setup, now, None).expect("nothing can be wrong with no file")
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<ErasedNode, String> {
        (self.start)(setup, now, Some(file))
    }
}

/// A replica of any kind.
pub struct ErasedNode(Box<dyn Node<Message = ErasedMessage>>);

impl fmt::Debug for ErasedNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedNode")
    }
}

impl Node for ErasedNode {
    type Message = ErasedMessage;

    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: ErasedMessage,
        out: &mut Outbox<ErasedMessage>,
    ) {
        self.0.message(now, from, message, out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<ErasedMessage>) {
        self.0.request(now, request, out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<ErasedMessage>) {
        self.0.timer(now, out);
    }

    fn next_wakeup(&self) -> Nanos {
        self.0.next_wakeup()
    }

    fn leader(&self) -> Option<NodeId> {
        self.0.leader()
    }

    fn reached(&self) -> u64 {
        self.0.reached()
    }

    fn raft(&self) -> Option<&dyn RaftWindow> {
        self.0.raft()
    }
}

/// A replica of a certain kind that speaks in messages of any kind.
struct Wrapped<N: Node> {
    node: N,
    outbox: Outbox<N::Message>,
}

impl<N: Node> Wrapped<N>
where
    N::Message: 'static,
{
    fn pass_on(&mut self, out: &mut Outbox<ErasedMessage>) {
        self.outbox.move_into(out, |message| ErasedMessage(Box::new(message)));
    }
}

impl<N: Node> Node for Wrapped<N>
where
    N::Message: 'static,
{
    type Message = ErasedMessage;

    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: ErasedMessage,
        out: &mut Outbox<ErasedMessage>,
    ) {
        let message = message.0.into_any().downcast().expect("all replicas are of one kind");
        self.node.message(now, from, *message, &mut self.outbox);
        self.pass_on(out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<ErasedMessage>) {
        self.node.request(now, request, &mut self.outbox);
        self.pass_on(out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<ErasedMessage>) {
        self.node.timer(now, &mut self.outbox);
        self.pass_on(out);
    }

    fn next_wakeup(&self) -> Nanos {
        self.node.next_wakeup()
    }

    fn leader(&self) -> Option<NodeId> {
        self.node.leader()
    }

    fn reached(&self) -> u64 {
        self.node.reached()
    }

    fn raft(&self) -> Option<&dyn RaftWindow> {
        self.node.raft()
    }
}

/// A message of any kind.
pub struct ErasedMessage(Box<dyn AnyMessage>);

impl fmt::Debug for ErasedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Clone for ErasedMessage {
    fn clone(&self) -> Self {
        ErasedMessage(self.0.boxed_clone())
    }
}

impl fmt::Display for ErasedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Message for ErasedMessage {
    fn fingerprint(&self) -> u64 {
        self.0.fingerprint_of()
    }

    fn kind(&self) -> &'static str {
        self.0.kind_of()
    }

    fn size(&self) -> u64 {
        self.0.size_of()
    }

    fn corrupted(&self, dice: u64) -> Option<Self> {
        self.0.corrupted_by(dice).map(ErasedMessage)
    }
}

/// What can be done with a message whatever its kind.
trait AnyMessage: fmt::Display {
    fn fingerprint_of(&self) -> u64;
    fn kind_of(&self) -> &'static str;
    fn size_of(&self) -> u64;
    fn corrupted_by(&self, dice: u64) -> Option<Box<dyn AnyMessage>>;
    fn boxed_clone(&self) -> Box<dyn AnyMessage>;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<M: Message + 'static> AnyMessage for M {
    fn fingerprint_of(&self) -> u64 {
        self.fingerprint()
    }

    fn kind_of(&self) -> &'static str {
        self.kind()
    }

    fn size_of(&self) -> u64 {
        self.size()
    }

    fn corrupted_by(&self, dice: u64) -> Option<Box<dyn AnyMessage>> {
        Some(Box::new(self.corrupted(dice)?))
    }

    fn boxed_clone(&self) -> Box<dyn AnyMessage> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
