//! The disk: which files the program makes durable, and which it makes shorter.
//!
//! A process that may crash and start again reports these to the simulator, which remembers what is durable. Everything
//! else it learns from the files themselves, after the crash.

use std::ffi::{c_char, c_void};

use super::clock::spend;
use super::files::{Meaning, meaning_of, open_at, set_meaning};
use super::schedule::{TIME, wait};
use super::sys::{F_GETFL, IoVec, c_result, kernel};
use super::world::{attach, is_attached, settings, with};
use super::{c_functions, control};
use crate::protocol::Synced;

const O_WRONLY: i32 = 0o1;
const O_CREAT: i32 = 0o100;
const O_TRUNC: i32 = 0o1000;
/// The flag that `O_SYNC` and `O_DSYNC` share.
const O_DSYNC: i32 = 0o10000;
const AT_FDCWD: i32 = -100;
const MS_ASYNC: i32 = 1;
const MS_SYNC: i32 = 4;

/// The beginning of `struct stat`, and room for the rest of it.
#[repr(C)]
#[derive(Default)]
struct Status {
    device: u64,
    inode: u64,
    _rest: [u64; 16],
}

/// Returns the device and the number of an open file.
fn identity(fd: i32) -> Option<(u64, u64)> {
    let mut status = Status::default();
    // SAFETY: a record of the kernel's size.
    let result = unsafe { kernel!(FSTAT, fd, &raw mut status) };
    (result == 0).then_some((status.device, status.inode))
}

/// Returns true if the simulator wants to know of syncs and cuts.
fn is_simulated() -> bool {
    is_attached() && with(|world| world.sync_time.is_some())
}

/// Makes something durable, which takes the time that the simulator gave.
fn make_durable(what: Synced) {
    let Some(duration) = with(|world| world.sync_time) else { return };
    let until = with(|world| world.now) + duration;
    control::sync(what, until);
    while duration > 0 && with(|world| world.now) < until {
        wait(TIME, until, &[]);
    }
}

/// Makes an open file durable.
fn sync_file(fd: i32) {
    if let Some((device, inode)) = identity(fd) {
        make_durable(Synced::File { device, inode });
    }
}

/// Takes note that a file was opened.
pub(crate) fn opened(fd: i32, flags: i32) {
    if flags & O_DSYNC != 0 && settings().enabled && meaning_of(fd) == Meaning::Plain {
        set_meaning(fd, Meaning::Synced);
    }
    if flags & O_TRUNC != 0 {
        cut(fd, 0);
    }
}

/// Takes note that an open file was made shorter.
pub(crate) fn cut(fd: i32, length: u64) {
    if is_simulated()
        && let Some((device, inode)) = identity(fd)
    {
        control::cut(device, inode, length);
    }
}

/// Takes note of the kernel's result of a write: it is durable if the file was opened so.
pub(crate) fn wrote(fd: i32, result: isize) {
    if result > 0 && meaning_of(fd) == Meaning::Synced {
        attach();
        sync_file(fd);
    }
}

/// The duration of a write at a place.
const WRITE: u64 = 2_000;

/// Returns the C library's result of a write at a place.
///
/// Only writes that are durable take time.
fn written_at(fd: i32, result: isize) -> isize {
    if meaning_of(fd) == Meaning::Synced {
        wrote(fd, result);
        spend(WRITE);
    }
    c_result(result)
}

/// Returns the C library's result of setting the length of an open file.
fn resized(fd: i32, length: i64, result: isize) -> i32 {
    if result == 0 {
        cut(fd, length as u64);
    }
    c_result(result) as i32
}

c_functions! {
    /// Tells the simulator, and leaves the real disk alone: that would take real time.
    fn fsync(fd: i32) -> i32 {
        let flags = kernel!(FCNTL, fd, F_GETFL);
        if !settings().enabled || flags < 0 {
            return c_result(kernel!(FSYNC, fd)) as i32;
        }
        attach();
        sync_file(fd);
        0
    }

    fn fdatasync(fd: i32) -> i32 { fsync(fd) }

    fn sync() {
        if settings().enabled {
            attach();
            make_durable(Synced::All);
        } else {
            kernel!(SYNC);
        }
    }

    fn syncfs(fd: i32) -> i32 {
        if !settings().enabled || kernel!(FCNTL, fd, F_GETFL) < 0 {
            return c_result(kernel!(SYNCFS, fd)) as i32;
        }
        attach();
        make_durable(Synced::All);
        0
    }

    fn msync(address: *mut c_void, length: usize, flags: i32) -> i32 {
        let is_enabled = settings().enabled;
        // The kernel still checks the arguments, but waits for no real disk.
        let asked = if is_enabled && flags & MS_SYNC != 0 { flags & !MS_SYNC | MS_ASYNC } else { flags };
        let result = c_result(kernel!(MSYNC, address, length, asked)) as i32;
        if result == 0 && flags & MS_SYNC != 0 && is_enabled {
            attach();
            make_durable(Synced::Memory { address: address as u64 });
        }
        result
    }

    fn ftruncate(fd: i32, length: i64) -> i32 { resized(fd, length, kernel!(FTRUNCATE, fd, length)) }

    fn ftruncate64(fd: i32, length: i64) -> i32 { ftruncate(fd, length) }

    fn truncate(path: *const c_char, length: i64) -> i32 {
        let fd = if is_simulated() { kernel!(OPENAT, AT_FDCWD, path, O_WRONLY) } else { -1 };
        if fd < 0 {
            return c_result(kernel!(TRUNCATE, path, length)) as i32;
        }
        let result = kernel!(FTRUNCATE, fd, length);
        if result == 0 {
            cut(fd as i32, length as u64);
        }
        kernel!(CLOSE, fd);
        c_result(result) as i32
    }

    fn truncate64(path: *const c_char, length: i64) -> i32 { truncate(path, length) }

    fn creat(path: *const c_char, mode: u32) -> i32 {
        open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode)
    }

    fn creat64(path: *const c_char, mode: u32) -> i32 { creat(path, mode) }

    fn pwrite(fd: i32, buffer: *const u8, length: usize, at: i64) -> isize {
        written_at(fd, kernel!(PWRITE64, fd, buffer, length, at))
    }

    fn pwrite64(fd: i32, buffer: *const u8, length: usize, at: i64) -> isize { pwrite(fd, buffer, length, at) }

    fn pwritev(fd: i32, parts: *const IoVec, count: i32, at: i64) -> isize {
        written_at(fd, kernel!(PWRITEV, fd, parts, count, at, 0))
    }

    fn pwritev64(fd: i32, parts: *const IoVec, count: i32, at: i64) -> isize { pwritev(fd, parts, count, at) }
}
