//! The library's own memory.
//!
//! It comes from the C library's allocator, under names that programs do not replace. A program may bring an
//! allocator of its own, whose locks would call this library. No code of the program may run inside a closure of
//! [`with`](super::world::with), so that allocator must not be used.

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

/// The alignment of all memory from the C library's allocator, on x86-64.
const ALIGNMENT: usize = 16;

// SAFETY: these are the C library's own functions, which keep the contract for alignments up to `ALIGNMENT`. For
// larger ones there is `memalign`, whose memory may be freed like any other.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size is valid, and the alignment is a power of two.
        unsafe {
            if layout.align() <= ALIGNMENT {
                __libc_malloc(layout.size()).cast()
            } else {
                __libc_memalign(layout.align(), layout.size()).cast()
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size is valid; memory just allocated is valid for writes of its size.
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
        // SAFETY: the caller's promise: `memory` came from here with this layout, and is no longer used.
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
