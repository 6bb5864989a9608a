//! The environment of a process in virtual time.
//!
//! It consists of environment variables. From some of these the preload library reads the clocks, the random seed and
//! the process id.

use std::ffi::{CStr, OsString};
use std::process::Command;

use crate::preload::protocol;

use crate::limits::Limits;
use crate::{languages, wire};
use simulation::Nanos;
use simulation::api::Setup;
use simulation::rng::Seed;

/// Variables of the simulator's own environment that every program sees.
///
/// Its results must not depend on the others. A language adds some.
const KEPT: [&str; 3] = ["PATH", "HOME", "LD_LIBRARY_PATH"];

/// Variables that are set for every program.
///
/// Temporary files lie in its folder and are removed with it, so that the next run does not find their names taken.
const SET: [(&str, &str); 3] = [("LANG", "C.UTF-8"), ("TMPDIR", "."), ("TZ", "UTC")];

const SECOND: Nanos = 1_000_000_000;

/// The range of dates at which runs begin: three years from 2024-01-01 UTC.
const FIRST_DATE: Nanos = 1_704_067_200 * SECOND;
const DATES: Nanos = 3 * 365 * 86_400 * SECOND;

/// The range of uptimes of the machine: 20 days, from a tenth of a day on.
const SHORTEST_UPTIME: Nanos = 8_640 * SECOND;
const UPTIMES: Nanos = 20 * 86_400 * SECOND;

/// The most that one clock is ahead of another, in nanoseconds.
///
/// Because of it, no two processes read a clock at the same nanosecond.
const MOST_AHEAD: Nanos = 10_000;

/// The range of process ids, and the distance between the ids of two replicas.
///
/// The threads of a replica use the ids between. All ids have five digits.
const FIRST_PID: u64 = 10_000;
const PIDS: u64 = 20_000;
const PID_INTERVAL: u64 = 100;

/// Sets the environment of a replica that is ready at `begins` and runs on `core`.
///
/// Values that all replicas of a run share, such as the date, are drawn from `run_seed`.
pub(super) fn set(
    command: &mut Command,
    setup: &Setup,
    run_seed: u64,
    begins: Nanos,
    core: usize,
    limits: Limits,
) {
    command.env_clear();
    command.envs(kept());
    command.envs(SET);
    let mut own = Seed(setup.seed).stream("environment");
    for language in languages::ALL {
        command.envs(language.set.iter().chain(language.set_in_virtual_time).copied());
        for name in language.seeded {
            command.env(name, format!("{:010}", own.bits() as u32));
        }
    }
    // All values have one length: a replica's memory layout must not depend on the seed or the processor.
    for (name, value) in numbers(setup, run_seed, begins, core, limits) {
        command.env(name.to_str().unwrap_or_default(), format!("{value:020}"));
    }
}

/// Returns the variables of the simulator's own environment that the process sees.
pub(super) fn kept() -> impl Iterator<Item = (&'static str, OsString)> {
    let names = languages::ALL.iter().flat_map(|language| language.kept).chain(&KEPT);
    names.filter_map(|&name| Some((name, std::env::var_os(name)?)))
}

/// Returns the variables that the preload library reads.
///
/// All replicas of a run have one date and one uptime, as on one machine, and their clocks differ a little.
fn numbers(
    setup: &Setup,
    run_seed: u64,
    begins: Nanos,
    core: usize,
    limits: Limits,
) -> [(&'static CStr, u64); 9] {
    let mut run = Seed(run_seed).stream("clocks and process ids");
    let date = FIRST_DATE + run.below(DATES);
    let uptime = SHORTEST_UPTIME + run.below(UPTIMES);
    let first_pid = FIRST_PID + run.below(PIDS);
    let ahead = Seed(setup.seed).stream("ahead").below(MOST_AHEAD);
    [
        (protocol::SEED_VARIABLE, setup.seed),
        (protocol::PID_VARIABLE, first_pid + u64::from(setup.id.0) * PID_INTERVAL),
        (protocol::PORT_VARIABLE, u64::from(wire::port_for(setup.id))),
        (protocol::CORE_VARIABLE, core as u64),
        (protocol::START_VARIABLE, begins),
        (protocol::WALL_VARIABLE, date + ahead),
        (protocol::BOOT_VARIABLE, uptime + ahead),
        (protocol::AHEAD_VARIABLE, u64::from(setup.id.0)),
        (protocol::MOST_WRITTEN_VARIABLE, limits.at_one_go()),
    ]
}
