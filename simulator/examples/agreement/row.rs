//! One scenario under both simulators, and whether they agree.

use crate::sample::{Sample, Spread};
use crate::verdicts::Verdicts;

/// One scenario under both simulators, at least one sample each.
#[derive(Clone, Debug)]
pub struct Row {
    /// The scenario's name.
    pub scenario: String,
    /// Runs under the original.
    pub original: Vec<Sample>,
    /// Runs under ours, one a seed.
    pub ours: Vec<Sample>,
}

impl Row {
    /// By how many percent the mean of our total messages lies above the original's median; `None`
    /// without messages. Ours has enough samples for a mean; of three runs, one odd one should not count.
    pub fn difference_percent(&self) -> Option<f64> {
        let original = Spread::of(&self.original, |sample| sample.total_messages)?.median as f64;
        let ours = mean(&self.ours, |sample| sample.total_messages)?;
        (original > 0.0).then(|| (ours - original) / original * 100.0)
    }

    /// Whether both call the replica correct about as often.
    pub fn verdicts_agree(&self) -> bool {
        Verdicts::of(&self.original).agree(Verdicts::of(&self.ours))
    }

    /// Why the two disagree, if they do: in total messages, by so many percent or more, or in the verdict.
    pub fn disagreement(&self, limit_percent: f64) -> Option<String> {
        let Some(difference) = self.difference_percent() else {
            return Some(format!("{}: nothing was measured", self.scenario));
        };
        if !self.verdicts_agree() {
            let correct = |samples: &[Sample]| {
                format!("{} of {} runs", Verdicts::of(samples).passes, samples.len())
            };
            return Some(format!(
                "{}: {} are correct under the original, {} under ours",
                self.scenario,
                correct(&self.original),
                correct(&self.ours)
            ));
        }
        (difference.abs() >= limit_percent)
            .then(|| format!("{}: total messages differ by {difference:+.1} %", self.scenario))
    }
}

/// The mean of one number of each sample; `None` of no samples.
pub fn mean(samples: &[Sample], number: impl Fn(&Sample) -> u64) -> Option<f64> {
    let sum: u64 = samples.iter().map(number).sum();
    (!samples.is_empty()).then(|| sum as f64 / samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Verdict;

    fn sample(total_messages: u64, verdict: Verdict) -> Sample {
        Sample {
            total_messages,
            failures: 0,
            duplicates: 0,
            median_latency: 500_000,
            verdict,
            tiers: None,
            class: None,
        }
    }

    fn row(original: &[u64], ours: &[u64]) -> Row {
        let pass = |totals: &[u64]| totals.iter().map(|&t| sample(t, Verdict::Pass)).collect();
        Row { scenario: "a scenario".to_owned(), original: pass(original), ours: pass(ours) }
    }

    #[test]
    fn the_limit_is_too_much_in_either_direction() {
        assert_eq!(row(&[900, 1000, 5000], &[1099]).disagreement(10.0), None);
        assert_eq!(row(&[1000], &[800, 1002]).disagreement(10.0), None);
        for ours in [900, 1100] {
            let complaint = row(&[1000], &[ours]).disagreement(10.0);
            assert!(complaint.is_some_and(|text| text.contains("10.0 %")));
            assert_eq!(row(&[1000], &[ours]).disagreement(15.0), None);
        }
    }

    #[test]
    fn verdicts_that_chance_does_not_explain_are_a_disagreement() {
        let mut row = row(&[1000; 3], &[1000; 20]);
        row.original[0].verdict = Verdict::Fail;
        assert_eq!(row.disagreement(10.0), None);
        row.original[1].verdict = Verdict::Unlucky;
        assert_eq!(row.disagreement(10.0), None);
        row.original[1].verdict = Verdict::Fail;
        let expected =
            "a scenario: 1 of 3 runs are correct under the original, 20 of 20 runs under ours";
        assert_eq!(row.disagreement(10.0).as_deref(), Some(expected));
        row.ours[..2].iter_mut().for_each(|it| it.verdict = Verdict::Fail);
        assert_eq!(row.disagreement(10.0), None);
    }

    #[test]
    fn nothing_measured_is_no_agreement() {
        assert!(row(&[], &[1]).disagreement(10.0).is_some());
        assert!(row(&[0], &[0]).disagreement(10.0).is_some());
    }
}
