//! The library's data, and the rule for access to them.
//!
//! The settings that the simulator gave the process at its start never change: [`settings`]. Everything else is one
//! [`World`]. [`with`] lends it to a closure, and is the only way to it.
//!
//! **Invariant:** at most one closure of [`with`] runs at any time, so its reference is the only one. A lock that
//! knows its holder ensures that for every caller:
//!
//! - *Threads.* One thread has the baton, and the others wait outside of any closure. A thread that the baton does
//!   not know, such as a helper of the C library's, yields until the closure has returned.
//! - *The same thread again.* A closure neither waits nor passes the baton on, and it runs no code of the program: it
//!   calls no function that a program may replace (memory comes from [`memory`](super::memory)), and only system
//!   calls of the program's own code are trapped. There are two exceptions. A signal that the kernel delivers in the
//!   middle of a closure may run a handler of the program's; if that handler calls the library, the process ends with
//!   a reason. A panic prints its message through the library's own `write`; it may, since the closure that panicked
//!   never goes on.
//! - *Fork.* A process that takes part never forks. Before it takes part it has one thread, which is outside of any
//!   closure at a fork, so the child finds the lock free.
//! - *Early calls.* Constructors of other libraries may run before this one's. The first call makes the world; the
//!   process still has one thread then.

use std::cell::UnsafeCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::clock::Origin;
use super::files::Files;
use super::random::Random;
use super::schedule::Schedule;
use super::sys::{self, env_number};
use super::trap::Action;
use super::{control, schedule};
use crate::protocol::{
    CORE_VARIABLE, MOST_WRITTEN_VARIABLE, PID_VARIABLE, PORT_VARIABLE, SEED_VARIABLE,
    START_VARIABLE,
};

/// The settings that the simulator put into the process's environment.
#[derive(Debug)]
pub(crate) struct Settings {
    /// True if there is a simulator at the other end.
    pub(crate) enabled: bool,
    /// The seed of all random numbers that the program draws.
    pub(crate) seed: u64,
    /// The virtual time at which the process became ready for its first step, in nanoseconds.
    pub(crate) start: u64,
    /// The number of bytes that a thread may write between two waits.
    pub(crate) most_written: u64,
    /// The process id that the process sees as its own.
    pub(crate) pid: i32,
    /// The simulator's port, from which all datagrams come.
    pub(crate) port: u16,
}

impl Settings {
    fn read() -> Self {
        let seed = env_number(SEED_VARIABLE);
        let pid = env_number(PID_VARIABLE).and_then(|pid| i32::try_from(pid).ok());
        Settings {
            enabled: seed.is_some(),
            seed: seed.unwrap_or_default(),
            start: env_number(START_VARIABLE).unwrap_or(0),
            most_written: env_number(MOST_WRITTEN_VARIABLE).unwrap_or(u64::MAX),
            pid: pid.unwrap_or_else(sys::real_pid),
            port: env_number(PORT_VARIABLE).and_then(|port| port.try_into().ok()).unwrap_or(0),
        }
    }
}

/// Returns the settings. They are read once, at the first call.
#[inline]
pub(crate) fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(Settings::read)
}

/// The data that the functions of the library share and change.
#[derive(Debug)]
pub(crate) struct World {
    /// The virtual time that the process sees, in nanoseconds.
    pub(crate) now: u64,
    /// The virtual time that the simulator gave last; [`World::now`] runs a little ahead.
    pub(crate) synced: u64,
    /// The generator of all random numbers that the program draws.
    pub(crate) random: Random,
    /// The values of the clocks when the run begins.
    pub(crate) origin: Origin,
    /// The time that a sync takes, if syncs have an effect.
    pub(crate) sync_time: Option<u64>,
    /// True if the process has sent a datagram, and so has completed its start.
    pub(crate) has_spoken: bool,
    /// The thread that runs, and what each of the others waits for.
    pub(crate) schedule: Schedule,
    /// The file descriptors that mean more than the kernel knows.
    pub(crate) files: Files,
    /// The datagrams sent since the last report.
    pub(crate) outgoing: Vec<u8>,
    /// The buffer for the simulator's frames.
    pub(crate) incoming: Vec<u8>,
    /// The number of closures that have used the world.
    ///
    /// While it stays the same, the program calls hardly anything of the library's.
    pub(crate) visits: u64,
    /// The program's own actions for the signals that report trapped calls.
    pub(crate) actions: [Action; 2],
}

impl World {
    fn new() -> Self {
        let Settings { seed, start, .. } = *settings();
        World {
            now: start,
            synced: start,
            random: Random::new(seed),
            origin: Origin::new(seed),
            sync_time: None,
            has_spoken: false,
            schedule: Schedule::new(),
            files: Files::default(),
            outgoing: Vec::new(),
            incoming: Vec::new(),
            visits: 0,
            actions: [Action::default(); 2],
        }
    }
}

/// The world, and the lock on it.
struct Shared {
    /// The [`identity`](schedule::identity) of the thread whose closure runs, or 0.
    holder: AtomicUsize,
    world: UnsafeCell<Option<World>>,
}

// SAFETY: only `with` accesses the cell, and only while its thread is the holder.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared { holder: AtomicUsize::new(0), world: UnsafeCell::new(None) };

/// Frees the lock when the closure has returned.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        SHARED.holder.store(0, Ordering::Release);
    }
}

/// Returns true if a closure is using the world.
pub(crate) fn is_lent() -> bool {
    SHARED.holder.load(Ordering::Acquire) != 0
}

/// Lends the world to a closure, which must neither wait nor call this again.
#[inline]
pub(crate) fn with<R>(visit: impl FnOnce(&mut World) -> R) -> R {
    let me = schedule::identity();
    while let Err(holder) =
        SHARED.holder.compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed)
    {
        if holder == me {
            entered_again();
            break;
        }
        // SAFETY: no arguments.
        unsafe { sys::kernel!(SCHED_YIELD) };
    }
    let _release = Release;
    // SAFETY: this thread is the holder until `_release` is dropped, so no other one is here. If a closure of this
    // thread was running, it has panicked and never goes on: the library is built to abort on panic.
    let world = unsafe { &mut *SHARED.world.get() };
    let world = world.get_or_insert_with(World::new);
    world.visits += 1;
    visit(world)
}

/// Ends the process because a closure of this thread is running. Returns if that closure has panicked.
#[cold]
fn entered_again() {
    if !std::thread::panicking() {
        control::refuse(INTERRUPTED);
    }
}

const INTERRUPTED: &str = "a handler of its own for a signal ran at a moment that the simulation does not control; \
                           a replica must not use timers or signals of real time";

/// True once the process takes part.
///
/// From then on its time is the simulator's, and its threads take turns.
///
/// Interpreters start and wrappers run by themselves before that.
static ATTACHED: AtomicBool = AtomicBool::new(false);

/// Returns true once the process takes part, and its threads take turns.
#[inline]
pub(crate) fn is_attached() -> bool {
    ATTACHED.load(Ordering::Acquire)
}

/// Makes the process take part in the simulation from now on.
///
/// It is called before the process first waits, opens a UDP socket or starts a thread. A process that has started
/// another process by then is refused: that one might want to take part, too, and the kernel would decide which of
/// them comes first. Does nothing the second time, and nothing without a simulator.
pub(crate) fn attach() {
    if is_attached() || !settings().enabled {
        return;
    }
    ATTACHED.store(true, Ordering::Release);
    if let Some(core) = env_number(CORE_VARIABLE) {
        run_on(core as usize);
    }
    if super::process::has_children() {
        control::refuse(super::process::CHILD);
    }
    super::threads::begin();
    control::attach();
}

/// Confines the process to one processor.
///
/// The simulator and its processes take turns anyway, and waking one on another processor takes five times as long.
fn run_on(core: usize) {
    let mut mask = [0_u64; 16];
    if let Some(word) = mask.get_mut(core / 64) {
        *word = 1 << (core % 64);
        // SAFETY: a mask and its length in bytes. If the call fails, the run is only slower.
        unsafe { sys::kernel!(SCHED_SETAFFINITY, 0, size_of_val(&mask), mask.as_ptr()) };
    }
}
