//! Clocks and sleeping.
//!
//! Reading a clock takes virtual time: otherwise a program that waits by reading the clock would never end.

use std::ffi::c_void;

use super::c_functions;
use super::poll::pause_after;
use super::random::Random;
use super::schedule::{TIME, catch_up, missed, wait};
use super::sys::{EINVAL, Timespec, Timeval, c_result, env_number, fail, kernel};
use super::world::{World, is_attached, settings, with};
use crate::protocol::{AHEAD_VARIABLE, BOOT_VARIABLE, FOREVER, WALL_VARIABLE};

/// The limit between absolute times on the wall clock, and those since the machine's start.
///
/// With it, one need not know for which clock a condition variable was made.
const WALL_OR_BOOT: u64 = 1_000_000_000_000_000_000;

/// The shortest duration of a clock read, and the span of the rest.
///
/// So no two reads show the same time, and their difference depends on the seed. A read takes longer than on a
/// machine, because nothing else takes any time.
const SHORTEST_READ: u64 = 500;
const READ_SPAN: u64 = 1_000;
/// The divisor of a read's duration before the process has sent anything.
///
/// As on a machine, a run-time reads clocks thousands of times while it starts.
const START_DIVISOR: u64 = 16;
/// The longest duration of a read, by a thread that does nothing else.
const LONGEST_READ: u64 = 1_000_000;
/// The limit below which a sleep is a nap.
///
/// The kernel itself hardly observes such short times.
const NAP: u64 = 100_000;
/// The number of reads in a row after which each takes twice as long.
///
/// A thread that does nothing else waits for time to pass. But a run-time that collects garbage or compiles also
/// reads clocks in long rows, above all while it starts, and must not lose time by it.
const PATIENCE: u32 = 256;
const PATIENCE_AT_START: u32 = 1 << 20;
/// The delays of a kernel's timer, in nanoseconds.
///
/// They are the shortest one, the most that a long wait adds to it, and the longest return from the kernel.
///
/// Measured on Linux with Python: `select` for 1, 10 and 100 ms returns 80, 130 and 190 µs late.
const KERNEL_SLACK: u64 = 50_000;
const MOST_SLACK: u64 = 100_000;
const WAY_BACK: u64 = 80_000;
/// The most that the process may run ahead of the simulator.
const LEAD: u64 = 2_000_000;

const CLOCK_REALTIME: i32 = 0;
const CLOCK_PROCESS_CPUTIME: i32 = 2;
const CLOCK_THREAD_CPUTIME: i32 = 3;
const CLOCK_REALTIME_COARSE: i32 = 5;
const CLOCK_TAI: i32 = 11;
const TIMER_ABSTIME: i32 = 1;

/// Lets the calling thread take some time.
///
/// If it is too far ahead then, the other threads catch up.
pub(crate) fn spend(nanos: u64) {
    let is_ahead = with(|world| {
        world.now += nanos;
        world.is_ahead()
    });
    if is_ahead {
        catch_up();
    }
}

impl World {
    /// Returns true if the process is further ahead of the simulator than it may be.
    fn is_ahead(&self) -> bool {
        self.now > self.synced + LEAD && is_attached()
    }
}

/// The values of the clocks when the run begins, and the state of their reads.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The wall clock.
    wall: u64,
    /// The clocks that count from the machine's start.
    boot: u64,
    /// The seconds by which `time` is ahead, and whether it was called.
    ahead: i64,
    is_asked_for_seconds: bool,
    /// The clocks that count the process's processor time, at its start.
    work: u64,
    /// The generator of the durations of reads.
    ///
    /// It is not the program's own generator, since the program would then draw other numbers.
    reads: Random,
}

impl Origin {
    pub(crate) fn new(seed: u64) -> Self {
        const NAME: u64 = 0x636c_6f63_6b73;
        let mut reads = Random::new(seed ^ NAME);
        Origin {
            wall: env_number(WALL_VARIABLE).unwrap_or(0),
            boot: env_number(BOOT_VARIABLE).unwrap_or(0),
            ahead: env_number(AHEAD_VARIABLE).map_or(0, |seconds| seconds as i64),
            is_asked_for_seconds: false,
            // Computing takes no time here; a start that takes 5 to 15 ms is realistic.
            work: 5_000_000 + reads.bits() % 10_000_000,
            reads,
        }
    }
}

/// Reads a clock, and returns the virtual time.
fn read() -> u64 {
    let (now, is_ahead) = with(|world| {
        let reads = world.schedule.looked_at_clock();
        let duration = SHORTEST_READ + world.origin.reads.bits() % READ_SPAN;
        let (patience, duration) = if world.has_spoken {
            (PATIENCE, duration)
        } else {
            (PATIENCE_AT_START, duration / START_DIVISOR)
        };
        world.now += (duration << (reads / patience).min(16)).min(LONGEST_READ);
        (world.now, world.is_ahead())
    });
    if !is_ahead {
        return now;
    }
    catch_up();
    with(|world| world.now)
}

fn read_clock(clock: i32) -> u64 {
    let now = read();
    with(|World { origin, .. }| match clock {
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE | CLOCK_TAI => origin.wall + now,
        CLOCK_PROCESS_CPUTIME | CLOCK_THREAD_CPUTIME => origin.work + now - settings().start,
        _ => origin.boot + now,
    })
}

/// Returns the processor's time stamp counter: one tick per nanosecond.
pub(crate) fn ticks() -> u64 {
    let now = read();
    with(|world| world.origin.boot) + now
}

/// Returns the whole seconds since the machine's start. Takes no time.
pub(crate) fn seconds_since_boot() -> i64 {
    (with(|world| world.origin.boot + world.now) / 1_000_000_000) as i64
}

/// Returns the virtual time of an absolute time on any clock.
pub(crate) fn virtual_time(absolute: Timespec) -> u64 {
    let nanos = absolute.as_nanos();
    with(|World { origin, .. }| {
        if nanos < WALL_OR_BOOT {
            return nanos.saturating_sub(origin.boot);
        }
        // Whole seconds come from the result of `time`.
        let is_of_time = absolute.nanos == 0 && origin.is_asked_for_seconds;
        let ahead = if is_of_time { origin.ahead as u64 * 1_000_000_000 } else { 0 };
        nanos.saturating_sub(origin.wall + ahead)
    })
}

/// Returns the virtual time `nanos` from now.
pub(crate) fn from_now(nanos: u64) -> u64 {
    with(|world| world.now).saturating_add(nanos).min(u64::MAX - 1)
}

/// Returns the time at which a thread runs again after a wait `until` a time.
///
/// A kernel is never early. It is late by its slack (50 µs, and a thousandth of the wait) and by the time it takes to
/// return.
pub(crate) fn woken(until: u64) -> u64 {
    with(|World { origin, now, .. }| {
        if until == FOREVER || until <= *now {
            return until;
        }
        let allowed = KERNEL_SLACK + ((until - *now) / 1_000).min(MOST_SLACK);
        until.saturating_add(allowed + origin.reads.bits() % WAY_BACK).min(FOREVER - 1)
    })
}

/// Sleeps until a virtual time.
fn sleep_until(until: u64) {
    let until = woken(until);
    while with(|world| world.now) < until {
        wait(TIME, until, &[]);
    }
}

/// Sleeps for a while, and lets other threads run even if that is 0.
///
/// A thread that takes many naps in a row looks for something again and again, and sleeps longer each time (Go's
/// run-time watches itself in this way).
fn sleep_for(nanos: u64) {
    let pause = if nanos < NAP { pause_after(missed()) } else { 0 };
    sleep_until(from_now(nanos.max(pause)));
}

c_functions! {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32 {
        if !settings().enabled {
            return c_result(kernel!(CLOCK_GETTIME, clock, time)) as i32;
        }
        if time.is_null() {
            return fail(EINVAL) as i32;
        }
        *time = Timespec::of(read_clock(clock));
        0
    }

    fn timespec_get(time: *mut Timespec, base: i32) -> i32 {
        if base != 1 {
            return 0;
        }
        clock_gettime(CLOCK_REALTIME, time);
        base
    }

    fn gettimeofday(time: *mut Timeval, zone: *mut c_void) -> i32 {
        if !zone.is_null() {
            zone.cast::<u64>().write_unaligned(0);
        }
        if !time.is_null() {
            let mut precise = Timespec::default();
            clock_gettime(CLOCK_REALTIME, &raw mut precise);
            *time = Timeval { seconds: precise.seconds, micros: precise.nanos / 1_000 };
        }
        0
    }

    /// Returns the time in whole seconds, for which few programs ask except for a seed.
    fn time(seconds: *mut i64) -> i64 {
        let mut precise = Timespec::default();
        clock_gettime(CLOCK_REALTIME, &raw mut precise);
        let ahead = with(|World { origin, .. }| {
            origin.is_asked_for_seconds = true;
            origin.ahead
        });
        let now = precise.seconds + ahead;
        if !seconds.is_null() {
            *seconds = now;
        }
        now
    }

    fn clock() -> i64 {
        (read_clock(CLOCK_PROCESS_CPUTIME) / 1_000) as i64
    }

    /// Returns hundredths of a second: in the program, in the kernel, and its children's.
    fn times(buffer: *mut [i64; 4]) -> i64 {
        if !settings().enabled {
            return c_result(kernel!(TIMES, buffer)) as i64;
        }
        let now = read_clock(CLOCK_PROCESS_CPUTIME) / 10_000_000;
        if !buffer.is_null() {
            *buffer = [now as i64, 0, 0, 0];
        }
        (with(|world| world.origin.boot) / 10_000_000 + now) as i64
    }

    /// Fills in the first two fields, the times spent in the program and the kernel.
    fn getrusage(who: i32, usage: *mut [Timeval; 2]) -> i32 {
        let result = c_result(kernel!(GETRUSAGE, who, usage)) as i32;
        if result == 0 && settings().enabled {
            *usage = [Timeval::of(read_clock(CLOCK_PROCESS_CPUTIME)), Timeval::default()];
        }
        result
    }

    fn nanosleep(time: *const Timespec, left: *mut Timespec) -> i32 {
        if time.is_null() || !(*time).is_valid() {
            return fail(EINVAL) as i32;
        }
        sleep_for((*time).as_nanos());
        if !left.is_null() {
            *left = Timespec::default();
        }
        0
    }

    /// Returns the error instead of setting `errno`.
    fn clock_nanosleep(_clock: i32, flags: i32, time: *const Timespec, left: *mut Timespec) -> i32 {
        if time.is_null() || !(*time).is_valid() {
            return EINVAL;
        }
        if flags & TIMER_ABSTIME == 0 {
            return nanosleep(time, left);
        }
        sleep_until(virtual_time(*time));
        0
    }

    fn usleep(micros: u32) -> i32 {
        sleep_for(u64::from(micros) * 1_000);
        0
    }

    fn sleep(seconds: u32) -> u32 {
        sleep_for(u64::from(seconds) * 1_000_000_000);
        0
    }
}
