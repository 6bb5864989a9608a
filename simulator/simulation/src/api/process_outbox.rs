//! The part of a step's output that only processes have.

use crate::Nanos;
use crate::api::{Answer, NodeId, Response};

/// The part of an [`Outbox`](crate::api::Outbox) that only nodes outside of this program use: datagrams that name a
/// leader and leave at a time of their own, what makes no sense, and lines of output.
#[derive(Debug)]
pub struct ProcessOutbox<M, A = Answer> {
    /// Datagrams that name a leader of their own, in the order in which they were sent.
    pub(crate) named: Vec<Named<M, A>>,
    pub(crate) malformed: Vec<String>,
    pub(crate) printed: Vec<String>,
    /// True if the node is ready from now on.
    pub(crate) is_ready: bool,
}

/// A message or an answer that names a leader of its own, and leaves at a time of its own.
#[derive(Debug)]
pub(crate) struct Named<M, A> {
    pub at: Nanos,
    pub leader: Option<NodeId>,
    pub what: Leaving<M, A>,
}

/// A datagram that leaves a node.
#[derive(Debug)]
pub(crate) enum Leaving<M, A> {
    /// A message, and its receiver.
    Message(NodeId, M),
    /// An answer to a client.
    Response(Response<A>),
}

impl<M, A> ProcessOutbox<M, A> {
    /// The receivers of all messages.
    #[inline]
    pub(crate) fn receivers(&self) -> impl Iterator<Item = NodeId> {
        self.named.iter().filter_map(|named| match named.what {
            Leaving::Message(to, _) => Some(to),
            Leaving::Response(_) => None,
        })
    }

    /// Moves everything into another one, with each message made one of its kind.
    pub(crate) fn move_into<T>(
        &mut self,
        out: &mut ProcessOutbox<T, A>,
        mut made: impl FnMut(M) -> T,
    ) {
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
    }

    /// Sends a message as an executable sends a datagram: it names a leader of its own, in place of
    /// [`Node::leader`](crate::api::Node::leader), and leaves when the node's clock shows `at`, a little
    /// later than now. Such messages keep their order, if `at` never decreases from one to the next.
    pub fn send_naming(&mut self, at: Nanos, leader: Option<NodeId>, to: NodeId, message: M) {
        self.named.push(Named { at, leader, what: Leaving::Message(to, message) });
    }

    /// Answers a client, naming a leader of its own: the counterpart of [`send_naming`](Self::send_naming).
    pub fn respond_naming(&mut self, at: Nanos, leader: Option<NodeId>, response: Response<A>) {
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

impl<M, A> Default for ProcessOutbox<M, A> {
    fn default() -> Self {
        let (named, malformed, printed) = (Vec::new(), Vec::new(), Vec::new());
        ProcessOutbox { named, malformed, printed, is_ready: false }
    }
}
