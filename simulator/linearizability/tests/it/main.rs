//! All integration tests of the checker.

mod formats;
mod model;
mod models;
mod proof;
mod random;
mod report;
mod reported;
mod shared;
mod support;
