//! Reads the statistics that the original simulator prints at the end of a run.

use simulation::Nanos;
use simulation::metrics::{Tier, Tiers};

use crate::sample::{Sample, Verdict};

/// Parses a whole output, with colours and warnings.
///
/// # Errors
///
/// Names the line that is missing or invalid, and the end of the output: most often the original stopped there with a
/// Python error.
pub(crate) fn parse(output: &str) -> Result<Sample, String> {
    let text = without_colours(output);
    if text.contains("Unable to execute") {
        return Err(
            "the original could not start the replica: is it an executable file?".to_owned()
        );
    }
    let report = Report { text: &text };
    let passed = report.text.contains("All correctness tests passed");
    let sample = || {
        Ok(Sample {
            total_messages: report.sum("Total messages sent:")?,
            storm: report.text.contains("possible packet storm"),
            failures: report.sum("Total get()/put() failures:")?
                + report.sum("Total unanswered get()/put() requests:")?,
            duplicates: report.sum("Total duplicate responses:")?,
            median_latency: report.median_latency()?,
            verdict: report.verdict(passed)?,
            tiers: passed.then(|| report.tiers()).transpose()?,
            class: None,
        })
    };
    sample().map_err(|problem: String| {
        let ending = text.trim_end().lines().rev().take(5).collect::<Vec<_>>();
        let ending = ending.into_iter().rev().collect::<Vec<_>>().join("\n    ");
        format!("its output has no usable statistics: {problem}; it ended with\n    {ending}")
    })
}

struct Report<'t> {
    text: &'t str,
}

impl<'t> Report<'t> {
    /// Returns the rest of the line that begins with `start`.
    fn after(&self, start: &str) -> Result<&'t str, String> {
        let mut lines = self.text.lines();
        lines
            .find_map(|line| line.strip_prefix(start))
            .map(str::trim)
            .ok_or_else(|| format!("no line begins with `{start}`"))
    }

    /// Returns a count, or the sum of several that are separated by slashes.
    ///
    /// The counts of gets and puts are separated so.
    fn sum(&self, start: &str) -> Result<u64, String> {
        let text = self.after(start)?;
        text.split('/')
            .map(|number| number.parse::<u64>().ok())
            .sum::<Option<u64>>()
            .ok_or_else(|| format!("`{start} {text}` should end in whole numbers"))
    }

    /// Returns the median latency, or zero if its line is missing.
    ///
    /// It is missing if no request was answered.
    fn median_latency(&self) -> Result<Nanos, String> {
        let start = "Mean/Median query latency:";
        let Ok(text) = self.after(start) else {
            return Ok(0);
        };
        text.split('/')
            .nth(1)
            .and_then(|median| median.strip_suffix("sec")?.parse::<f64>().ok())
            .map(|seconds| (seconds * 1e9).round() as Nanos)
            .ok_or_else(|| format!("`{start} {text}` should hold two durations"))
    }

    fn verdict(&self, passed: bool) -> Result<Verdict, String> {
        if passed {
            return Ok(Verdict::Pass);
        }
        let is_error = |line: &&str| line.starts_with("Error: ");
        let errors: Vec<&str> = self.text.lines().filter(is_error).collect();
        if errors.is_empty() {
            return Err("it neither passes nor says why".to_owned());
        }
        let is_luck = |line: &&str| line.contains("requests were generated");
        Ok(if errors.iter().all(is_luck) { Verdict::Unlucky } else { Verdict::Fail })
    }

    fn tiers(&self) -> Result<Tiers, String> {
        Ok(Tiers {
            total_messages: self.tier("Total Messages Between Replicas:")?,
            failures: self.tier("Total Failures and Unanswered Requests:")?,
            duplicates: self.tier("Duplicate Responses to Clients:")?,
            median_latency: self.tier("Median Response Latency to Clients:")?,
        })
    }

    fn tier(&self, start: &str) -> Result<Tier, String> {
        let text = self.after(start)?;
        let words = [
            (Tier::Bonus, "Bonus"),
            (Tier::Full, "Full credit"),
            (Tier::Partial, "Partial credit"),
            (Tier::None, "No credit"),
        ];
        words
            .into_iter()
            .find(|(_, word)| text.contains(word))
            .map(|(tier, _)| tier)
            .ok_or_else(|| format!("`{start} {text}` should name a grade"))
    }
}

/// Removes the escape sequences that colour a terminal: from ESC to the next `m`.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\x1b[") {
        plain.push_str(&rest[..start]);
        rest = rest[start..].split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: &str = "\
*** something it warned about
Total messages sent: 1684
Total messages dropped: 12
Total duplicate responses: 3
Total unanswered get()/put() requests: 1/2
Total get()/put() failures: 4/5
";
    const GRADES: &str = "\
\x1b[92mAll correctness tests passed\x1b[0m
\x1b[94mTotal Messages Between Replicas: 1684 < 2200, Bonus!\x1b[0m
\x1b[91mTotal Failures and Unanswered Requests: 12 >= 2, No credit\x1b[0m
\x1b[93mDuplicate Responses to Clients: 3 < 5, Partial credit, needs improvement\x1b[0m
\x1b[92mMedian Response Latency to Clients: 0.0008 < 0.005, Full credit\x1b[0m
";

    #[test]
    fn statistics_and_grades_are_read_through_the_colours() {
        let output = format!("{COUNTS}Mean/Median query latency: 0.001sec/0.0008sec\n{GRADES}");
        let expected = Sample {
            total_messages: 1684,
            storm: false,
            failures: 12,
            duplicates: 3,
            median_latency: 800_000,
            verdict: Verdict::Pass,
            tiers: Some(Tiers {
                total_messages: Tier::Bonus,
                failures: Tier::None,
                duplicates: Tier::Partial,
                median_latency: Tier::Full,
            }),
            class: None,
        };
        assert_eq!(parse(&output), Ok(expected));
    }

    #[test]
    fn an_incorrect_run_has_no_grades_and_nothing_answered_no_latency() {
        let sample = parse(&format!("{COUNTS}\x1b[91mError: No state stored\x1b[0m\n"));
        let sample = sample.expect("these are all statistics of such a run");
        assert_eq!(sample.verdict, Verdict::Fail);
        assert_eq!((sample.tiers, sample.median_latency), (None, 0));
    }

    #[test]
    fn a_packet_storm_is_told_from_its_warning() {
        let storm = |warning: &str| parse(&format!("{warning}{COUNTS}{GRADES}")).map(|it| it.storm);
        assert_eq!(storm(""), Ok(false));
        let warning =
            "\x1b[91m*** Replicas sent too many packets (>9), possible packet storm\x1b[0m\n";
        assert_eq!(storm(warning), Ok(true));
    }

    #[test]
    fn too_few_gets_alone_are_bad_luck() {
        let unlucky = "Error: insufficient get() requests were generated because of this";
        let verdict = |errors: &str| parse(&format!("{COUNTS}{errors}")).map(|it| it.verdict);
        assert_eq!(verdict(unlucky), Ok(Verdict::Unlucky));
        let both = format!("{unlucky}\nError: >0 replicas died");
        assert_eq!(verdict(&both), Ok(Verdict::Fail));
    }

    #[test]
    fn an_output_that_breaks_off_is_an_error_that_shows_its_end() {
        let output = "Traceback (most recent call last):\nOSError: no sockets left\n";
        let error = parse(output).expect_err("there are no statistics in it");
        assert!(error.contains("no line begins with `Total messages sent:`"));
        assert!(error.ends_with("OSError: no sockets left"));
        let error =
            parse("*** Simulator Error - Unable to execute it\n").expect_err("no replica ran");
        assert!(error.contains("could not start the replica"));
        let garbled = COUNTS.replace("1684", "many");
        let error = parse(&garbled).expect_err("many is no number");
        assert!(error.contains("`Total messages sent: many` should end in whole numbers"));
    }
}
