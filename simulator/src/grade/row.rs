//! The sum of all runs of one submission.

use std::cmp::Reverse;

use super::Graded;
use simulation::check::{CheckName, Class, Place};
use simulation::metrics::Tier;

/// The number of runs in each of the course's tiers, from the best to none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TierCounts {
    /// Bonus.
    pub bonus: u64,
    /// Full credit.
    pub full: u64,
    /// Partial credit.
    pub partial: u64,
    /// No credit.
    pub none: u64,
}

impl TierCounts {
    fn add(&mut self, tier: Tier) {
        let count = match tier {
            Tier::Bonus => &mut self.bonus,
            Tier::Full => &mut self.full,
            Tier::Partial => &mut self.partial,
            Tier::None => &mut self.none,
        };
        *count += 1;
    }
}

/// The worst finding of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The scenario, by its place in the list.
    pub scenario: usize,
    /// The seed.
    pub seed: u64,
    /// The class of the run.
    pub class: Class,
    /// The check that fails.
    pub check: CheckName,
    /// The reason, in one line.
    pub reason: String,
    /// The place in the run that it is about.
    pub place: Place,
}

/// The grades of one submission. They do not depend on the order in which its runs are added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The number of runs.
    pub runs: u64,
    /// The number of runs that pass all checks of this simulator.
    pub passed: u64,
    /// The number of runs that the course's simulator would let pass.
    pub course_passed: u64,
    /// The course's tiers for messages.
    pub messages: TierCounts,
    /// The course's tiers for failures.
    pub failures: TierCounts,
    /// The course's tiers for duplicates.
    pub duplicates: TierCounts,
    /// The course's tiers for the median latency.
    pub latency: TierCounts,
    /// The finding of the worst class; the first of them by scenario and seed.
    pub worst: Option<Finding>,
    /// The reason that the submission could not be run.
    pub unfit: Option<String>,
}

impl Row {
    /// Adds a run.
    ///
    /// One in which a replica crashed has no credit in any metric: a program that exits at once sends few messages, and
    /// answers nothing late.
    pub fn add(&mut self, scenario: usize, seed: u64, graded: Graded) {
        self.runs += 1;
        self.course_passed += u64::from(graded.course_passes);
        let earned = |tier: Tier| if graded.class == Class::Crash { Tier::None } else { tier };
        self.messages.add(earned(graded.tiers.total_messages));
        self.failures.add(earned(graded.tiers.failures));
        self.duplicates.add(earned(graded.tiers.duplicates));
        self.latency.add(earned(graded.tiers.median_latency));
        let Graded { class, check, reason, place, .. } = graded;
        let Some(check) = check else {
            self.passed += 1;
            return;
        };
        let found = Finding { scenario, seed, class, check, reason, place };
        let rank = |it: &Finding| (it.class, Reverse((it.scenario, it.seed)));
        if self.worst.as_ref().is_none_or(|worst| rank(&found) > rank(worst)) {
            self.worst = Some(found);
        }
    }

    /// Returns the verdict by all checks of this simulator, in a word.
    pub fn verdict(&self) -> &'static str {
        match (&self.unfit, &self.worst) {
            (Some(_), _) => "unfit",
            (None, Some(worst)) => worst.class.name(),
            (None, None) => Class::Pass.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Values;
    use super::*;
    use simulation::explore::Counters;
    use simulation::metrics::Tiers;

    fn graded(class: Class) -> Graded {
        let tiers = Tiers {
            total_messages: Tier::Full,
            failures: Tier::Bonus,
            duplicates: Tier::None,
            median_latency: Tier::Full,
        };
        let check = (class != Class::Pass).then_some(CheckName::Linearizable);
        let reason = class.name().to_owned();
        Graded {
            class,
            check,
            subject: None,
            reason,
            place: Place::default(),
            ordered: true,
            course_passes: true,
            tiers,
            values: Values::default(),
            digest: None,
            counters: Counters::default(),
        }
    }

    #[test]
    fn the_worst_finding_is_the_same_in_any_order() {
        let runs = [
            (0, 5, Class::Pass),
            (1, 4, Class::Budget),
            (1, 3, Class::Correctness),
            (1, 2, Class::Correctness),
            (0, 9, Class::Correctness),
        ];
        let sum = |runs: &mut dyn Iterator<Item = (usize, u64, Class)>| {
            let mut row = Row::default();
            runs.for_each(|(scenario, seed, class)| row.add(scenario, seed, graded(class)));
            row
        };
        let row = sum(&mut runs.into_iter());
        assert_eq!(row, sum(&mut runs.into_iter().rev()));
        let worst = row.worst.as_ref().map(|it| (it.scenario, it.seed, it.class));
        assert_eq!(worst, Some((0, 9, Class::Correctness)));
        assert_eq!((row.runs, row.passed, row.course_passed), (5, 1, 5));
        assert_eq!(row.messages, TierCounts { full: 5, ..TierCounts::default() });
        assert_eq!(row.verdict(), "correctness");
    }

    #[test]
    fn a_run_with_a_crash_has_no_credit_in_any_metric() {
        let mut row = Row::default();
        row.add(0, 1, graded(Class::Crash));
        let none = TierCounts { none: 1, ..TierCounts::default() };
        assert_eq!([row.messages, row.failures, row.duplicates, row.latency], [none; 4]);
    }
}
