//! Streams of the C library on sources of random numbers.
//!
//! The C library reads and closes a stream's file by itself, without the functions of [`files`](super::files). So
//! such a stream gets a file of its own.

use std::ffi::{c_char, c_void};

use super::c_functions;
use super::files::{Meaning, is_random, set_meaning};
use super::sys::{c_result, kernel, original};
use super::world::settings;
use super::{disk, random};

/// The number of random bytes that a stream offers: programs read seeds from it.
const ENOUGH: usize = 1 << 16;

unsafe extern "C" {
    fn fileno(stream: *mut c_void) -> i32;
    fn fdopen(fd: i32, mode: *const c_char) -> *mut c_void;
}

/// Opens a stream of random bytes. Returns null, with the error, if there is no memory for it.
fn random_stream() -> *mut c_void {
    let mut bytes = vec![0; ENOUGH];
    random::fill(&mut bytes);
    // SAFETY: a name that ends with a zero; a buffer with its length; a new descriptor.
    unsafe {
        let fd = c_result(kernel!(MEMFD_CREATE, c"random".as_ptr(), 0)) as i32;
        if fd < 0 {
            return std::ptr::null_mut();
        }
        kernel!(PWRITE64, fd, bytes.as_ptr(), bytes.len(), 0);
        // The C++ library asks for the descriptor, and reads from that.
        set_meaning(fd, Meaning::Random);
        fdopen(fd, c"r".as_ptr())
    }
}

c_functions! {
    fn fopen(path: *const c_char, mode: *const c_char) -> *mut c_void {
        if settings().enabled && is_random(path) {
            return random_stream();
        }
        let stream = original!(c"fopen", fn(*const c_char, *const c_char) -> *mut c_void)(path, mode);
        if !stream.is_null() && *mode == b'w' as c_char {
            disk::cut(fileno(stream), 0);
        }
        stream
    }

    fn fopen64(path: *const c_char, mode: *const c_char) -> *mut c_void { fopen(path, mode) }

    /// Removes the descriptor's meaning, because its number may soon be another file's.
    fn fclose(stream: *mut c_void) -> i32 {
        if !stream.is_null() {
            set_meaning(fileno(stream), Meaning::Plain);
        }
        original!(c"fclose", fn(*mut c_void) -> i32)(stream)
    }
}
