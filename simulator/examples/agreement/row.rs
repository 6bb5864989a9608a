//! One scenario under both simulators, and whether they agree.

use crate::sample::{Sample, Spread, Verdict};

/// A difference in total messages of so many percent, or more, is a disagreement.
pub const LIMIT_PERCENT: f64 = 10.0;

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

    /// Why the two disagree, if they do: in total messages, or in the verdict.
    pub fn disagreement(&self) -> Option<String> {
        let Some(difference) = self.difference_percent() else {
            return Some(format!("{}: nothing was measured", self.scenario));
        };
        if difference.abs() >= LIMIT_PERCENT {
            return Some(format!("{}: total messages differ by {difference:+.1} %", self.scenario));
        }
        let (original, ours) = (mostly_fails(&self.original), mostly_fails(&self.ours));
        (original != ours).then(|| {
            let word = |fails| if fails { "fails" } else { "passes" };
            format!(
                "{}: mostly {} under the original, mostly {} under ours",
                self.scenario,
                word(original),
                word(ours)
            )
        })
    }
}

/// Whether more than half of the runs fail. The verdict of a single run is partly chance: the course
/// calls a get incorrect that rightly sees a put whose acknowledgement died with its leader.
fn mostly_fails(samples: &[Sample]) -> bool {
    let fails = samples.iter().filter(|it| it.verdict == Verdict::Fail);
    2 * fails.count() > samples.len()
}

/// The mean of one number of each sample; `None` of no samples.
pub fn mean(samples: &[Sample], number: impl Fn(&Sample) -> u64) -> Option<f64> {
    let sum: u64 = samples.iter().map(number).sum();
    (!samples.is_empty()).then(|| sum as f64 / samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn ten_percent_is_too_much_in_either_direction() {
        assert_eq!(row(&[900, 1000, 5000], &[1099]).disagreement(), None);
        assert_eq!(row(&[1000], &[800, 1002]).disagreement(), None);
        for ours in [900, 1100] {
            let complaint = row(&[1000], &[ours]).disagreement();
            assert!(complaint.is_some_and(|text| text.contains("10.0 %")));
        }
    }

    #[test]
    fn what_most_runs_say_is_the_verdict() {
        let mut row = row(&[1000, 1000, 1000], &[1000]);
        row.original[0].verdict = Verdict::Fail;
        assert_eq!(row.disagreement(), None);
        row.original[1].verdict = Verdict::Unlucky;
        assert_eq!(row.disagreement(), None);
        row.original[1].verdict = Verdict::Fail;
        let expected = "a scenario: mostly fails under the original, mostly passes under ours";
        assert_eq!(row.disagreement().as_deref(), Some(expected));
        row.ours[0].verdict = Verdict::Fail;
        assert_eq!(row.disagreement(), None);
    }

    #[test]
    fn nothing_measured_is_no_agreement() {
        assert!(row(&[], &[1]).disagreement().is_some());
        assert!(row(&[0], &[0]).disagreement().is_some());
    }
}
