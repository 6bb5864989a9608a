//! UDP sockets, whose datagrams all go to the simulator or come from it.

use std::ffi::c_void;

use super::clock::spend;
use super::files::{is_nonblocking, socket_of};
use super::poll::until;
use super::sys::{
    AF_INET, AF_INET6, EAGAIN, EDESTADDRREQ, EINVAL, EMSGSIZE, ENOTCONN, IoVec, MMsgHdr,
    MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MsgHdr, SOCK_DGRAM, SOCK_STREAM, Timeval, c_result, fail,
    kernel,
};
use super::world::{attach, is_attached, settings, with};
use super::{c_functions, control};
use crate::protocol::{Datagram, write_datagram};

/// The duration of a `send`.
///
/// Without one, a program that does nothing else would stop time.
const SEND: u64 = 20_000;

/// The longest datagram over IPv4.
const LONGEST: usize = 65_507;

/// The loopback address of IPv4, and the form that IPv6 has for it.
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
const MAPPED_LOOPBACK: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];

/// Returns the port of an Internet address; `None` for another kind of address.
///
/// # Safety
///
/// `address` is null or valid for reads of `length` bytes.
unsafe fn port_of(address: *const u8, length: u32) -> Option<u16> {
    if address.is_null() || length < 8 {
        return None;
    }
    // SAFETY: the caller's promise; four bytes are read.
    let head = unsafe { address.cast::<[u8; 4]>().read() };
    let family = i32::from(u16::from_ne_bytes([head[0], head[1]]));
    let is_internet = family == AF_INET || family == AF_INET6;
    is_internet.then(|| u16::from_be_bytes([head[2], head[3]]))
}

/// Writes a loopback address, cut off if it does not fit.
///
/// # Safety
///
/// `address` is null, or valid for writes of `*length` bytes.
unsafe fn write_address(family: i32, port: u16, address: *mut u8, length: *mut u32) {
    if address.is_null() || length.is_null() {
        return;
    }
    let mut bytes = [0_u8; 28];
    bytes[..2].copy_from_slice(&(family as u16).to_ne_bytes());
    bytes[2..4].copy_from_slice(&port.to_be_bytes());
    let size = if family == AF_INET6 {
        bytes[8..24].copy_from_slice(&MAPPED_LOOPBACK);
        28
    } else {
        bytes[4..8].copy_from_slice(&LOOPBACK);
        16
    };
    // SAFETY: at most `*length` bytes are written.
    unsafe {
        address.copy_from_nonoverlapping(bytes.as_ptr(), size.min(*length as usize));
        *length = size as u32;
    }
}

/// Joins the parts of a message.
///
/// # Safety
///
/// `parts` is valid for reads of `count` elements, each of its own length.
pub(crate) unsafe fn gather(parts: *const IoVec, count: usize) -> Vec<u8> {
    let mut whole = Vec::new();
    for number in 0..count {
        // SAFETY: the caller's promise.
        unsafe {
            let part = &*parts.add(number);
            if part.length > 0 {
                whole.extend_from_slice(std::slice::from_raw_parts(part.base, part.length));
            }
        }
    }
    whole
}

/// Spreads a datagram over the parts of a message, and returns the bytes that fit.
///
/// # Safety
///
/// `parts` is valid for reads of `count` elements, each of its own length.
unsafe fn scatter(datagram: &[u8], parts: *const IoVec, count: usize) -> usize {
    let mut done = 0;
    for number in 0..count {
        // SAFETY: the caller's promise; only as much is written as fits.
        unsafe {
            let part = &*parts.add(number);
            let size = part.length.min(datagram.len() - done);
            if size > 0 {
                part.base.copy_from_nonoverlapping(datagram[done..].as_ptr(), size);
            }
            done += size;
        }
    }
    done
}

/// Sends a datagram; `to` is the port, if the program named one.
fn send_datagram(place: usize, payload: &[u8], to: Option<u16>) -> isize {
    let Some(to) = to.or_else(|| with(|world| world.files.sockets[place].peer)) else {
        return fail(EDESTADDRREQ);
    };
    if payload.len() > LONGEST {
        return fail(EMSGSIZE);
    }
    let from = with(|world| world.files.port_of(place));
    super::schedule::got_on();
    spend(SEND);
    with(|world| {
        world.has_spoken = true;
        write_datagram(&mut world.outgoing, Datagram { at: world.now, from, to, payload });
    });
    super::schedule::may_interrupt();
    payload.len() as isize
}

/// Receives a datagram, or peeks at it, within the program's time-out.
fn receive(fd: i32, place: usize, flags: i32) -> Option<Box<[u8]>> {
    let take = || {
        with(|world| {
            let socket = &mut world.files.sockets[place];
            if flags & MSG_PEEK != 0 { socket.inbox.front().cloned() } else { socket.take() }
        })
    };
    if let Some(datagram) = take() {
        super::schedule::found();
        super::schedule::got_on();
        return Some(datagram);
    }
    let limit =
        if flags & MSG_DONTWAIT != 0 || is_nonblocking(fd) { Some(0) } else { receive_timeout(fd) };
    until(limit, &[], take)
}

/// Returns the time-out that the program set for receiving, in nanoseconds.
fn receive_timeout(fd: i32) -> Option<u64> {
    const SOL_SOCKET: usize = 1;
    const SO_RCVTIMEO: usize = 20;
    let mut time = Timeval::default();
    let mut length = size_of::<Timeval>() as u32;
    // SAFETY: a value and its length.
    let result =
        unsafe { kernel!(GETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, &raw mut time, &raw mut length) };
    Some(time.as_nanos()).filter(|&nanos| result == 0 && nanos > 0)
}

/// Returns true if a real socket speaks TCP.
fn is_tcp(fd: i32) -> bool {
    const SOL_SOCKET: usize = 1;
    const SO_TYPE: usize = 3;
    const SO_DOMAIN: usize = 39;
    let option = |name: usize| {
        let (mut value, mut length) = (0_i32, 4_u32);
        // SAFETY: a value and its length.
        unsafe { kernel!(GETSOCKOPT, fd, SOL_SOCKET, name, &raw mut value, &raw mut length) };
        value
    };
    option(SO_TYPE) == SOCK_STREAM && [AF_INET, AF_INET6].contains(&option(SO_DOMAIN))
}

const TCP: &str = "it opens a TCP connection; the course's replicas speak UDP only";

c_functions! {
    fn socket(family: i32, kind: i32, protocol: i32) -> i32 {
        let fd = c_result(kernel!(SOCKET, family, kind, protocol)) as i32;
        if fd >= 0 && kind & 0xf == SOCK_DGRAM && [AF_INET, AF_INET6].contains(&family) && settings().enabled {
            attach();
            with(|world| world.files.add_socket(fd, family));
        }
        fd
    }

    fn bind(fd: i32, address: *const u8, length: u32) -> i32 {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(BIND, fd, address, length)) as i32;
        };
        let Some(port) = port_of(address, length) else { return fail(EINVAL) as i32 };
        const EADDRINUSE: i32 = 98;
        let is_bound = with(|world| world.files.bind(place, port));
        if is_bound { 0 } else { fail(EADDRINUSE) as i32 }
    }

    fn connect(fd: i32, address: *const u8, length: u32) -> i32 {
        if let Some(place) = socket_of(fd) {
            let peer = port_of(address, length);
            with(|world| {
                world.files.sockets[place].peer = peer;
                world.files.port_of(place);
            });
            return 0;
        }
        if is_attached() && is_tcp(fd) {
            control::refuse(TCP);
        }
        c_result(kernel!(CONNECT, fd, address, length)) as i32
    }

    fn listen(fd: i32, backlog: i32) -> i32 {
        if settings().enabled && is_tcp(fd) {
            control::refuse(TCP);
        }
        c_result(kernel!(LISTEN, fd, backlog)) as i32
    }

    fn shutdown(fd: i32, how: i32) -> i32 {
        match socket_of(fd) {
            Some(_) => 0,
            None => c_result(kernel!(SHUTDOWN, fd, how)) as i32,
        }
    }

    fn getsockname(fd: i32, address: *mut u8, length: *mut u32) -> i32 {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(GETSOCKNAME, fd, address, length)) as i32;
        };
        let (family, port) = with(|world| {
            let socket = &world.files.sockets[place];
            (socket.family, socket.port)
        });
        write_address(family, port, address, length);
        0
    }

    fn getpeername(fd: i32, address: *mut u8, length: *mut u32) -> i32 {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(GETPEERNAME, fd, address, length)) as i32;
        };
        let (family, peer) = with(|world| {
            let socket = &world.files.sockets[place];
            (socket.family, socket.peer)
        });
        match peer {
            Some(port) => {
                write_address(family, port, address, length);
                0
            }
            None => fail(ENOTCONN) as i32,
        }
    }

    fn sendto(fd: i32, buffer: *const u8, length: usize, flags: i32, address: *const u8, size: u32) -> isize {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(SENDTO, fd, buffer, length, flags, address, size));
        };
        let payload = if length == 0 { &[] } else { std::slice::from_raw_parts(buffer, length) };
        send_datagram(place, payload, port_of(address, size))
    }

    fn send(fd: i32, buffer: *const u8, length: usize, flags: i32) -> isize {
        sendto(fd, buffer, length, flags, std::ptr::null(), 0)
    }

    fn sendmsg(fd: i32, message: *const MsgHdr, flags: i32) -> isize {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(SENDMSG, fd, message, flags));
        };
        let message = &*message;
        let payload = gather(message.iov, message.iov_length);
        send_datagram(place, &payload, port_of(message.name, message.name_length))
    }

    fn sendmmsg(fd: i32, messages: *mut MMsgHdr, count: u32, flags: i32) -> i32 {
        if socket_of(fd).is_none() {
            return c_result(kernel!(SENDMMSG, fd, messages, count, flags)) as i32;
        }
        for number in 0..count {
            let message = &mut *messages.add(number as usize);
            let sent = sendmsg(fd, &raw const message.header, flags);
            if sent < 0 {
                return if number == 0 { -1 } else { number as i32 };
            }
            message.length = sent as u32;
        }
        count as i32
    }

    fn recvfrom(fd: i32, buffer: *mut u8, length: usize, flags: i32, address: *mut u8, size: *mut u32) -> isize {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(RECVFROM, fd, buffer, length, flags, address, size));
        };
        let Some(datagram) = receive(fd, place, flags) else { return fail(EAGAIN) };
        let taken = scatter(&datagram, &IoVec { base: buffer, length }, 1);
        let family = with(|world| world.files.sockets[place].family);
        write_address(family, settings().port, address, size);
        if flags & MSG_TRUNC != 0 { datagram.len() as isize } else { taken as isize }
    }

    fn __recvfrom_chk(
        fd: i32, buffer: *mut u8, length: usize, _room: usize, flags: i32, address: *mut u8, size: *mut u32,
    ) -> isize {
        recvfrom(fd, buffer, length, flags, address, size)
    }

    fn recv(fd: i32, buffer: *mut u8, length: usize, flags: i32) -> isize {
        recvfrom(fd, buffer, length, flags, std::ptr::null_mut(), std::ptr::null_mut())
    }

    fn __recv_chk(fd: i32, buffer: *mut u8, length: usize, _room: usize, flags: i32) -> isize {
        recv(fd, buffer, length, flags)
    }

    fn recvmsg(fd: i32, message: *mut MsgHdr, flags: i32) -> isize {
        let Some(place) = socket_of(fd) else {
            return c_result(kernel!(RECVMSG, fd, message, flags));
        };
        let Some(datagram) = receive(fd, place, flags) else { return fail(EAGAIN) };
        let message = &mut *message;
        let taken = scatter(&datagram, message.iov, message.iov_length);
        let family = with(|world| world.files.sockets[place].family);
        write_address(family, settings().port, message.name, &raw mut message.name_length);
        message.control_length = 0;
        message.flags = if taken < datagram.len() { MSG_TRUNC } else { 0 };
        if flags & MSG_TRUNC != 0 { datagram.len() as isize } else { taken as isize }
    }

    /// Waits for the first datagram only.
    fn recvmmsg(fd: i32, messages: *mut MMsgHdr, count: u32, flags: i32, limit: *mut c_void) -> i32 {
        if socket_of(fd).is_none() {
            return c_result(kernel!(RECVMMSG, fd, messages, count, flags, limit)) as i32;
        }
        let mut received = 0;
        for number in 0..count as usize {
            let has_input = |place: usize| with(|world| !world.files.sockets[place].inbox.is_empty());
            let is_waiting = socket_of(fd).is_some_and(has_input);
            if number > 0 && !is_waiting {
                break;
            }
            let message = &mut *messages.add(number);
            let got = recvmsg(fd, &raw mut message.header, flags);
            if got < 0 {
                break;
            }
            message.length = got as u32;
            received += 1;
        }
        if received == 0 { -1 } else { received }
    }
}
