//! The files that commands read and write: scenarios, failures, fingerprints.

pub mod fingerprint;

pub use testing::files::{
    COURSE, Embedded, STANDARD_INPUT, embedded_scenarios, load_failure, load_scenario, load_suite,
    save_failure, stock_scenario,
};
