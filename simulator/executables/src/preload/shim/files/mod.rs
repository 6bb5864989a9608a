//! File descriptors that mean more than the kernel knows.
//!
//! They are virtual UDP sockets, epoll sets that watch them, and sources of random numbers. Each also exists in the
//! kernel, so that its number is taken, and options and flags can be set on it.

use std::collections::VecDeque;
use std::ffi::{CStr, c_char};

use super::clock::spend;
use super::epoll::Epoll;
use super::schedule::{INPUT, wait, wrote};
use super::sys::{EACCES, F_GETFL, IoVec, O_NONBLOCK, POLLIN, PollFd, c_result, fail, kernel};
use super::world::{is_attached, settings, with};
use super::{c_functions, control, disk, random, socket};
use crate::protocol::{FOREVER, LIBRARY_FD, RESUME_FD};

/// The bytes that Linux queues in a socket, and the overhead of a datagram.
///
/// A datagram that does not fit is dropped.
const INBOX: usize = 212_992;
const OVERHEAD: usize = 576;

/// The first port of the sockets that did not ask for one.
const FIRST_OWN_PORT: u16 = 50_000;

/// The descriptors and their meanings. Several may have the same meaning.
#[derive(Debug, Default)]
pub(crate) struct Files {
    meanings: Vec<Meaning>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) epolls: Vec<Epoll>,
}

/// The duration of a `write`.
///
/// Without one, a program that prints without end would stop time.
const WRITE: u64 = 2_000;

/// The meaning of a descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A file of the kernel's, and nothing else.
    #[default]
    Plain,
    /// A virtual UDP socket.
    Socket(usize),
    /// An epoll set.
    Epoll(usize),
    /// A source of random numbers.
    Random,
    /// A file of the kernel's, of which each write is durable when it returns.
    Synced,
}

/// A virtual UDP socket.
#[derive(Debug, Default)]
pub(crate) struct Socket {
    /// The family, IPv4 or IPv6, of the addresses that the program sees.
    pub(crate) family: i32,
    /// The port of the socket, 0 if it has none.
    pub(crate) port: u16,
    /// The port to which it is connected.
    pub(crate) peer: Option<u16>,
    /// The datagrams that wait to be received.
    pub(crate) inbox: VecDeque<Box<[u8]>>,
    waiting_bytes: usize,
    /// The number of datagrams that have ever arrived.
    pub(crate) arrivals: u64,
}

impl Socket {
    /// Takes the next datagram.
    pub(crate) fn take(&mut self) -> Option<Box<[u8]>> {
        let datagram = self.inbox.pop_front()?;
        self.waiting_bytes -= datagram.len() + OVERHEAD;
        Some(datagram)
    }
}

impl Files {
    /// Returns the meaning of a descriptor.
    pub(crate) fn meaning(&self, fd: i32) -> Meaning {
        let meaning = usize::try_from(fd).ok().and_then(|fd| self.meanings.get(fd));
        meaning.copied().unwrap_or_default()
    }

    /// Gives a descriptor a meaning.
    pub(crate) fn set(&mut self, fd: i32, meaning: Meaning) {
        let Ok(fd) = usize::try_from(fd) else { return };
        if self.meanings.len() <= fd {
            if meaning == Meaning::Plain {
                return;
            }
            self.meanings.resize(fd + 1, Meaning::Plain);
        }
        let before = std::mem::replace(&mut self.meanings[fd], meaning);
        if before != meaning && before != Meaning::Plain && !self.meanings.contains(&before) {
            self.forget(before);
        }
    }

    /// Frees the place of something whose last descriptor was closed.
    fn forget(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Socket(place) => {
                self.sockets[place] = Socket::default();
                self.epolls.iter_mut().for_each(|epoll| epoll.forget(place));
            }
            Meaning::Epoll(place) => self.epolls[place] = Epoll::default(),
            Meaning::Plain | Meaning::Random | Meaning::Synced => {}
        }
    }

    /// Makes a socket behind a descriptor.
    pub(crate) fn add_socket(&mut self, fd: i32, family: i32) {
        let place = self.free_place(self.sockets.len(), Meaning::Socket);
        self.sockets.resize_with(self.sockets.len().max(place + 1), Socket::default);
        self.sockets[place].family = family;
        self.set(fd, Meaning::Socket(place));
    }

    /// Makes an epoll set behind a descriptor.
    pub(crate) fn add_epoll(&mut self, fd: i32) {
        let place = self.free_place(self.epolls.len(), Meaning::Epoll);
        self.epolls.resize_with(self.epolls.len().max(place + 1), Epoll::default);
        self.set(fd, Meaning::Epoll(place));
    }

    /// Returns the first place in a list that no descriptor means.
    ///
    /// That may be the place after its end, `length`.
    fn free_place(&self, length: usize, meaning: impl Fn(usize) -> Meaning) -> usize {
        let is_free = |place: &usize| !self.meanings.contains(&meaning(*place));
        (0..length).find(is_free).unwrap_or(length)
    }

    /// Returns the socket's port, after giving it the next free one if it has none.
    pub(crate) fn port_of(&mut self, place: usize) -> u16 {
        if self.sockets[place].port == 0 {
            let is_free = |port: &u16| self.sockets.iter().all(|socket| socket.port != *port);
            let port = (FIRST_OWN_PORT..).find(is_free).unwrap_or(FIRST_OWN_PORT);
            self.sockets[place].port = port;
        }
        self.sockets[place].port
    }

    /// Gives a socket a port, or any if that is 0.
    ///
    /// Returns false if another socket has it.
    pub(crate) fn bind(&mut self, place: usize, port: u16) -> bool {
        if port != 0 && self.sockets.iter().any(|other| other.port == port) {
            return false;
        }
        self.sockets[place].port = port;
        self.port_of(place);
        true
    }

    /// Delivers a datagram. One for a port without a socket is dropped.
    pub(crate) fn arrived(&mut self, port: u16, payload: &[u8]) {
        let Some(socket) = self.sockets.iter_mut().find(|socket| socket.port == port) else {
            return;
        };
        let cost = payload.len() + OVERHEAD;
        if socket.waiting_bytes + cost <= INBOX {
            socket.waiting_bytes += cost;
            socket.inbox.push_back(payload.into());
            socket.arrivals += 1;
        }
    }
}

/// Returns the meaning of a descriptor.
pub(crate) fn meaning_of(fd: i32) -> Meaning {
    with(|world| world.files.meaning(fd))
}

/// Gives a descriptor a meaning.
pub(crate) fn set_meaning(fd: i32, meaning: Meaning) {
    with(|world| world.files.set(fd, meaning));
}

/// Returns the socket behind a descriptor.
pub(crate) fn socket_of(fd: i32) -> Option<usize> {
    match meaning_of(fd) {
        Meaning::Socket(place) => Some(place),
        _ => None,
    }
}

/// Returns true if the program does not want to wait for this descriptor.
pub(crate) fn is_nonblocking(fd: i32) -> bool {
    // SAFETY: asks for flags.
    let flags = unsafe { kernel!(FCNTL, fd, F_GETFL) };
    flags > 0 && flags as usize & O_NONBLOCK != 0
}

/// Waits until a real descriptor is readable, before it is read.
///
/// Another thread may have to write first, and that thread needs the baton.
fn await_real_input(fd: i32) {
    if !is_attached() || !with(|world| world.schedule.is_threaded()) || is_nonblocking(fd) {
        return;
    }
    let mut poll = [PollFd { fd, events: POLLIN, revents: 0 }];
    // SAFETY: an array of one, and no waiting.
    while unsafe { kernel!(POLL, poll.as_mut_ptr(), 1, 0) } == 0 {
        wait(INPUT, FOREVER, &poll);
    }
}

/// Returns the result of a write to a real file, which takes some time.
///
/// Ends the process if the thread writes without end.
fn written(fd: i32, result: isize) -> isize {
    disk::wrote(fd, result);
    let result = c_result(result);
    if settings().enabled {
        let bytes = wrote(result.max(0) as u64);
        if bytes > settings().most_written {
            loops(bytes);
        }
        spend(WRITE);
    }
    result
}

/// Ends the process with the finding that it loops.
fn loops(bytes: u64) -> ! {
    let size = bytes >> 20;
    control::end(&format!(
        "wrote {size} MiB at one instant of virtual time, without waiting for anything: it loops and prints"
    ))
}

/// Gives a descriptor's duplicate the same meaning.
fn doubled(fd: i32, double: isize) -> i32 {
    if double >= 0 {
        with(|world| world.files.set(double as i32, world.files.meaning(fd)));
    }
    c_result(double) as i32
}

/// The folder in which Java machines tell each other that they run.
///
/// A replica would find the files of other machines there, and would take them for its own, because its process id is
/// the same in every run. Java works without the folder.
const JAVA_BOARD: &[u8] = b"/tmp/hsperfdata_";

/// Opens a file, and remembers if it is a source of random numbers.
///
/// # Safety
///
/// As for `openat`.
pub(crate) unsafe fn open_at(folder: i32, path: *const c_char, flags: i32, mode: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        let is_board = || CStr::from_ptr(path).to_bytes().starts_with(JAVA_BOARD);
        if settings().enabled && !path.is_null() && is_board() {
            return fail(EACCES) as i32;
        }
        let fd = c_result(kernel!(OPENAT, folder, path, flags, mode)) as i32;
        if fd >= 0 {
            if is_random(path) {
                set_meaning(fd, Meaning::Random);
            }
            disk::opened(fd, flags);
        }
        fd
    }
}

/// Returns true if a path is that of a source of random numbers.
///
/// # Safety
///
/// `path` ends with a zero.
pub(crate) unsafe fn is_random(path: *const c_char) -> bool {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) };
    path == c"/dev/urandom" || path == c"/dev/random"
}

fn is_ours(fd: i32) -> bool {
    (RESUME_FD..=LIBRARY_FD).contains(&fd)
}

/// Refuses a duplicate whose number is that of one of the library's own descriptors.
fn spare(fd: i32) {
    if is_ours(fd) && settings().enabled {
        control::refuse("it takes a file descriptor that the simulator needs");
    }
}

const AT_FDCWD: i32 = -100;

c_functions! {
    fn open(path: *const c_char, flags: i32, mode: u32) -> i32 { open_at(AT_FDCWD, path, flags, mode) }

    fn open64(path: *const c_char, flags: i32, mode: u32) -> i32 { open_at(AT_FDCWD, path, flags, mode) }

    fn openat(folder: i32, path: *const c_char, flags: i32, mode: u32) -> i32 {
        open_at(folder, path, flags, mode)
    }

    fn openat64(folder: i32, path: *const c_char, flags: i32, mode: u32) -> i32 {
        open_at(folder, path, flags, mode)
    }

    fn __open_2(path: *const c_char, flags: i32) -> i32 { open(path, flags, 0) }

    fn __open64_2(path: *const c_char, flags: i32) -> i32 { open(path, flags, 0) }

    fn __openat_2(folder: i32, path: *const c_char, flags: i32) -> i32 {
        open_at(folder, path, flags, 0)
    }

    fn __openat64_2(folder: i32, path: *const c_char, flags: i32) -> i32 {
        open_at(folder, path, flags, 0)
    }

    fn read(fd: i32, buffer: *mut u8, length: usize) -> isize {
        match meaning_of(fd) {
            Meaning::Socket(_) => socket::recv(fd, buffer, length, 0),
            Meaning::Random => {
                random::fill_raw(buffer, length);
                length as isize
            }
            Meaning::Plain | Meaning::Synced | Meaning::Epoll(_) => {
                await_real_input(fd);
                c_result(kernel!(READ, fd, buffer, length))
            }
        }
    }

    fn __read_chk(fd: i32, buffer: *mut u8, length: usize, _room: usize) -> isize {
        read(fd, buffer, length)
    }

    fn readv(fd: i32, parts: *mut IoVec, count: i32) -> isize {
        match meaning_of(fd) {
            Meaning::Plain | Meaning::Synced | Meaning::Epoll(_) => {
                await_real_input(fd);
                c_result(kernel!(READV, fd, parts, count))
            }
            Meaning::Socket(_) | Meaning::Random if count > 0 => read(fd, (*parts).base, (*parts).length),
            Meaning::Socket(_) | Meaning::Random => 0,
        }
    }

    fn write(fd: i32, buffer: *const u8, length: usize) -> isize {
        match socket_of(fd) {
            Some(_) => socket::send(fd, buffer, length, 0),
            None => written(fd, kernel!(WRITE, fd, buffer, length)),
        }
    }

    fn writev(fd: i32, parts: *const IoVec, count: i32) -> isize {
        match socket_of(fd) {
            Some(_) => {
                let whole = socket::gather(parts, count as usize);
                socket::send(fd, whole.as_ptr(), whole.len(), 0)
            }
            None => written(fd, kernel!(WRITEV, fd, parts, count)),
        }
    }

    fn close(fd: i32) -> i32 {
        if is_ours(fd) && settings().enabled {
            return 0;
        }
        set_meaning(fd, Meaning::Plain);
        c_result(kernel!(CLOSE, fd)) as i32
    }

    /// Closes the descriptors around the library's own, which are consecutive.
    fn close_range(first: u32, last: u32, flags: i32) -> i32 {
        let (below, above) = (RESUME_FD as u32 - 1, LIBRARY_FD as u32 + 1);
        for fd in first..=last.min(above + 1_000) {
            if !is_ours(fd as i32) && flags == 0 {
                set_meaning(fd as i32, Meaning::Plain);
            }
        }
        if first <= below.min(last) {
            kernel!(CLOSE_RANGE, first, below.min(last), flags);
        }
        if first.max(above) <= last {
            kernel!(CLOSE_RANGE, first.max(above), last, flags);
        }
        0
    }

    fn closefrom(first: i32) {
        close_range(first.max(0) as u32, u32::MAX, 0);
    }

    fn dup(fd: i32) -> i32 { doubled(fd, kernel!(DUP, fd)) }

    fn dup2(fd: i32, to: i32) -> i32 {
        spare(to);
        doubled(fd, kernel!(DUP2, fd, to))
    }

    fn dup3(fd: i32, to: i32, flags: i32) -> i32 {
        spare(to);
        doubled(fd, kernel!(DUP3, fd, to, flags))
    }

    fn fcntl(fd: i32, command: i32, argument: usize) -> i32 {
        const F_DUPFD: i32 = 0;
        const F_DUPFD_CLOEXEC: i32 = 1_030;
        let result = kernel!(FCNTL, fd, command, argument);
        match command {
            F_DUPFD | F_DUPFD_CLOEXEC => doubled(fd, result),
            _ => c_result(result) as i32,
        }
    }

    fn fcntl64(fd: i32, command: i32, argument: usize) -> i32 { fcntl(fd, command, argument) }

    fn ioctl(fd: i32, request: usize, argument: usize) -> i32 {
        const FIONREAD: usize = 0x541b;
        if let (FIONREAD, Some(place)) = (request, socket_of(fd)) {
            let next = with(|world| {
                let next = world.files.sockets[place].inbox.front();
                next.map_or(0, |next| next.len())
            });
            *(argument as *mut i32) = next as i32;
            return 0;
        }
        c_result(kernel!(IOCTL, fd, request, argument)) as i32
    }
}

#[cfg(all(test, not(preload_shim)))]
mod tests;
