//! Random numbers: one generator for all that the program draws, seeded by the simulator.

use std::ffi::c_void;

use super::{c_functions, world::with};

/// A generator (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// Returns 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Returns 64 random bits of the program's generator.
fn bits() -> u64 {
    with(|world| world.random.bits())
}

/// Fills a buffer with random bytes of the program's generator.
pub(crate) fn fill(buffer: &mut [u8]) {
    with(|world| {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&world.random.bits().to_le_bytes()[..chunk.len()]);
        }
    });
}

/// # Safety
///
/// The buffer is valid for writes of its length.
pub(crate) unsafe fn fill_raw(buffer: *mut u8, length: usize) {
    if length > 0 {
        // SAFETY: the caller's promise.
        fill(unsafe { std::slice::from_raw_parts_mut(buffer, length) });
    }
}

c_functions! {
    fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
        fill_raw(buffer, length);
        length as isize
    }

    fn getentropy(buffer: *mut u8, length: usize) -> i32 {
        fill_raw(buffer, length);
        0
    }

    fn arc4random() -> u32 {
        bits() as u32
    }

    fn arc4random_buf(buffer: *mut u8, length: usize) {
        fill_raw(buffer, length);
    }

    fn arc4random_uniform(bound: u32) -> u32 {
        ((u64::from(bits() as u32) * u64::from(bound)) >> 32) as u32
    }

    /// Implements `std::random_device::_M_getval()` of the C++ library.
    ///
    /// The original asks the processor.
    fn _ZNSt13random_device9_M_getvalEv(_this: *mut c_void) -> u32 {
        bits() as u32
    }
}
