//! Runs a scenario under this simulator.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use simulation::UnderTest;
use simulation::check::{CheckName, Class, judge};
use simulation::engine::Options;
use simulation::evidence::CutShort;
use simulation::scenario::Scenario;
use simulation::units::Ratio;

use crate::parallel;
use crate::sample::{Sample, Verdict};

/// Returns samples by scenario, one for each seed, with `jobs` runs at a time.
///
/// Shows the progress on standard error, for replicas whose runs are slow.
pub(crate) fn run_all(
    system: &dyn UnderTest,
    scenarios: &[Scenario],
    seeds: Range<u64>,
    jobs: usize,
) -> Vec<Vec<Sample>> {
    let tasks: Vec<_> =
        seeds.flat_map(|seed| scenarios.iter().map(move |scenario| (scenario, seed))).collect();
    let finished = AtomicUsize::new(0);
    let samples = parallel::each(jobs, &tasks, |&(scenario, seed)| {
        let sample = run_seed(system, scenario, seed);
        let number = finished.fetch_add(1, Ordering::Relaxed) + 1;
        let found = format!("{} messages, {:?}", sample.total_messages, sample.verdict);
        eprintln!(
            "[{number}/{}] {} with seed {seed} under ours: {found}",
            tasks.len(),
            scenario.name
        );
        sample
    });
    let of = |place: usize| samples.iter().skip(place).step_by(scenarios.len()).cloned().collect();
    (0..scenarios.len()).map(of).collect()
}

/// Returns one sample for each seed.
pub(crate) fn run(system: &dyn UnderTest, scenario: &Scenario, seeds: Range<u64>) -> Vec<Sample> {
    seeds.map(|seed| run_seed(system, scenario, seed)).collect()
}

/// Returns the sample of one seed.
fn run_seed(system: &dyn UnderTest, scenario: &Scenario, seed: u64) -> Sample {
    let mut plan = system.plan(scenario, seed);
    let evidence = system.run(&plan, Options::default());
    let judged = judge(&plan, &evidence);
    let course_passes = |verdict: &simulation::check::Verdict| {
        verdict.check(CheckName::Course).is_some_and(|check| check.ok)
    };
    let verdict = if course_passes(&judged) {
        Verdict::Pass
    } else {
        // Judges once more without the limit on gets that have no key.
        plan.limits.maximum_get_generation_fail_fraction = Ratio::ONE;
        if course_passes(&judge(&plan, &evidence)) { Verdict::Unlucky } else { Verdict::Fail }
    };
    let metrics = &evidence.metrics;
    Sample {
        total_messages: metrics.total_messages,
        storm: evidence.cut_short == Some(CutShort::PacketStorm),
        failures: metrics.failures,
        duplicates: metrics.duplicates,
        median_latency: metrics.median_latency,
        verdict,
        tiers: Some(judged.tiers),
        class: Some(judged.class),
    }
}

/// Returns the number of samples that pass this simulator's checks, the budget aside.
pub(crate) fn sound(samples: &[Sample]) -> usize {
    let is_sound = |sample: &&Sample| matches!(sample.class, Some(Class::Pass | Class::Budget));
    samples.iter().filter(is_sound).count()
}
