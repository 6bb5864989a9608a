//! The output of one step of a node: messages, answers, printed lines and bytes to make durable.

use crate::api::{Answer, NodeId, ProcessOutbox, Response};

/// The output of one step of a node. The engine owns it and empties it after each step.
///
/// `M` is the type of the messages, `A` that of the service's answers.
#[derive(Debug)]
pub struct Outbox<M, A = Answer> {
    pub(crate) messages: Vec<(NodeId, M)>,
    pub(crate) responses: Vec<Response<A>>,
    /// The output that only processes have.
    pub(crate) process: ProcessOutbox<M, A>,
    /// Bytes to be added to the node's file, or to become all of it.
    pub(crate) file: FileChange,
}

/// A step's change of the node's file.
#[derive(Debug, Default)]
pub(crate) struct FileChange {
    /// True if the bytes replace the file; otherwise they are added at its end.
    pub anew: bool,
    pub bytes: Vec<u8>,
}

impl<M, A> Outbox<M, A> {
    /// Returns an empty outbox. The engine provides its own; this is for a node that drives another node.
    pub fn new() -> Self {
        Outbox {
            messages: Vec::new(),
            responses: Vec::new(),
            process: ProcessOutbox::default(),
            file: FileChange::default(),
        }
    }

    /// Returns the receivers of all messages.
    #[inline]
    pub(crate) fn receivers(&self) -> impl Iterator<Item = NodeId> {
        self.messages.iter().map(|(to, _)| *to).chain(self.process.receivers())
    }

    /// Removes everything from the outbox.
    pub(crate) fn clear(&mut self) {
        *self = Outbox::new();
    }

    /// Appends bytes to the node's file, the only state that survives a crash.
    ///
    /// All other output of this step leaves the node only once these bytes are durable.
    pub fn append(&mut self, bytes: &[u8]) {
        self.file.bytes.extend_from_slice(bytes);
    }

    /// Replaces the node's whole file by these bytes, atomically, as a rename does.
    pub fn replace(&mut self, bytes: &[u8]) {
        self.file.anew = true;
        self.file.bytes.clear();
        self.file.bytes.extend_from_slice(bytes);
    }

    /// Moves everything into another outbox, converting each message by `made`.
    pub fn move_into<T>(&mut self, out: &mut Outbox<T, A>, mut made: impl FnMut(M) -> T) {
        let messages = self.messages.drain(..).map(|(to, message)| (to, made(message)));
        out.messages.extend(messages);
        out.responses.append(&mut self.responses);
        self.process.move_into(&mut out.process, made);
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
    pub fn respond(&mut self, response: Response<A>) {
        self.responses.push(response);
    }

    /// Returns the part for what a process says.
    pub fn process(&mut self) -> &mut ProcessOutbox<M, A> {
        &mut self.process
    }
}

impl<M, A> Default for Outbox<M, A> {
    fn default() -> Self {
        Outbox::new()
    }
}
