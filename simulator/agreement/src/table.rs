//! The results, as Markdown.

use simulation::metrics::{Tier, Tiers};
use simulation::scenario::Scenario;

use crate::row::{self, Row};
use crate::sample::{Sample, Spread, Verdict};
use crate::{floor, ours};

/// Returns the table of both simulators side by side, one scenario a line.
pub(crate) fn agreement(rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | messages, original | messages, ours | difference | correct, original | \
         correct, ours | failures | duplicates | tiers, original | tiers, ours | median, original | \
         median, ours |\n| --- | ---: | ---: | ---: | --- | --- | --- | --- | --- | --- | ---: | ---: |\n",
    );
    for row in rows {
        let both = |number: fn(&Sample) -> u64| {
            let (original, ours) = (range(&row.original, number), range(&row.ours, number));
            format!("{original} / {ours}")
        };
        let cells = [
            both(|sample| sample.failures),
            both(|sample| sample.duplicates),
            grades(&row.original),
            grades(&row.ours),
            latency(&row.original),
            latency(&row.ours),
        ];
        text += &line(&[&totals(row)[..], &cells].concat());
    }
    text
}

/// Returns the table of another's replica under both simulators: total messages and verdicts.
pub(crate) fn other(rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | messages, original | messages, ours | difference | correct, original | \
         correct, ours | verdicts agree | storms agree |\n\
         | --- | ---: | ---: | ---: | --- | --- | --- | --- |\n",
    );
    let word = |agree| if agree { "yes" } else { "no" }.to_owned();
    for row in rows {
        let cells = [word(row.verdicts_agree()), word(row.storms_agree())];
        text += &line(&[&totals(row)[..], &cells].concat());
    }
    text
}

/// Returns the first cells of both tables: messages and verdicts of a scenario.
fn totals(row: &Row) -> [String; 6] {
    [
        row.scenario.clone(),
        messages(&row.original),
        messages(&row.ours),
        difference(row),
        verdicts(&row.original),
        verdicts(&row.ours),
    ]
}

/// Returns the lines below the table of a replica.
///
/// They have the number of its runs that pass this simulator's checks, and the reasons for missing runs under the
/// original.
pub(crate) fn remarks(rows: &[Row], problems: &[String]) -> String {
    let sound: usize = rows.iter().map(|row| ours::sound(&row.ours)).sum();
    let total: usize = rows.iter().map(|row| row.ours.len()).sum();
    let mut text = format!("Sound by our own checkers: {sound} of {total} runs.\n");
    for problem in problems {
        text += &format!("\nWithout a result under the original: {problem}\n");
    }
    text
}

/// Returns the table of one replica in four ways.
///
/// It has the verdicts, and the difference from the original.
pub(crate) fn ways(
    rows: &[Row],
    virtual_time: &[Vec<Sample>],
    real_time: &[Vec<Sample>],
) -> String {
    let mut text = String::from(
        "| scenario | original | in-process | process, virtual time | process, real time |\n\
         | --- | ---: | ---: | ---: | ---: |\n",
    );
    for ((row, virtual_time), real_time) in rows.iter().zip(virtual_time).zip(real_time) {
        let cell = |ours: &[Sample]| {
            let row = Row { ours: ours.to_vec(), ..row.clone() };
            format!("{} {}, {}", messages(ours), difference(&row), verdicts(ours))
        };
        text += &line(&[
            row.scenario.clone(),
            format!("{}, {}", messages(&row.original), verdicts(&row.original)),
            cell(&row.ours),
            cell(virtual_time),
            cell(real_time),
        ]);
    }
    text
}

/// Returns the table of our total messages and the least possible ones.
pub(crate) fn floors(scenarios: &[Scenario], rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | loss | puts, expected | messages for them, at least | messages, ours | beyond |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (scenario, row) in scenarios.iter().zip(rows) {
        let floor = floor::messages_for_puts(scenario);
        let measured = mean(&row.ours);
        text += &line(&[
            scenario.name.clone(),
            scenario.drops.to_string(),
            format!("{:.0}", floor::expected_puts(scenario)),
            format!("{floor:.0}"),
            format!("{measured:.0}"),
            format!("{:+.0}", measured - floor),
        ]);
    }
    text
}

/// Returns the table of median latencies of several replicas under the original.
pub(crate) fn latencies(
    replicas: &[String],
    scenarios: &[Scenario],
    measured: &[Vec<Vec<Sample>>],
) -> String {
    let mut header = vec!["scenario".to_owned()];
    header.extend_from_slice(replicas);
    let rule = vec!["---:".to_owned(); header.len()];
    let mut text = line(&header) + &line(&rule);
    for (scenario, replicas) in scenarios.iter().zip(measured) {
        let mut cells = vec![scenario.name.clone()];
        cells.extend(replicas.iter().map(|samples| {
            let failed = samples.iter().filter(|it| it.verdict == Verdict::Fail);
            let note = match failed.count() {
                0 => String::new(),
                count => format!(" ({count} of {} incorrect)", samples.len()),
            };
            latency(samples) + &note
        }));
        text += &line(&cells);
    }
    text
}

/// Returns the mean of the total messages: the least is an expectation, too.
fn mean(samples: &[Sample]) -> f64 {
    let sum: u64 = samples.iter().map(|sample| sample.total_messages).sum();
    sum as f64 / samples.len() as f64
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn difference(row: &Row) -> String {
    row.difference_percent().map_or("–".to_owned(), |percent| format!("{percent:+.1} %"))
}

/// Returns total messages, with packet storms apart: `1684 (1610–1702) + 2 storms`.
///
/// The numbers are the median, the smallest and the largest of the other runs.
fn messages(samples: &[Sample]) -> String {
    let calm = row::calm(samples);
    let storms = samples.len() - calm.len();
    let spread = Spread::of(&calm, |sample| sample.total_messages);
    let spread = spread.map(|spread| format!("{} ({}–{})", spread.median, spread.min, spread.max));
    let storms =
        (storms > 0).then(|| format!("{storms} storm{}", if storms == 1 { "" } else { "s" }));
    let parts: Vec<String> = spread.into_iter().chain(storms).collect();
    if parts.is_empty() { "?".to_owned() } else { parts.join(" + ") }
}

/// Returns `2`, or `0–2` where runs differ.
fn range(samples: &[Sample], number: fn(&Sample) -> u64) -> String {
    match Spread::of(samples, number) {
        None => "?".to_owned(),
        Some(spread) if spread.min == spread.max => spread.min.to_string(),
        Some(spread) => format!("{}–{}", spread.min, spread.max),
    }
}

/// Returns `20/20`: the runs that the course calls correct, with unlucky ones apart.
fn verdicts(samples: &[Sample]) -> String {
    let count = |verdict| samples.iter().filter(|it| it.verdict == verdict).count();
    let unlucky = match count(Verdict::Unlucky) {
        0 => String::new(),
        unlucky => format!(" + {unlucky} unlucky"),
    };
    format!("{}/{}{unlucky}", count(Verdict::Pass), samples.len())
}

/// Returns the tiers for messages, failures, duplicates and latency, a letter each.
///
/// Where runs differ, the letter is that of the most frequent tier, with a `~`.
fn grades(samples: &[Sample]) -> String {
    let metrics: [fn(&Tiers) -> Tier; 4] = [
        |tiers| tiers.total_messages,
        |tiers| tiers.failures,
        |tiers| tiers.duplicates,
        |tiers| tiers.median_latency,
    ];
    metrics.map(|metric| grade(samples, metric)).join(" ")
}

fn grade(samples: &[Sample], metric: fn(&Tiers) -> Tier) -> String {
    let mut given: Vec<Tier> =
        samples.iter().filter_map(|sample| sample.tiers.as_ref().map(metric)).collect();
    given.sort_unstable();
    let most = given.chunk_by(|a, b| a == b).rev().max_by_key(|equal| equal.len());
    match most {
        None => "–".to_owned(),
        Some(equal) => {
            let differs = if equal.len() < given.len() { "~" } else { "" };
            format!("{}{differs}", letter(equal[0]))
        }
    }
}

fn letter(tier: Tier) -> char {
    match tier {
        Tier::Bonus => 'B',
        Tier::Full => 'F',
        Tier::Partial => 'P',
        Tier::None => 'N',
    }
}

/// Returns the median over the runs of their median latency.
fn latency(samples: &[Sample]) -> String {
    Spread::of(samples, |sample| sample.median_latency)
        .map_or("?".to_owned(), |spread| format!("{:.2} ms", spread.median as f64 / 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(runs: &[(u64, Verdict)]) -> Vec<Sample> {
        let sample = |&(total_messages, verdict)| Sample {
            total_messages,
            storm: total_messages >= 20_000,
            failures: 0,
            duplicates: 0,
            median_latency: 0,
            verdict,
            tiers: None,
            class: None,
        };
        runs.iter().map(sample).collect()
    }

    #[test]
    fn a_line_of_anothers_replica_has_messages_and_verdicts_of_both() {
        use Verdict::{Fail, Pass, Unlucky};
        let row = Row {
            scenario: "crash-9".to_owned(),
            original: samples(&[(900, Pass), (1000, Pass), (1600, Fail)]),
            ours: samples(&[(1000, Pass), (1100, Pass), (1200, Unlucky)]),
        };
        let storms = Row {
            scenario: "partition-9".to_owned(),
            original: samples(&[(20_000, Fail), (900, Pass), (20_001, Fail)]),
            ours: samples(&[(20_000, Pass)]),
        };
        let nothing = Row { scenario: "crash-10".to_owned(), original: vec![], ours: vec![] };
        let table = other(&[row, storms, nothing]);
        let lines: Vec<&str> = table.lines().skip(2).collect();
        let expected = [
            "| crash-9 | 1000 (900–1600) | 1100 (1000–1200) | +10.0 % | 2/3 | 2/3 + 1 unlucky | yes | yes |",
            "| partition-9 | 900 (900–900) + 2 storms | 1 storm | – | 1/3 | 1/1 | yes | yes |",
            "| crash-10 | ? | ? | – | 0/0 | 0/0 | yes | yes |",
        ];
        assert_eq!(lines, expected);
    }
}
