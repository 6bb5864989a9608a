//! The baton: of all threads of the process one runs, and the others wait.
//!
//! The order of the threads is decided here, and not by the kernel.

mod spin;

use std::cell::Cell;
use std::collections::VecDeque;

use super::baton::Baton;
use super::control;
use super::sys::{PollFd, kernel};
use super::turns::{Turns, Waking};
use super::world::{World, attach, settings, with};
use crate::protocol::FOREVER;

pub(crate) use spin::notice_spinning;

/// The key of a thread that waits only for time to pass.
pub(crate) const TIME: usize = 0;
/// The key of a thread that waits for a datagram or a file.
pub(crate) const INPUT: usize = 1;

thread_local! {
    /// The calling thread's place in the list of threads.
    static ME: Cell<usize> = const { Cell::new(0) };
    /// The number of calls after which the calling thread is interrupted; 0 if it is not.
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// The threads of the process.
#[derive(Debug)]
pub(crate) struct Schedule {
    threads: Vec<Thread>,
    /// The number of threads that have not ended.
    alive: usize,
    /// The threads that could run, in the order in which they became able to.
    ready: VecDeque<usize>,
    /// The draws of which of them runs next.
    turns: Turns,
    /// The thread that runs, unless all wait.
    running: usize,
    /// The number of uses of the world at the last signal to a thread that computes.
    visits: u64,
    /// The number of waits so far, so that the longest wait can be ended first.
    waits: u64,
}

#[derive(Debug)]
struct Thread {
    baton: Baton,
    state: State,
    /// The number of the wait.
    since: u64,
    timed_out: bool,
    /// The number of calls after its wait at which it is interrupted; 0 if it is not.
    calls: u32,
    /// The number of times in a row that another thread was chosen in its place.
    passed: u8,
    /// The pauses in a row of a thread that spins.
    spins: u32,
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
    /// The thread could run, but a draw or a catching up of others has it run later.
    Late {
        until: u64,
    },
}

impl Thread {
    fn new(baton: Baton) -> Self {
        Thread {
            baton,
            state: State::Ready,
            since: 0,
            timed_out: false,
            calls: 0,
            passed: 0,
            spins: 0,
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
        let turns = Turns::new(settings().seed);
        Schedule {
            threads: vec![main],
            alive: 1,
            ready: VecDeque::new(),
            turns,
            running: 0,
            visits: 0,
            waits: 0,
        }
    }

    /// Returns true if there is more than one thread.
    pub(crate) fn is_threaded(&self) -> bool {
        self.alive > 1
    }

    /// Draws turns from now on.
    pub(crate) fn draw_turns(&mut self) {
        self.turns.begin();
    }

    /// Returns true if turns were drawn since the last call.
    pub(crate) fn take_drawn(&mut self) -> bool {
        self.turns.take_drawn()
    }

    /// Returns true if the seed decides which thread goes next.
    fn draws(&self) -> bool {
        self.turns.is_on() && self.is_threaded()
    }

    /// Returns true if another thread could run.
    pub(crate) fn is_anybody_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Reserves a place for a new thread, which is ready as soon as it exists.
    pub(crate) fn reserve(&mut self) -> (usize, Baton) {
        self.alive += 1;
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
    pub(crate) fn started(&mut self, place: usize, pthread: usize, now: u64) {
        self.threads[place].pthread = pthread;
        self.make_ready(place, false, now);
    }

    /// Frees the place of a thread that could not be started.
    pub(crate) fn release(&mut self, place: usize) {
        self.threads[place].state = State::Free;
        self.alive -= 1;
    }

    /// Returns true if a thread of this name has not ended.
    pub(crate) fn lives(&self, pthread: usize) -> bool {
        let is_it = |thread: &Thread| thread.state != State::Free && thread.pthread == pthread;
        self.threads.iter().any(is_it)
    }

    /// Wakes at most `most` of the threads that wait for something, the longest waiting first unless turns are drawn.
    fn wake(&mut self, what: usize, most: usize, now: u64) -> usize {
        let waits = |thread: &Thread| match thread.state {
            State::Waiting { key, .. } => key == what,
            _ => false,
        };
        let mut woken = 0;
        while woken < most {
            let waiting = self.threads.iter().enumerate().filter(|(_, thread)| waits(thread));
            let longest = waiting.clone().min_by_key(|(_, thread)| thread.since);
            let Some((mut place, _)) = longest else { break };
            if self.draws() && most - woken < waiting.clone().count() {
                let mut waiting: Vec<usize> = waiting.map(|(place, _)| place).collect();
                waiting.sort_by_key(|&place| self.threads[place].since);
                place = waiting[self.draw(waiting.iter().copied())];
            }
            self.make_ready(place, false, now);
            woken += 1;
        }
        woken
    }

    /// Chooses one of several threads, and returns its place among them. The others are passed over.
    fn draw(&mut self, places: impl ExactSizeIterator<Item = usize> + Clone) -> usize {
        if places.len() == 1 {
            return 0;
        }
        let Schedule { threads, turns, .. } = self;
        let chosen = turns.choose(places.clone().map(|place| threads[place].passed));
        for (number, place) in places.enumerate() {
            let passed = &mut threads[place].passed;
            *passed = if number == chosen { 0 } else { passed.saturating_add(1) };
        }
        chosen
    }

    /// Lets a thread run that waited or is new. If turns are drawn, it may run later, or be interrupted.
    fn make_ready(&mut self, place: usize, timed_out: bool, now: u64) {
        let drawn = if self.draws() { self.turns.wake() } else { Waking::AT_ONCE };
        let thread = &mut self.threads[place];
        thread.timed_out = timed_out;
        thread.calls = drawn.calls;
        if drawn.late_by == 0 {
            self.run_soon(place);
        } else {
            thread.state = State::Late { until: now + drawn.late_by };
        }
    }

    fn run_soon(&mut self, place: usize) {
        self.threads[place].state = State::Ready;
        self.ready.push_back(place);
    }

    /// Wakes the threads whose time has come, the earliest first.
    fn expire(&mut self, now: u64) {
        while let Some((until, place)) = self.next_deadline()
            && until <= now
        {
            if matches!(self.threads[place].state, State::Late { .. }) {
                self.run_soon(place);
            } else {
                self.make_ready(place, true, now);
            }
        }
    }

    /// Returns the next time at which a thread wants to be woken, and that thread.
    fn next_deadline(&self) -> Option<(u64, usize)> {
        let deadline = |(place, thread): (usize, &Thread)| match thread.state {
            State::Waiting { until, .. } | State::Late { until } if until != FOREVER => {
                Some((until, thread.since, place))
            }
            _ => None,
        };
        let threads = self.threads.iter().enumerate();
        threads.filter_map(deadline).min().map(|(until, _, place)| (until, place))
    }

    /// Returns the thread that runs next. If none can, returns the time until which all wait, as an error.
    fn choose(&mut self, now: u64) -> Result<usize, u64> {
        loop {
            self.expire(now);
            if let Some(place) = self.next_ready() {
                self.running = place;
                return Ok(place);
            }
            if !self.look_at_files(now) {
                let until = self.next_deadline().map_or(FOREVER, |(until, _)| until);
                if until > now + 1 {
                    // All wait, and none of them only for the others to catch up.
                    self.threads.iter_mut().for_each(|thread| thread.written = 0);
                }
                return Err(until);
            }
        }
    }

    /// Removes and returns one of the threads that could run, the first unless turns are drawn.
    fn next_ready(&mut self) -> Option<usize> {
        if self.ready.len() < 2 || !self.draws() {
            let first = self.ready.pop_front()?;
            self.threads[first].passed = 0;
            return Some(first);
        }
        let ready = std::mem::take(&mut self.ready);
        let chosen = self.draw(ready.iter().copied());
        self.ready = ready;
        self.ready.remove(chosen)
    }

    /// Counts a clock read of the calling thread, and returns its reads in a row.
    pub(crate) fn looked_at_clock(&mut self) -> u32 {
        let thread = &mut self.threads[me()];
        thread.reads = thread.reads.saturating_add(1);
        thread.reads
    }

    /// Wakes the threads that wait for a real file that is ready. Only this process can have made it ready.
    fn look_at_files(&mut self, now: u64) -> bool {
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
                self.make_ready(place, false, now);
            }
        }
        true
    }
}

impl World {
    /// Wakes at most `most` of the threads that wait for something, and returns how many it woke.
    pub(crate) fn wake(&mut self, what: usize, most: usize) -> usize {
        self.schedule.wake(what, most, self.now)
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
    run_later(with(|world| world.now) + 1);
}

/// Counts a call at which the calling thread may be interrupted, and interrupts it if that was drawn.
///
/// These are calls on locks and queues, and sends, at which a thread holds nothing of this library's.
#[inline]
pub(crate) fn may_interrupt() {
    let left = CALLS.get();
    if left > 0 {
        CALLS.set(left - 1);
        if left == 1 {
            run_later(with(|world| world.now + world.schedule.turns.delay()));
        }
    }
}

/// Lets the calling thread go on at a time, and other threads run meanwhile.
fn run_later(until: u64) {
    pause(State::Late { until }, &[]);
}

fn rest(what: usize, until: u64, fds: &[PollFd]) -> bool {
    pause(State::Waiting { key: what, until }, fds);
    with_mine(|thread| {
        CALLS.set(thread.calls);
        thread.timed_out
    })
}

/// Takes the calling thread out of its turn until it is ready again.
fn pause(state: State, fds: &[PollFd]) {
    with(|world| {
        let schedule = &mut world.schedule;
        schedule.waits += 1;
        let thread = &mut schedule.threads[me()];
        thread.state = state;
        thread.spins = 0;
        thread.since = schedule.waits;
        thread.fds.clear();
        thread.fds.extend_from_slice(fds);
    });
    switch();
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

/// Waits for the new thread's turn: the first thing that a thread does.
pub(crate) fn arrive(place: usize, baton: Baton) {
    ME.set(place);
    baton.take();
    CALLS.set(with_mine(|thread| thread.calls));
}

/// Passes the baton on for good: the last thing that a thread does.
pub(crate) fn depart() {
    with(|world| {
        let thread = &mut world.schedule.threads[me()];
        thread.state = State::Free;
        let pthread = std::mem::take(&mut thread.pthread);
        world.schedule.alive -= 1;
        world.wake(pthread, usize::MAX);
    });
    let next = next();
    with(|world| world.schedule.threads[next].baton).give_at_end();
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

/// Notes that the thread does something other than read clocks or spin.
pub(crate) fn got_on() {
    with_mine(|thread| (thread.reads, thread.spins) = (0, 0));
}
