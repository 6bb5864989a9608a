//! The numbers of scenarios and plans: integer nanoseconds, exact ratios, and ranges of either.

mod decimal;
mod drawn;
mod ratio;
mod span;

pub(crate) use decimal::{Decimal, Scaled, show};
pub use drawn::Drawn;
pub use ratio::{Ratio, RatioError};
pub use span::{Delay, Span};

/// A time or a duration in whole nanoseconds.
pub type Nanos = u64;

/// One microsecond in nanoseconds.
pub const MICROSECOND: Nanos = 1_000;

/// One second in nanoseconds.
pub const SECOND: Nanos = 1_000_000_000;
