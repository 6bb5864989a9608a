//! The library's own memory, from the C library's allocator under the names that programs do not replace.
//!
//! A program may bring an allocator of its own, whose locks are ours then. Inside of a closure of
//! [`with`](super::world::with) no code of the program may run, hence not that one.

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(memory: *mut c_void);
}

/// The C library's allocator.
struct Memory;

#[cfg_attr(preload_shim, global_allocator)]
static MEMORY: Memory = Memory;

/// The alignment of whatever the C library's allocator returns, on x86-64.
const ALIGNMENT: usize = 16;

// SAFETY: these are the C library's own functions, which keep the contract for alignments up to `ALIGNMENT`; what
// needs more is allocated by `memalign`, and what that allocated may be freed like the rest.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size will do, and the alignment is a power of two.
        unsafe {
            if layout.align() <= ALIGNMENT {
                __libc_malloc(layout.size()).cast()
            } else {
                __libc_memalign(layout.align(), layout.size()).cast()
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size will do; memory just allocated is valid for writes of its size.
        unsafe {
            if layout.align() <= ALIGNMENT {
                return __libc_calloc(layout.size(), 1).cast();
            }
            let memory = self.alloc(layout);
            if !memory.is_null() {
                memory.write_bytes(0, layout.size());
            }
            memory
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise: `memory` came from here with this layout, and is not used any more.
        unsafe {
            if layout.align() <= ALIGNMENT {
                return __libc_realloc(memory.cast(), size).cast();
            }
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                self.dealloc(memory, layout);
            }
            moved
        }
    }

    unsafe fn dealloc(&self, memory: *mut u8, _layout: Layout) {
        // SAFETY: the caller's promise: `memory` came from here.
        unsafe { __libc_free(memory.cast()) };
    }
}
