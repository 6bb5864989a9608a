//! Checking any service by its sequential [`Model`].
//!
//! A service of one's own needs one type that implements [`Model`]. Record what clients called and were answered as
//! [`Observation`]s, then [`check`] them. The models of common services are in the modules below.

pub mod counter;
mod definition;
mod judge;
pub mod key_value;
pub mod keyed;
pub mod lock;
pub mod log;
pub mod mutex;
mod open;
mod part;
mod proof;
pub mod queue;
pub mod register;
mod search;
mod seen;
pub mod set;
mod shrink;
mod transitions;

pub use definition::{Answered, Model, Observation};
pub(crate) use judge::{Decision, check_in, decide, is_legal, lost_at};
pub use judge::{check, is_linearizable, order};
