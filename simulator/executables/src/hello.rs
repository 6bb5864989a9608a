//! The time within which a replica says hello.

use simulation::Nanos;

/// A replica says hello within this time of its start, or it is taken for dead: the course's clients begin
/// to ask after five seconds.
pub(crate) const HELLO_WITHIN: Nanos = 10_000_000_000;

/// Why it is taken for dead, in words that go after its name.
pub(crate) fn no_hello() -> String {
    format!("said no hello within {} s", HELLO_WITHIN / 1_000_000_000)
}
