//! The position of a field in the text of a file.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::json::line_and_column;

/// A line and a column, from 1.
pub(super) type Position = (usize, usize);

/// Returns the position of the value of a field such as `plan.faults[2].at`.
///
/// If the field is missing, returns the position of its nearest existing ancestor; `None` if there is none.
pub(super) fn of_field(text: &str, field: &str) -> Option<Position> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    let mut is_inside = false;
    for step in field.split(['.', '[']) {
        let next = match step.strip_suffix(']') {
            Some(number) => item(value, number.parse().ok()?),
            None => member(value, step),
        };
        let Some(next) = next else { break };
        (value, is_inside) = (next, true);
    }
    let offset = value.get().as_ptr().addr() - text.as_ptr().addr();
    is_inside.then(|| line_and_column(&text[..offset]))
}

fn member<'t>(object: &'t RawValue, name: &str) -> Option<&'t RawValue> {
    serde_json::from_str::<BTreeMap<String, &RawValue>>(object.get()).ok()?.remove(name)
}

fn item(list: &RawValue, number: usize) -> Option<&RawValue> {
    serde_json::from_str::<Vec<&RawValue>>(list.get()).ok()?.get(number).copied()
}

/// Returns the position of the last occurrence of a name in a line up to a column.
///
/// The parser reports some wrong fields only after it has read past them.
pub(super) fn of_name(text: &str, (line, column): Position, name: &str) -> Position {
    let here = text.lines().nth(line - 1).unwrap_or_default();
    let end = (0..=column.min(here.len())).rev().find(|&end| here.is_char_boundary(end));
    let before = &here[..end.unwrap_or_default()];
    match before.rfind(&format!("\"{name}\"")) {
        Some(at) => (line, before[..at].chars().count() + 1),
        None => (line, column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n \"a\": {\"b\": [7,\n  {\"ü\": 1, \"c\": 2}]}\n}";

    #[test]
    fn a_field_is_found_or_what_it_would_stand_in() {
        assert_eq!(of_field(TEXT, "a"), Some((2, 7)));
        assert_eq!(of_field(TEXT, "a.b[0]"), Some((2, 14)));
        assert_eq!(of_field(TEXT, "a.b[1].c"), Some((3, 17)));
        assert_eq!(of_field(TEXT, "a.b[1].d"), Some((3, 3)), "there it is missing");
        assert_eq!(of_field(TEXT, "x"), None);
        assert_eq!(of_field("no JSON", "a"), None);
    }

    #[test]
    fn a_name_is_found_in_its_line() {
        assert_eq!(of_name(TEXT, (3, 19), "c"), (3, 12));
        assert_eq!(of_name(TEXT, (3, 19), "ü"), (3, 4));
        assert_eq!(of_name(TEXT, (3, 5), "c"), (3, 5), "not before it");
        assert_eq!(of_name(TEXT, (9, 1), "c"), (9, 1));
    }
}
