//! The probability that a run fails, as far as a number of runs and of their failures tells it.
//!
//! Everything here has a confidence of 95 %: of twenty such statements, one is expected to be wrong. The runs stand for
//! all seeds of their scenarios, and for nothing that these scenarios never do.

/// The quantile of the normal distribution for 19 of 20 cases.
const Z: f64 = 1.96;

/// Returns the failure probability that some passed runs rule out, from 0 to 1; 1 for no runs.
///
/// If a run failed with this probability, `runs` runs would all pass in one of 20 cases. It is nearly 3 / `runs` (the
/// *rule of three*).
pub fn bound_if_none_failed(runs: u64) -> f64 {
    if runs == 0 {
        return 1.0;
    }
    -(0.05_f64.ln() / runs as f64).exp_m1()
}

/// Returns the interval of failure probabilities that fit `failed` of `runs`, from 0 to 1 (Wilson, 1927).
pub fn interval(failed: u64, runs: u64) -> (f64, f64) {
    if runs == 0 {
        return (0.0, 1.0);
    }
    let (failed, runs) = (failed as f64, runs as f64);
    let share = failed / runs;
    let weight = Z * Z / runs;
    let middle = (share + weight / 2.0) / (1.0 + weight);
    let spread = share * (1.0 - share) / runs + weight / (4.0 * runs);
    let half = Z * spread.sqrt() / (1.0 + weight);
    ((middle - half).clamp(0.0, 1.0), (middle + half).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thousandths(share: f64) -> f64 {
        (share * 1000.0).round() / 1000.0
    }

    #[test]
    fn passed_runs_rule_out_about_three_in_their_number() {
        let bounds = [0, 1, 10, 100, 1000].map(bound_if_none_failed).map(thousandths);
        assert_eq!(bounds, [1.0, 0.95, 0.259, 0.03, 0.003]);
        let many = bound_if_none_failed(1_000_000_000_000);
        assert!((many * 1e12 - 2.9957).abs() < 0.001, "{many}");
    }

    #[test]
    fn intervals_are_those_of_wilson() {
        let of = |failed, runs| {
            let (low, high) = interval(failed, runs);
            (thousandths(low), thousandths(high))
        };
        assert_eq!(of(0, 0), (0.0, 1.0));
        assert_eq!([of(3, 500), of(5, 10)], [(0.002, 0.017), (0.237, 0.763)]);
        assert_eq!([of(0, 10), of(10, 10)], [(0.0, 0.278), (0.722, 1.0)]);
    }
}
