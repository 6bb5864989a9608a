//! The progress that a scenario expects while its faults last.

use serde::{Deserialize, Serialize};

/// The progress that is expected of a healthy majority of replicas while faults last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Requests are answered within this many election time-outs, 1 to 1000.
    Within(u32),
    /// None, for this reason.
    Off(String),
}

/// The largest number of election time-outs.
pub(crate) const MOST_TIMEOUTS: u32 = 1000;
