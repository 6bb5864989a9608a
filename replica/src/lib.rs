//! A Raft key-value replica as a pure state machine, and a UDP process around it.
//!
//! The library has no I/O, no clock, no threads and no global state: the caller passes it the time and the input, and
//! it returns what to send and when to be called again. A simulator with a virtual clock and a process with a socket
//! run exactly the same code.
//!
//! ```text
//!                      on_message   on_request   on_timer
//!                           |           |            |
//!   wire ----- Message, Request         v            |       the caller: a simulator, or main.rs
//! ..........................|...........|............|.....................................
//!                           v           v            v
//!                 +------------------ raft::Replica ------------------+
//!                 |  election   follower   leader   reads   requests  |
//!                 |      |          |      progress   |       held    |
//!                 |      +----------+--- Log ---------+---------+     |
//!                 |                       | committed entries         |
//!                 |      snapshots      Store                         |
//!                 +----------------------------------------------------+
//!                           |                   |
//!                           v                   v
//!        Outputs: persist, messages, responses   next_wakeup
//! ```
//!
//! | where | what | Raft paper, thesis |
//! | --- | --- | --- |
//! | `raft/{election, round}.rs` | elections, the vote restriction, PreVote, stickiness | 5.2, 5.4.1; 9.6, 4.2.3 |
//! | `raft/follower.rs` | storing entries | 5.3 |
//! | `raft/{leader, leadership, progress}.rs` | sending entries, committing them, CheckQuorum | 5.3, 5.4.2; 6.2 |
//! | `raft/reads.rs` | gets by lease or ReadIndex | 8; 6.4 |
//! | `raft/requests.rs`, `raft/held.rs` | puts answered once, waiting for a leader | 8 |
//! | `raft/snapshots.rs`, `raft/transfer.rs`, `snapshot.rs` | log compaction, InstallSnapshot | 7 |
//! | `durable.rs`, `codec.rs`, `journal/` | durable state, as records, as text, as a file | Figure 2 |
//! | `log.rs`, `store.rs`, `recent.rs`, `hash.rs` | the log, the key-value map, applying once | 5.3, 8 |
//! | `message.rs`, `request.rs`, `outputs.rs` | inputs and effects of a step | |
//! | `wire/` | datagrams | |
//! | `main.rs`, `disk/` | the process: a socket, and a directory of records | |
//!
//! # Three replicas elect a leader
//!
//! ```
//! use replica::{Config, NodeId, Outputs, Replica, Role};
//!
//! let ids = [NodeId(0), NodeId(1), NodeId(2)];
//! let mut replicas = ids.map(|id| Replica::new(Config::default(), id, &ids, 42, 0));
//! let mut out = Outputs::default();
//!
//! // The replica with the earliest timeout stands for election...
//! let first = (0..3).min_by_key(|&i| replicas[i].next_wakeup()).unwrap();
//! let now = replicas[first].next_wakeup();
//! replicas[first].on_timer(now, &mut out);
//!
//! // ... and the network delivers messages until none is left.
//! let mut network: Vec<_> = out.messages.drain(..).map(|(to, m)| (ids[first], to, m)).collect();
//! while let Some((from, to, message)) = network.pop() {
//!     replicas[usize::from(to.0)].on_message(now, from, message, &mut out);
//!     network.extend(out.messages.drain(..).map(|(next, m)| (to, next, m)));
//! }
//! assert_eq!(replicas[first].role(), Role::Leader);
//! assert!(replicas.iter().all(|replica| replica.leader() == Some(ids[first])));
//! ```
#![forbid(unsafe_code)]

mod codec;
mod config;
mod counters;
mod durable;
mod hash;
mod id;
pub mod journal;
mod log;
mod message;
mod outputs;
mod raft;
mod recent;
mod request;
mod snapshot;
mod store;
mod time;
pub mod wire;

pub use config::{Config, ReadMode};
pub use counters::{Counters, DropReason, Rare};
pub use durable::{Durable, DurableState, Misfit};
pub use id::{BadNodeId, NodeId};
pub use log::{Command, Entry, Log, Put};
pub use message::{
    AppendEntries, AppendResult, Appended, InstallSnapshot, Message, RequestVote, Vote,
};
pub use outputs::Outputs;
pub use raft::{Replica, Role};
pub use request::{Op, Outcome, Request, Response};
pub use snapshot::Snapshot;
pub use store::Store;
pub use time::Nanos;
