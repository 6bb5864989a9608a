//! All integration tests of the checker.

mod formats;
mod proof;
mod random;
mod report;
mod shared;
mod support;
