//! The time within which a replica says hello.

use simulation::Nanos;

/// The time within which a replica must say hello, or is taken for dead.
///
/// The course's clients begin to send requests after five seconds.
pub(crate) const HELLO_WITHIN: Nanos = 10_000_000_000;

/// Returns the finding about a silent replica, as a phrase that follows its name.
pub(crate) fn no_hello() -> String {
    format!("said no hello within {} s", HELLO_WITHIN / 1_000_000_000)
}
