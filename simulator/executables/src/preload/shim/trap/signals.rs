//! The signals of trapped system calls and of the time stamp counter.
//!
//! The program believes that it has these signals for itself.

use std::arch::naked_asm;

use crate::protocol::SPIN_SIGNAL;
use crate::shim::sys::{EINVAL, errno, fail, kernel, number};
use crate::shim::world::with;
use crate::shim::{calls, clock, control};

const SIGSEGV: usize = 11;
const SIGSYS: usize = 31;

/// The ways to change the set of blocked signals.
const BLOCK: usize = 0;
const UNBLOCK: usize = 1;
pub(super) const SET: usize = 2;

/// The set of both signals.
const OURS: u64 = 1 << (SIGSEGV - 1) | 1 << (SIGSYS - 1);

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Action {
    pub(in super::super) handler: usize,
    pub(in super::super) flags: usize,
    pub(in super::super) restorer: usize,
    pub(in super::super) mask: u64,
}

/// The part of `struct ucontext` that is needed here.
#[repr(C)]
struct Context {
    _before: [usize; 5],
    /// The registers, in the order of the constants below.
    registers: [usize; 23],
    _after: [usize; 9],
    mask: u64,
}

/// The places of registers.
const R8: usize = 0;
const R9: usize = 1;
const R10: usize = 2;
const RDI: usize = 8;
const RSI: usize = 9;
const RDX: usize = 12;
const RAX: usize = 13;
const RCX: usize = 14;
const RIP: usize = 16;
const FAULT: usize = 20;

/// The processor's number of the fault that a forbidden instruction causes.
const GENERAL_PROTECTION: usize = 13;

type Handler = unsafe extern "C" fn(usize, *mut u8, *mut Context);

/// Handles both signals from now on.
///
/// The handlers run on the program's stack for signals, if it has one, since goroutines have small stacks.
pub(super) fn install() {
    const WITH_INFO: usize = 0x4;
    const RESTORER: usize = 0x0400_0000;
    const ON_STACK: usize = 0x0800_0000;
    const NESTS: usize = 0x4000_0000;
    let handlers: [(usize, Handler, u64); 2] =
        // A fault of the program's own goes on to its handler, which makes system calls.
        [(SIGSYS, on_call, !OURS), (SIGSEGV, on_fault, 0)];
    for (signal, handler, mask) in handlers {
        let action = Action {
            handler: handler as *const () as usize,
            flags: WITH_INFO | RESTORER | ON_STACK | NESTS,
            restorer: restorer as *const () as usize,
            mask,
        };
        // SAFETY: an action, and the length of its mask.
        unsafe { kernel!(RT_SIGACTION, signal, &raw const action, 0, 8) };
    }
}

/// Returns from a handler, by the system call `rt_sigreturn`.
///
/// # Safety
///
/// Only the kernel makes a handler return here.
#[unsafe(naked)]
pub(in super::super) unsafe extern "C" fn restorer() {
    naked_asm!("mov eax, 15", "syscall")
}

/// Handles a system call that the program made.
unsafe extern "C" fn on_call(_signal: usize, _info: *mut u8, context: *mut Context) {
    // SAFETY: the kernel's own record of the thread, from which the thread goes on.
    let context = unsafe { &mut *context };
    let registers = &mut context.registers;
    let args = [RDI, RSI, RDX, R10, R8, R9].map(|register| registers[register]);
    let before = errno();
    // SAFETY: the arguments are the program's own.
    let result = unsafe {
        match registers[RAX] {
            number::RT_SIGACTION => act(args),
            number::RT_SIGPROCMASK => mask(args, &mut context.mask),
            number::ARCH_PRCTL => control::refuse(ALONE),
            number => calls::call(number, args),
        }
    };
    fail(before);
    context.registers[RAX] = result as usize;
}

const ALONE: &str = "a Go program without the C library; build it with CGO_ENABLED=1 and \
                     -ldflags=-linkmode=external";

/// Handles a fault: a read of the time stamp counter, or the program's own.
unsafe extern "C" fn on_fault(signal: usize, info: *mut u8, context: *mut Context) {
    // SAFETY: the kernel's own record of the thread. Where the processor forbids an instruction, there is one. The
    // program's own handler is the one that it gave to the kernel.
    unsafe {
        let registers = &mut (*context).registers;
        let is_forbidden = registers[FAULT] == GENERAL_PROTECTION;
        let instruction = registers[RIP] as *const u8;
        let length = if is_forbidden { time_stamp_length(instruction) } else { 0 };
        if length > 0 {
            let before = errno();
            let now = clock::ticks();
            fail(before);
            (registers[RAX], registers[RDX]) = (now as u32 as usize, (now >> 32) as usize);
            if length == 3 {
                // The processor's number.
                registers[RCX] = 0;
            }
            registers[RIP] += length;
            return;
        }
        let action = with(|world| world.actions[0]);
        match action.handler {
            // As in the kernel, the fault happens again, and ends the process.
            0 | 1 => {
                let default = Action::default();
                kernel!(RT_SIGACTION, signal, &raw const default, 0, 8);
            }
            handler => {
                let handler = std::mem::transmute::<usize, Handler>(handler);
                handler(signal, info, context);
            }
        }
    }
}

/// Returns the length of a `rdtsc` or `rdtscp`, and 0 for any other instruction.
///
/// # Safety
///
/// There is an instruction.
unsafe fn time_stamp_length(instruction: *const u8) -> usize {
    // SAFETY: the caller's promise; a byte is read only if those before make it part of one.
    unsafe {
        match (*instruction, *instruction.add(1)) {
            (0x0f, 0x31) => 2,
            (0x0f, 0x01) if *instruction.add(2) == 0xf9 => 3,
            _ => 0,
        }
    }
}

/// Stores the program's action for a signal, and returns the previous one.
///
/// Without an action it stores nothing. Only the library's signals have actions here.
///
/// Returns `None` for other signals.
pub(super) fn remember(signal: usize, wanted: Option<Action>) -> Option<Action> {
    let place = match signal {
        SIGSEGV => 0,
        SIGSYS => 1,
        _ => return None,
    };
    Some(with(|world| {
        let before = world.actions[place];
        world.actions[place] = wanted.unwrap_or(before);
        before
    }))
}

/// Answers `rt_sigaction`.
///
/// For the library's signals it only stores the program's action. For other signals it sets the action, without
/// blocking the library's signals.
///
/// # Safety
///
/// As for the system call.
unsafe fn act([signal, wanted, before, size, ..]: [usize; 6]) -> isize {
    // SAFETY: the caller's promise.
    unsafe {
        if signal == SPIN_SIGNAL {
            return 0;
        }
        let wanted = (wanted as *const Action).as_ref().copied();
        let Some(remembered) = remember(signal, wanted) else {
            let changed = wanted.map(|action| Action { mask: action.mask & !OURS, ..action });
            let changed = changed.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            return kernel!(RT_SIGACTION, signal, changed, before, size);
        };
        if before != 0 {
            (before as *mut Action).write(remembered);
        }
        0
    }
}

/// Answers `rt_sigprocmask`, and changes the mask with which the thread goes on.
///
/// # Safety
///
/// As for the system call.
unsafe fn mask([how, set, before, ..]: [usize; 6], current: &mut u64) -> isize {
    // SAFETY: the caller's promise.
    unsafe {
        if before != 0 {
            (before as *mut u64).write(*current);
        }
        let Some(&set) = (set as *const u64).as_ref() else { return 0 };
        *current = match how {
            BLOCK => *current | without_ours(how, set),
            UNBLOCK => *current & !set,
            SET => without_ours(how, set),
            _ => return -(EINVAL as isize),
        };
    }
    0
}

/// Returns a set of signals to block without the library's signals.
///
/// A set of signals to unblock stays as it is.
pub(super) fn without_ours(how: usize, set: u64) -> u64 {
    if how == UNBLOCK { set } else { set & !OURS }
}
