//! Do two groups of runs have the same verdict, where single runs may differ by chance?

use crate::sample::{Sample, Verdict};

/// Below this probability, chance is no explanation.
const SIGNIFICANCE: f64 = 0.05;

/// How many runs the course calls correct, and how many not. Unlucky ones say nothing of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// Correct ones.
    pub passes: usize,
    /// Incorrect ones.
    pub fails: usize,
}

impl Verdicts {
    /// Of some runs.
    pub fn of(samples: &[Sample]) -> Verdicts {
        let count = |verdict| samples.iter().filter(|it| it.verdict == verdict).count();
        Verdicts { passes: count(Verdict::Pass), fails: count(Verdict::Fail) }
    }

    /// Whether a replica that is as often incorrect in one simulator as in the other may well show both:
    /// Fisher's exact test, two-sided, does not find them to differ at the 5 % level. All runs of one
    /// against none of the other is a difference from three runs against three on with ten or more in all.
    pub fn agree(self, other: Verdicts) -> bool {
        self.fisher(other) >= SIGNIFICANCE
    }

    /// The probability, if both groups are drawn from the same runs, of a division of the failures
    /// between them that is as unlikely as this one, or more.
    fn fisher(self, other: Verdicts) -> f64 {
        let runs = self.passes + self.fails;
        let (fails, all) = (self.fails + other.fails, runs + other.passes + other.fails);
        let ways =
            |here: usize| binomial(fails, here) * binomial(all - fails, runs.saturating_sub(here));
        let possible = (fails + runs).saturating_sub(all)..=fails.min(runs);
        // Divisions that are equally likely differ in the last bits at most.
        let limit = ways(self.fails) * (1.0 + 1e-9);
        let unlikely = possible.map(ways).filter(|&it| it <= limit).sum::<f64>();
        unlikely / binomial(all, runs)
    }
}

/// The ways to choose `few` of `many`.
fn binomial(many: usize, few: usize) -> f64 {
    (0..few).map(|taken| (many - taken) as f64 / (taken + 1) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(original: (usize, usize), ours: (usize, usize)) -> bool {
        let verdicts = |(passes, fails)| Verdicts { passes, fails };
        let (original, ours) = (verdicts(original), verdicts(ours));
        assert_eq!(original.agree(ours), ours.agree(original), "{original:?} {ours:?}");
        original.agree(ours)
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
        // Fisher's lady tasting tea: 3 of 4 cups right on either side. 34 of 70 ways are as odd.
        let (milk, tea) = (Verdicts { passes: 3, fails: 1 }, Verdicts { passes: 1, fails: 3 });
        assert!((milk.fisher(tea) - 34.0 / 70.0).abs() < 1e-12);
    }
}
