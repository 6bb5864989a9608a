//! What the library knows, and who may touch it when.
//!
//! What the simulator told the process at its start never changes: [`settings`]. Everything else is one [`World`].
//! [`with`] lends it to a closure, and is the only way to it.
//!
//! **Invariant:** at most one closure of [`with`] runs at any time, so its reference is the only one. A lock that
//! knows its holder sees to that for every caller:
//!
//! - *Threads.* One thread has the baton, and the others wait, outside of any closure. A thread that the baton does
//!   not know, such as a helper of the C library's, yields for as long as the closure takes.
//! - *The same thread again.* A closure neither waits nor passes the baton on, and it runs no code of the program:
//!   it calls no function that a program may replace (memory comes from [`memory`](super::memory)), and only system
//!   calls of the program's own code are trapped. There are two exceptions. A signal that the kernel delivers in the
//!   middle of a closure may run a handler of the program's; if that comes back here, the process ends with a reason.
//!   A panic prints its message through our own `write`; it may, since the closure that panicked never goes on.
//! - *Fork.* A process that takes part never forks; before that it has one thread, which is outside of any closure
//!   then. The child so finds the lock free.
//! - *Early calls.* Constructors of other libraries may run before ours. The first call makes the world; the process
//!   still has one thread then.

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

/// What the simulator told the process in its environment.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Whether a simulator is at the other end at all.
    pub(crate) enabled: bool,
    /// The seed of all randomness that the program draws.
    seed: u64,
    /// Virtual time at which the process became ready for its first step, in nanoseconds.
    pub(crate) start: u64,
    /// How many bytes a thread may write before it waits again.
    pub(crate) most_written: u64,
    /// The process id that the process believes to have.
    pub(crate) pid: i32,
    /// The simulator's port: where all datagrams come from.
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

/// Returns what the simulator told the process. Read once, at the first call.
#[inline]
pub(crate) fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(Settings::read)
}

/// Everything that the functions of the library share and change.
#[derive(Debug)]
pub(crate) struct World {
    /// Virtual time in nanoseconds, as the process sees it.
    pub(crate) now: u64,
    /// Virtual time as the simulator gave it last; [`World::now`] runs a little ahead.
    pub(crate) synced: u64,
    /// The state of the generator of all randomness that the program draws.
    pub(crate) random: Random,
    /// What the clocks show when the run begins.
    pub(crate) origin: Origin,
    /// Whether the process has sent a datagram, and so is through with its start-up.
    pub(crate) has_spoken: bool,
    /// Which thread runs, and what each waits for.
    pub(crate) schedule: Schedule,
    /// File descriptors that are more than the kernel knows.
    pub(crate) files: Files,
    /// Datagrams sent since the last report.
    pub(crate) outgoing: Vec<u8>,
    /// Room for what the simulator says.
    pub(crate) incoming: Vec<u8>,
    /// What the program wants done at the signals that trapped calls arrive with.
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
            has_spoken: false,
            schedule: Schedule::new(),
            files: Files::default(),
            outgoing: Vec::new(),
            incoming: Vec::new(),
            actions: [Action::default(); 2],
        }
    }
}

/// The world, and the lock on it.
struct Shared {
    /// The [`identity`](schedule::identity) of the thread whose closure runs; 0 while none does.
    holder: AtomicUsize,
    world: UnsafeCell<Option<World>>,
}

// SAFETY: only `with` reaches into the cell, and only while its thread is the holder.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared { holder: AtomicUsize::new(0), world: UnsafeCell::new(None) };

/// Frees the lock when the closure is through.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        SHARED.holder.store(0, Ordering::Release);
    }
}

/// Lends the world to a closure, which must not wait and must not call what calls this.
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
    // thread's own was under way, it has panicked and never goes on: the library is built to abort on panic.
    let world = unsafe { &mut *SHARED.world.get() };
    visit(world.get_or_insert_with(World::new))
}

/// Ends the process because a closure of the calling thread is under way; returns if that one has panicked.
#[cold]
fn entered_again() {
    if !std::thread::panicking() {
        control::refuse(INTERRUPTED);
    }
}

const INTERRUPTED: &str = "a handler of its own for a signal ran at a moment that the simulation does not control; \
                           a replica must not use timers or signals of real time";

/// Whether the process takes part: only then is its time the simulator's, and its threads take turns.
/// Interpreters start and wrappers run before that, by themselves.
static ATTACHED: AtomicBool = AtomicBool::new(false);

/// Whether threads take turns already.
#[inline]
pub(crate) fn is_attached() -> bool {
    ATTACHED.load(Ordering::Acquire)
}

/// Takes part in the simulation from now on: called before the process first waits, opens a UDP socket or
/// starts a thread. A process that has started another one by then is refused: that one might want to take part,
/// too, and who of them comes first would be for the kernel to say. Does nothing the second time, and nothing
/// without a simulator.
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
