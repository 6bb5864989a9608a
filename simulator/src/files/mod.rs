//! The files that commands read and write: scenarios, failures, fingerprints.

mod embedded;
mod failures;
pub mod fingerprint;
mod scenarios;

pub use embedded::Embedded;
pub use failures::{load_failure, save_failure};
pub use scenarios::{
    COURSE, STANDARD_INPUT, embedded_scenarios, load_scenario, load_suite, stock_scenario,
};
