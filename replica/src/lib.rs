//! A Raft key-value replica as a pure state machine.
#![forbid(unsafe_code)]

mod config;
mod counters;
mod id;
mod log;
mod message;
mod raft;
mod recent;
mod store;
pub mod wire;

/// Nanoseconds on a replica's own monotone clock, whose origin is arbitrary.
pub type Nanos = u64;

pub use config::{Config, ReadMode};
pub use counters::{Counters, DropReason};
pub use id::{BadNodeId, NodeId};
pub use log::{Command, Entry, Log, Put};
pub use message::{
    AppendEntries, AppendResult, Appended, Message, Op, Outcome, Outputs, Request, RequestVote,
    Response, Vote,
};
pub use raft::{Replica, Role};
pub use store::Store;
