//! What a check says.

use serde::Serialize;

use super::history::{KeyId, OpId, TimeUnit};

/// The bound on a search. The sweep for unique values needs none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Configurations that the search may look at per key; a million take about 0.1 s.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: 10_000_000 }
    }
}

/// Whether a history is linearizable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Every key has an order of its operations that is legal and respects real time.
    Linearizable,
    /// Some key has none; with the proof.
    NotLinearizable(Box<Violation>),
    /// The search ran out of budget, and no other key is known to be at fault.
    Unknown {
        /// The name of the first key left open.
        key: String,
        /// The configurations looked at before giving up on it.
        steps: u64,
    },
}

/// For each key, in order of key ids, an order of its operations that explains everything observed. Operations
/// without an effect or an answer (gets that never returned, writes that never happened) are left out.
pub type Witness = Vec<(KeyId, Vec<OpId>)>;

/// A proof that a history is not linearizable: operations of one key that no order explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The name of the key.
    pub key: String,
    /// The kind of violation.
    pub kind: Kind,
    /// The proof, in order of invocation: these operations by themselves have no legal order, and adding back
    /// the others cannot give them one.
    pub operations: Vec<Evidence>,
    /// The real-time order of these operations, without pairs that follow from others.
    pub edges: Vec<Edge>,
    /// The earliest moment at which the history was already lost: the least return such that the operations that
    /// had returned by then have no legal order, whatever those still open did. In the history's unit.
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
}

/// One operation of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Its position in the history.
    pub id: u32,
    /// The client that called.
    pub client: u32,
    /// The call and its answer, with long values cut: `put(7)`, `get -> 7`, `cas(7 -> 8)`.
    pub call: String,
    /// The stamp of the call.
    pub invoke: u64,
    /// The stamp of the return, `null` if it never returned.
    pub returned: Option<u64>,
}

/// Two operations in real-time order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The id of the operation that had returned …
    pub before: u32,
    /// … before this one began.
    pub after: u32,
    /// The order of two values that follows, if one does: the first must be written before the second.
    pub orders: Option<[String; 2]>,
}
