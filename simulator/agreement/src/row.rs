//! One scenario under both simulators, and the judgement if they agree.

use crate::chance::Share;
use crate::sample::{Sample, Spread, Verdict};

/// One scenario under both simulators, at least one sample each.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The scenario's name.
    pub scenario: String,
    /// The runs under the original.
    pub original: Vec<Sample>,
    /// The runs under ours, one a seed.
    pub ours: Vec<Sample>,
}

impl Row {
    /// Returns the percentage by which the median of our total messages exceeds the original's.
    ///
    /// Packet storms do not count, since their totals say only where they were cut short. Returns `None` without
    /// messages in either. Medians are compared, since a single odd run can have many times the messages of the
    /// others.
    pub(crate) fn difference_percent(&self) -> Option<f64> {
        let median = |samples: &[Sample]| {
            let spread = Spread::of(&calm(samples), |sample| sample.total_messages)?;
            Some(spread.median as f64)
        };
        let (original, ours) = (median(&self.original)?, median(&self.ours)?);
        (original > 0.0).then(|| (ours - original) / original * 100.0)
    }

    /// Returns true if both may call the replica correct equally often. Unlucky runs do not count.
    pub(crate) fn verdicts_agree(&self) -> bool {
        correct(&self.original).agrees_with(correct(&self.ours))
    }

    /// Returns true if both may end in a packet storm equally often.
    pub(crate) fn storms_agree(&self) -> bool {
        storms(&self.original).agrees_with(storms(&self.ours))
    }

    /// Returns the disagreement of the two, if there is one.
    ///
    /// They may disagree in the verdict, in packet storms, or by `limit_percent` or more in total messages.
    pub(crate) fn disagreement(&self, limit_percent: f64) -> Option<String> {
        let differ = |what: &str, share: fn(&[Sample]) -> Share| {
            let of = |samples| {
                let Share { yes, no } = share(samples);
                format!("{yes} of {}", yes + no)
            };
            format!(
                "{}: {} runs {what} under the original, {} under ours",
                self.scenario,
                of(&self.original),
                of(&self.ours)
            )
        };
        if self.original.is_empty() || self.ours.is_empty() {
            return Some(format!("{}: nothing was measured", self.scenario));
        }
        if !self.verdicts_agree() {
            return Some(differ("are correct", correct));
        }
        if !self.storms_agree() {
            return Some(differ("end in a packet storm", storms));
        }
        let difference = self.difference_percent().filter(|it| it.abs() >= limit_percent)?;
        Some(format!("{}: total messages differ by {difference:+.1} %", self.scenario))
    }
}

fn correct(samples: &[Sample]) -> Share {
    Share::of(samples, |sample| match sample.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Unlucky => None,
    })
}

fn storms(samples: &[Sample]) -> Share {
    Share::of(samples, |sample| Some(sample.storm))
}

/// Returns the samples that did not end in a packet storm.
pub(crate) fn calm(samples: &[Sample]) -> Vec<Sample> {
    samples.iter().filter(|sample| !sample.storm).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(total_messages: u64, verdict: Verdict) -> Sample {
        Sample {
            total_messages,
            storm: false,
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
        assert_eq!(row(&[1000], &[1, 1001, 9000]).disagreement(10.0), None);
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
            "a scenario: 1 of 3 runs are correct under the original, 20 of 20 under ours";
        assert_eq!(row.disagreement(10.0).as_deref(), Some(expected));
        row.ours[..2].iter_mut().for_each(|it| it.verdict = Verdict::Fail);
        assert_eq!(row.disagreement(10.0), None);
    }

    #[test]
    fn packet_storms_are_compared_by_how_often_they_come_and_not_in_messages() {
        let mut row = row(&[1000, 1010, 20000], &[1000; 20]);
        row.original[2].storm = true;
        assert_eq!(row.difference_percent(), Some((1000.0 - 1010.0) / 1010.0 * 100.0));
        assert_eq!(row.disagreement(10.0), None);
        row.original[1].storm = true;
        let expected =
            "a scenario: 2 of 3 runs end in a packet storm under the original, 0 of 20 under ours";
        assert_eq!(row.disagreement(10.0).as_deref(), Some(expected));
        for sample in row.original.iter_mut().chain(&mut row.ours) {
            sample.storm = true;
        }
        assert_eq!((row.difference_percent(), row.disagreement(10.0)), (None, None));
    }

    #[test]
    fn nothing_measured_is_no_agreement() {
        assert!(row(&[], &[1]).disagreement(10.0).is_some());
        assert!(row(&[1], &[]).disagreement(10.0).is_some());
    }
}
