//! The budgets of a scenario beyond the course's four metrics.

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// The budgets of a run beyond the course's four metrics. Each is the greatest value that is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// The time without a leader until the scenario ends, in election time-outs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaderless: Option<u32>,
    /// The number of the last term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<u32>,
    /// The number of elections for each fault, and for the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elections_per_fault: Option<u32>,
    /// The upper median of the times from a put to its answer, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put_latency: Option<Nanos>,
    /// The number of messages between replicas that repeat the one before on their link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
}

impl Budgets {
    /// Returns budgets that no run exceeds, for measuring what runs spend.
    pub const fn unlimited() -> Self {
        let most = Some(u32::MAX);
        Budgets {
            leaderless: most,
            terms: most,
            elections_per_fault: most,
            put_latency: Some(Nanos::MAX),
            repeats: most,
        }
    }
}
