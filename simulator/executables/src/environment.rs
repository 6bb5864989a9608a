//! What a process in virtual time sees of its surroundings: environment variables and, through those that the
//! preload library reads, its clocks, its randomness and its process id.

use std::ffi::{CStr, OsString};
use std::process::Command;

use crate::preload::protocol;

use crate::limits::Limits;
use crate::{languages, wire};
use simulation::Nanos;
use simulation::api::Setup;
use simulation::rng::Seed;

/// Variables of our own that any program may see: its results must not depend on the rest. A language adds
/// its own.
const KEPT: [&str; 3] = ["PATH", "HOME", "LD_LIBRARY_PATH"];

/// Variables that any program sees besides. Temporary files go with its folder, or the next run's would
/// find their names taken.
const SET: [(&str, &str); 3] = [("LANG", "C.UTF-8"), ("TMPDIR", "."), ("TZ", "UTC")];

const SECOND: Nanos = 1_000_000_000;

/// The earliest moment at which a run begins on the wall clock (2024-01-01 UTC), and the length of the time
/// in which it does: three years.
const FIRST_DATE: Nanos = 1_704_067_200 * SECOND;
const DATES: Nanos = 3 * 365 * 86_400 * SECOND;

/// The shortest time since the machine's start, and how much longer it may be: from a tenth of a day on.
const SHORTEST_UPTIME: Nanos = 8_640 * SECOND;
const UPTIMES: Nanos = 20 * 86_400 * SECOND;

/// Two processes never read a clock at the same nanosecond: each is up to this far ahead of the others.
const MOST_AHEAD: Nanos = 10_000;

/// The least process id, the number of ids that are drawn from, and the distance between two replicas' ids: the
/// threads of a replica take the numbers between. All of five digits.
const FIRST_PID: u64 = 10_000;
const PIDS: u64 = 20_000;
const PID_INTERVAL: u64 = 100;

/// Gives a process its environment: that of a replica which is ready at `begins`, and runs on a processor. What all
/// replicas of a run have in common, such as the date, is drawn from `run_seed`.
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
    // All of one length: a replica's memory must not look different with another seed, or on another
    // processor.
    for (name, value) in numbers(setup, run_seed, begins, core, limits) {
        command.env(name.to_str().unwrap_or_default(), format!("{value:020}"));
    }
}

/// The variables of our own that it sees.
pub(super) fn kept() -> impl Iterator<Item = (&'static str, OsString)> {
    let names = languages::ALL.iter().flat_map(|language| language.kept).chain(&KEPT);
    names.filter_map(|&name| Some((name, std::env::var_os(name)?)))
}

/// What the preload library reads. A run has one date and one time since the machine's start, as replicas on
/// one machine have, and each replica is a little ahead.
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
