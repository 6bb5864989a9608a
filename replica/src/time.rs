//! Time, as a replica is told it.

/// Nanoseconds on a replica's own monotone clock, whose origin is arbitrary.
pub type Nanos = u64;
