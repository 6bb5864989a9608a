//! The report of one run: the course's statistics, then this simulator's checks.
//!
//! The statistics have the course's names.

use std::io::{self, Write};

use crate::report::layout::Page;
use crate::report::{Outcome, elections, style};
use simulation::api::NodeId;
use simulation::check::{Check, Class};
use simulation::metrics::{Tier, leader_text};
use simulation::seconds::seconds;

/// Writes a run.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    write_title(out, outcome)?;
    statistics(out, outcome)?;
    performance(out, outcome)?;
    write_checks(out, outcome)?;
    if outcome.verdict.class != Class::Pass {
        elections::write(out, &outcome.evidence)?;
        writeln!(out)?;
        out.command(&format!("  {}", outcome.label_of_command()), &outcome.command_to_the_place())?;
    }
    Ok(())
}

/// Writes scenario, seed, verdict and digest in one line.
///
/// A second line has the versions on which the digest depends, if there are any.
///
/// # Errors
///
/// If writing fails.
pub fn write_title(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let (name, seed) = (&outcome.plan.scenario, outcome.plan.seed);
    let class = outcome.verdict.class;
    let digest = match outcome.digest() {
        Some(digest) => format!("digest {digest}"),
        None => "in real time: not reproducible".to_owned(),
    };
    let (bold, color, verdict) = (style::BOLD, style::of_class(class), class.name());
    writeln!(out, "{bold}{name}{bold:#}, seed {seed}: {color}{verdict}{color:#}, {digest}")?;
    outcome.environment.iter().try_for_each(|it| write_environment(out, it))
}

/// Writes in one line how an executable is driven, and with which versions.
///
/// # Errors
///
/// If writing fails.
pub fn write_environment(out: &mut Page<'_>, environment: &str) -> io::Result<()> {
    writeln!(out, "  driven by {environment}")
}

/// Writes the result of each check.
///
/// # Errors
///
/// If writing fails.
pub fn write_checks(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let bold = style::BOLD;
    writeln!(out, "\n  {bold}Checks{bold:#}")?;
    outcome.verdict.checks.iter().try_for_each(|check| write_check(out, check, "    "))
}

fn statistics(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let (metrics, evidence) = (&outcome.evidence.metrics, &outcome.evidence);
    let counts = &evidence.counts;
    let unanswered_gets = evidence.unanswered.iter().filter(|request| request.is_get).count();
    let unanswered_puts = evidence.unanswered.len() - unanswered_gets;
    let incorrect = counts.malformed.len() + counts.stale.len();
    let rows = [
        ("Leaders", one_after_another(&metrics.leaders)),
        (
            "Replicas that crashed/were killed",
            format!("{}/{}", evidence.crashes.len(), evidence.killed.len()),
        ),
        ("Total messages sent", metrics.total_messages.to_string()),
        ("Total messages dropped", metrics.dropped_messages.to_string()),
        ("Total client get()/put() requests", format!("{}/{}", metrics.gets, metrics.puts)),
        ("Total duplicate responses", metrics.duplicates.to_string()),
        ("Total unanswered get()/put() requests", format!("{unanswered_gets}/{unanswered_puts}")),
        ("Total redirects", metrics.redirects.to_string()),
        ("Total get()/put() failures", format!("{}/{}", counts.failed_gets, counts.failed_puts)),
        ("Total get() the course calls incorrect", incorrect.to_string()),
        (
            "Mean/median query latency",
            format!("{} / {}", seconds(metrics.mean_latency), seconds(metrics.median_latency)),
        ),
    ];
    let bold = style::BOLD;
    writeln!(out, "\n  {bold}Statistics{bold:#}")?;
    for (name, value) in rows {
        writeln!(out, "    {name:<39} {value}")?;
    }
    Ok(())
}

/// Returns the leaders one after another, as the network knew them.
///
/// Replicas that name another leader with every message alternate thousands of times; of those, the first and the
/// last are shown.
fn one_after_another(leaders: &[Option<NodeId>]) -> String {
    const MOST: usize = 16;
    const FIRST: usize = 8;
    const LAST: usize = 4;
    let words = |leaders: &[Option<NodeId>]| {
        leaders.iter().map(|&leader| leader_text(leader)).collect::<Vec<_>>().join(" ")
    };
    match leaders.len() {
        0..=MOST => words(leaders),
        all => {
            let (first, last) = (words(&leaders[..FIRST]), words(&leaders[all - LAST..]));
            format!("{first} ... {last} ({all} in all; --json lists them)")
        }
    }
}

fn performance(out: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let (metrics, bounds) = (&outcome.evidence.metrics, &outcome.plan.benchmarks);
    let tiers = &outcome.verdict.tiers;
    let count = |number: u64| number.to_string();
    let bold = style::BOLD;
    writeln!(out, "\n  {bold}Performance{bold:#}")?;
    let mut row = |name, value, bounds: [u64; 3], tier, show: &dyn Fn(u64) -> String| {
        if bounds[2] == u64::MAX {
            return writeln!(out, "    {name:<39} {:<11} no bound", show(value));
        }
        let color = style::of_tier(tier);
        let bound = match tier {
            Tier::Bonus => format!("< {}", show(bounds[0])),
            Tier::Full => format!("< {}", show(bounds[1])),
            Tier::Partial => format!("< {}", show(bounds[2])),
            Tier::None => format!(">= {}", show(bounds[2])),
        };
        let name_of_tier = tier.name();
        writeln!(
            out,
            "    {name:<39} {:<11} {bound:<12} {color}{name_of_tier}{color:#}",
            show(value)
        )
    };
    row(
        "Total Messages Between Replicas",
        metrics.total_messages,
        bounds.total_msgs,
        tiers.total_messages,
        &count,
    )?;
    row(
        "Total Failures and Unanswered Requests",
        metrics.failures,
        bounds.failures,
        tiers.failures,
        &count,
    )?;
    row(
        "Duplicate Responses to Clients",
        metrics.duplicates,
        bounds.duplicates,
        tiers.duplicates,
        &count,
    )?;
    row(
        "Median Response Latency to Clients",
        metrics.median_latency,
        bounds.median_latency,
        tiers.median_latency,
        &seconds,
    )
}

/// Writes one check, with its later lines indented under the first.
///
/// # Errors
///
/// If writing fails.
pub fn write_check(out: &mut Page<'_>, check: &Check, indent: &str) -> io::Result<()> {
    write_lines(out, check, indent, usize::MAX)
}

/// Writes a limited number of lines of one check.
///
/// # Errors
///
/// If writing fails.
pub fn write_lines(out: &mut Page<'_>, check: &Check, indent: &str, most: usize) -> io::Result<()> {
    let (color, word) = match (check.ok, check.fails_as) {
        (true, _) => (style::GOOD, "ok"),
        (false, Class::Pass) => (style::FAIR, "note"),
        (false, class) => (style::of_class(class), "FAIL"),
    };
    let mut lines = check.detail.lines().take(most);
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{indent}{color}{word:<5}{color:#} {:<16} {first}", check.name)?;
    for line in lines {
        writeln!(out, "{indent}{:<5} {:<4} {line}", "", "")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_that_take_turns_all_the_time_fit_in_a_line() {
        let turns = |count| -> Vec<_> {
            (0..count).map(|turn| (turn % 2 > 0).then_some(NodeId(7))).collect()
        };
        assert_eq!(one_after_another(&turns(3)), "FFFF 0007 FFFF");
        assert_eq!(one_after_another(&turns(16)).split(' ').count(), 16);
        assert_eq!(
            one_after_another(&turns(9_000)),
            "FFFF 0007 FFFF 0007 FFFF 0007 FFFF 0007 ... FFFF 0007 FFFF 0007 (9000 in all; --json lists them)"
        );
    }
}
