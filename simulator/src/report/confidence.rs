//! The meaning of a number of failures for runs that were not made.

use simulation::confidence::{bound_if_none_failed, interval};

/// Returns the meaning of a number of runs that all passed: `: with 95 % confidence, less than 3 % of such runs fail`.
///
/// It follows the words that none failed. No runs mean nothing, for which the text is empty.
pub fn if_none_failed(runs: u64) -> String {
    if runs == 0 {
        return String::new();
    }
    let bound = rounded_up(100.0 * bound_if_none_failed(runs));
    format!(": with 95 % confidence, less than {bound} % of such runs fail")
}

/// Returns a number of failures as a rate with its interval: `3 of 500, 0.6 % (95 % confidence: 0.2 to 1.7 %)`.
pub fn rate(failed: u64, runs: u64) -> String {
    let (low, high) = interval(failed, runs);
    let [low, high] = [low, high].map(|share| rounded(100.0 * share));
    let share = rounded(100.0 * failed as f64 / runs.max(1) as f64);
    format!("{failed} of {runs}, {share} % (95 % confidence: {low} to {high} %)")
}

/// Returns the number of decimals with which a percentage has two significant digits.
fn decimals(percentage: f64) -> usize {
    if percentage <= 0.0 { 0 } else { (1.0 - percentage.log10().floor()).clamp(0.0, 15.0) as usize }
}

/// Writes a percentage with two significant digits, without zeros at its end.
fn rounded(percentage: f64) -> String {
    let text = format!("{percentage:.*}", decimals(percentage));
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The same, rounded up, so that what is less than the percentage is less than the text.
fn rounded_up(percentage: f64) -> String {
    let unit = 10_f64.powi(-(decimals(percentage) as i32));
    rounded((percentage / unit - 1e-6).ceil() * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_runs_are_told_by_what_they_rule_out() {
        let bounds = [1, 32, 100, 1120, 1_000_000].map(|runs| {
            let text = if_none_failed(runs);
            let text = text.strip_prefix(": with 95 % confidence, less than ").unwrap();
            text.strip_suffix(" % of such runs fail").unwrap().to_owned()
        });
        assert_eq!(bounds, ["95", "9", "3", "0.27", "0.0003"]);
        assert_eq!(if_none_failed(0), "");
    }

    #[test]
    fn failures_are_told_as_a_rate() {
        assert_eq!(rate(3, 500), "3 of 500, 0.6 % (95 % confidence: 0.2 to 1.7 %)");
        assert_eq!(rate(40, 40), "40 of 40, 100 % (95 % confidence: 91 to 100 %)");
        assert_eq!(
            rate(1, 1_000_000),
            "1 of 1000000, 0.0001 % (95 % confidence: 0.000018 to 0.00057 %)"
        );
    }
}
