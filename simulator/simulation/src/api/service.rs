//! The service that replicas offer to their clients: the operations, and the answers to them.

use std::fmt::Debug;

use crate::api::{Answer, Op};

/// The operations of a service and the answers to them, as the engine carries them.
///
/// [`KeyValue`] is the course's service. [`Own`](crate::api::Own) makes one of any [`Service`](crate::api::Service).
pub trait AnyService {
    /// An operation, as a request carries it.
    type Op: Clone + Debug;
    /// An answer, as a response carries it.
    type Answer: Clone + Debug;

    /// Returns what an answer means to the client.
    fn outcome(answer: &Self::Answer) -> Outcome;
}

/// The meaning of an answer to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request is complete.
    Completed,
    /// The request was not executed. The client sends it again at once.
    Redirected,
    /// The result of the request is unknown. The client sends it again at once.
    Failed,
}

/// The course's service: a store of keys and values with get and put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValue;

impl AnyService for KeyValue {
    type Op = Op;
    type Answer = Answer;

    fn outcome(answer: &Answer) -> Outcome {
        match answer {
            Answer::Done | Answer::Value(_) => Outcome::Completed,
            Answer::Redirect => Outcome::Redirected,
            Answer::Fail => Outcome::Failed,
        }
    }
}
