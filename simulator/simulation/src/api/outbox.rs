//! What one step of a node wants sent, printed and made durable.

use crate::Nanos;
use crate::api::{NodeId, Response};

/// What one step of a node wants sent. The engine owns it and empties it after each step.
#[derive(Debug)]
pub struct Outbox<M> {
    pub(crate) messages: Vec<(NodeId, M)>,
    pub(crate) responses: Vec<Response>,
    /// What names a leader of its own, in the order it was sent.
    pub(crate) named: Vec<Named<M>>,
    pub(crate) malformed: Vec<String>,
    pub(crate) printed: Vec<String>,
    /// Whether the node is ready from now on.
    pub(crate) is_ready: bool,
    /// Bytes to be added to the node's file, or to become all of it.
    pub(crate) file: FileChange,
}

/// A message or an answer that names a leader of its own, and leaves at a time of its own.
#[derive(Debug)]
pub(crate) struct Named<M> {
    pub at: Nanos,
    pub leader: Option<NodeId>,
    pub what: Leaving<M>,
}

/// What leaves a node.
#[derive(Debug)]
pub(crate) enum Leaving<M> {
    /// A message, and its receiver.
    Message(NodeId, M),
    /// An answer to a client.
    Response(Response),
}

/// What a step does to the node's file.
#[derive(Debug, Default)]
pub(crate) struct FileChange {
    /// The bytes replace the file, rather than being added at its end.
    pub anew: bool,
    pub bytes: Vec<u8>,
}

impl<M> Outbox<M> {
    /// An empty one. The engine brings its own; this is for a node that drives another node.
    pub fn new() -> Self {
        Outbox {
            messages: Vec::new(),
            responses: Vec::new(),
            named: Vec::new(),
            malformed: Vec::new(),
            printed: Vec::new(),
            is_ready: false,
            file: FileChange::default(),
        }
    }

    /// The receivers of all messages.
    #[inline]
    pub(crate) fn receivers(&self) -> impl Iterator<Item = NodeId> {
        let named = self.named.iter().filter_map(|named| match named.what {
            Leaving::Message(to, _) => Some(to),
            Leaving::Response(_) => None,
        });
        self.messages.iter().map(|(to, _)| *to).chain(named)
    }

    /// Takes everything back.
    pub(crate) fn clear(&mut self) {
        *self = Outbox::new();
    }

    /// Adds bytes to the end of the node's file, the one thing that survives a crash. Everything
    /// else that this step sends leaves when they are durable, not before.
    pub fn append(&mut self, bytes: &[u8]) {
        self.file.bytes.extend_from_slice(bytes);
    }

    /// Replaces the node's whole file by these bytes, all or nothing, as a rename does.
    pub fn replace(&mut self, bytes: &[u8]) {
        self.file.anew = true;
        self.file.bytes.clear();
        self.file.bytes.extend_from_slice(bytes);
    }

    /// Moves everything into another outbox, with each message made one of that outbox's kind.
    pub fn move_into<T>(&mut self, out: &mut Outbox<T>, mut made: impl FnMut(M) -> T) {
        out.messages.extend(self.messages.drain(..).map(|(to, message)| (to, made(message))));
        out.responses.append(&mut self.responses);
        out.named.extend(self.named.drain(..).map(|Named { at, leader, what }| {
            let what = match what {
                Leaving::Message(to, message) => Leaving::Message(to, made(message)),
                Leaving::Response(response) => Leaving::Response(response),
            };
            Named { at, leader, what }
        }));
        out.malformed.append(&mut self.malformed);
        out.printed.append(&mut self.printed);
        out.is_ready |= std::mem::take(&mut self.is_ready);
        match std::mem::take(&mut self.file) {
            FileChange { anew: true, bytes } => out.replace(&bytes),
            FileChange { anew: false, bytes } => out.append(&bytes),
        }
    }

    /// Sends a message to another node.
    #[inline]
    pub fn send(&mut self, to: NodeId, message: M) {
        self.messages.push((to, message));
    }

    /// Answers a client.
    #[inline]
    pub fn respond(&mut self, response: Response) {
        self.responses.push(response);
    }

    /// Sends a message as an executable sends a datagram: it names a leader of its own, in place of
    /// [`Node::leader`](crate::api::Node::leader), and leaves when the node's clock shows `at`, a little
    /// later than now. Such messages keep their order, if `at` never decreases from one to the next.
    pub fn send_naming(&mut self, at: Nanos, leader: Option<NodeId>, to: NodeId, message: M) {
        self.named.push(Named { at, leader, what: Leaving::Message(to, message) });
    }

    /// Answers a client, naming a leader of its own: the counterpart of [`send_naming`](Self::send_naming).
    pub fn respond_naming(&mut self, at: Nanos, leader: Option<NodeId>, response: Response) {
        self.named.push(Named { at, leader, what: Leaving::Response(response) });
    }

    /// Has a line of the node's own words shown in the timeline.
    pub fn print(&mut self, line: String) {
        self.printed.push(line);
    }

    /// Has the timeline show that the node is ready: a process said hello.
    pub fn ready(&mut self) {
        self.is_ready = true;
    }

    /// Sends something that no replica and no client understands, which counts as an incorrect answer. `what`
    /// describes it.
    pub fn malformed(&mut self, what: String) {
        self.malformed.push(what);
    }
}

impl<M> Default for Outbox<M> {
    fn default() -> Self {
        Outbox::new()
    }
}
