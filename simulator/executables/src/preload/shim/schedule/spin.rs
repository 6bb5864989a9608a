//! Interrupts a thread that spins until another one has done something.
//!
//! Such a thread neither waits nor reads a clock, so it would keep the baton for good. The simulator notices that it
//! computes, and sends it a signal from time to time. A thread that has called nothing of this library between two
//! signals pauses, and the others go on. Where in its loop it pauses makes no difference to a thread that only looks
//! again and again.

use super::{State, me, run_later, with_mine};
use crate::protocol::SPIN_SIGNAL;
use crate::shim::control;
use crate::shim::sys::{errno, fail, kernel};
use crate::shim::trap::{Action, restorer};
use crate::shim::world::{is_lent, with};

/// The first pause of a thread that spins, in nanoseconds.
///
/// Each takes seconds of real time to come about, so there should be few.
const FIRST_PAUSE: u64 = 16_000_000;

/// The number of its pauses in a row. A thread that then goes on spinning is said to hang.
const MOST_PAUSES: u32 = 4;

/// Handles the simulator's signal from now on.
pub(crate) fn notice_spinning() {
    const RESTORER: usize = 0x0400_0000;
    const ON_STACK: usize = 0x0800_0000;
    const RESTARTS: usize = 0x1000_0000;
    let action = Action {
        handler: on_signal as *const () as usize,
        flags: RESTORER | ON_STACK | RESTARTS,
        restorer: restorer as *const () as usize,
        mask: 0,
    };
    // SAFETY: an action, and the length of its mask.
    unsafe { kernel!(RT_SIGACTION, SPIN_SIGNAL, &raw const action, 0, 8) };
}

/// Runs in the thread that computes, between any two of its instructions.
extern "C" fn on_signal(_signal: usize) {
    if !is_lent() {
        let before = errno();
        pause_spinning();
        fail(before);
    }
}

/// Lets other threads run if the calling one computes and has called nothing since the last such request.
///
/// A signal handler calls this. Each pause of a thread that goes on spinning is four times as long as the one before.
fn pause_spinning() {
    let until = with(|world| {
        let schedule = &mut world.schedule;
        // Asking counts as one use, too.
        let is_spinning = world.visits == schedule.visits + 1;
        schedule.visits = world.visits;
        let thread = &mut schedule.threads[me()];
        let has_baton = schedule.running == me() && thread.state == State::Ready;
        if !is_spinning
            || !has_baton
            || schedule.alive < 2
            || thread.spins >= MOST_PAUSES
            || control::is_talking()
        {
            return None;
        }
        thread.spins += 1;
        Some((world.now + (FIRST_PAUSE << (2 * (thread.spins - 1))), thread.spins))
    });
    if let Some((until, spins)) = until {
        run_later(until);
        // It is in the same loop as before.
        with_mine(|thread| thread.spins = spins);
    }
}
