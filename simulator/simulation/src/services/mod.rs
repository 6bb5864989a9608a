//! Services that a system of your own may offer in place of the course's key-value store.
//!
//! A node names one as `type Service = Own<Queue>`. Each draws its own operations, comes with the sequential program
//! that a single correct replica executes ([`Service::apply`](crate::api::Service::apply)), and is judged by the
//! checker's model of it. For another one, write a [`Service`](crate::api::Service) of your own.

mod counter;
mod locks;
mod log;
mod queue;
mod store;

pub use counter::Counter;
pub use locks::{Locks, Owners};
pub use log::Log;
pub use queue::Queue;
pub use store::Store;
