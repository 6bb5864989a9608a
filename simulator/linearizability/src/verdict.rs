//! The verdict of a check.

use serde::Serialize;

use super::history::{KeyId, OpId, TimeUnit};

/// The bound on a search. Other methods than the search do not need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The largest number of configurations that the search visits per key; a million take about 0.1 s.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: 10_000_000 }
    }
}

/// The verdict on a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Every key has an order of its operations that is legal and respects real time.
    Linearizable,
    /// Some key has no such order; contains the proof.
    NotLinearizable(Box<Violation>),
    /// The search used up its budget, and no key has a known violation.
    Unknown {
        /// The name of the first undecided key.
        key: String,
        /// The number of configurations visited before the search gave up.
        steps: u64,
    },
}

/// A legal order of the operations of each key, in order of key ids.
///
/// Operations without an effect or an answer (gets that never returned, writes that never took effect) are left out.
pub type Witness = Vec<(KeyId, Vec<OpId>)>;

/// A proof that a history is not linearizable: operations of one key without a legal order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The name of the key.
    pub key: String,
    /// The kind of violation.
    pub kind: Kind,
    /// The id of the operation that the proof begins with, if it does not begin with the initial state.
    ///
    /// Its answer tells the whole state, so that nothing before it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<u32>,
    /// The operations of the proof, in order of invocation, after the one that is given. They have no legal order by
    /// themselves, and adding the other operations cannot give them one.
    pub operations: Vec<Evidence>,
    /// The real-time order of these operations, without pairs that follow from others.
    pub edges: Vec<Edge>,
    /// The stamp of the first return after which the history has no legal order.
    ///
    /// The operations that had returned by then have no legal order, whatever the effect of those still open.
    pub lost_at: u64,
    /// The unit of the stamps.
    pub unit: TimeUnit,
}

/// The kind of violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A read of a value that no operation wrote.
    ThinAir,
    /// A read of a value before any write of it had begun.
    FutureRead,
    /// A contradiction between the order of real time and the order of the values.
    Cycle,
    /// Answers that no order of the operations gives, by the model of the service.
    NoOrder,
}

/// One operation of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The operation's position in the history.
    pub id: u32,
    /// The client that called.
    pub client: u32,
    /// The call and its answer, with long values shortened: `put(7)`, `get -> 7`, `cas(7 -> 8)`.
    pub call: String,
    /// The stamp of the call.
    pub invoke: u64,
    /// The stamp of the return, `null` if it never returned.
    pub returned: Option<u64>,
}

/// Two operations in real-time order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The id of the operation that returned first.
    pub before: u32,
    /// The id of the operation that was called after that return.
    pub after: u32,
    /// The resulting order of two values, if there is one: the first must be written before the second.
    pub orders: Option<[String; 2]>,
}
