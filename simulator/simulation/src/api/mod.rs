//! The traits between the engine and what is under test. Start here to test your own.
//!
//! A [`System`] makes [`Node`]s. A node is a pure state machine: the engine tells it the time and
//! what arrived, the node puts what it wants sent into an [`Outbox`] and says when it wants to be
//! woken. It never reads a clock, opens a socket or draws from a random source of its own; that is
//! all it takes to be replayed from a seed. The engine is generic over this trait and knows no Raft:
//! a replica that is one offers a [`RaftWindow`], through which the safety invariants of Raft are
//! checked after every step.
//!
//! Nodes that are processes have a [`Host`] besides. Explorers, shrinkers and commands see either kind as
//! [`UnderTest`](crate::UnderTest).
//!
//! `simulator/examples/primary_backup.rs` is a complete system to start from.

mod death;
mod host;
mod ids;
mod message;
mod node;
mod operation;
mod outbox;
mod process_outbox;
mod sets;
mod system;
mod windows;

pub use death::{Death, LastWords};
pub use host::{Host, InProcess, Processes, RunProgress, Waited};
pub use ids::{CLIENTS_START_AFTER, ClientId, NodeId, RequestId};
pub use message::{Ballot, Message};
pub use node::Node;
pub use operation::{Answer, Op, Request, Response};
pub(crate) use outbox::FileChange;
pub use outbox::Outbox;
pub use process_outbox::ProcessOutbox;
pub(crate) use process_outbox::{Leaving, Named};
pub(crate) use sets::{LinkSet, NodeSet};
pub use system::{Clocks, Setup, System};
pub use windows::{RaftWindow, Role};
