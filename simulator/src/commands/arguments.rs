//! The arguments of all commands.

use std::num::NonZero;
use std::ops::Range;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::grade::DEFAULT_NAME;
use linearizability::{Budget, Format, ModelName};
use simulation::Nanos;
use simulation::api::{ClientId, NodeId};
use simulation::shrink::DEFAULT_RUNS;
use simulation::trace::Kind;

use super::ci::CiArguments;
use super::export_arguments::ExportArguments;
use super::findings::FindingArguments;
use super::grade_arguments::GradeOutputArguments;
use super::limits::LimitArguments;
use super::merge::MergeArguments;
use super::new::NewArguments;
use super::parsers::{jobs, seed, seeds, time};
use super::program_name::NAME;
use super::scenarios::ScenariosArguments;
use super::shard::ShardArguments;
use super::target::{Clock, FILE_LIMIT, KeepArguments, TargetArguments, mib};
use super::test::TestArguments;

/// The seed if neither the command line nor the scenario names one.
pub(crate) const DEFAULT_SEED: u64 = 1;

/// A deterministic simulation test harness for replicated state machines.
///
/// One seed is one run is one verdict: every run can be repeated exactly from its seed. Exit
/// status: 0 all checks hold, 1 correctness, 2 bad usage or input, 3 liveness, 4 budget, 5 crash,
/// 6 unknown, 7 something could not be written, 8 interrupted with runs left.
#[derive(Debug, Parser)]
#[command(name = NAME, version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Do not show long output through a pager, even on a terminal; else PAGER names it, or it is less
    #[arg(long, global = true)]
    pub no_pager: bool,
}

impl Cli {
    /// Whether the command's output is read rather than watched.
    pub(crate) fn is_for_pager(&self) -> bool {
        let clock = match &self.command {
            Command::Run(RunArguments { target, .. })
            | Command::Replay(ReplayArguments { target, .. }) => target.clock,
            Command::Check(_) | Command::Diff(_) => Clock::Virtual,
            _ => return false,
        };
        // In real time, things are shown while they happen.
        !self.no_pager && matches!(clock, Clock::Virtual)
    }
}

/// A command. One with a long help has it at its arguments, since a line here would hide that.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one scenario and report on it
    Run(RunArguments),
    /// Run all scenarios of a folder: a line each, and a total
    Suite(SuiteArguments),
    /// Run a failure, or a scenario, again and show what happened as a timeline
    Replay(ReplayArguments),
    Explore(ExploreArguments),
    Test(TestArguments),
    Grade(GradeArguments),
    Merge(MergeArguments),
    Diff(DiffArguments),
    Shrink(ShrinkArguments),
    Explain(ExplainArguments),
    Export(ExportArguments),
    /// Check whether a history of operations is linearizable
    ///
    /// The operations may be those of registers, key-value stores, mutexes, counters, sets, queues or
    /// logs; simulator/docs/histories.md lists the formats.
    Check(CheckArguments),
    New(NewArguments),
    Scenarios(ScenariosArguments),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The scenario file, or the name of an embedded scenario such as crash-3
    pub scenario: PathBuf,
    /// The seed [default: the scenario's own, else 1]
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub target: TargetArguments,
    #[command(flatten)]
    pub keep: KeepArguments,
    /// In real time: do not show what the replicas print while they run
    #[arg(long)]
    pub silence: bool,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub ci: CiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Print one JSON object a run instead of the report
    #[arg(long)]
    pub json: bool,
    /// Write everything that happened to FILE, one JSON object a line (suite: to a folder FILE)
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Write the clients' operations to FILE, one JSON object a line (suite: to a folder FILE)
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Draw the run as a page for a browser, FILE (suite: a page of each failure, to a folder FILE)
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a record of what was run and found to FILE, for `merge`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SuiteArguments {
    /// Scenario files, folders of them, or names of embedded scenarios and families, such as swarm
    #[arg(default_value = "scenarios/course", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Run each scenario with all seeds from A up to, but not including, B
    #[arg(long, value_name = "A..B", value_parser = seeds, allow_hyphen_values = true)]
    pub seeds: Option<Range<u64>>,
    #[command(flatten)]
    pub target: TargetArguments,
    #[command(flatten)]
    pub keep: KeepArguments,
    /// How many runs at a time. In real time, more than the machine can serve disturb each other
    #[arg(long, value_name = "N", default_value = "1", value_parser = jobs)]
    pub jobs: NonZero<u16>,
    #[command(flatten)]
    pub shard: ShardArguments,
    #[command(flatten)]
    pub output: OutputArguments,
    #[command(flatten)]
    pub ci: CiArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A failure file, as `explore` and `shrink` write them, or a scenario: its file or its name
    #[arg(value_name = "FAILURE|SCENARIO")]
    pub source: PathBuf,
    /// The seed of a scenario [default: the scenario's own, else 1]
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub target: TargetArguments,
    #[command(flatten)]
    pub keep: KeepArguments,
    /// Show nothing before this time, such as 15, 15.25s or 800ms
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true)]
    pub from: Option<Nanos>,
    /// Stop at this time
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true)]
    pub until: Option<Nanos>,
    /// Show the replicas' state at the end, or at --until
    #[arg(long)]
    pub inspect: bool,
    /// Show the messages between replicas, too
    #[arg(long)]
    pub messages: bool,
    /// Show every event of a flood, not only how many there were, and long lines of output whole
    #[arg(long)]
    pub floods: bool,
    /// Draw the run as a page for a browser, FILE
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Show a column for each replica and one for the clients
    #[arg(long, conflicts_with = "floods")]
    pub columns: bool,
    #[command(flatten)]
    pub filter: FilterArguments,
}

/// What a timeline is about. All that is given must fit; of several clients, replicas or kinds, any.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is shown")]
pub(crate) struct FilterArguments {
    /// What is about this key, and the faults and elections meanwhile; its beginning is enough
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// What this client does, such as 3 or c3; may be given several times
    #[arg(long, value_name = "N", value_parser = client)]
    pub client: Vec<ClientId>,
    /// What this replica does and gets, such as 0002; may be given several times
    #[arg(long, value_name = "ID", value_parser = replica)]
    pub replica_id: Vec<NodeId>,
    /// Events of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub kind: Vec<Kind>,
    /// Nothing of what the replicas print
    #[arg(long)]
    pub no_output: bool,
}

/// Run many seeds on all cores, and save each failure as a file.
///
/// Next to the failures, record.jsonl keeps what has been run: after Ctrl-C, SIGTERM or a crash, the
/// same command goes on where it was stopped. A new build, a changed scenario, or any change in the
/// folder of the executable is run afresh, and the earlier record is kept with a number in its name.
/// The first signal lets the runs under way come to their end, a second one ends all at once.
#[derive(Debug, Args)]
pub(crate) struct ExploreArguments {
    /// Scenario files, folders of them, or names of embedded scenarios and families, such as swarm
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// All seeds from A up to, but not including, B
    #[arg(long, value_name = "A..B", value_parser = seeds, allow_hyphen_values = true)]
    pub seeds: Range<u64>,
    #[command(flatten)]
    pub target: TargetArguments,
    /// How many runs at a time; the result is the same for any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZero<u16>>,
    /// Stop after this long, such as 60s
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true)]
    pub time: Option<Nanos>,
    /// Fail, with status 6, if a mark that these scenarios can reach was never reached: what was never reached was not
    /// tested [default: true if the bundled replica runs all embedded scenarios with 20 seeds each or more]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub all_marks: Option<bool>,
    /// The folder for failures and record.jsonl
    #[arg(long, value_name = "DIR", default_value = "failures")]
    pub out: PathBuf,
    #[command(flatten)]
    pub shard: ShardArguments,
    #[command(flatten)]
    pub findings: FindingArguments,
    /// Draw failures as pages for a browser, with an index of them by kind, in the folder DIR
    #[arg(long, value_name = "DIR")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub ci: CiArguments,
}

/// Find the smallest plan that still fails in the same way.
///
/// Requests, faults and lost messages are taken out as long as the run still fails in the same way;
/// then times, clients and replicas are simplified. Ctrl-C, SIGTERM, SIGHUP and --time end it with
/// the smallest plan found so far; shrinking that file goes on from there.
#[derive(Debug, Args)]
pub(crate) struct ShrinkArguments {
    /// The failure file
    pub failure: PathBuf,
    /// Where the shrunk failure goes [default: next to it, with -shrunk in its name; with -shrunk-2,
    /// where -shrunk already is a smaller plan of the same failure]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub target: TargetArguments,
    /// The greatest number of runs
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RUNS, value_parser = runs,
          allow_hyphen_values = true)]
    pub runs: u32,
    /// Stop after this long, such as 60s
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true)]
    pub time: Option<Nanos>,
    /// How many runs at a time; the result is the same for any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZero<u16>>,
    /// Draw the run of the smallest plan as a page for a browser, FILE
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Find out when a failure was decided, by which event, and what a run does that escapes it.
///
/// The run is made again up to a moment, and goes on in other ways: with other losses and delays, and with the
/// requests and faults of other seeds of its scenario. Where most of these runs fail in the same way from one event
/// on, and few before it, that event decided. Exit status: 0 explained, whatever was found; 2 bad usage or input,
/// or the failure cannot be reproduced.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The failure file. Best before shrinking: in a shrunk plan nothing is left that could go otherwise
    pub failure: PathBuf,
    #[command(flatten)]
    pub target: TargetArguments,
    /// The scenario that the failure is of [default: the stock scenario of that name; without one, the
    /// failure's own requests, with other keys and values]
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Write the nearest run that passes, or that fails in another way, to FILE, for `replay`
    #[arg(long, value_name = "FILE")]
    pub sibling: Option<PathBuf>,
    /// Draw the run as a page for a browser, FILE: the share of continuations that fail under the lanes, what
    /// decided marked, the story and the nearest run that passes next to it
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// How many runs at a time; the result is the same for any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZero<u16>>,
    /// Print one JSON object with all of it instead of the report
    #[arg(long)]
    pub json: bool,
}

/// Print the completions of a shell.
///
/// bash, in ~/.bashrc: source <(simulator completions bash)
///
/// zsh, in a folder of $fpath: simulator completions zsh > _simulator
///
/// fish: simulator completions fish > ~/.config/fish/completions/simulator.fish
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Print the manual page, or write those of all commands.
///
/// To read it: simulator man | man -l -
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write a page for each command to DIR, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Run many submissions in all scenarios: a row each.
///
/// A row says in how many runs the course's simulator would let the submission pass, how often each
/// of the course's tiers was reached (none if a replica crashed), in how many runs all checks hold,
/// and the worst finding with the command that reproduces it. Exit status: 0 all were graded,
/// whatever was found; 8 interrupted with runs left; 2 bad usage or input.
#[derive(Debug, Args)]
pub(crate) struct GradeArguments {
    /// Submissions: an executable, a folder that holds one, or a folder of such folders
    #[arg(required = true, value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    /// The name of the executable in a submission's folder
    #[arg(long, value_name = "NAME", default_value = DEFAULT_NAME)]
    pub name: String,
    /// A scenario file, a folder of them, or the name of an embedded scenario or family; may be given
    /// several times
    #[arg(long, value_name = "PATH", default_value = "scenarios/course")]
    pub scenarios: Vec<PathBuf>,
    /// Run each scenario with all seeds from A up to, but not including, B [default: its own, else 1]
    #[arg(long, value_name = "A..B", value_parser = seeds, allow_hyphen_values = true)]
    pub seeds: Option<Range<u64>>,
    /// The executables' clock
    #[arg(long, value_enum, default_value_t = Clock::Virtual)]
    pub clock: Clock,
    #[arg(long, value_name = "MIB", value_parser = mib, help = FILE_LIMIT)]
    pub file_limit: Option<u32>,
    #[command(flatten)]
    pub limits: LimitArguments,
    /// How many runs at a time; the rows are the same for any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZero<u16>>,
    /// Write the rows to FILE as CSV, too
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the rows as a table, and the run of each worst finding, as pages for a browser in the folder DIR
    #[arg(long, value_name = "DIR")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub shard: ShardArguments,
    #[command(flatten)]
    pub outputs: GradeOutputArguments,
    #[command(flatten)]
    pub ci: CiArguments,
    /// Keeps what has been run: after Ctrl-C or a crash, the same command goes on where it stopped.
    /// A new build, a changed submission or scenario is run afresh
    #[arg(long, value_name = "FILE", default_value = "grades.jsonl", alias = "progress")]
    pub record: PathBuf,
}

/// Find the first event in which two traces differ.
///
/// Traces are what --trace writes. Exit status: 0 they are the same, 1 they differ, 2 bad input.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// One trace
    pub a: PathBuf,
    /// The other
    pub b: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The history: JSON lines, events in JSON, EDN or text as Jepsen writes them, or a log of
    /// Jepsen's; - for standard input
    pub history: PathBuf,
    /// The format, if the content does not tell
    #[arg(long, value_name = "jsonl|json|edn|lines|log")]
    pub format: Option<Format>,
    /// The model, if the operations do not tell: register, key-value, mutex, counter, set, queue
    /// or log
    #[arg(long, value_name = "MODEL")]
    pub model: Option<ModelName>,
    /// What every key holds before the first write, such as 0, or any if that is not known
    /// [default: nothing]
    #[arg(long, value_name = "VALUE")]
    pub initial: Option<String>,
    /// How many steps a search for a legal order may take, for each key
    #[arg(long, value_name = "N", default_value_t = Budget::default().steps)]
    pub steps: u64,
    /// Print the verdict as a JSON object
    #[arg(long)]
    pub json: bool,
    /// Draw the history of registers as a page for a browser, FILE
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

fn client(text: &str) -> Result<ClientId, String> {
    let number = text.strip_prefix('c').unwrap_or(text).parse();
    number.map(ClientId).map_err(|_| "expected a client such as 3 or c3".to_owned())
}

/// A replica as reports call it: by four hexadecimal digits, or fewer.
fn replica(text: &str) -> Result<NodeId, String> {
    let is_id = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = u16::from_str_radix(text, 16).ok().filter(|_| is_id);
    id.map(NodeId).ok_or_else(|| "expected a replica such as 2 or 0002".to_owned())
}

/// The kinds of events, by the names that traces have for them.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = Kind::ALL.map(|kind| kind.name());
    PossibleValuesParser::new(names).map(|name| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.unwrap_or(Kind::Violation)
    })
}

fn runs(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    let most = u32::MAX;
    number.ok_or_else(|| {
        format!(
            "expected the greatest number of runs, from 1 to {most}; without this option it is {DEFAULT_RUNS}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
