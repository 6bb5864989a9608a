//! The system under test: the bundled replica, or an executable.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::{Args, ValueEnum};

use executables::{External, RealTime, preflight};
use simulation::api::Assumption;
use simulation::bundled::Bundled;
use simulation::failure::Failure;
use simulation::text::shell_word;
use simulation::{ResourceLimits, UnderTest, Violating};

use super::assumptions::refuse_violations;
use super::error::CliError;
use super::limits::LimitArguments;
use super::status::Patience;

#[derive(Clone, Debug, Args)]
pub(crate) struct TargetArguments {
    /// An executable to test, unmodified, instead of the bundled replica
    #[arg(long, value_name = "PATH")]
    pub replica: Option<PathBuf>,
    /// The executable's clock; in real time, a run takes as long as its scenario lasts
    #[arg(long, value_enum, default_value_t = Clock::Virtual, requires = "replica")]
    pub clock: Clock,
    #[arg(long, value_name = "MIB", value_parser = mib, help = FILE_LIMIT, requires = "replica")]
    pub file_limit: Option<u32>,
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Break what the system assumes on purpose, in place of keeping to it: no_duplicates, fifo,
    /// no_corruption, bounded_clocks or durable_appends
    #[arg(long, value_name = "ASSUMPTION", value_delimiter = ',')]
    pub violate: Vec<Assumption>,
}

/// The help of the option `--file-limit`.
pub(crate) const FILE_LIMIT: &str = "\
Stop an executable that writes more than this to one file, its output included; in virtual time also one that \
writes a 256th of it, and 1 MiB at least, without waiting for anything in between [default: 1024]";

/// Parses the size that a file may have, in MiB.
pub(crate) fn mib(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (16..=1 << 20).contains(number));
    number.ok_or_else(|| "expected a number of MiB from 16 to 1048576".to_owned())
}

#[derive(Clone, Debug, Args)]
pub(crate) struct KeepArguments {
    /// Keep what the executable writes to its standard output and error: DIR/0000.stdout and so on
    /// (suite: DIR/SCENARIO-SEED/0000.stdout)
    #[arg(id = "keep", long = "output", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Whose time a process lives in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Clock {
    /// The simulator's: fast, and the same each time
    Virtual,
    /// The one on the wall, over UDP, as under the course's simulator: any program, but no run is
    /// ever the same again
    Real,
}

/// Returns the command that repeats a run of a scenario.
///
/// In real time, the repeated run may differ.
pub(crate) fn replay_command(
    scenario: &Path,
    seed: u64,
    replica: Option<&Path>,
    clock: Clock,
    file_limit: Option<u32>,
    limits: &LimitArguments,
) -> String {
    let path = shell_word(scenario);
    let mut with =
        replica.map(|path| format!(" --replica {}", shell_word(path))).unwrap_or_default();
    if let Some(mib) = file_limit.filter(|_| replica.is_some()) {
        with.push_str(&format!(" --file-limit {mib}"));
    }
    if replica.is_some() {
        with.push_str(&limits.as_arguments());
    }
    let program = program();
    match clock {
        Clock::Virtual => format!("{program} replay {path} --seed {seed}{with}"),
        Clock::Real if replica.is_some_and(runs_in_virtual_time) => {
            format!("{program} explore {path} --seeds 0..100{with}")
        }
        Clock::Real => format!("{program} replay {path} --seed {seed}{with} --clock real"),
    }
}

pub(crate) fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let path = called.filter(|path| path.components().count() > 1);
    path.map_or_else(super::program_name::program, |path| shell_word(&path))
}

fn runs_in_virtual_time(replica: &Path) -> bool {
    preflight::look(replica).is_ok_and(|found| found.interposition().is_ok())
}

/// Refuses limits that nothing could keep.
fn refuse_limits(arguments: &TargetArguments) -> Result<(), CliError> {
    let LimitArguments { memory, processes, wall_time, fixed_turns } = &arguments.limits;
    let is_given = memory.is_some() || processes.is_some() || wall_time.is_some() || *fixed_turns;
    let what = if is_given && arguments.replica.is_none() {
        "--memory, --processes, --wall-time and --fixed-turns are for an executable: they need --replica"
    } else if wall_time.is_some() && matches!(arguments.clock, Clock::Real) {
        "--wall-time is for virtual time: in real time, a run takes as long as its scenario lasts"
    } else if *fixed_turns && matches!(arguments.clock, Clock::Real) {
        "--fixed-turns is for virtual time: in real time, the kernel decides which thread goes next"
    } else {
        return Ok(());
    };
    Err(CliError::Usage(what.to_owned()))
}

/// The system that a program of its own tests in place of the bundled replica.
static OWN: OnceLock<&'static dyn UnderTest> = OnceLock::new();

/// Has all commands of this program test a system in place of the bundled replica.
pub(super) fn test_only(system: &'static dyn UnderTest) {
    // A program has one `main`.
    let _ = OWN.set(system);
}

/// The system under test.
#[derive(Clone)]
pub(crate) enum Target {
    /// The bundled replica, in this process.
    Bundled(Bundled),
    /// The system of a program of its own.
    Own(&'static dyn UnderTest),
    /// An executable in virtual time, a process for each replica.
    External(External),
    /// An executable in real time.
    RealTime(RealTime),
}

/// Gives access to the system, whichever it is.
impl Deref for Target {
    type Target = dyn UnderTest;

    fn deref(&self) -> &Self::Target {
        match self {
            Target::Bundled(system) => system.as_under_test(),
            Target::Own(system) => *system,
            Target::External(system) => system,
            Target::RealTime(system) => system,
        }
    }
}

impl Target {
    /// Makes the target that the arguments name.
    pub(super) fn new(arguments: &TargetArguments) -> Result<Target, CliError> {
        let replica = arguments.replica.as_ref();
        let _patience = replica.map(|path| Patience::new(format!("preparing {}", path.display())));
        Target::prepare(arguments)
    }

    /// What the arguments ask for.
    pub(super) fn prepare(arguments: &TargetArguments) -> Result<Target, CliError> {
        let limits = ResourceLimits::from(&arguments.limits);
        refuse_limits(arguments)?;
        let target = Target::without_violations(arguments, limits)?;
        refuse_violations(&*target, &arguments.violate)?;
        Ok(match target {
            Target::Own(system) if !arguments.violate.is_empty() => {
                // It lives as long as the program.
                let violating = Violating::new(system, arguments.violate.clone());
                Target::Own(Box::leak(Box::new(violating)))
            }
            target => target,
        })
    }

    fn without_violations(
        arguments: &TargetArguments,
        limits: ResourceLimits,
    ) -> Result<Target, CliError> {
        Ok(match (&arguments.replica, arguments.clock) {
            (None, _) => match OWN.get() {
                Some(system) => Target::Own(*system),
                None => Target::Bundled(Bundled::default()),
            },
            (Some(_), _) if OWN.get().is_some() => {
                let what =
                    "--replica: this program tests its own system; `simulator` tests executables";
                return Err(CliError::Usage(what.to_owned()));
            }
            (Some(path), Clock::Virtual) => {
                let mut system = External::new(path)?;
                arguments.file_limit.into_iter().for_each(|mib| system.limit_files(mib));
                system.limit(limits);
                Target::External(system)
            }
            (Some(path), Clock::Real) => {
                let mut system = RealTime::new(path)?;
                arguments.file_limit.into_iter().for_each(|mib| system.limit_files(mib));
                system.limit(limits);
                Target::RealTime(system)
            }
        })
    }

    /// Keeps the output of an executable, if the arguments ask for it.
    pub(super) fn keep_output(mut self, arguments: &KeepArguments) -> Result<Target, CliError> {
        let Some(folder) = &arguments.folder else { return Ok(self) };
        let keep: &mut dyn FnMut(&Path) = match &mut self {
            Target::Bundled(_) | Target::Own(_) => {
                let what = "--output keeps what an executable writes: it needs --replica";
                return Err(CliError::Usage(what.to_owned()));
            }
            Target::External(system) => &mut |folder| system.keep_output(folder),
            Target::RealTime(system) => &mut |folder| system.keep_output(folder),
        };
        let made = fs::create_dir_all(folder);
        made.map_err(CliError::file(folder, "created as a folder"))?;
        keep(folder);
        Ok(self)
    }

    /// Makes the target of a failure, unless the arguments name another one.
    pub(super) fn of_failure(
        arguments: &TargetArguments,
        failure: &Failure,
    ) -> Result<Target, CliError> {
        let replica = arguments.replica.clone().or_else(|| failure.executable.clone());
        let gone = replica.clone().filter(|path| arguments.replica.is_none() && !path.exists());
        if let Some(path) = gone {
            return Err(CliError::Usage(format!(
                "{}: the executable that the failure was found in is gone: --replica PATH says where it \
                 is now",
                path.display()
            )));
        }
        let file_limit = arguments.file_limit.or(failure.file_limit);
        let limits = arguments.limits.or(failure.limits);
        Target::new(&TargetArguments { replica, file_limit, limits, ..arguments.clone() })
    }

    /// Returns the executable in real time, if the target is one.
    pub(super) fn real_time(&mut self) -> Option<&mut RealTime> {
        match self {
            Target::RealTime(system) => Some(system),
            _ => None,
        }
    }

    /// Refuses real time where it makes no sense.
    pub(super) fn refuse_real_time(&self, why: &str) -> Result<(), CliError> {
        match self {
            Target::RealTime(_) => Err(CliError::Usage(format!("--clock real: {why}"))),
            _ => Ok(()),
        }
    }

    /// Returns the command that repeats a run; see [`replay_command`].
    pub(super) fn replay_command(&self, scenario: &Path, seed: u64) -> String {
        let clock = match self {
            Target::Bundled(_) | Target::Own(_) | Target::External(_) => Clock::Virtual,
            Target::RealTime(_) => Clock::Real,
        };
        let violated = self.violated().iter().map(|it| format!(" --violate {it}"));
        let command = replay_command(
            scenario,
            seed,
            self.executable(),
            clock,
            self.file_limit(),
            &self.limits().into(),
        );
        command + &violated.collect::<String>()
    }
}
