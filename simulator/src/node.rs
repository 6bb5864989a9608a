//! What is under test: the trait between the engine and a replicated state machine.
//!
//! A [`System`] makes [`Node`]s. A node is a pure state machine: the engine tells it the time and
//! what arrived, the node puts what it wants sent into an [`Outbox`] and says when it wants to be
//! woken. It never reads a clock, opens a socket or draws from a random source of its own; that is
//! all it takes to be replayed from a seed. The engine is generic over this trait and knows no Raft:
//! a replica that is one offers a [`RaftWindow`], through which the safety invariants of Raft are
//! checked after every step.
//!
//! `examples/primary_backup.rs` is a complete system to start from.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

use crate::Nanos;
use crate::digest::{from_hex_digits, hex_digits};
use crate::engine::Pace;
use crate::scenario::{Clocks, Span};

/// A replica of the cluster, by its position: `0..replicas`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The position in arrays indexed by node.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Four upper-case hexadecimal digits, as the course writes them.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// A client, by its position: `0..clients`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientId(pub u16);

/// `c` and the number, as histories name their clients.
impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// Names one request datagram of a client (the course's `MID`). A request that is asked again
/// after a redirect gets a new one; the network may deliver one twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u64);

impl RequestId {
    /// One that no request has.
    pub const UNKNOWN: RequestId = RequestId(u64::MAX);

    /// The course's `MID`: sixteen characters.
    pub fn to_mid(self) -> String {
        hex_digits(self.0).as_str().to_owned()
    }

    /// The request that a `MID` names, [`RequestId::UNKNOWN`] where it names none: only the very
    /// characters that [`to_mid`](Self::to_mid) makes name one.
    pub fn from_mid(mid: &str) -> Self {
        from_hex_digits(mid).map_or(RequestId::UNKNOWN, RequestId)
    }
}

/// In the course, clients' addresses begin this far after the replicas'.
pub const CLIENTS_START_AFTER: u16 = 16;

/// What a client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Read a key.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// Write a key.
    Put {
        /// The key.
        key: Arc<str>,
        /// Its new value.
        value: Arc<str>,
    },
}

/// A client's request, as a node receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks, and will be answered.
    pub client: ClientId,
    /// To be repeated in the answer.
    pub id: RequestId,
    /// The leader that the client knows when it sends: the one named by the last answer it got. `None` at
    /// first, after the leader was killed or a `part_hard` began, and where that replica no longer lives.
    pub leader: Option<NodeId>,
    /// What is asked.
    pub op: Op,
}

/// A node's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Who asked.
    pub client: ClientId,
    /// Which of its requests this answers.
    pub id: RequestId,
    /// The answer.
    pub answer: Answer,
}

/// The kinds of answer (see the course's messages `ok`, `fail` and `redirect`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a put: it is done.
    Done,
    /// To a get: the key's value; `None` when the key is missing.
    Value(Option<Arc<str>>),
    /// Nothing is known of what became of the request. The client asks again at once.
    Fail,
    /// The request was *not* executed. The client asks again at once: the node that
    /// [`Node::leader`] names, or any node where that is unknown.
    Redirect,
}

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
    /// [`Node::leader`], and leaves at `at`, which may be a little later than now. Such messages keep
    /// their order, if `at` never decreases from one to the next.
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

    /// Sends something that nobody understands: an incorrect answer to nobody. `what` says in words
    /// what it is.
    pub fn malformed(&mut self, what: String) {
        self.malformed.push(what);
    }
}

impl<M> Default for Outbox<M> {
    fn default() -> Self {
        Outbox::new()
    }
}

/// What the network carries between nodes. `Display` is how a message reads in a timeline.
pub trait Message: Clone + fmt::Display {
    /// A number that depends on the content, folded into the run's digest. Cheap beats complete:
    /// type, term and position are enough to notice that two runs went apart.
    fn fingerprint(&self) -> u64;

    /// Its type, by which a fault can pick messages (all votes, all acknowledgements).
    fn kind(&self) -> &'static str {
        ""
    }

    /// How long it is on the wire, bytes: a link with a limited bandwidth takes its time for it.
    fn size(&self) -> u64 {
        100
    }

    /// What it has to do with an election, as far as can be told from it. Asked only where no
    /// [`RaftWindow`] shows who is elected.
    fn ballot(&self) -> Option<Ballot> {
        None
    }

    /// What a receiver makes of it after some of its bits were changed on the way, drawn from
    /// `dice`. `None` when it notices and drops it, as one with checksums does.
    fn corrupted(&self, dice: u64) -> Option<Self> {
        let _ = dice;
        None
    }
}

/// What a message says of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// Its sender stands for election, and asks for votes.
    Stands {
        /// In this term, if it says so.
        term: Option<u64>,
    },
    /// Its sender gives its receiver a vote, or refuses it.
    Votes {
        /// Whether it gives it.
        granted: bool,
    },
}

/// What a node is told when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Its own id.
    pub id: NodeId,
    /// How many replicas the cluster has; their ids are `0..replicas`.
    pub replicas: u16,
    /// The only randomness it may use.
    pub seed: u64,
    /// The seed of what all replicas of a run have in common, such as the date.
    pub run_seed: u64,
    /// How long it takes from its start to its first step, in nanoseconds, as the plan says. What arrives
    /// meanwhile is lost.
    pub start_up: Nanos,
    /// Replicas of this run may crash and start again: what must survive that is to be made durable
    /// ([`Outbox::append`]). Otherwise nobody would ever read it.
    pub durable: bool,
    /// What it may assume of its clock.
    pub clocks: Clocks,
    /// Draw unusual limits from the seed, so that rare paths become common ones (FoundationDB's
    /// "buggify"): small batches, frequent snapshots.
    pub buggify: bool,
}

impl Setup {
    /// Returns the setup of a replica that keeps nothing and may trust its clock, with zero for seeds.
    pub fn of(id: NodeId, replicas: u16) -> Self {
        let (durable, clocks, buggify) = (false, Clocks::Bounded, false);
        Setup { id, replicas, seed: 0, run_seed: 0, start_up: 0, durable, clocks, buggify }
    }

    /// The ids of the other replicas, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let id = self.id;
        (0..self.replicas).map(NodeId).filter(move |&peer| peer != id)
    }
}

/// How replicas live that are processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processes {
    /// How long each takes from its launch to its first step in virtual time, where the time is ours: a replica
    /// learns its own from [`Setup::start_up`].
    pub start_up: Option<Span>,
}

/// A replicated state machine under test: how to start one of its replicas.
pub trait System {
    /// Its replicas.
    type Node: Node;

    /// What to call it in reports.
    fn name(&self) -> &str;

    /// The executable that is under test, where it is one: what a failure file remembers.
    fn executable(&self) -> Option<&Path> {
        None
    }

    /// What runs depend on besides the plan and the code of this crate, where there is anything: how
    /// an executable is driven, its interpreter and the C library. The same digest needs the same.
    fn surroundings(&self) -> Option<&str> {
        None
    }

    /// The clock on the wall for a new run, where the replicas live in real time. The engine then
    /// waits for it, and for what they have to say ([`Node::source`]).
    fn pace(&self) -> Option<Pace> {
        None
    }

    /// How its replicas live, where they are processes: a plan makes for them what the course's simulator does
    /// with processes ([`Plan::for_processes`](crate::plan::Plan::for_processes)).
    fn processes(&self) -> Option<Processes> {
        None
    }

    /// Starts a replica at time `now`.
    fn start(&self, setup: Setup, now: Nanos) -> Self::Node;

    /// Starts a replica again after a crash. `file` is what the crash left of its file: what was
    /// durable, and perhaps some first bytes of what was being written, which it may cut off. A
    /// system that keeps nothing starts anew, which is what this does unless it is overridden.
    ///
    /// # Errors
    ///
    /// Why the replica refuses to start: its file is damaged. It takes no further part then. That
    /// is right if a fault damaged the file, and a crash of its own making otherwise.
    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Self::Node, String> {
        let _ = file;
        Ok(self.start(setup, now))
    }

    /// Names of the rare states that a run should *sometimes* reach, in the order of the bits of
    /// [`Node::reached`]; at most 64.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }
}

/// One replica under test.
///
/// `now` is virtual time in nanoseconds since the run began and never decreases. What a step puts
/// into the outbox is sent in that order.
pub trait Node {
    /// What replicas say to each other.
    type Message: Message;

    /// A message from another replica arrived.
    fn message(
        &mut self,
        now: Nanos,
        from: NodeId,
        message: Self::Message,
        out: &mut Outbox<Self::Message>,
    );

    /// A client's request arrived.
    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Self::Message>);

    /// The time that [`Node::next_wakeup`] named has come (or a little earlier one that it named
    /// before: a spurious call must do no harm).
    fn timer(&mut self, now: Nanos, out: &mut Outbox<Self::Message>);

    /// When it wants to be woken; [`Nanos::MAX`] for never. Asked after every step.
    fn next_wakeup(&self) -> Nanos;

    /// Whom it believes to be the leader now: what the course's `leader` field says on everything
    /// it sends. Clients go there next.
    fn leader(&self) -> Option<NodeId>;

    /// Which of [`System::marks`] it has reached since it started, a bit each.
    fn reached(&self) -> u64 {
        0
    }

    /// If the node has stopped, the reason: its process exited or broke a rule. Asked after every step; a node
    /// in this program panics instead.
    fn died(&self) -> Option<&Death> {
        None
    }

    /// What can be read when it has something to say, where it lives in real time: it is then woken
    /// by [`Node::timer`], again and again until it has read all that is there.
    fn source(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Stands still from now on, or goes on: for what lives in real time. Nothing reaches it
    /// meanwhile, and nothing is heard of it.
    fn pause(&mut self, paused: bool) {
        let _ = paused;
    }

    /// Called once when the node is killed, by a fault or for a violation; no step follows. Gives back
    /// what it occupies outside of this program, and returns the lines that it printed last.
    fn stop(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// The window for the Raft invariants, where this is a Raft replica.
    fn raft(&self) -> Option<&dyn RaftWindow> {
        None
    }
}

/// The reason why a node has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// What happened, in words that go after the node's name: "exited with status 1".
    pub how: String,
    /// What the node said of it, if anything.
    pub words: Option<LastWords>,
}

/// What a process wrote before it ended: the lines that say why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// The lines, at least one.
    pub lines: Vec<String>,
    /// The one that tells most, by its place among them.
    pub headline: usize,
    /// Whether they were written to the standard output, for want of any to the standard error.
    pub printed: bool,
}

impl Death {
    /// Returns the reason of a node that said nothing.
    pub fn without_words(how: String) -> Self {
        Death { how, words: None }
    }

    /// Returns how it is told in one line.
    pub fn brief(&self) -> String {
        let how = self.how.lines().next().unwrap_or_default();
        let headline = self.words.as_ref().and_then(|words| words.lines.get(words.headline));
        match (&self.words, headline) {
            (Some(words), Some(line)) => format!("{how}; {}: {}", words.title(), line.trim()),
            _ => how.to_owned(),
        }
    }
}

/// All that is known, in several lines.
impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)?;
        let Some(words) = &self.words else { return Ok(()) };
        match words.lines.as_slice() {
            [only] => write!(f, "; {}: {}", words.title(), only.trim()),
            lines => {
                write!(f, "; {}:", words.title())?;
                lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

impl LastWords {
    fn title(&self) -> &'static str {
        if self.printed { "it printed last" } else { "its last words" }
    }
}

/// The part a Raft server plays (Raft §5.1; the pre-candidate of thesis §9.6 counts as follower).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks for votes.
    Candidate,
    /// Leads its term.
    Leader,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        })
    }
}

/// A read-only view into a Raft replica, for the safety invariants (Raft, figure 3).
/// Log positions count from 1; position 0 is the empty prefix, of term 0.
pub trait RaftWindow {
    /// The part it plays.
    fn role(&self) -> Role;
    /// Its current term.
    fn term(&self) -> u64;
    /// The greatest position known to be committed.
    fn commit_index(&self) -> u64;
    /// The first position of its log that was not compacted away (Raft §7): 1 where nothing was.
    fn first_index(&self) -> u64;
    /// The last position of its log, 0 when empty.
    fn last_index(&self) -> u64;
    /// The term of the last entry, 0 when the log is empty.
    fn last_term(&self) -> u64;
    /// The term of the entry at a position and a number that depends on the entry's whole
    /// content; `None` where there is no such entry.
    fn entry(&self, index: u64) -> Option<(u64, u64)>;
    /// A number that depends on the whole applied state, equal for equal states.
    fn state_fingerprint(&self) -> u64;
    /// The state in one line for a person: what `replay --inspect` prints.
    fn summary(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_the_very_characters_of_its_mid() {
        for id in [0, 7, 0x0123_4567_89ab_cdef, u64::MAX - 1].map(RequestId) {
            assert_eq!(RequestId::from_mid(&id.to_mid()), id);
        }
        let others = ["", "7", "+000000000000007", "00000000000000070", "00000000000000AF"];
        for other in others.into_iter().chain(["000000000000000g", "000000000000000\u{fc}"]) {
            assert_eq!(RequestId::from_mid(other), RequestId::UNKNOWN, "{other:?}");
        }
    }
}
