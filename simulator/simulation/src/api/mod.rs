//! The traits between the engine and the system under test. Start here to test your own system.
//!
//! A [`System`] makes [`Node`]s. A node is a pure state machine: the engine passes it the time and the input, and the
//! node puts its output into an [`Outbox`] and returns the time of its next wake-up. It never reads a clock, opens a
//! socket or uses a random source of its own; so it can be replayed from a seed. The engine is generic over this trait
//! and does not know Raft: a Raft replica offers a [`RaftWindow`], through which Raft's safety invariants are checked
//! after every step.
//!
//! Nodes that are processes also have a [`Host`]. Explorers, shrinkers and commands use both kinds through
//! [`UnderTest`](crate::UnderTest).
//!
//! `simulator/examples/primary_backup.rs` is a complete system to start from, `register.rs` next to it one without a
//! leader.

mod assumption;
mod death;
mod disk;
mod host;
mod ids;
mod invariant;
mod message;
mod message_role;
mod node;
mod operation;
mod outbox;
mod own;
mod process_outbox;
mod service;
mod sets;
mod system;
mod windows;

pub use assumption::{Assumption, UnknownAssumption};
pub use death::{Death, LastWords};
pub use disk::{DiskLoss, DiskService, DiskUse, Unkept};
pub use host::{Host, InProcess, Processes, RunProgress, Waited};
pub use ids::{CLIENTS_START_AFTER, ClientId, NodeId, RequestId};
pub use invariant::{Invariant, Nodes};
pub use message::{Ballot, Message, Promise};
pub use message_role::MessageRole;
pub(crate) use message_role::bundled_types;
pub use node::{AnswerOf, Node, OpOf, OutboxOf};
pub use operation::{Answer, Op, Request, RequestKind, Response};
pub(crate) use outbox::FileChange;
pub use outbox::Outbox;
pub use own::{Draw, Own, Reply, Service};
pub use process_outbox::ProcessOutbox;
pub(crate) use process_outbox::{Leaving, Named};
pub use service::{AnyService, KeyValue, Outcome};
pub(crate) use sets::{LinkSet, NodeSet};
pub use system::{Clocks, Prospect, Setup, System};
pub use windows::{DecidedLog, RaftWindow, Role, Vote};
