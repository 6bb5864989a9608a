//! File descriptors that are more than the kernel knows: virtual UDP sockets, epoll sets that watch
//! them, and sources of randomness. Each also exists in the kernel, so that its number is taken and
//! options and flags can be set on it.

use std::collections::VecDeque;
use std::ffi::{CStr, c_char};

use super::clock::spend;
use super::epoll::Epoll;
use super::schedule::{INPUT, wait, wrote};
use super::sys::{EACCES, F_GETFL, IoVec, O_NONBLOCK, POLLIN, PollFd, c_result, fail, kernel};
use super::world::{is_attached, settings, with};
use super::{c_functions, control, random, socket};
use crate::protocol::{FOREVER, LIBRARY_FD, RESUME_FD};

/// What Linux lets wait in a socket, in bytes, and what it takes a datagram to cost besides its
/// content. What does not fit is lost.
const INBOX: usize = 212_992;
const OVERHEAD: usize = 576;

/// Ports of sockets that did not ask for one.
const FIRST_OWN_PORT: u16 = 50_000;

/// The descriptors and what they stand for. Several may stand for the same.
#[derive(Debug, Default)]
pub(crate) struct Files {
    meanings: Vec<Meaning>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) epolls: Vec<Epoll>,
}

/// How long a `write` takes: so that a program that prints without end does not stop time.
const WRITE: u64 = 2_000;

/// What a descriptor stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What the kernel says.
    #[default]
    Plain,
    /// A virtual UDP socket.
    Socket(usize),
    /// An epoll set.
    Epoll(usize),
    /// A source of randomness.
    Random,
}

/// A virtual UDP socket.
#[derive(Debug, Default)]
pub(crate) struct Socket {
    /// IPv4 or IPv6, as the program sees its addresses.
    pub(crate) family: i32,
    /// Its port, 0 while it has none.
    pub(crate) port: u16,
    /// The port it is connected to.
    pub(crate) peer: Option<u16>,
    /// Datagrams that wait to be received.
    pub(crate) inbox: VecDeque<Box<[u8]>>,
    waiting_bytes: usize,
    /// How many have arrived, ever.
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
    /// What a descriptor stands for.
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

    /// The last descriptor of something was closed. Its place in the list becomes free.
    fn forget(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Socket(place) => {
                self.sockets[place] = Socket::default();
                self.epolls.iter_mut().for_each(|epoll| epoll.forget(place));
            }
            Meaning::Epoll(place) => self.epolls[place] = Epoll::default(),
            Meaning::Plain | Meaning::Random => {}
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

    /// The first place in a list of `length` that no descriptor stands for, or the one after its end.
    fn free_place(&self, length: usize, meaning: impl Fn(usize) -> Meaning) -> usize {
        let is_free = |place: &usize| !self.meanings.contains(&meaning(*place));
        (0..length).find(is_free).unwrap_or(length)
    }

    /// The socket's port; one that has none gets the next that is free.
    pub(crate) fn port_of(&mut self, place: usize) -> u16 {
        if self.sockets[place].port == 0 {
            let is_free = |port: &u16| self.sockets.iter().all(|socket| socket.port != *port);
            let port = (FIRST_OWN_PORT..).find(is_free).unwrap_or(FIRST_OWN_PORT);
            self.sockets[place].port = port;
        }
        self.sockets[place].port
    }

    /// Gives a socket a port, or any if it is 0. False if another one has it.
    pub(crate) fn bind(&mut self, place: usize, port: u16) -> bool {
        if port != 0 && self.sockets.iter().any(|other| other.port == port) {
            return false;
        }
        self.sockets[place].port = port;
        self.port_of(place);
        true
    }

    /// A datagram arrives; one for a port without a socket is dropped.
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

/// What a descriptor stands for.
pub(crate) fn meaning_of(fd: i32) -> Meaning {
    with(|world| world.files.meaning(fd))
}

/// Gives a descriptor a meaning.
pub(crate) fn set_meaning(fd: i32, meaning: Meaning) {
    with(|world| world.files.set(fd, meaning));
}

/// The socket behind a descriptor.
pub(crate) fn socket_of(fd: i32) -> Option<usize> {
    match meaning_of(fd) {
        Meaning::Socket(place) => Some(place),
        _ => None,
    }
}

/// Whether the program said that it does not want to wait for this descriptor.
pub(crate) fn is_nonblocking(fd: i32) -> bool {
    // SAFETY: asks for flags.
    let flags = unsafe { kernel!(FCNTL, fd, F_GETFL) };
    flags > 0 && flags as usize & O_NONBLOCK != 0
}

/// Before a real descriptor is read: another thread may have to write first, and it needs the baton.
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

/// What a write to a real file comes to, which takes a while. A thread that writes and writes will never do anything
/// else.
fn written(result: isize) -> isize {
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

/// The process is said to loop.
fn loops(bytes: u64) -> ! {
    let size = bytes >> 20;
    control::end(&format!(
        "wrote {size} MiB at one instant of virtual time, without waiting for anything: it loops and prints"
    ))
}

/// The descriptor's double stands for the same.
fn doubled(fd: i32, double: isize) -> i32 {
    if double >= 0 {
        with(|world| world.files.set(double as i32, world.files.meaning(fd)));
    }
    c_result(double) as i32
}

/// Where Java machines tell each other that they run. One of ours would find there the files of others,
/// and by its number, which it has in every run, think them its own. It can do without.
const JAVA_BOARD: &[u8] = b"/tmp/hsperfdata_";

/// Opens a file; a source of randomness is remembered as such.
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
        if fd >= 0 && is_random(path) {
            set_meaning(fd, Meaning::Random);
        }
        fd
    }
}

/// Whether a path is that of a source of randomness.
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

/// A descriptor is about to be taken by a double: not one of ours.
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
            Meaning::Plain | Meaning::Epoll(_) => {
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
            Meaning::Plain | Meaning::Epoll(_) => {
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
            None => written(kernel!(WRITE, fd, buffer, length)),
        }
    }

    fn writev(fd: i32, parts: *const IoVec, count: i32) -> isize {
        match socket_of(fd) {
            Some(_) => {
                let whole = socket::gather(parts, count as usize);
                socket::send(fd, whole.as_ptr(), whole.len(), 0)
            }
            None => written(kernel!(WRITEV, fd, parts, count)),
        }
    }

    /// All files are gone with the run: nothing need reach a disk, for which real time would pass.
    fn fsync(fd: i32) -> i32 {
        let flags = kernel!(FCNTL, fd, F_GETFL);
        if settings().enabled && flags >= 0 {
            return 0;
        }
        c_result(kernel!(FSYNC, fd)) as i32
    }

    fn fdatasync(fd: i32) -> i32 { fsync(fd) }

    fn close(fd: i32) -> i32 {
        if is_ours(fd) && settings().enabled {
            return 0;
        }
        set_meaning(fd, Meaning::Plain);
        c_result(kernel!(CLOSE, fd)) as i32
    }

    /// Closes around our own descriptors, which lie side by side.
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
