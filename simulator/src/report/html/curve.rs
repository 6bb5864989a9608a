//! Curves under the lanes.

use serde::Serialize;
use simulation::Nanos;

/// A share over time, with its error.
#[derive(Debug, Serialize)]
pub(super) struct Curve {
    pub title: String,
    pub at: Vec<Nanos>,
    pub share: Vec<f64>,
    /// The interval in which the true share is.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}
