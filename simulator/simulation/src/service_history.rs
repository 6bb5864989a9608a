//! The history of a run, as its service records it.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::Nanos;
use crate::api::{ClientId, Service};
use linearizability::model::{self, Observation};
use linearizability::{Budget, History, Verdict};

/// The history of a run's clients: that of the course's key-value store, or that of a service of one's own.
#[derive(Debug, Default)]
pub struct ServiceHistory {
    /// The operations of the key-value store; empty for another service.
    pub key_value: History,
    /// The operations of a service of one's own, if the nodes offer one.
    pub own: Option<OwnHistory>,
}

impl From<History> for ServiceHistory {
    fn from(key_value: History) -> Self {
        ServiceHistory { key_value, own: None }
    }
}

/// The history of a service of one's own, whatever the types of its operations and answers.
pub struct OwnHistory(Box<dyn AnyHistory>);

impl OwnHistory {
    /// Returns the history of a service.
    pub(crate) fn of<S: Service>(records: Vec<Record<S>>) -> Self {
        OwnHistory(Box::new(Typed(records)))
    }

    /// Returns the number of operations.
    pub fn operations(&self) -> usize {
        self.0.operations()
    }

    /// Returns the operations as JSON objects, in the order in which they were recorded: `client`, `op`, `answer`,
    /// `invoke_ns` and `return_ns`.
    pub fn to_json(&self) -> Vec<Value> {
        self.0.to_json()
    }

    /// Checks that the operations have an order that agrees with real time and with the service's sequential program.
    pub fn check(&self, budget: Budget) -> Verdict {
        self.0.check(budget)
    }
}

impl fmt::Debug for OwnHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnHistory").field("operations", &self.operations()).finish()
    }
}

/// An operation of a service, as it was recorded.
pub(crate) struct Record<S: Service> {
    pub client: ClientId,
    pub op: Arc<S::Op>,
    pub invoked: Nanos,
    /// The answer and its time.
    pub answered: Option<(S::Answer, Nanos)>,
}

trait AnyHistory: Send + Sync {
    fn operations(&self) -> usize;
    fn to_json(&self) -> Vec<Value>;
    fn check(&self, budget: Budget) -> Verdict;
}

struct Typed<S: Service>(Vec<Record<S>>);

impl<S: Service> AnyHistory for Typed<S> {
    fn operations(&self) -> usize {
        self.0.len()
    }

    fn to_json(&self) -> Vec<Value> {
        let line = |record: &Record<S>| {
            json!({
                "client": record.client.0,
                "op": *record.op,
                "answer": record.answered.as_ref().map(|(answer, _)| answer),
                "invoke_ns": record.invoked,
                "return_ns": record.answered.as_ref().map(|(_, at)| at),
            })
        };
        self.0.iter().map(line).collect()
    }

    fn check(&self, budget: Budget) -> Verdict {
        let observed = |record: &Record<S>| {
            let (client, op) = (u32::from(record.client.0), S::Op::clone(&record.op));
            match &record.answered {
                Some((answer, at)) => {
                    Observation::answered(client, op, record.invoked, answer.clone(), *at)
                }
                None => Observation::pending(client, op, record.invoked),
            }
        };
        let calls: Vec<_> = self.0.iter().map(observed).collect();
        model::check(&S::model(), &calls, budget)
    }
}
