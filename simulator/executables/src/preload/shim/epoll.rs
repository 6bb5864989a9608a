//! Epoll sets. The kernel's set watches real files, and the library's own set watches virtual sockets.

use super::c_functions;
use super::files::{Meaning, Socket, meaning_of, socket_of};
use super::poll::until;
use super::sys::{EINVAL, POLLIN, PollFd, Timespec, c_result, fail, kernel};
use super::world::{settings, with};

/// `struct epoll_event`.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EpollEvent {
    events: u32,
    data: u64,
}

/// The virtual members of an epoll set.
#[derive(Debug, Default)]
pub(crate) struct Epoll {
    members: Vec<Member>,
    /// True if the kernel's set has members.
    has_real: bool,
}

/// A virtual socket that is watched.
#[derive(Debug)]
struct Member {
    fd: i32,
    socket: usize,
    event: EpollEvent,
    /// If edge-triggered: the arrivals reported so far, and whether it was reported as writable.
    seen: u64,
    seen_writable: bool,
}

/// Operations of `epoll_ctl`.
const ADD: i32 = 1;
const DELETE: i32 = 2;

const EPOLLIN: u32 = 1;
const EPOLLOUT: u32 = 4;
const EPOLLET: u32 = 1 << 31;
const EPOLLONESHOT: u32 = 1 << 30;

impl Epoll {
    /// Adds, changes or removes a member, or returns the error number.
    fn change(
        &mut self,
        operation: i32,
        fd: i32,
        socket: usize,
        event: EpollEvent,
    ) -> Result<(), i32> {
        const ENOENT: i32 = 2;
        const EEXIST: i32 = 17;
        let is_it = |member: &Member| member.fd == fd && member.socket == socket;
        let known = self.members.iter().position(is_it);
        let member = Member { fd, socket, event, seen: 0, seen_writable: false };
        match (operation, known) {
            (ADD, Some(_)) => return Err(EEXIST),
            (ADD, None) => self.members.push(member),
            (_, None) => return Err(ENOENT),
            (DELETE, Some(known)) => drop(self.members.remove(known)),
            (_, Some(known)) => self.members[known] = member,
        }
        Ok(())
    }

    /// Removes a socket that is closed.
    pub(crate) fn forget(&mut self, socket: usize) {
        self.members.retain(|member| member.socket != socket);
    }
}

impl Member {
    /// Returns the event that is to be reported now, and remembers the report.
    fn report(&mut self, socket: &Socket) -> Option<EpollEvent> {
        let (wanted, has_input) = (self.event.events, !socket.inbox.is_empty());
        let is_edge = wanted & EPOLLET != 0;
        let input = has_input && wanted & EPOLLIN != 0;
        let output = wanted & EPOLLOUT != 0;
        let is_news = (input && (!is_edge || socket.arrivals != self.seen))
            || (output && (!is_edge || !self.seen_writable));
        if !is_news {
            return None;
        }
        (self.seen, self.seen_writable) = (socket.arrivals, true);
        if wanted & EPOLLONESHOT != 0 {
            self.event.events = 0;
        }
        let events = (EPOLLIN * u32::from(input)) | (EPOLLOUT * u32::from(output));
        Some(EpollEvent { events, data: self.event.data })
    }
}

/// Implements `epoll_wait`, with the time-out in nanoseconds.
///
/// # Safety
///
/// `events` is valid for writes of `room` elements.
unsafe fn wait_for_events(fd: i32, events: *mut EpollEvent, room: i32, limit: Option<u64>) -> i32 {
    let Meaning::Epoll(place) = meaning_of(fd) else {
        // SAFETY: the caller's promise.
        return unsafe { c_result(kernel!(EPOLL_WAIT, fd, events, room, 0)) as i32 };
    };
    if room <= 0 {
        return fail(EINVAL) as i32;
    }
    let real = [PollFd { fd, events: POLLIN, revents: 0 }];
    let has_real = with(|world| world.files.epolls[place].has_real);
    let real = if has_real { &real[..] } else { &[] };
    let look = || {
        let mut count = with(|world| {
            let (epolls, sockets) = (&mut world.files.epolls, &world.files.sockets);
            let members = epolls[place].members.iter_mut();
            let ready = members.filter_map(|member| member.report(&sockets[member.socket]));
            let mut count = 0;
            for event in ready.take(room as usize) {
                // SAFETY: it fits.
                unsafe { events.add(count).write(event) };
                count += 1;
            }
            count
        });
        if has_real && count < room as usize {
            // SAFETY: the elements that are left; a time-out of zero returns at once.
            let got =
                unsafe { kernel!(EPOLL_WAIT, fd, events.add(count), room as usize - count, 0) };
            count += usize::try_from(got).unwrap_or(0);
        }
        (count > 0).then_some(count as i32)
    };
    until(limit, real, look).unwrap_or(0)
}

c_functions! {
    fn epoll_create(_size: i32) -> i32 { epoll_create1(0) }

    fn epoll_create1(flags: i32) -> i32 {
        let fd = c_result(kernel!(EPOLL_CREATE1, flags)) as i32;
        if fd >= 0 && settings().enabled {
            with(|world| world.files.add_epoll(fd));
        }
        fd
    }

    fn epoll_ctl(epoll: i32, operation: i32, fd: i32, event: *mut EpollEvent) -> i32 {
        let (Meaning::Epoll(place), Some(socket)) = (meaning_of(epoll), socket_of(fd)) else {
            if let (Meaning::Epoll(place), ADD) = (meaning_of(epoll), operation) {
                with(|world| world.files.epolls[place].has_real = true);
            }
            return c_result(kernel!(EPOLL_CTL, epoll, operation, fd, event)) as i32;
        };
        // The event is not needed to delete a member, and is then perhaps null.
        let event = if operation == DELETE { EpollEvent::default() } else { *event };
        let changed = with(|world| world.files.epolls[place].change(operation, fd, socket, event));
        changed.map_or_else(|error| fail(error) as i32, |()| 0)
    }

    fn epoll_wait(fd: i32, events: *mut EpollEvent, room: i32, millis: i32) -> i32 {
        let limit = u64::try_from(millis).ok().map(|millis| millis * 1_000_000);
        wait_for_events(fd, events, room, limit)
    }

    fn epoll_pwait(fd: i32, events: *mut EpollEvent, room: i32, millis: i32, _mask: usize) -> i32 {
        epoll_wait(fd, events, room, millis)
    }

    fn epoll_pwait2(fd: i32, events: *mut EpollEvent, room: i32, limit: *const Timespec, _mask: usize) -> i32 {
        let limit = if limit.is_null() { None } else { Some((*limit).as_nanos()) };
        wait_for_events(fd, events, room, limit)
    }
}
