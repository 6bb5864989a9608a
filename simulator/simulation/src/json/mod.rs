//! A JSON reader with precise errors: every value knows its place in the file.

mod drawn;
mod error;
mod field;
mod object;
mod words;

pub(crate) use drawn::drawn;
pub(crate) use error::line_and_column;
pub use error::{Place, ScenarioError, Warning};
pub(crate) use field::{Field, Range, Source};
pub(crate) use object::{Object, did_you_mean, unknown_name};
pub(crate) use words::explain;
