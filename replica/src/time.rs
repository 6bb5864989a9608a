//! The time that a replica gets from its caller.

/// Nanoseconds on a replica's own monotone clock, whose origin is arbitrary.
pub type Nanos = u64;
