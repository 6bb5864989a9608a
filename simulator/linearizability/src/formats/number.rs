//! Numbers in one form, so that those are equal which their format holds to be equal.

use std::borrow::Cow;

/// The notation of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Integers and decimals are different; `5N` is the integer 5, `1.5M` an exact decimal.
    Edn,
    /// There is one kind of numbers.
    Json,
}

/// The largest number of zeros that an exponent is written out as.
const MOST_ZEROS: i64 = 30;

/// Returns a literal in the form that all equal numbers have; what is no number stays as it is.
pub(super) fn canonical(literal: &str, syntax: Syntax) -> Cow<'_, str> {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if literal.len() < 19 && is_plain(literal) && !literal.starts_with('0') {
        return Cow::Borrowed(literal); // The commonest case.
    }
    let (text, suffix) = match (syntax, literal.strip_suffix('N'), literal.strip_suffix('M')) {
        (Syntax::Edn, Some(text), _) if Decimal::read(text).is_some_and(|it| it.is_integer) => {
            (text, "")
        }
        (Syntax::Edn, _, Some(text)) => (text, "M"),
        _ => (literal, ""),
    };
    let Some(decimal) = Decimal::read(text) else { return Cow::Borrowed(literal) };
    let keeps_point = syntax == Syntax::Edn && suffix.is_empty() && !decimal.is_integer;
    Cow::Owned(decimal.text(keeps_point) + suffix)
}

/// A decimal number: `digits`, which neither begin nor end with 0, times a power of ten.
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
    /// True if it was written without a point and an exponent.
    is_integer: bool,
}

impl Decimal {
    fn read(text: &str) -> Option<Decimal> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        let kept = digits.trim_end_matches('0');
        let zeros = (digits.len() - kept.len()) as i64;
        let exponent = exponent.checked_sub(fraction.len() as i64)?.checked_add(zeros)?;
        let digits = kept.trim_start_matches('0').to_owned();
        let is_integer = text.len() == whole.len();
        let is_zero = digits.is_empty();
        let exponent = if is_zero { 0 } else { exponent };
        Some(Decimal { is_negative: is_negative && !is_zero, digits, exponent, is_integer })
    }

    fn text(&self, keeps_point: bool) -> String {
        let Decimal { is_negative, ref digits, exponent, .. } = *self;
        let sign = if is_negative { "-" } else { "" };
        let digits = if digits.is_empty() { "0" } else { digits };
        let point = if keeps_point { ".0" } else { "" };
        let before = digits.len() as i64 + exponent;
        if (0..=MOST_ZEROS).contains(&exponent) {
            format!("{sign}{digits}{}{point}", "0".repeat(exponent as usize))
        } else if exponent < 0 && before > 0 {
            let (whole, fraction) = digits.split_at(before as usize);
            format!("{sign}{whole}.{fraction}")
        } else if exponent < 0 && before >= -MOST_ZEROS {
            format!("{sign}0.{}{digits}", "0".repeat(-before as usize))
        } else {
            format!("{sign}{digits}e{exponent}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edn(text: &str) -> Cow<'_, str> {
        canonical(text, Syntax::Edn)
    }

    fn json(text: &str) -> Cow<'_, str> {
        canonical(text, Syntax::Json)
    }

    #[test]
    fn equal_numbers_have_one_form() {
        for (one, other) in
            [("5N", "5"), ("+5", "5"), ("1.50", "1.5"), ("-0", "0"), ("1e3", "1000.0")]
        {
            assert_eq!(edn(one), edn(other));
        }
        for (one, other) in
            [("1.0", "1"), ("1e2", "100"), ("0.10e1", "1"), ("-0.0", "0"), ("12.5e-1", "1.25")]
        {
            assert_eq!(json(one), json(other));
        }
        assert_eq!(edn("1.50M"), edn("1.5M"));
        assert_eq!((json("0.001"), json("-120")), ("0.001".into(), "-120".into()));
    }

    #[test]
    fn different_numbers_have_different_forms() {
        for (one, other) in
            [("1", "1.0"), ("1.5", "1.5M"), ("1", "10"), ("0.1", "0.01"), ("-1", "1")]
        {
            assert_ne!(edn(one), edn(other));
        }
        assert_ne!(json("1e400"), json("1e401"));
        assert_eq!(
            (edn("x1"), edn(":5N"), edn("1/2"), edn("M"), edn("-")),
            ("x1".into(), ":5N".into(), "1/2".into(), "M".into(), "-".into())
        );
    }
}
