//! A replicated state machine under test.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::api::{Assumption, Invariant, Node, NodeId};

/// The assumptions that replicas may make about their clocks.
///
/// A scenario whose faults break the default assumption must state the other one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clocks {
    /// The speeds of clocks differ by less than 10 %, and none stops or jumps.
    #[default]
    Bounded,
    /// No assumption: clocks may stop, jump and run at any speed.
    Unbounded,
}

/// The properties of a scenario on which the reachable marks depend.
#[derive(Clone, Copy, Debug)]
pub struct Prospect {
    /// The assumptions that replicas may make about their clocks.
    pub clocks: Clocks,
    /// The number of requests.
    pub requests: u64,
    /// True if replicas draw unusual limits from their seeds.
    pub buggify: bool,
}

/// The parameters with which a node starts.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The node's own id.
    pub id: NodeId,
    /// The number of replicas in the cluster; their ids are `0..replicas`.
    pub replicas: u16,
    /// The seed of all randomness that the node uses.
    pub seed: u64,
    /// True if replicas of this run may crash and restart. State that must survive that has to be made durable
    /// ([`Outbox::append`](crate::api::Outbox::append)); otherwise no replica ever reads it again.
    pub durable: bool,
    /// The assumptions that the node may make about its clock.
    pub clocks: Clocks,
    /// True if the node should draw unusual limits from the seed.
    ///
    /// Such limits, like small batches and frequent snapshots, make rare paths common (FoundationDB's "buggify").
    pub buggify: bool,
}

impl Setup {
    /// Returns the setup of a replica without durable state and with bounded clocks; the seeds are 0.
    pub fn of(id: NodeId, replicas: u16) -> Self {
        let (durable, clocks, buggify) = (false, Clocks::Bounded, false);
        Setup { id, replicas, seed: 0, durable, clocks, buggify }
    }

    /// Returns the ids of the other replicas, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let id = self.id;
        (0..self.replicas).map(NodeId).filter(move |&peer| peer != id)
    }
}

/// A replicated state machine under test, which can start its replicas.
pub trait System {
    /// The type of its replicas.
    type Node: Node;

    /// Returns the system's name in reports.
    fn name(&self) -> &str;

    /// Starts a replica at time `now`.
    fn start(&self, setup: Setup, now: Nanos) -> Self::Node;

    /// Restarts a replica after a crash.
    ///
    /// `file` is the replica's file after the crash: the durable bytes, and possibly the first bytes of a write in
    /// progress, which the replica may cut off. The default implementation ignores the file and calls
    /// [`System::start`], for systems that keep no durable state.
    ///
    /// # Errors
    ///
    /// Returns the reason for which the replica refuses to start: its file is damaged. The replica then stays down.
    /// That is correct if a fault damaged the file, and counts as a crash otherwise.
    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Self::Node, String> {
        let _ = file;
        Ok(self.start(setup, now))
    }

    /// Returns the rules about all nodes together, which are tested after every step. Called once for each run.
    fn invariants(&self) -> Vec<Invariant<Self::Node>> {
        Vec::new()
    }

    /// Returns what the system assumes of its environment. Runs keep to it, unless it is violated on purpose.
    ///
    /// The default is nothing: messages may overtake each other, arrive twice and change, and a crash may lose what a
    /// step wrote that it had not finished.
    fn assumptions(&self) -> &[Assumption] {
        &[]
    }

    /// Returns true if the system is judged as the course judges: by a scenario's bounds on messages, failures,
    /// duplicates and latency, and with clients that ask again at once when they are turned away.
    ///
    /// The default is false: those bounds are made for the course's protocol. A client that is turned away then waits
    /// twice as long from one attempt to the next, up to a twentieth of a second.
    fn is_for_the_course(&self) -> bool {
        false
    }

    /// Returns the time without a leader after which replicas elect another one, in nanoseconds.
    ///
    /// A scenario's `progress` is a multiple of it. The default is `None`: the system elects no leader, or its time-out
    /// is not known, and the check `progress` does not apply to it.
    fn election_timeout(&self) -> Option<Nanos> {
        None
    }

    /// Returns the names of the system's coverage marks: rare states that a run should *sometimes* reach.
    ///
    /// At most 64, in the order of the bits of [`Node::reached`].
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether runs of this sort can reach a mark, one of its own or of the harness, as far as the system has a part
    /// in it. Reports say of no other that it was never reached.
    fn could_reach(&self, mark: &str, runs: Prospect) -> bool {
        let _ = (mark, runs);
        true
    }
}
