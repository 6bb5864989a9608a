//! The parsers of arguments that several commands have.

use std::num::NonZero;
use std::ops::Range;

use simulation::Nanos;

/// Parses a seed.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// Parses a number of threads.
pub(super) fn jobs(text: &str) -> Result<NonZero<u16>, String> {
    text.parse().map_err(|_| format!("expected how many runs at a time, from 1 to {}", u16::MAX))
}

/// Parses `A..B`, a half-open range that is not empty.
pub(super) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let expected = "expected two whole numbers with the first less than the second, such as 0..100";
    let Some((from, to)) = text.split_once("..") else {
        return Err(match seed(text) {
            Ok(only) => format!(
                "write 0..{only} for {only} seeds, or {only}..{} for this one",
                only.saturating_add(1)
            ),
            Err(_) => expected.to_owned(),
        });
    };
    let range = seed(from.trim())?..seed(to.trim())?;
    if range.is_empty() { Err(expected.to_owned()) } else { Ok(range) }
}

/// Parses a time in seconds, or with a unit.
pub(super) fn time(text: &str) -> Result<Nanos, String> {
    let expected = "expected a time such as 15, 15.25s, 800ms or 20us";
    let units = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))
        .unwrap_or((text, 1_000_000_000));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| -> Result<u64, String> {
        let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if all_digits { text.parse().ok() } else { None };
        number.ok_or_else(|| expected.to_owned())
    };
    let scale = 10_u64.checked_pow(fraction.len() as u32).ok_or(expected)?;
    let fraction = u128::from(digits(fraction)?) * unit / u128::from(scale);
    let nanos = u128::from(digits(whole)?) * unit + fraction;
    Nanos::try_from(nanos).map_err(|_| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        assert_eq!(time("15"), Ok(15_000_000_000));
        assert_eq!(time("0.000000001s"), Ok(1));
        assert_eq!(time("12.5ms"), Ok(12_500_000));
        for bad in ["", "-1", "1e3", "s", ".5", "1.", "5m", "99999999999999999999"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn seeds_are_half_open_and_never_empty() {
        assert_eq!(seeds("3..7"), Ok(3..7));
        for bad in ["7..3", "3..3", "3", "..", "-1..4", "1..=4", "a..b"] {
            assert!(seeds(bad).is_err(), "{bad}");
        }
    }
}
