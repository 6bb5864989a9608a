//! Waiting for several files at once: `poll` and `select`.

use super::c_functions;
use super::clock::{from_now, woken};
use super::files::socket_of;
use super::schedule::{self, INPUT, wait};
use super::sys::{POLLIN, POLLOUT, PollFd, Timespec, Timeval, kernel};
use super::world::{attach, with};
use crate::protocol::FOREVER;

/// The pause of a thread that polls for input without waiting.
///
/// It doubles from the shortest to the longest, and an arrival ends it. Time-outs shorter than the longest pause
/// count as none.
const SHORTEST_PAUSE: u64 = 30_000;
const LONGEST_PAUSE: u64 = 1_000_000;

/// Returns the pause after `misses` vain looks in a row, in nanoseconds.
pub(crate) fn pause_after(misses: u32) -> u64 {
    (SHORTEST_PAUSE << misses.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
}

/// Waits until `look` finds something, for at most `limit` nanoseconds.
///
/// Looks again when something arrives or one of the real files `fds` is ready. Waits without end if there is no
/// limit.
pub(crate) fn until<T>(
    limit: Option<u64>,
    fds: &[PollFd],
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    attach();
    if let Some(found) = look() {
        schedule::found();
        return Some(found);
    }
    let deadline = match limit {
        Some(limit) if limit < LONGEST_PAUSE => {
            let misses = schedule::missed();
            // A thread that has just received something may find the queue empty once.
            if limit == 0 && misses == 1 {
                return None;
            }
            from_now(limit.max(pause_after(misses)))
        }
        limit => {
            schedule::found();
            limit.map_or(FOREVER, |limit| woken(from_now(limit)))
        }
    };
    loop {
        let is_late = wait(INPUT, deadline, fds);
        let found = look();
        if found.is_some() || is_late {
            if found.is_some() {
                schedule::found();
            }
            return found;
        }
    }
}

/// Implements `poll` on a slice, with the time-out in nanoseconds.
fn poll_slice(fds: &mut [PollFd], limit: Option<u64>) -> i32 {
    let is_real = |poll: &&PollFd| poll.fd >= 0 && socket_of(poll.fd).is_none();
    let real: Vec<PollFd> = fds.iter().filter(is_real).copied().collect();
    let found = until(limit, &real, || {
        let count = look(fds, !real.is_empty());
        (count > 0).then_some(count)
    });
    found.unwrap_or(0)
}

/// Bits of a socket's events, under both of their names.
const CAN_READ: i16 = POLLIN | 0x40;
const CAN_WRITE: i16 = POLLOUT | 0x100;

/// Marks the descriptors that are ready, and counts them.
fn look(fds: &mut [PollFd], any_real: bool) -> i32 {
    if any_real {
        let mut all: Vec<PollFd> = fds.to_vec();
        all.iter_mut().filter(|poll| socket_of(poll.fd).is_some()).for_each(|poll| poll.fd = -1);
        // SAFETY: the array and its length; a time-out of zero returns at once.
        unsafe { kernel!(POLL, all.as_mut_ptr(), all.len(), 0) };
        fds.iter_mut().zip(&all).for_each(|(poll, real)| poll.revents = real.revents);
    } else {
        fds.iter_mut().for_each(|poll| poll.revents = 0);
    }
    for poll in &mut *fds {
        if let Some(place) = socket_of(poll.fd) {
            let has_input = with(|world| !world.files.sockets[place].inbox.is_empty());
            let ready = CAN_WRITE | if has_input { CAN_READ } else { 0 };
            poll.revents = poll.events & ready;
        }
    }
    fds.iter().filter(|poll| poll.revents != 0).count() as i32
}

/// # Safety
///
/// `fds` is null, or valid for reads and writes of `count` elements.
unsafe fn slice<'a>(fds: *mut PollFd, count: u64) -> &'a mut [PollFd] {
    if fds.is_null() || count == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(fds, count as usize) }
}

/// The bits of up to 1,024 descriptors.
type FdSet = [u64; 16];

/// Implements `select`, with the time-out in nanoseconds.
///
/// # Safety
///
/// Each set is null, or valid for reads and writes of `count` bits, rounded up to words.
unsafe fn select_sets(count: i32, sets: [*mut FdSet; 3], limit: Option<u64>) -> i32 {
    const EVENTS: [i16; 3] = [POLLIN, POLLOUT, 2];
    const SHOWS: [i16; 3] = [POLLIN | 0x10 | 0x8, POLLOUT | 0x8, 2];
    let count = count.clamp(0, 1_024) as usize;
    // SAFETY: the caller's promise; words below `count` bits are valid.
    let word = |set: usize, at: usize| unsafe {
        if sets[set].is_null() { None } else { Some(&mut *sets[set].cast::<u64>().add(at)) }
    };
    let mut fds = Vec::new();
    for fd in 0..count {
        let wanted =
            |set: usize| word(set, fd / 64).is_some_and(|word| *word >> (fd % 64) & 1 == 1);
        let events = (0..3).filter(|&set| wanted(set)).fold(0, |all, set| all | EVENTS[set]);
        if events != 0 {
            fds.push(PollFd { fd: fd as i32, events, revents: 0 });
        }
    }
    let ready = poll_slice(&mut fds, limit);
    for set in 0..3 {
        (0..count.div_ceil(64)).filter_map(|at| word(set, at)).for_each(|word| *word = 0);
    }
    let mut bits = 0;
    for poll in fds.iter().filter(|_| ready > 0) {
        for set in (0..3).filter(|&set| poll.events & EVENTS[set] != 0) {
            if poll.revents & SHOWS[set] != 0
                && let Some(word) = word(set, poll.fd as usize / 64)
            {
                *word |= 1 << (poll.fd % 64);
                bits += 1;
            }
        }
    }
    bits
}

c_functions! {
    fn poll(fds: *mut PollFd, count: u64, millis: i32) -> i32 {
        let limit = u64::try_from(millis).ok().map(|millis| millis * 1_000_000);
        poll_slice(slice(fds, count), limit)
    }

    fn __poll_chk(fds: *mut PollFd, count: u64, millis: i32, _room: usize) -> i32 { poll(fds, count, millis) }

    fn ppoll(fds: *mut PollFd, count: u64, limit: *const Timespec, _mask: usize) -> i32 {
        let limit = if limit.is_null() { None } else { Some((*limit).as_nanos()) };
        poll_slice(slice(fds, count), limit)
    }

    fn __ppoll_chk(fds: *mut PollFd, count: u64, limit: *const Timespec, mask: usize, _room: usize) -> i32 {
        ppoll(fds, count, limit, mask)
    }

    /// As on Linux, writes back the time that is left.
    fn select(count: i32, read: *mut FdSet, write: *mut FdSet, except: *mut FdSet, limit: *mut Timeval) -> i32 {
        if limit.is_null() {
            return select_sets(count, [read, write, except], None);
        }
        attach();
        let deadline = from_now((*limit).as_nanos());
        let ready = select_sets(count, [read, write, except], Some((*limit).as_nanos()));
        *limit = Timeval::of(deadline.saturating_sub(with(|world| world.now)));
        ready
    }

    fn pselect(
        count: i32, read: *mut FdSet, write: *mut FdSet, except: *mut FdSet, limit: *const Timespec, _mask: usize,
    ) -> i32 {
        let limit = if limit.is_null() { None } else { Some((*limit).as_nanos()) };
        select_sets(count, [read, write, except], limit)
    }
}
