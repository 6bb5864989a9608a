//! Gradescope's `results.json`: a test for each scenario and metric.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use simulation::check::Class;
use simulation::metrics::Tier;
use simulation::seconds::seconds;

use crate::grade::{Graded, Points, Runs};
use crate::report::style;

/// A graded submission.
#[derive(Clone, Debug)]
pub struct Student<'a> {
    /// Its name.
    pub name: &'a str,
    /// The reason that it could not be run, if so.
    pub unfit: Option<&'a str>,
    /// Its runs.
    pub runs: &'a Runs,
    /// The report on the first run of a scenario that failed, with escape sequences for colours.
    pub explanations: &'a BTreeMap<usize, String>,
}

/// The content of the file. The fields are those that Gradescope documents for autograders.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    leaderboard: Vec<Place>,
    extra_data: Value,
}

/// One test, with its points.
#[derive(Clone, Debug, Serialize)]
struct Test {
    score: f64,
    max_score: f64,
    status: &'static str,
    name: String,
    number: String,
    output: String,
    tags: Vec<String>,
    visibility: &'static str,
    extra_data: Value,
}

/// A column of the leaderboard.
#[derive(Clone, Debug, Serialize)]
struct Place {
    name: &'static str,
    value: f64,
    order: &'static str,
}

/// A metric: its name for people and in files, its tier, its value, and the value as text.
struct Metric {
    title: &'static str,
    name: &'static str,
    points: fn(&Points) -> f64,
    tier: fn(&Graded) -> Tier,
    value: fn(&Graded) -> u64,
    show: fn(u64) -> String,
}

const METRICS: [Metric; 4] = [
    Metric {
        title: "Messages",
        name: "total_messages",
        points: |points| points.metrics.total_messages,
        tier: |graded| graded.tiers.total_messages,
        value: |graded| graded.values.total_messages,
        show: |value| value.to_string(),
    },
    Metric {
        title: "Failures",
        name: "failures",
        points: |points| points.metrics.failures,
        tier: |graded| graded.tiers.failures,
        value: |graded| graded.values.failures,
        show: |value| value.to_string(),
    },
    Metric {
        title: "Duplicates",
        name: "duplicates",
        points: |points| points.metrics.duplicates,
        tier: |graded| graded.tiers.duplicates,
        value: |graded| graded.values.duplicates,
        show: |value| value.to_string(),
    },
    Metric {
        title: "Latency",
        name: "median_latency",
        points: |points| points.metrics.median_latency,
        tier: |graded| graded.tiers.median_latency,
        value: |graded| graded.values.median_latency_ns,
        show: seconds,
    },
];

/// Returns the results of a submission in these scenarios.
pub fn results(points: &Points, scenarios: &[&str], student: &Student<'_>) -> Results {
    let mut tests = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        let subject = OfScenario { points, student, index, scenario };
        tests.extend(subject.checks());
        tests
            .extend(METRICS.iter().enumerate().filter_map(|(place, it)| subject.metric(place, it)));
    }
    let passed = student.runs.values().filter(|graded| graded.class == Class::Pass).count();
    let output = match student.unfit {
        Some(why) => format!("{}: not run: {why}\n", student.name),
        None => format!("{passed} of {} runs pass all checks\n", student.runs.len()),
    };
    Results {
        output,
        output_format: "ansi",
        test_output_format: "ansi",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        tests,
        leaderboard: leaderboard(points, student),
        extra_data: json!({"submission": student.name, "version": env!("CARGO_PKG_VERSION")}),
    }
}

/// Returns the sums of the metrics, or nothing if a run earns nothing: who does nothing sends few messages.
fn leaderboard(points: &Points, student: &Student<'_>) -> Vec<Place> {
    let runs = student.runs;
    let counts = student.unfit.is_none() && runs.values().all(|graded| points.counts(graded));
    if !points.leaderboard || runs.is_empty() || !counts {
        return Vec::new();
    }
    let place = |metric: &Metric| {
        let sum: u64 = runs.values().map(metric.value).fold(0, u64::saturating_add);
        let value = match metric.name {
            "median_latency" => sum as f64 / 1e9 / runs.len() as f64,
            _ => sum as f64,
        };
        Place { name: metric.title, value, order: "asc" }
    };
    METRICS.iter().map(place).collect()
}

/// The runs of one scenario.
struct OfScenario<'a> {
    points: &'a Points,
    student: &'a Student<'a>,
    index: usize,
    scenario: &'a str,
}

impl OfScenario<'_> {
    fn runs(&self) -> impl Iterator<Item = (u64, &Graded)> {
        let all = self.student.runs.range((self.index, 0)..=(self.index, u64::MAX));
        all.map(|((_, seed), graded)| (*seed, graded))
    }

    /// Returns the test of all checks, unless it earns nothing.
    fn checks(&self) -> Option<Test> {
        let share = |graded: &Graded| f64::from(u8::from(graded.class == Class::Pass));
        let output = self.student.explanations.get(&self.index).cloned();
        let line = |seed: u64, graded: &Graded| {
            let color = style::of_class(graded.class);
            let check = graded.check.map(|check| format!(", {check}: ")).unwrap_or_default();
            let (class, reason) = (graded.class.name(), &graded.reason);
            format!("seed {seed}: {color}{class}{color:#}{check}{reason}")
        };
        self.test(0, "checks", ("Checks", self.points.checks), &share, &line, output)
    }

    /// Returns the test of a metric, unless it earns nothing.
    fn metric(&self, place: usize, metric: &Metric) -> Option<Test> {
        let share = |graded: &Graded| self.points.share(graded, (metric.tier)(graded));
        let line = |seed: u64, graded: &Graded| {
            let tier = (metric.tier)(graded);
            let (color, name) = (style::of_tier(tier), tier.name());
            let value = (metric.show)((metric.value)(graded));
            let counts = self.points.counts(graded);
            let counts = if counts { "" } else { ", which does not count: the run failed" };
            format!("seed {seed}: {value}, {color}{name}{color:#}{counts}")
        };
        let points = (metric.points)(self.points);
        self.test(place + 1, metric.name, (metric.title, points), &share, &line, None)
    }

    fn test(
        &self,
        place: usize,
        name: &str,
        (title, points): (&str, f64),
        share: &dyn Fn(&Graded) -> f64,
        line: &dyn Fn(u64, &Graded) -> String,
        explanation: Option<String>,
    ) -> Option<Test> {
        let max_score = points * self.points.weight(self.scenario);
        if max_score == 0.0 {
            return None;
        }
        let (count, sum) = self
            .runs()
            .fold((0.0, 0.0), |(count, sum), (_, graded)| (count + 1.0, sum + share(graded)));
        let earned = if count > 0.0 && self.student.unfit.is_none() { sum / count } else { 0.0 };
        let mut output: Vec<String> =
            self.runs().map(|(seed, graded)| line(seed, graded)).collect();
        output.extend(self.student.unfit.map(|why| format!("not run: {why}")));
        output.extend(explanation.into_iter().flat_map(|it| [String::new(), it]));
        let run = |(seed, graded): (u64, &Graded)| {
            let verdict = graded.class.name();
            json!({"seed": seed, "digest": graded.digest.map(|digest| format!("{digest:016x}")), "verdict": verdict})
        };
        Some(Test {
            score: (max_score * earned * 1e4).round() / 1e4,
            max_score,
            status: if earned > 0.0 { "passed" } else { "failed" },
            name: format!("{}: {title}", self.scenario),
            number: format!("{}.{}", self.index + 1, place + 1),
            output: output.join("\n"),
            tags: vec![self.scenario.to_owned(), name.to_owned()],
            visibility: if self.points.is_hidden(self.scenario) { "hidden" } else { "visible" },
            extra_data: json!({"runs": self.runs().map(run).collect::<Vec<_>>()}),
        })
    }
}
