//! Exact decimal numbers: `0.1` is one tenth, not the nearest float.

/// A number in JSON's form: `digits × 10^exponent`, with a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// A decimal as a multiple of a unit, rounded down and up; both are equal for a whole multiple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub(crate) floor: i128,
    pub(crate) ceil: i128,
}

/// The largest number of integer digits; more count as infinite. `10^37` still fits an `i128`.
const MAX_DIGITS: i64 = 37;

impl Decimal {
    /// Reads `[-]digits[.digits][e[±]digits]`; returns `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let places = i64::try_from(fraction.len()).ok()?;
        let digits = format!("{whole}{fraction}").trim_start_matches('0').to_owned();
        Some(Self { negative, digits, exponent: exponent - places })
    }

    /// Returns the number in units of `10^-places`, limited to `±10^37` units.
    pub(crate) fn scaled(&self, places: u32) -> Scaled {
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let shift = self.exponent + i64::from(places);
        let integer_digits = length.saturating_add(shift);
        let (floor, ceil) = if self.digits.is_empty() {
            (0, 0)
        } else if integer_digits > MAX_DIGITS {
            let limit = 10_i128.pow(MAX_DIGITS as u32);
            (limit, limit)
        } else if integer_digits <= 0 {
            (0, 1)
        } else if shift >= 0 {
            let whole = to_integer(&self.digits) * 10_i128.pow(shift as u32);
            (whole, whole)
        } else {
            let (kept, dropped) = self.digits.split_at(integer_digits as usize);
            let whole = to_integer(kept);
            let inexact = dropped.bytes().any(|digit| digit != b'0');
            (whole, whole + i128::from(inexact))
        };
        if self.negative { Scaled { floor: -ceil, ceil: -floor } } else { Scaled { floor, ceil } }
    }
}

impl Scaled {
    /// Returns true if the exact number, not only its rounding, lies between two whole units.
    pub(crate) fn lies_within(self, low: i128, high: i128) -> bool {
        self.floor >= low && self.ceil <= high
    }
}

/// Returns the decimal text of `units` times `10^-places`, without trailing zeros.
pub(crate) fn show(units: u64, places: u32) -> String {
    let digits = format!("{units:0width$}", width = places as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places as usize);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Reads an exponent, limited to ±10^9: more makes no difference, and sums of exponents must not overflow.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX).min(1_000_000_000);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Returns at most [`MAX_DIGITS`] decimal digits as an integer.
fn to_integer(digits: &str) -> i128 {
    digits.bytes().fold(0, |value, digit| value * 10 + i128::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(text: &str, places: u32) -> (i128, i128) {
        let Scaled { floor, ceil } = Decimal::parse(text).unwrap().scaled(places);
        (floor, ceil)
    }

    #[test]
    fn whole_multiples_are_exact() {
        assert_eq!(scaled("0.1", 9), (100_000_000, 100_000_000));
        assert_eq!(scaled("0.00015", 9), (150_000, 150_000));
        assert_eq!(scaled("-12.50e-1", 3), (-1250, -1250));
        assert_eq!(scaled("3E+2", 0), (300, 300));
        assert_eq!(scaled("-0.0", 9), (0, 0));
        assert_eq!(scaled("00.100", 1), (1, 1));
    }

    #[test]
    fn others_are_rounded_both_ways() {
        assert_eq!(scaled("1.5", 0), (1, 2));
        assert_eq!(scaled("-1.5", 0), (-2, -1));
        assert_eq!(scaled("1e-400", 9), (0, 1));
        assert_eq!(scaled("-1e-400", 9), (-1, 0));
        assert_eq!(scaled("0.1000000000000000055511151231257827", 9), (100_000_000, 100_000_001));
    }

    #[test]
    fn huge_numbers_saturate() {
        let limit = 10_i128.pow(37);
        assert_eq!(scaled("1e400", 9), (limit, limit));
        assert_eq!(scaled("-1e99999999999999999999", 0), (-limit, -limit));
        assert_eq!(scaled(&"9".repeat(100), 0), (limit, limit));
        assert_eq!(scaled(&"9".repeat(37), 0), (limit - 1, limit - 1));
        assert_eq!(scaled("0e400", 9), (0, 0));
    }

    #[test]
    fn integers_are_shown_as_the_decimals_they_stand_for() {
        assert_eq!(show(150_000, 9), "0.00015");
        assert_eq!(show(1_500_000_000, 9), "1.5");
        assert_eq!(show(100, 0), "100");
        assert_eq!(show(0, 9), "0");
    }

    #[test]
    fn only_json_numbers_parse() {
        for text in ["", "-", ".5", "5.", "1e", "1e+", "+1", "1_0", "NaN", "1.2.3", "٣"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn bounds_apply_to_the_exact_number() {
        let within = |text: &str| Decimal::parse(text).unwrap().scaled(0).lies_within(0, 1);
        assert!(within("0") && within("0.5") && within("1.0"));
        assert!(!within("1.0000000001") && !within("-1e-30"));
    }
}
