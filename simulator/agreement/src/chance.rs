//! A test if two groups of runs do something equally often.

use crate::sample::Sample;

/// The probability below which chance is no explanation.
const SIGNIFICANCE: f64 = 0.05;

/// The numbers of runs that did something, and that did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The number of runs that did it.
    pub yes: usize,
    /// The number of runs that did not.
    pub no: usize,
}

impl Share {
    /// Counts samples; those for which `did` has no answer count as neither.
    pub(crate) fn of(samples: &[Sample], did: impl Fn(&Sample) -> Option<bool>) -> Share {
        let count = |answer| samples.iter().filter(|sample| did(sample) == Some(answer)).count();
        Share { yes: count(true), no: count(false) }
    }

    /// Returns true if both groups may do the thing equally often.
    ///
    /// That is so unless Fisher's exact test, two-sided, tells them apart at the 5 % level.
    pub(crate) fn agrees_with(self, other: Share) -> bool {
        self.fisher(other) >= SIGNIFICANCE
    }

    /// Returns the probability of all divisions that are at most as likely as this one.
    ///
    /// It assumes that both groups are drawn from the same runs.
    fn fisher(self, other: Share) -> f64 {
        let runs = self.yes + self.no;
        let (yes, all) = (self.yes + other.yes, runs + other.yes + other.no);
        let ways =
            |here: usize| binomial(yes, here) * binomial(all - yes, runs.saturating_sub(here));
        let possible = (yes + runs).saturating_sub(all)..=yes.min(runs);
        // Divisions that are equally likely differ at most in the last bits.
        let limit = ways(self.yes) * (1.0 + 1e-9);
        let unlikely = possible.map(ways).filter(|&it| it <= limit).sum::<f64>();
        unlikely / binomial(all, runs)
    }
}

/// Returns the number of ways to choose `few` of `many`.
fn binomial(many: usize, few: usize) -> f64 {
    (0..few).map(|taken| (many - taken) as f64 / (taken + 1) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(original: (usize, usize), ours: (usize, usize)) -> bool {
        let share = |(yes, no)| Share { yes, no };
        let (original, ours) = (share(original), share(ours));
        assert_eq!(original.agrees_with(ours), ours.agrees_with(original), "{original:?} {ours:?}");
        original.agrees_with(ours)
    }

    #[test]
    fn one_odd_run_is_chance_and_two_of_three_are_not() {
        assert!(agree((3, 0), (20, 0)));
        assert!(agree((2, 1), (20, 0)));
        assert!(!agree((1, 2), (20, 0)));
        assert!(!agree((0, 3), (20, 0)));
    }

    #[test]
    fn where_both_are_mixed_the_shares_must_be_far_apart_to_differ() {
        assert!(agree((1, 2), (18, 2)));
        assert!(!agree((1, 2), (19, 1)));
        assert!(agree((0, 3), (13, 7)));
        assert!(!agree((0, 3), (14, 6)));
    }

    #[test]
    fn few_runs_prove_little_and_none_nothing() {
        assert!(agree((3, 0), (0, 3)));
        assert!(!agree((4, 0), (0, 4)));
        assert!(agree((0, 0), (20, 0)));
        assert!(agree((0, 0), (0, 0)));
    }

    #[test]
    fn the_probability_is_that_of_the_tables_in_the_books() {
        // Fisher's lady tasting tea: 3 of 4 cups right on either side. 34 of 70 ways are at most as likely.
        let (milk, tea) = (Share { yes: 3, no: 1 }, Share { yes: 1, no: 3 });
        assert!((milk.fisher(tea) - 34.0 / 70.0).abs() < 1e-12);
    }
}
