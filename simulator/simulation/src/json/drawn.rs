//! Numbers that a scenario may write as a range.

use super::{Field, ScenarioError};
use crate::units::Drawn;

/// Reads a number, or a range of numbers.
pub(crate) fn drawn<T: Copy + PartialOrd>(
    field: &Field<'_>,
    read: impl Fn(&Field<'_>) -> Result<T, ScenarioError>,
) -> Result<Drawn<T>, ScenarioError> {
    const EXPECTED: &str = "a number, or a range of them: [low, high]";
    if !field.text.starts_with('[') {
        return read(field).map(Drawn::just);
    }
    let items = field.list(EXPECTED)?;
    let [low, high] = items.as_slice() else {
        return Err(field.error(format!("found a list of {}, expected {EXPECTED}", items.len())));
    };
    let drawn = Drawn { low: read(low)?, high: read(high)? };
    if drawn.low > drawn.high {
        let found = field.shown();
        return Err(field.error(format!("{found} is the wrong way round, expected {EXPECTED}")));
    }
    Ok(drawn)
}
