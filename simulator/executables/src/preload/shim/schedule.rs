//! The baton: of all threads of the process one runs, and the others wait.
//!
//! The order of the threads is decided here, and not by the kernel.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use super::sys::{self, PollFd, kernel};
use super::world::{attach, with};
use super::{control, sys::ESRCH};
use crate::protocol::FOREVER;

/// The key of a thread that waits only for time to pass.
pub(crate) const TIME: usize = 0;
/// The key of a thread that waits for a datagram or a file.
pub(crate) const INPUT: usize = 1;

thread_local! {
    /// The calling thread's place in the list of threads.
    static ME: Cell<usize> = const { Cell::new(0) };
}

/// The threads of the process.
#[derive(Debug)]
pub(crate) struct Schedule {
    threads: Vec<Thread>,
    /// The threads that could run, in the order in which they became able to.
    ready: VecDeque<usize>,
    /// The number of waits so far, so that the longest wait can be ended first.
    waits: u64,
    /// The id of a thread that may still have to end, after its last turn.
    dying: i32,
}

#[derive(Debug)]
struct Thread {
    baton: Baton,
    state: State,
    /// The number of the wait.
    since: u64,
    timed_out: bool,
    /// The real files that would end the wait.
    fds: Vec<PollFd>,
    /// The C library's name for the thread.
    pthread: usize,
    /// The vain looks for input in a row, without waiting.
    misses: u32,
    /// The number of clock reads since it last waited, sent or received.
    reads: u32,
    /// The bytes written to files since its last wait for time or input.
    ///
    /// A wait of all threads for anything resets the number, too.
    written: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The place in the list is free.
    Free,
    /// The thread runs, or is about to.
    Ready,
    Waiting {
        key: usize,
        until: u64,
    },
}

/// The word at which a thread waits in the kernel: 1 once it may run.
///
/// It belongs to a place in the list of threads, and stays where it is while the process lives. So a thread can wait
/// at it without accessing the list, which another thread may be using by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baton(&'static AtomicU32);

impl Baton {
    fn new() -> Self {
        Baton(Box::leak(Box::new(AtomicU32::new(0))))
    }

    /// Lets the thread run.
    fn give(self) {
        const WAKE_PRIVATE: usize = 129;
        self.0.store(1, Ordering::Release);
        // SAFETY: the word lives as long as the process.
        unsafe { kernel!(FUTEX, self.0.as_ptr(), WAKE_PRIVATE, 1) };
    }

    /// Waits until the thread may run.
    fn take(self) {
        const WAIT_PRIVATE: usize = 128;
        while self.0.swap(0, Ordering::Acquire) == 0 {
            // SAFETY: the word lives as long as the process.
            unsafe { kernel!(FUTEX, self.0.as_ptr(), WAIT_PRIVATE, 0, 0) };
        }
        await_death();
    }
}

impl Thread {
    fn new(baton: Baton) -> Self {
        Thread {
            baton,
            state: State::Ready,
            since: 0,
            timed_out: false,
            fds: Vec::new(),
            pthread: 0,
            misses: 0,
            reads: 0,
            written: 0,
        }
    }
}

impl Schedule {
    pub(crate) fn new() -> Self {
        let main = Thread::new(Baton::new());
        Schedule { threads: vec![main], ready: VecDeque::new(), waits: 0, dying: 0 }
    }

    /// Returns true if there is more than one thread.
    pub(crate) fn is_threaded(&self) -> bool {
        self.threads.iter().filter(|thread| thread.state != State::Free).count() > 1
    }

    /// Returns true if another thread could run.
    pub(crate) fn is_anybody_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Reserves a place for a new thread, which is ready as soon as it exists.
    pub(crate) fn reserve(&mut self) -> (usize, Baton) {
        match self.threads.iter().position(|thread| thread.state == State::Free) {
            Some(place) => {
                let baton = self.threads[place].baton;
                self.threads[place] = Thread::new(baton);
                (place, baton)
            }
            None => {
                let baton = Baton::new();
                self.threads.push(Thread::new(baton));
                (self.threads.len() - 1, baton)
            }
        }
    }

    /// Notes that the new thread exists.
    pub(crate) fn started(&mut self, place: usize, pthread: usize) {
        self.threads[place].pthread = pthread;
        self.ready.push_back(place);
    }

    /// Frees the place of a thread that could not be started.
    pub(crate) fn release(&mut self, place: usize) {
        self.threads[place].state = State::Free;
    }

    /// Returns true if a thread of this name has not ended.
    pub(crate) fn lives(&self, pthread: usize) -> bool {
        let is_it = |thread: &Thread| thread.state != State::Free && thread.pthread == pthread;
        self.threads.iter().any(is_it)
    }

    /// Wakes at most `most` of the threads that wait for something, the longest waiting first.
    pub(crate) fn wake(&mut self, what: usize, most: usize) -> usize {
        let mut woken = 0;
        while woken < most {
            let waits = |thread: &Thread| match thread.state {
                State::Waiting { key, .. } => key == what,
                _ => false,
            };
            let waiting = self.threads.iter().enumerate().filter(|(_, thread)| waits(thread));
            let Some((place, _)) = waiting.min_by_key(|(_, thread)| thread.since) else { break };
            self.make_ready(place, false);
            woken += 1;
        }
        woken
    }

    fn make_ready(&mut self, place: usize, timed_out: bool) {
        let thread = &mut self.threads[place];
        thread.state = State::Ready;
        thread.timed_out = timed_out;
        self.ready.push_back(place);
    }

    /// Wakes the threads whose time has come, the earliest first.
    fn expire(&mut self, now: u64) {
        while let Some((until, place)) = self.next_deadline()
            && until <= now
        {
            self.make_ready(place, true);
        }
    }

    /// Returns the next time at which a thread wants to be woken, and that thread.
    fn next_deadline(&self) -> Option<(u64, usize)> {
        let deadline = |(place, thread): (usize, &Thread)| match thread.state {
            State::Waiting { until, .. } if until != FOREVER => Some((until, thread.since, place)),
            _ => None,
        };
        let threads = self.threads.iter().enumerate();
        threads.filter_map(deadline).min().map(|(until, _, place)| (until, place))
    }

    /// Returns the thread that runs next. If none can, returns the time until which all wait, as an error.
    fn choose(&mut self, now: u64) -> Result<usize, u64> {
        loop {
            self.expire(now);
            if let Some(place) = self.ready.pop_front() {
                return Ok(place);
            }
            if !self.look_at_files() {
                let until = self.next_deadline().map_or(FOREVER, |(until, _)| until);
                if until > now + 1 {
                    // All wait, and none of them only for the others to catch up.
                    self.threads.iter_mut().for_each(|thread| thread.written = 0);
                }
                return Err(until);
            }
        }
    }

    /// Counts a clock read of the calling thread, and returns its reads in a row.
    pub(crate) fn looked_at_clock(&mut self) -> u32 {
        let thread = &mut self.threads[me()];
        thread.reads = thread.reads.saturating_add(1);
        thread.reads
    }

    /// Wakes the threads that wait for a real file that is ready. Only this process can have made it ready.
    fn look_at_files(&mut self) -> bool {
        let waits = |thread: &Thread| matches!(thread.state, State::Waiting { .. });
        let waiting = self.threads.iter().enumerate();
        let waiting = waiting.filter(|(_, thread)| waits(thread));
        let mut fds: Vec<PollFd> = Vec::new();
        let mut places = Vec::new();
        for (place, thread) in waiting {
            fds.extend_from_slice(&thread.fds);
            places.resize(fds.len(), place);
        }
        // SAFETY: the array and its length; a time-out of zero returns at once.
        if fds.is_empty() || unsafe { kernel!(POLL, fds.as_mut_ptr(), fds.len(), 0) } <= 0 {
            return false;
        }
        for (fd, place) in fds.iter().zip(places) {
            if fd.revents != 0 && waits(&self.threads[place]) {
                self.make_ready(place, false);
            }
        }
        true
    }
}

/// Returns the calling thread's place.
pub(crate) fn me() -> usize {
    ME.get()
}

/// Returns a number that no other thread has at the same time; never 0.
#[inline]
pub(crate) fn identity() -> usize {
    ME.with(|place| std::ptr::from_ref(place).addr())
}

/// Changes the data about the calling thread.
fn with_mine<R>(visit: impl FnOnce(&mut Thread) -> R) -> R {
    with(|world| visit(&mut world.schedule.threads[me()]))
}

/// Waits for something, at most until a virtual time, and returns true if that came.
///
/// It also returns when one of the real files `fds` is ready.
///
/// Other threads run meanwhile.
pub(crate) fn wait(what: usize, until: u64, fds: &[PollFd]) -> bool {
    attach();
    with_mine(|thread| {
        thread.reads = 0;
        // A lock is passed on at once, so a thread that waits for one may still be in a loop.
        if what == TIME || what == INPUT {
            thread.written = 0;
        }
    });
    rest(what, until, fds)
}

/// Lets all other threads come as far as the calling thread has.
pub(crate) fn catch_up() {
    rest(TIME, with(|world| world.now) + 1, &[]);
}

fn rest(what: usize, until: u64, fds: &[PollFd]) -> bool {
    with(|world| {
        let schedule = &mut world.schedule;
        schedule.waits += 1;
        let thread = &mut schedule.threads[me()];
        thread.state = State::Waiting { key: what, until };
        thread.since = schedule.waits;
        thread.fds.clear();
        thread.fds.extend_from_slice(fds);
    });
    switch();
    with_mine(|thread| thread.timed_out)
}

/// Lets other threads run that could.
pub(crate) fn give_way() {
    with(|world| world.schedule.ready.push_back(me()));
    switch();
}

/// Passes the baton on, and returns when it comes back.
fn switch() {
    let next = next();
    if next != me() {
        let (theirs, mine) = with(|world| {
            let threads = &world.schedule.threads;
            (threads[next].baton, threads[me()].baton)
        });
        theirs.give();
        mine.take();
    }
}

/// Returns the thread that runs next. While none can, the simulator lets time pass.
fn next() -> usize {
    loop {
        match with(|world| world.schedule.choose(world.now)) {
            Ok(place) => return place,
            Err(until) => control::report(until),
        }
    }
}

/// Waits until the kernel no longer knows a thread that has ended.
///
/// That thread still frees its stack, and the next one would race with it.
fn await_death() {
    let dying = with(|world| std::mem::take(&mut world.schedule.dying));
    if dying == 0 {
        return;
    }
    // SAFETY: asks whether a thread exists, and lets it run.
    unsafe {
        while kernel!(TGKILL, sys::real_pid(), dying, 0) != -(ESRCH as isize) {
            kernel!(SCHED_YIELD);
        }
    }
}

/// Waits for the new thread's turn: the first thing that a thread does.
pub(crate) fn arrive(place: usize, baton: Baton) {
    ME.set(place);
    baton.take();
}

/// Passes the baton on for good: the last thing that a thread does.
pub(crate) fn depart() {
    with(|world| {
        let thread = &mut world.schedule.threads[me()];
        thread.state = State::Free;
        let pthread = std::mem::take(&mut thread.pthread);
        world.schedule.wake(pthread, usize::MAX);
    });
    let (next, dying) = (next(), sys::gettid());
    let theirs = with(|world| {
        world.schedule.dying = dying;
        world.schedule.threads[next].baton
    });
    theirs.give();
}

/// Sets the C library's name of the main thread.
pub(crate) fn name_main(pthread: usize) {
    with(|world| world.schedule.threads[0].pthread = pthread);
}

/// Notes a vain look for input, and returns the number of them in a row.
pub(crate) fn missed() -> u32 {
    with_mine(|thread| {
        thread.misses += 1;
        thread.misses
    })
}

/// Notes that the thread found input, or waited for it.
pub(crate) fn found() {
    with_mine(|thread| thread.misses = 0);
}

/// Notes a write to a file, and returns the bytes since the thread's last wait.
///
/// Only waits for time or input count.
pub(crate) fn wrote(bytes: u64) -> u64 {
    with_mine(|thread| {
        thread.written += bytes;
        thread.written
    })
}

/// Notes that the thread does something other than read clocks.
pub(crate) fn got_on() {
    with_mine(|thread| thread.reads = 0);
}
