//! The auxiliary vector: pairs of a kind and a value.
//!
//! The kernel puts it behind the environment on a program's stack.

use std::ops::Range;

/// The auxiliary vector of the process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Auxiliary(*mut [usize; 2]);

/// Kinds of entries.
const END: usize = 0;
const IGNORE: usize = 1;
const PROGRAM_HEADERS: usize = 3;
const PROGRAM_HEADER_COUNT: usize = 5;
const RANDOM: usize = 25;
const VDSO: usize = 33;

/// `Elf64_Phdr`.
#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    physical: usize,
    file_size: usize,
    size: usize,
    alignment: usize,
}

/// Kinds of program headers, and the flag of those that hold code.
const LOAD: u32 = 1;
const NOTE: u32 = 4;
const HEADERS: u32 = 6;
const EXECUTABLE: u32 = 1;

/// The beginning of the note with a Go program's build id, after its length.
const GO: [u8; 8] = *b"\x04\0\0\0Go\0\0";

impl Auxiliary {
    /// Returns the vector that lies behind the environment.
    ///
    /// # Safety
    ///
    /// `environment` is what the kernel has put on the stack: pointers up to a null.
    pub(super) unsafe fn behind(mut environment: *const usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            while *environment != 0 {
                environment = environment.add(1);
            }
            Auxiliary(environment.add(1).cast_mut().cast())
        }
    }

    /// Returns the pair of a kind, which stays there while the process lives.
    fn entry(self, kind: usize) -> Option<*mut [usize; 2]> {
        let mut at = self.0;
        // SAFETY: the kernel's vector ends with an entry of this kind.
        unsafe {
            while (*at)[0] != END {
                if (*at)[0] == kind {
                    return Some(at);
                }
                at = at.add(1);
            }
        }
        None
    }

    /// Returns the value of a kind.
    fn value(self, kind: usize) -> Option<usize> {
        // SAFETY: a pair of the vector, which is written only before the program begins.
        self.entry(kind).map(|entry| unsafe { (*entry)[1] })
    }

    fn headers(self) -> &'static [ProgramHeader] {
        let start = self.value(PROGRAM_HEADERS).unwrap_or(0);
        let count = self.value(PROGRAM_HEADER_COUNT).unwrap_or(0);
        if start == 0 {
            return &[];
        }
        // SAFETY: the program's own headers, at the place that the kernel gives.
        unsafe { std::slice::from_raw_parts(start as *const ProgramHeader, count) }
    }

    /// Returns the place of the program's own code, if it is a Go program.
    pub(super) fn go_code(self) -> Option<Range<usize>> {
        let headers = self.headers();
        let own = headers.iter().find(|header| header.kind == HEADERS)?;
        let base = (headers.as_ptr() as usize).wrapping_sub(own.address);
        let is_go = |header: &ProgramHeader| {
            let start = base.wrapping_add(header.address) as *const u8;
            // SAFETY: notes are part of the loaded program.
            let note = unsafe { std::slice::from_raw_parts(start, header.size) };
            note.windows(GO.len()).any(|bytes| bytes == GO)
        };
        if !headers.iter().any(|header| header.kind == NOTE && is_go(header)) {
            return None;
        }
        let is_code =
            |header: &&ProgramHeader| header.kind == LOAD && header.flags & EXECUTABLE != 0;
        let code = headers.iter().find(is_code)?;
        let start = base.wrapping_add(code.address);
        Some(start..start + code.size)
    }

    /// Hides the shared page with the clock from the program.
    ///
    /// # Safety
    ///
    /// The program has not begun.
    pub(super) unsafe fn hide_clock(self) {
        if let Some(entry) = self.entry(VDSO) {
            // SAFETY: a pair of the vector, which the program has not read yet.
            unsafe { (*entry)[0] = IGNORE };
        }
    }

    /// Replaces the kernel's random bytes for the program.
    ///
    /// # Safety
    ///
    /// The program has not begun.
    pub(super) unsafe fn set_random(self, random: [u8; 16]) {
        if let Some(bytes) = self.value(RANDOM) {
            // SAFETY: the kernel has put 16 bytes there.
            unsafe { (bytes as *mut [u8; 16]).write(random) };
        }
    }
}
