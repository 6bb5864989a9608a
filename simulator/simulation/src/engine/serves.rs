//! The request that a step or a message serves.

use std::num::NonZero;

/// The planned request that a step or a message serves, if it serves one: its place, from 1, in the order
/// in which requests are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serves(Option<NonZero<u32>>);

impl Serves {
    /// The value for steps that serve no request, such as a heartbeat.
    pub(super) const NONE: Serves = Serves(None);

    /// Returns the value for the request of this number, from 0.
    pub(super) fn request(number: u32) -> Self {
        Serves(NonZero::new(number.wrapping_add(1)))
    }

    /// The request's number, from 0.
    pub(super) fn number(self) -> Option<usize> {
        self.0.map(|place| place.get() as usize - 1)
    }
}
