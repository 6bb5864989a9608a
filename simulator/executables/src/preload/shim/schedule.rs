//! The baton: of all threads of the process one runs, the others wait, and who is next is decided
//! here and not by the kernel.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use super::sys::{self, PollFd, kernel};
use super::world::{attach, with};
use super::{control, sys::ESRCH};
use crate::protocol::FOREVER;

/// What a thread waits for that wants nothing but time to pass.
pub(crate) const TIME: usize = 0;
/// What a thread waits for that wants a datagram, or a file to become ready.
pub(crate) const INPUT: usize = 1;

thread_local! {
    /// The calling thread's place in the list of threads.
    static ME: Cell<usize> = const { Cell::new(0) };
}

/// The threads of the process.
#[derive(Debug)]
pub(crate) struct Schedule {
    threads: Vec<Thread>,
    /// Those that could run, in the order in which they became able to.
    ready: VecDeque<usize>,
    /// Counts waits, so that who waits longest is woken first.
    waits: u64,
    /// A thread that gave the baton away for good, and may still be on its way out.
    dying: i32,
}

#[derive(Debug)]
struct Thread {
    baton: Baton,
    state: State,
    /// The number of the wait.
    since: u64,
    timed_out: bool,
    /// Real files that would end the wait.
    fds: Vec<PollFd>,
    /// The C library's name for it.
    pthread: usize,
    /// How often in a row it looked for input in vain without waiting.
    misses: u32,
    /// Clock reads since it last waited, sent or received.
    reads: u32,
    /// Bytes written to files since it last waited for time or input, or all threads waited for anything.
    written: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The place in the list is free.
    Free,
    /// Runs, or is about to.
    Ready,
    Waiting {
        key: usize,
        until: u64,
    },
}

/// What a thread waits at in the kernel: 1 once it may run. It belongs to a place in the list, and
/// stays where it is for as long as the process lives, so that it can be waited at without a look
/// into the list, which is somebody else's by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baton(&'static AtomicU32);

impl Baton {
    fn new() -> Self {
        Baton(Box::leak(Box::new(AtomicU32::new(0))))
    }

    /// Lets its thread run.
    fn give(self) {
        const WAKE_PRIVATE: usize = 129;
        self.0.store(1, Ordering::Release);
        // SAFETY: the word lives as long as the process.
        unsafe { kernel!(FUTEX, self.0.as_ptr(), WAKE_PRIVATE, 1) };
    }

    /// Waits until its thread may run.
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

    /// Whether there is more than one thread.
    pub(crate) fn is_threaded(&self) -> bool {
        self.threads.iter().filter(|thread| thread.state != State::Free).count() > 1
    }

    /// Whether another thread could run.
    pub(crate) fn is_anybody_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Makes place for a new thread, which is ready as soon as it exists.
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

    /// The new thread exists.
    pub(crate) fn started(&mut self, place: usize, pthread: usize) {
        self.threads[place].pthread = pthread;
        self.ready.push_back(place);
    }

    /// There will be no thread in this place after all.
    pub(crate) fn release(&mut self, place: usize) {
        self.threads[place].state = State::Free;
    }

    /// Whether a thread of this name has not come to its end.
    pub(crate) fn lives(&self, pthread: usize) -> bool {
        let is_it = |thread: &Thread| thread.state != State::Free && thread.pthread == pthread;
        self.threads.iter().any(is_it)
    }

    /// Wakes at most `most` of those that wait for something, the longest waiting first.
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

    /// Wakes those whose time has come, the earliest first.
    fn expire(&mut self, now: u64) {
        while let Some((until, place)) = self.next_deadline()
            && until <= now
        {
            self.make_ready(place, true);
        }
    }

    /// When somebody wants to be woken, and who.
    fn next_deadline(&self) -> Option<(u64, usize)> {
        let deadline = |(place, thread): (usize, &Thread)| match thread.state {
            State::Waiting { until, .. } if until != FOREVER => Some((until, thread.since, place)),
            _ => None,
        };
        let threads = self.threads.iter().enumerate();
        threads.filter_map(deadline).min().map(|(until, _, place)| (until, place))
    }

    /// The thread that runs next. When none can, that is for the simulator to say: then until when all wait.
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

    /// The calling thread reads a clock, and has done so this many times in a row.
    pub(crate) fn looked_at_clock(&mut self) -> u32 {
        let thread = &mut self.threads[me()];
        thread.reads = thread.reads.saturating_add(1);
        thread.reads
    }

    /// Wakes those who wait for a real file that is ready. Only this process could have made it so.
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

/// The calling thread's place.
pub(crate) fn me() -> usize {
    ME.get()
}

/// A number that no other thread has at the same time; never 0.
#[inline]
pub(crate) fn identity() -> usize {
    ME.with(|place| std::ptr::from_ref(place).addr())
}

/// Changes what is known of the calling thread.
fn with_mine<R>(visit: impl FnOnce(&mut Thread) -> R) -> R {
    with(|world| visit(&mut world.schedule.threads[me()]))
}

/// Waits for something, at most until a moment of virtual time, or for one of some real files to be
/// ready. Others run meanwhile. Returns whether the time was up.
pub(crate) fn wait(what: usize, until: u64, fds: &[PollFd]) -> bool {
    attach();
    with_mine(|thread| {
        thread.reads = 0;
        // A lock is passed on at once; who waits for it has not come to rest.
        if what == TIME || what == INPUT {
            thread.written = 0;
        }
    });
    rest(what, until, fds)
}

/// Lets everybody else come as far as the calling thread has.
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

/// Lets others run that could.
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

/// The thread that runs next. While none can, the simulator lets time pass.
fn next() -> usize {
    loop {
        match with(|world| world.schedule.choose(world.now)) {
            Ok(place) => return place,
            Err(until) => control::report(until),
        }
    }
}

/// A thread that has come to its end still frees its stack. Only once the kernel knows it no more
/// does the next one go on, or the two would race.
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

/// The first thing a new thread does: it waits for its turn.
pub(crate) fn arrive(place: usize, baton: Baton) {
    ME.set(place);
    baton.take();
}

/// The last thing a thread does: it passes the baton on for good.
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

/// Names the main thread.
pub(crate) fn name_main(pthread: usize) {
    with(|world| world.schedule.threads[0].pthread = pthread);
}

/// The thread looked for input, and this many times in a row found none without waiting for it.
pub(crate) fn missed() -> u32 {
    with_mine(|thread| {
        thread.misses += 1;
        thread.misses
    })
}

/// The thread found input, or waited for it as one should.
pub(crate) fn found() {
    with_mine(|thread| thread.misses = 0);
}

/// The thread wrote to a file. Returns how many bytes it has written since it last waited for time or input.
pub(crate) fn wrote(bytes: u64) -> u64 {
    with_mine(|thread| {
        thread.written += bytes;
        thread.written
    })
}

/// The thread does something else than read clocks.
pub(crate) fn got_on() {
    with_mine(|thread| thread.reads = 0);
}
