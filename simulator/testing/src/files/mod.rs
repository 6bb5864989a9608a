//! The files that tests and commands read and write: scenarios and failures.

mod embedded;
mod failures;
mod scenarios;

pub use embedded::Embedded;
pub use failures::{load_failure, save_failure};
pub use scenarios::{
    COURSE, STANDARD_INPUT, embedded_scenarios, load_scenario, load_suite, stock_scenario,
};
