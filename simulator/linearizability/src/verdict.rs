//! What a check says.

use serde::Serialize;

use super::history::{KeyId, OpId, TimeUnit};

/// How long the search may go on. The sweep for unique values needs none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Configurations the search may look at, for each key. A million take about a tenth of a second.
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
    /// Some key has none, and here is why.
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

/// Why a history is not linearizable: a few operations of one key that no order explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The name of the key.
    pub key: String,
    /// What went wrong.
    pub kind: Kind,
    /// The proof, in order of invocation: these operations by themselves have no legal order, and adding back
    /// the others cannot give them one.
    pub operations: Vec<Evidence>,
    /// Which of them had returned before which began, without what follows from the others.
    pub edges: Vec<Edge>,
    /// The earliest moment at which the history was already lost: the least return such that the operations that
    /// had returned by then have no legal order, whatever those still open did. In the history's unit.
    pub lost_at: u64,
    /// What the stamps count.
    pub unit: TimeUnit,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A value was returned that nobody wrote.
    ThinAir,
    /// A value was returned before anybody had begun to write it.
    FutureRead,
    /// The order of real time and the order of the values contradict each other.
    Cycle,
}

/// One operation of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Its position in the history.
    pub id: u32,
    /// Who called.
    pub client: u32,
    /// What was called and answered, with long values cut: `put(7)`, `get -> 7`, `cas(7 -> 8)`.
    pub call: String,
    /// When it was called.
    pub invoke: u64,
    /// When it returned, `null` if never.
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
