//! What decided the failure of each bug, as a table of the documentation.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use rustix::time::ClockId;
use simulation::explain::{Change, Decisive, Explanation, Needed, explain};
use simulation::failure::Failure;
use simulation::seconds::moment;
use simulation::trace::{Actor, TraceEvent};

use crate::bug::Bug;
use crate::hunt::{Families, processor_time};
use crate::story::{Case, stored_failure};

/// What was found out about a bug.
#[derive(Debug)]
pub struct Row {
    name: &'static str,
    /// The failure that the bug's file names, and what is left of it after shrinking.
    found: Explanation,
    shrunk: Explanation,
    /// How long the first took a core.
    time: Duration,
}

/// Where an explanation names the step that the bug is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// It is the event that decided most.
    Event,
    /// It is another of the events named.
    Further,
    /// It is what was needed last.
    Last,
    /// The sentences of the story name it.
    Story,
}

use Named::{Event, Further, Last, Story};

/// What people say who read both the explanation and the bug's own story: the bug, the microseconds of the events
/// that they judged, where the step is named, and why they say so. The first event is the one that decided most, the
/// last what was needed last, if anything was.
const JUDGED: &[(&str, &[u64], Named, &str)] = &[
    (
        "accepts_stale_leaders",
        &[10_677_625, 11_254_479, 11_085_249],
        Last,
        "the old leader's entries arrive",
    ),
    (
        "acknowledges_its_whole_log",
        &[13_400_729, 15_176_928],
        Last,
        "the message after which the whole log counts",
    ),
    ("answers_before_commit", &[8_057_850], Event, "the leader is cut off after its answer"),
    (
        "answers_before_it_is_durable",
        &[24_652_538, 26_403_983],
        Event,
        "the crash that takes the promise",
    ),
    (
        "codec_loses_the_last_entry",
        &[10_072_998],
        Story,
        "it names the message; the event is a cut after which more entries go into one",
    ),
    ("codec_lowers_keys", &[5_540_000], Event, "the put whose key changes"),
    ("commit_stays_behind_a_snapshot", &[], Event, "each snapshot that is installed shows it"),
    (
        "commits_old_terms_by_counting",
        &[15_321_258, 12_493_463, 13_335_318, 19_099_320],
        Event,
        "the crash of figure 8",
    ),
    ("commits_what_was_only_sent", &[7_679_146], Event, "no replica receives what is sent"),
    (
        "counts_old_terms_before_its_noop",
        &[12_524_853, 14_097_985],
        Last,
        "the acknowledgement that is counted",
    ),
    (
        "counts_votes_of_earlier_terms",
        &[14_593_011, 17_989_821, 18_870_869],
        Last,
        "the vote of term 2, in a later election",
    ),
    (
        "equal_puts_are_copies",
        &[5_000_000, 8_200_000, 5_002_100],
        Story,
        "it names the put that is taken for a copy",
    ),
    ("election_livelock", &[], Event, "it is so in every run, from the start"),
    (
        "executes_copies_of_requests",
        &[7_280_000, 5_847_142],
        Further,
        "the put that arrives a second time",
    ),
    ("fails_for_ever", &[15_000_000], Event, "the leader's death loses the data, if not clearly"),
    (
        "forgets_its_log",
        &[13_917_044, 14_107_748],
        Last,
        "one whose log is gone asks for a vote, another gives it",
    ),
    ("forgets_its_term", &[11_409_191, 11_790_567], Event, "the crash that takes the term"),
    ("forgets_its_vote", &[11_409_191, 11_790_034], Event, "the crash that takes the vote"),
    ("forgets_its_vote_when_it_follows", &[], Event, "it is so in every run, from the start"),
    (
        "half_is_a_majority",
        &[28_280_000, 29_742_096],
        Story,
        "it names the puts that each half answers",
    ),
    (
        "ignores_empty_values",
        &[6_600_000, 8_200_000],
        Event,
        "a burst with the put of an empty value",
    ),
    ("heartbeat_storm", &[], Event, "it is so in every run, from the start"),
    ("installs_an_old_snapshot", &[22_216_950, 25_477_377], Last, "the old snapshot arrives"),
    ("keys_in_lower_case", &[], Event, "it is so in every run, from the start"),
    (
        "leads_on_without_a_majority",
        &[6_297_649],
        Event,
        "the cut, from which on the leader hears nothing",
    ),
    (
        "lease_longer_than_the_election_timeout",
        &[7_679_146],
        Event,
        "the leader keeps its lease, cut off",
    ),
    (
        "lease_without_allowance_for_drift",
        &[9_416_000, 9_418_034],
        Event,
        "the new leader writes during the lease",
    ),
    ("lengths_in_characters", &[9_135_670], Event, "the crash after which the journal is read"),
    (
        "longer_log_wins",
        &[19_623_993, 20_999_602],
        Last,
        "the vote by which one without all entries wins",
    ),
    (
        "majority_off_by_one",
        &[7_679_146, 9_808_612],
        Last,
        "one acknowledgement makes a majority of two",
    ),
    ("names_of_sixty_four_bytes", &[], Event, "it is so in every run, from the start"),
    ("never_slows_down", &[], Event, "it is so in every run, from the start"),
    ("no_noop", &[22_328_000], Event, "the get that the new leader answers"),
    ("no_pre_vote", &[11_780_000], Event, "a follower that is half cut off stands again"),
    ("no_vote_restriction", &[17_847_627], Story, "it names the leader that lacks entries"),
    ("patient_followers", &[10_072_998], Event, "the cut after which the followers wait"),
    ("puts_wait_for_the_heartbeat", &[], Event, "it is so in every run, from the start"),
    (
        "reads_from_a_deposed_leader",
        &[7_679_146],
        Event,
        "the leader is cut off, and goes on answering",
    ),
    ("reads_from_a_follower", &[5_456_000], Event, "the get that the follower answers"),
    (
        "redirects_what_may_be_done",
        &[11_360_200, 11_360_000],
        Story,
        "it names the redirect; the event is what showed it",
    ),
    ("request_ids_without_the_client", &[], Event, "it is so in every run, from the start"),
    (
        "snapshot_without_the_last_entry",
        &[22_545_573, 24_060_872],
        Event,
        "the replica starts from the snapshot",
    ),
    (
        "snapshot_without_the_requests",
        &[22_110_970, 23_729_506, 23_724_806],
        Story,
        "it names the copy, not the start from the snapshot",
    ),
    (
        "takes_its_last_record_for_torn",
        &[7_942_990],
        Event,
        "the crash after which the last record is dropped",
    ),
    (
        "truncates_after_every_append",
        &[7_333_011, 8_913_803],
        Last,
        "the message after which entries are dropped",
    ),
    (
        "trusts_the_commit_index",
        &[13_400_729, 15_176_928],
        Last,
        "the message whose commit index is trusted",
    ),
    (
        "two_votes_in_a_term",
        &[9_285_251, 12_155_235, 13_761_404],
        Last,
        "the vote that makes a second leader of the term",
    ),
    (
        "votes_inside_a_lease_after_a_restart",
        &[8_480_000],
        Event,
        "the new leader writes during the lease",
    ),
];

/// The failure that a bug's file names, or what is left of it after shrinking.
///
/// # Errors
///
/// In words, when that run does not fail.
pub fn failure(bug: &Bug, families: &Families, shrunk: bool) -> Result<Failure, String> {
    let failure = stored_failure(bug, families)?;
    if shrunk { Ok(Case::of(bug, failure)?.shrunk.failure) } else { Ok(failure) }
}

/// Explains a failure of a bug.
///
/// # Errors
///
/// In words, when it cannot be reproduced.
pub fn explained(
    bug: &Bug,
    families: &Families,
    failure: &Failure,
    jobs: usize,
) -> Result<Explanation, String> {
    let mut goes_on = |_, _| ControlFlow::Continue(());
    let scenario = families.get(&bug.family);
    explain(bug.system(), failure, scenario, jobs, &mut goes_on)
        .map_err(|error| format!("{}: {error}", bug.name))
}

impl Row {
    /// Explains both failures of a bug.
    ///
    /// # Errors
    ///
    /// In words, when they cannot be reproduced.
    pub fn measure(bug: &Bug, families: &Families) -> Result<Row, String> {
        let [whole, small] = [false, true].map(|shrunk| failure(bug, families, shrunk));
        let (started, whole) = (time_of_process(), whole?);
        let found = explained(bug, families, &whole, 1)?;
        let time = time_of_process().saturating_sub(started);
        let shrunk = explained(bug, families, &small?, 1)?;
        Ok(Row { name: bug.name, found, shrunk, time })
    }

    /// What people say of the explanation, if it is the one that they read.
    fn judged(&self) -> Option<(Named, &'static str)> {
        let needed = self.found.needed.iter().map(|needed| needed.at);
        let at = steps(&self.found).map(|step| step.at).chain(needed);
        let at: Vec<u64> = at.map(|at| at / 1_000).collect();
        let of = JUDGED.iter().find(|(name, seen, ..)| *name == self.name && *seen == at);
        of.map(|&(.., named, why)| (named, why))
    }
}

/// How long the threads of this process have had a core.
fn time_of_process() -> Duration {
    processor_time(ClockId::ProcessCPUTime)
}

/// Writes the table in Markdown.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    writeln!(
        out,
        "\
| bug | what decided | share before, after | the step that the bug is about? | seconds \
         | what decided after shrinking | share before, after |
| --- | --- | ---: | --- | ---: | --- | ---: |"
    )?;
    for row in rows {
        let (name, time) = (row.name, row.time.as_secs_f64());
        let judged = match row.judged() {
            None => "not judged yet".to_owned(),
            Some((Event, why)) => format!("yes: {why}"),
            Some((Further, why)) => format!("yes, a further event: {why}"),
            Some((Last, why)) => format!("yes, what was needed last: {why}"),
            Some((Story, why)) => format!("in the story: {why}"),
        };
        let ([event, shares], [event_shrunk, shares_shrunk]) =
            (cells(&row.found), cells(&row.shrunk));
        writeln!(
            out,
            "| `{name}` | {event} | {shares} | {judged} | {time:.1} | {event_shrunk} | {shares_shrunk} |"
        )?;
    }
    let is = |row: &Row, named| row.judged().is_some_and(|(judged, _)| judged == named);
    let count = |named| rows.iter().filter(|row| is(row, named)).count();
    writeln!(
        out,
        "\nOf {} bugs, one of the events named is the step that the bug is about in {}: the first of them in \
         {}, a further one in {}, what was needed last in {}. In {} more the story names it.",
        rows.len(),
        count(Event) + count(Further) + count(Last),
        count(Event),
        count(Further),
        count(Last),
        count(Story)
    )
}

/// Returns the events that an explanation names, first the one that decided most.
fn steps(explained: &Explanation) -> impl Iterator<Item = &Decisive> {
    explained.decisive.iter().chain(&explained.further)
}

/// The events that decided, and how each changed its share; first the one that decided most.
fn cells(explained: &Explanation) -> [String; 2] {
    let steps: Vec<&Decisive> = steps(explained).collect();
    if steps.is_empty() && explained.needed.is_none() {
        return ["nothing in the run".to_owned(), String::new()];
    }
    let shares = |step: &&Decisive| {
        let (before, after) = (step.before.percent(), step.after.percent());
        let of = if step.by_chance { "by chance " } else { "" };
        format!("{of}{before} %, {after} %")
    };
    let mut told: Vec<_> = steps.iter().map(told).collect();
    let mut shares: Vec<_> = steps.iter().map(shares).collect();
    if let Some(needed) = &explained.needed {
        told.push(last(needed));
        let (changed, as_it_was) = (needed.changed.percent(), needed.as_it_was.percent());
        shares.push(format!("without {changed} %, with {as_it_was} %"));
    }
    [told.join("<br>"), shares.join("<br>")]
}

/// Returns what was needed last.
fn last(needed: &Needed) -> String {
    let change = match &needed.change {
        Change::KindWithheld(kind) => format!(", and each later {kind} there"),
        Change::Delivered => ", which did not arrive".to_owned(),
        _ => String::new(),
    };
    let what = words(&needed.event).replace('|', "\\|");
    format!("last, {}: {what}{change}", moment(needed.at))
}

/// Returns who did what.
fn words(event: &TraceEvent) -> String {
    match event.who {
        Actor::World => event.what.clone(),
        who => format!("{who} {}", event.what),
    }
}

/// Returns the events of a step.
fn told(step: &&Decisive) -> String {
    const MOST: usize = 3;
    let told = step.events.iter().take(MOST).map(words);
    let mut told: Vec<String> = told.collect();
    if step.events.len() > MOST {
        told.push(format!("{} more at once", step.events.len() - MOST));
    }
    format!("{}: {}", moment(step.at), told.join("; ").replace('|', "\\|"))
}
