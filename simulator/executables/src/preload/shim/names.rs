//! Host names: `localhost` is answered at once.
//!
//! The C library would read eight files each time.

use std::ffi::{CStr, c_char, c_void};

use super::c_functions;
use super::sys::{AF_INET, original};

/// Returns a name as it is, except that `localhost` becomes an address in numbers.
///
/// # Safety
///
/// `name` is null or ends with a zero.
unsafe fn numeric(name: *const c_char) -> *const c_char {
    // SAFETY: the caller's promise.
    let is_local = !name.is_null() && unsafe { CStr::from_ptr(name) } == c"localhost";
    if is_local { c"127.0.0.1".as_ptr() } else { name }
}

c_functions! {
    /// Looks up a name. The second field of the hints is the wanted family, 0 for any.
    fn getaddrinfo(name: *const c_char, service: *const c_char, hints: *const [i32; 2], found: *mut c_void) -> i32 {
        let fits = hints.is_null() || (*hints)[1] == 0 || (*hints)[1] == AF_INET;
        let name = if fits { numeric(name) } else { name };
        original!(
            c"getaddrinfo",
            fn(*const c_char, *const c_char, *const [i32; 2], *mut c_void) -> i32
        )(name, service, hints, found)
    }

    fn gethostbyname(name: *const c_char) -> *mut c_void {
        original!(c"gethostbyname", fn(*const c_char) -> *mut c_void)(numeric(name))
    }
}
