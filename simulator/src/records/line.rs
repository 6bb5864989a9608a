//! The lines of a record. `docs/records.md` and `docs/record.schema.json` describe them for other programs.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use simulation::ResourceLimits;
use simulation::check::{CheckName, Class, Place, Subject};
use simulation::explore::{self, Counters, Done, Found};
use simulation::marks::Tally;
use simulation::metrics::Tiers;
use simulation::receipts::Receipts;
use testing::report::Outcome;

use crate::grade::{Graded, Values};

use super::shard::Shard;
use super::signature::Signature;

/// The version of the format.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "one line is in memory at a time")]
pub enum Line {
    /// The first line.
    Header(Header),
    /// A failure of the next chunk.
    Failure(Failed),
    /// A finished chunk of an exploration.
    Chunk(Chunk),
    /// One run of a suite or of a grading.
    Run(Run),
    /// A submission that could not be run.
    Unfit(Unfit),
    /// The last line.
    End(End),
}

/// The first line: everything that gives the other lines their meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format.
    pub record: u32,
    /// The version of the simulator.
    pub version: String,
    /// The fingerprint of the simulator's program.
    pub build: String,
    /// The command: `explore`, `suite`, `grade` or `run`.
    pub command: String,
    /// The name of the system under test; empty for a grading.
    pub system: String,
    /// The fingerprint of the executable under test, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The fingerprint of the executable's folder on this machine, which merged records do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The environment that runs depend on: the interpreter, the C library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The executable's clock, `virtual` or `real`.
    pub clock: String,
    /// The size limit of an executable's files in MiB, if not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_limit: Option<u32>,
    /// The other limits of an executable.
    #[serde(default, skip_serializing_if = "ResourceLimits::is_none")]
    pub limits: ResourceLimits,
    /// The scenarios, in the order in which they are run.
    pub scenarios: Vec<ScenarioId>,
    /// The submissions of a grading, in the order of the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub submissions: Vec<SubmissionId>,
    /// The part of the work that was done here; absent if that is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The known failure that had to be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<String>,
    /// The most failure files to keep for each signature and in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<(u64, u64)>,
    /// The marks that runs can reach; counts of marks are in this order.
    pub marks: Vec<String>,
}

/// A scenario, and the seeds to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioId {
    /// The name.
    pub name: String,
    /// The fingerprint of the content.
    pub content: String,
    /// The first seed.
    pub first: u64,
    /// The number after the last seed.
    pub until: u64,
}

impl ScenarioId {
    /// Returns the seeds.
    pub fn seeds(&self) -> Range<u64> {
        self.first..self.until
    }

    /// Returns the number of runs: all, or those of a shard of this many scenarios, of which this one has a place.
    pub fn wanted(&self, part: Option<(Shard, usize, usize)>) -> u64 {
        let all = self.until.saturating_sub(self.first);
        let Some((shard, scenarios, place)) = part else { return all };
        // To count the chunks of seeds beyond counting would take too long.
        if all > 1 << 32 {
            return all / shard.of;
        }
        let chunks = explore::chunks(1, self.seeds());
        let ours = chunks.filter(|it| shard.has(scenarios, place, &self.seeds(), it.first));
        ours.map(|it| it.last - it.first + 1).sum()
    }
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmissionId {
    /// The name.
    pub name: String,
    /// The fingerprint of the executable; empty if there is none.
    pub program: String,
    /// The fingerprint of the submission's folder on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl SubmissionId {
    /// Returns true if the runs of an earlier submission are those of this one.
    ///
    /// A record that was merged from several machines has no fingerprints of folders: there, the executable decides.
    pub(crate) fn is_the_same(&self, earlier: &SubmissionId) -> bool {
        (&self.name, &self.program) == (&earlier.name, &earlier.program)
            && (earlier.folder.is_none() || self.folder == earlier.folder)
    }
}

/// The results of a chunk of seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// The scenario's name.
    pub scenario: String,
    /// The first seed.
    pub first: u64,
    /// The last seed.
    pub last: u64,
    /// The sum of the runs' digests.
    pub digest: Hex,
    /// The number of runs that failed. As many lines about failures stand above this one.
    pub failed: u64,
    /// The sums over all runs.
    pub counters: Counters,
    /// The number of runs that reached each mark, in the order of the header.
    pub marks: Vec<u64>,
    /// The roles and types of messages at which faults were aimed and that no message had, by number of runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub never_sent: BTreeMap<String, u64>,
    /// The messages that replicas with a Raft window received: by kind, those received by followers, candidates and
    /// leaders.
    #[serde(default, skip_serializing_if = "Receipts::is_empty")]
    pub received: Receipts,
}

/// A failed run of an exploration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The class of the run.
    pub class: Class,
    /// The check that failed.
    pub check: CheckName,
    /// The subject of the finding, if the check has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The class, check and subject in one text.
    pub signature: Signature,
    /// The digest of the run.
    pub digest: String,
    /// The name of the failure file in the record's folder, if it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The reason in one line.
    pub finding: String,
    /// The place in the run that the finding is about.
    #[serde(default, skip_serializing_if = "Place::is_none")]
    pub place: Place,
}

/// One run of a suite or of a grading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The submission, in a grading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionId>,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The class of the run.
    pub class: Class,
    /// The finding's class, check and subject in one text, if the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The reason in one line, if the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// The place in the run that the finding is about.
    #[serde(default, skip_serializing_if = "Place::is_none")]
    pub place: Place,
    /// The digest of the run, if it can be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hex>,
    /// True if the history is linearizable, which is left out.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub ordered: bool,
    /// True if the course's simulator would let the run pass.
    pub course_passes: bool,
    /// The course's tiers.
    pub tiers: Tiers,
    /// The values of the course's metrics.
    #[serde(default)]
    pub values: Values,
    /// The run's counters.
    pub counters: Counters,
    /// The marks that the run reached.
    pub marks: Vec<String>,
    /// The roles and types of messages at which faults were aimed and that no message had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_sent: Vec<String>,
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

/// A submission that could not be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfit {
    /// The submission.
    pub submission: SubmissionId,
    /// The reason.
    pub reason: String,
}

/// The reason that no further run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every run was made.
    Complete,
    /// A limit that the user had set was reached.
    Stopped,
    /// A signal or an error ended it.
    Interrupted,
}

/// The last line: the sums of all lines above it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The reason that no further run was made.
    pub state: State,
    /// The number of runs.
    pub runs: u64,
    /// The number of runs that failed.
    pub failed: u64,
    /// The worst class of all runs.
    pub class: Class,
    /// The sum of the runs' digests.
    pub digest: Hex,
    /// The sums over all runs.
    pub counters: Counters,
    /// The number of runs that reached each mark, in the order of the header.
    pub marks: Vec<u64>,
    /// The messages that replicas with a Raft window received: by kind, those received by followers, candidates and
    /// leaders.
    #[serde(default, skip_serializing_if = "Receipts::is_empty")]
    pub received: Receipts,
    /// True if the canary was found, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_found: Option<bool>,
    /// The seconds that it took. This is the only field that differs between two records of the same work.
    pub elapsed_s: f64,
}

/// A number as sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hex(pub u64);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = u64::from_str_radix(&text, 16).ok().filter(|_| text.len() == 16);
        value.map(Hex).ok_or_else(|| de::Error::custom("expected sixteen hexadecimal digits"))
    }
}

impl Header {
    /// Returns the place of a scenario.
    pub fn scenario(&self, name: &str) -> Option<usize> {
        self.scenarios.iter().position(|scenario| scenario.name == name)
    }

    /// Returns the number of runs that the work with this header has.
    pub fn wanted_runs(&self) -> u64 {
        let count = self.submissions.len().max(1) * self.scenarios.len();
        let of = |place: usize| {
            let part = self.shard.map(|shard| (shard, count, place));
            self.scenarios[place % self.scenarios.len()].wanted(part)
        };
        (0..count).map(of).fold(0, u64::saturating_add)
    }

    /// Returns counts of marks in the order of this header.
    pub(super) fn counts(&self, tally: &Tally) -> Vec<u64> {
        self.marks.iter().map(|name| tally.count(name)).collect()
    }

    /// Returns counts in the order of this header as a tally.
    pub fn tally(&self, counts: &[u64]) -> Tally {
        let mut tally = Tally::default();
        self.marks.iter().zip(counts).for_each(|(name, runs)| tally.count_runs(name, *runs));
        tally
    }
}

/// A finished chunk with its failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The failures, by seed.
    pub failures: Vec<Failed>,
    /// The sums.
    pub chunk: Chunk,
}

impl Group {
    /// Returns the form that a finished chunk has in the record with this header.
    pub fn of(done: &Done, header: &Header, file: impl Fn(&str, u64) -> String) -> Group {
        let scenario = &done.scenario;
        let failed = |found: &Found| Failed {
            scenario: scenario.clone(),
            seed: found.seed,
            class: found.class,
            check: found.check,
            subject: found.subject,
            signature: Signature { class: found.class, check: found.check, subject: found.subject },
            digest: found.digest.clone(),
            file: Some(file(scenario, found.seed)),
            finding: found.reason.clone(),
            place: found.place.clone(),
        };
        let chunk = Chunk {
            scenario: scenario.clone(),
            first: done.first,
            last: done.last,
            digest: Hex(done.digest),
            failed: done.failures.len() as u64,
            counters: done.counters,
            marks: header.counts(&done.marks),
            never_sent: done.never_sent.clone(),
            received: done.received.clone(),
        };
        Group { failures: done.failures.iter().map(failed).collect(), chunk }
    }

    /// Returns the finished chunk.
    pub fn done(&self, header: &Header) -> Done {
        let found = |failed: &Failed| Found {
            seed: failed.seed,
            class: failed.class,
            check: failed.check,
            subject: failed.subject,
            digest: failed.digest.clone(),
            reason: failed.finding.clone(),
            place: failed.place.clone(),
        };
        Done {
            scenario: self.chunk.scenario.clone(),
            first: self.chunk.first,
            last: self.chunk.last,
            digest: self.chunk.digest.0,
            marks: header.tally(&self.chunk.marks),
            received: self.chunk.received.clone(),
            counters: self.chunk.counters,
            never_sent: self.chunk.never_sent.clone(),
            failures: self.failures.iter().map(found).collect(),
        }
    }
}

impl Run {
    /// Returns the line of a graded run.
    pub fn of(
        submission: Option<SubmissionId>,
        scenario: &str,
        seed: u64,
        graded: &Graded,
        marks: Vec<String>,
    ) -> Run {
        let signature = graded.check.map(|check| Signature {
            class: graded.class,
            check,
            subject: graded.subject,
        });
        Run {
            submission,
            scenario: scenario.to_owned(),
            seed,
            class: graded.class,
            signature,
            finding: signature.map(|_| graded.reason.clone()),
            place: graded.place.clone(),
            digest: graded.digest.map(Hex),
            ordered: graded.ordered,
            course_passes: graded.course_passes,
            tiers: graded.tiers,
            values: graded.values.clone(),
            counters: graded.counters,
            marks,
            never_sent: Vec::new(),
        }
    }

    /// Returns the line of a run that was made, of no submission.
    pub fn of_outcome(outcome: &Outcome) -> Run {
        let graded = Graded::of(&outcome.verdict, &outcome.evidence);
        let marks = outcome.evidence.marks.names().map(str::to_owned).collect();
        let never_sent = outcome.evidence.never_sent.clone();
        let run = Run::of(None, &outcome.plan.scenario, outcome.plan.seed, &graded, marks);
        Run { never_sent, ..run }
    }

    /// Returns the grades of the run.
    pub fn graded(&self) -> Graded {
        Graded {
            class: self.class,
            check: self.signature.map(|it| it.check),
            subject: self.signature.and_then(|it| it.subject),
            reason: self.finding.clone().unwrap_or_default(),
            place: self.place.clone(),
            ordered: self.ordered,
            course_passes: self.course_passes,
            tiers: self.tiers,
            values: self.values.clone(),
            digest: self.digest.map(|digest| digest.0),
            counters: self.counters,
        }
    }
}
