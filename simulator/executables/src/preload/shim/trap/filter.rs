//! The filter in the kernel.
//!
//! System calls made by the program's own code end in a signal.
//!
//! System calls of the C library and of this library pass.

use std::ops::Range;

use crate::shim::sys::kernel;

/// `struct sock_filter`: an instruction of the kernel's filter machine.
#[repr(C)]
#[derive(Clone, Copy)]
struct Instruction {
    code: u16,
    /// The number of instructions to skip if a comparison holds, and if not.
    if_true: u8,
    if_false: u8,
    value: u32,
}

/// `struct sock_fprog`.
#[repr(C)]
struct Program {
    length: u16,
    instructions: *const Instruction,
}

/// The places of the filter's input in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ADDRESS_LOW: u32 = 8;
const ADDRESS_HIGH: u32 = 12;

const LOAD: u16 = 0x20;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_GREATER_OR_EQUAL: u16 = 0x35;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const TRAP: u32 = 0x0003_0000;

/// The calls that always pass.
///
/// They concern memory or the calling thread only, are frequent, or cannot be made on behalf of another thread: mmap,
/// mprotect, munmap, brk, rt_sigreturn, mincore, madvise, exit, sigaltstack.
const PASSING: [u32; 9] = [9, 10, 11, 12, 15, 27, 28, 60, 131];

const fn statement(code: u16, value: u32) -> Instruction {
    Instruction { code, if_true: 0, if_false: 0, value }
}

/// Traps the calls from these addresses, in this thread and in those that it starts.
///
/// Does nothing if the kernel does not permit it; runs then differ.
pub(super) fn install(code: Range<usize>) {
    const NO_NEW_PRIVILEGES: usize = 38;
    const SET_FILTER: usize = 1;
    let instructions = instructions(&code);
    let program =
        Program { length: instructions.len() as u16, instructions: instructions.as_ptr() };
    // SAFETY: a program and its length; the kernel copies it.
    unsafe {
        kernel!(PRCTL, NO_NEW_PRIVILEGES, 1, 0, 0, 0);
        kernel!(SECCOMP, SET_FILTER, 0, &raw const program);
    }
}

/// Returns the filter. It relies on programs that are smaller than 4 GB and do not cross a multiple of that.
fn instructions(code: &Range<usize>) -> Vec<Instruction> {
    let passing = PASSING.len() as u8;
    let high = (code.start >> 32) as u32;
    // The distance from the last of the first five instructions to the one that allows.
    let to_allow = passing + 2;
    let jump = |code, value, if_true, if_false| Instruction { code, if_true, if_false, value };
    let mut all = vec![
        statement(LOAD, ADDRESS_HIGH),
        jump(JUMP_EQUAL, high, 0, to_allow + 3),
        statement(LOAD, ADDRESS_LOW),
        jump(JUMP_GREATER_OR_EQUAL, code.start as u32, 0, to_allow + 1),
        jump(JUMP_GREATER_OR_EQUAL, code.end as u32, to_allow, 0),
        statement(LOAD, NUMBER),
    ];
    for (at, &number) in PASSING.iter().enumerate() {
        all.push(jump(JUMP_EQUAL, number, passing - at as u8, 0));
    }
    all.push(statement(RETURN, TRAP));
    all.push(statement(RETURN, ALLOW));
    all
}

#[cfg(all(test, not(preload_shim)))]
mod tests {
    use super::*;

    /// Returns the filter's answer to a call, as the kernel's machine would compute it.
    fn verdict(number: u32, address: usize) -> u32 {
        let all = instructions(&(0x1_0040_0000..0x1_0050_0000));
        let (mut at, mut loaded) = (0, 0);
        loop {
            let Instruction { code, if_true, if_false, value } = all[at];
            at += 1;
            match code {
                LOAD => {
                    loaded = match value {
                        NUMBER => number,
                        ADDRESS_LOW => address as u32,
                        _ => (address >> 32) as u32,
                    }
                }
                RETURN => return value,
                _ => {
                    let holds = if code == JUMP_EQUAL { loaded == value } else { loaded >= value };
                    at += usize::from(if holds { if_true } else { if_false });
                }
            }
        }
    }

    #[test]
    fn calls_of_the_program_s_own_code_are_trapped() {
        assert_eq!(verdict(0, 0x1_0040_0000), TRAP);
        assert_eq!(verdict(228, 0x1_004f_ffff), TRAP);
        for outside in [0x1_003f_ffff, 0x1_0050_0000, 0x40_0000, 0x7fff_0040_0000] {
            assert_eq!(verdict(0, outside), ALLOW, "{outside:x}");
        }
        for number in PASSING {
            assert_eq!(verdict(number, 0x1_0040_0000), ALLOW, "{number}");
        }
    }
}
