//! What the library knows: one record, touched only by the thread that has the baton.

use std::cell::UnsafeCell;

use super::clock::Origin;
use super::files::Files;
use super::random::Random;
use super::schedule::Schedule;
use super::sys::{self, env_number};
use super::trap::Action;
use crate::protocol::{
    CORE_VARIABLE, MOST_WRITTEN_VARIABLE, PID_VARIABLE, PORT_VARIABLE, SEED_VARIABLE,
    START_VARIABLE,
};

/// Everything that the functions of the library share.
#[derive(Debug)]
pub(crate) struct World {
    /// Whether a simulator is at the other end at all.
    pub(crate) enabled: bool,
    /// Whether the process takes part: only then is its time the simulator's, and its threads take
    /// turns. Interpreters start and wrappers run before that, by themselves.
    pub(crate) attached: bool,
    /// Virtual time in nanoseconds, as the process sees it.
    pub(crate) now: u64,
    /// Virtual time as the simulator gave it last; [`World::now`] runs a little ahead.
    pub(crate) synced: u64,
    /// The state of the generator of all randomness that the program draws.
    pub(crate) random: Random,
    /// What the clocks show when the run begins.
    pub(crate) origin: Origin,
    /// Virtual time at which the process became ready for its first step.
    pub(crate) start: u64,
    /// How many bytes a thread may write before it waits again.
    pub(crate) most_written: u64,
    /// Whether it has sent a datagram, and so is through with its start-up.
    pub(crate) has_spoken: bool,
    /// The process id that the process believes to have.
    pub(crate) pid: i32,
    /// Which thread runs, and what each waits for.
    pub(crate) schedule: Schedule,
    /// File descriptors that are more than the kernel knows.
    pub(crate) files: Files,
    /// Datagrams sent since the last report.
    pub(crate) outgoing: Vec<u8>,
    /// Room for what the simulator says.
    pub(crate) incoming: Vec<u8>,
    /// The simulator's port: where all datagrams come from.
    pub(crate) port: u16,
    /// Whether the kernel hands over the program's system calls.
    pub(crate) trapped: bool,
    /// What the program wants done at the signals that it is handed over with.
    pub(crate) actions: [Action; 2],
}

impl World {
    fn new() -> Self {
        let seed = env_number(SEED_VARIABLE);
        let start = env_number(START_VARIABLE).unwrap_or(0);
        let pid = env_number(PID_VARIABLE).and_then(|pid| i32::try_from(pid).ok());
        World {
            enabled: seed.is_some(),
            attached: false,
            now: start,
            synced: start,
            random: Random::new(seed.unwrap_or_default()),
            origin: Origin::new(seed.unwrap_or_default()),
            start,
            most_written: env_number(MOST_WRITTEN_VARIABLE).unwrap_or(u64::MAX),
            has_spoken: false,
            pid: pid.unwrap_or_else(sys::real_pid),
            schedule: Schedule::new(),
            files: Files::default(),
            outgoing: Vec::new(),
            incoming: Vec::new(),
            trapped: false,
            actions: [Action::default(); 2],
            port: env_number(PORT_VARIABLE).and_then(|port| port.try_into().ok()).unwrap_or(0),
        }
    }
}

struct Shared(UnsafeCell<Option<World>>);

// SAFETY: only the thread with the baton looks inside; before the process is attached it has one
// thread.
unsafe impl Sync for Shared {}

static WORLD: Shared = Shared(UnsafeCell::new(None));

/// The one world. Nobody keeps the reference while a thread waits.
pub(crate) fn world() -> &'static mut World {
    // SAFETY: the caller has the baton, and no other reference is in use: none is kept across a
    // wait, and no function of this library calls itself through the C library.
    unsafe { (*WORLD.0.get()).get_or_insert_with(World::new) }
}

/// Whether threads take turns already.
pub(crate) fn is_attached() -> bool {
    world().attached
}

/// Takes part in the simulation from now on: called before the process first waits, opens a UDP socket or
/// starts a thread. A process that has started another one by then is refused: that one might want to take part,
/// too, and who of them comes first would be for the kernel to say. Does nothing the second time, and nothing
/// without a simulator.
pub(crate) fn attach() {
    let world = world();
    if world.attached || !world.enabled {
        return;
    }
    world.attached = true;
    if let Some(core) = env_number(CORE_VARIABLE) {
        run_on(core as usize);
    }
    if super::process::has_children() {
        super::control::refuse(super::process::CHILD);
    }
    super::threads::begin();
    super::control::attach();
}

/// Everything runs on one processor: the simulator and its processes take turns anyway, and waking
/// somebody on another processor takes five times as long.
fn run_on(core: usize) {
    let mut mask = [0_u64; 16];
    if let Some(word) = mask.get_mut(core / 64) {
        *word = 1 << (core % 64);
        // SAFETY: a mask and its length in bytes. Should it fail, all is slower, no more.
        unsafe { sys::kernel!(SCHED_SETAFFINITY, 0, size_of_val(&mask), mask.as_ptr()) };
    }
}
