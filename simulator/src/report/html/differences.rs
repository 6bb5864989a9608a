//! Numbers that compress well.

use simulation::Nanos;

/// Returns numbers as differences from the one before.
pub(super) fn differences(numbers: impl Iterator<Item = Nanos>) -> Vec<i64> {
    let mut before = 0;
    let difference = |number: Nanos| {
        let step = number as i64 - before;
        before = number as i64;
        step
    };
    numbers.map(difference).collect()
}
