//! The points that a submission earns: a JSON file, or the defaults.

use std::collections::BTreeMap;

use serde::Deserialize;

use simulation::check::Class;
use simulation::metrics::Tier;

use super::Graded;

/// The points that the runs of a scenario earn. Each field has a default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Points {
    /// The points of each scenario for runs in which all checks hold.
    pub checks: f64,
    /// The points of each scenario in each metric, for full credit.
    pub metrics: MetricPoints,
    /// The share of these points that each tier earns.
    pub tiers: TierShares,
    /// The condition that a run must meet before it earns anything in a metric.
    pub requires: Requirement,
    /// Factors for the points of single scenarios, by name.
    pub weights: BTreeMap<String, f64>,
    /// The scenarios whose tests students do not see.
    pub hidden: Vec<String>,
    /// Whether results have a leaderboard of the four metrics.
    pub leaderboard: bool,
}

/// The points in each metric.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricPoints {
    /// For messages between replicas.
    pub total_messages: f64,
    /// For failures and unanswered requests.
    pub failures: f64,
    /// For duplicate answers.
    pub duplicates: f64,
    /// For the median latency.
    pub median_latency: f64,
}

/// The share of the points that each tier earns.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TierShares {
    /// Bonus.
    pub bonus: f64,
    /// Full credit.
    pub full: f64,
    /// Partial credit.
    pub partial: f64,
    /// No credit.
    pub none: f64,
}

/// The condition that a run must meet before it earns anything in a metric.
///
/// A run in which a replica crashed never meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// The course's own simulator would let it pass.
    Course,
    /// All checks hold, apart from the budget.
    Checks,
    /// No more than that.
    Nothing,
}

impl Default for Points {
    fn default() -> Self {
        Points {
            checks: 4.0,
            metrics: MetricPoints::default(),
            tiers: TierShares::default(),
            requires: Requirement::Course,
            weights: BTreeMap::new(),
            hidden: Vec::new(),
            leaderboard: true,
        }
    }
}

impl Default for MetricPoints {
    fn default() -> Self {
        let each = 1.0;
        MetricPoints {
            total_messages: each,
            failures: each,
            duplicates: each,
            median_latency: each,
        }
    }
}

impl Default for TierShares {
    fn default() -> Self {
        TierShares { bonus: 1.25, full: 1.0, partial: 0.5, none: 0.0 }
    }
}

impl Points {
    /// Reads points from the text of a file, for these scenarios.
    ///
    /// # Errors
    ///
    /// The problem, with the line and column where these are known.
    pub fn parse(text: &str, scenarios: &[&str]) -> Result<Points, String> {
        let points: Points = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let MetricPoints { total_messages, failures, duplicates, median_latency } = points.metrics;
        let TierShares { bonus, full, partial, none } = points.tiers;
        let numbers = [
            ("checks", points.checks),
            ("metrics.total_messages", total_messages),
            ("metrics.failures", failures),
            ("metrics.duplicates", duplicates),
            ("metrics.median_latency", median_latency),
            ("tiers.bonus", bonus),
            ("tiers.full", full),
            ("tiers.partial", partial),
            ("tiers.none", none),
        ];
        let weights = points.weights.iter().map(|(name, weight)| (name.as_str(), *weight));
        if let Some((name, number)) = numbers.into_iter().chain(weights).find(|(_, it)| *it < 0.0) {
            return Err(format!("`{name}` is {number}, expected a number from 0 up"));
        }
        let names = points.weights.keys().chain(&points.hidden);
        if let Some(unknown) = names.into_iter().find(|name| !scenarios.contains(&name.as_str())) {
            return Err(format!("`{unknown}` is none of the scenarios that are graded"));
        }
        Ok(points)
    }

    /// Returns the factor for the points of a scenario.
    pub fn weight(&self, scenario: &str) -> f64 {
        self.weights.get(scenario).copied().unwrap_or(1.0)
    }

    /// Returns true if students do not see the tests of a scenario.
    pub fn is_hidden(&self, scenario: &str) -> bool {
        self.hidden.iter().any(|name| name == scenario)
    }

    /// Returns true if a run may earn points in the metrics.
    pub fn counts(&self, graded: &Graded) -> bool {
        let meets = match self.requires {
            Requirement::Course => graded.course_passes,
            Requirement::Checks => matches!(graded.class, Class::Pass | Class::Budget),
            Requirement::Nothing => true,
        };
        meets && graded.class != Class::Crash
    }

    /// Returns the share of the points that a run earns in a metric.
    pub fn share(&self, graded: &Graded, tier: Tier) -> f64 {
        if !self.counts(graded) {
            return 0.0;
        }
        match tier {
            Tier::Bonus => self.tiers.bonus,
            Tier::Full => self.tiers.full,
            Tier::Partial => self.tiers.partial,
            Tier::None => self.tiers.none,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_a_default() {
        assert_eq!(Points::parse("{}", &[]), Ok(Points::default()));
        let text = r#"{"checks": 2, "tiers": {"bonus": 1}, "hidden": ["a"], "weights": {"a": 3}}"#;
        let points = Points::parse(text, &["a"]).expect("points");
        assert_eq!((points.checks, points.tiers.bonus, points.tiers.partial), (2.0, 1.0, 0.5));
        assert!(points.is_hidden("a") && !points.is_hidden("b"));
        assert_eq!((points.weight("a"), points.weight("b")), (3.0, 1.0));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (text, words) in [
            (r#"{"chekcs": 1}"#, "unknown field `chekcs`"),
            (r#"{"checks": -1}"#, "`checks` is -1, expected"),
            (r#"{"hidden": ["x"]}"#, "`x` is none of the scenarios"),
            (r#"{"weights": {"a": -2}}"#, "`a` is -2, expected"),
            (r#"{"requires": "luck"}"#, "unknown variant `luck`"),
            ("", "EOF while parsing a value at line 1 column 0"),
        ] {
            let error = Points::parse(text, &["a"]).expect_err("refused");
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
