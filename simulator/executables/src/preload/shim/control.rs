//! The exchange with the simulator: reports to it, and its answers.

use std::sync::atomic::{AtomicBool, Ordering};

use super::schedule::INPUT;
use super::sys::{self, EINTR, kernel};
use super::world::{is_attached, settings, with};
use crate::protocol::{self, LONGEST_FRAME, REPORT_FD, RESUME_FD, Synced};

/// True during an exchange, which must not be interrupted.
static IS_TALKING: AtomicBool = AtomicBool::new(false);

/// Returns true during an exchange with the simulator.
pub(crate) fn is_talking() -> bool {
    IS_TALKING.load(Ordering::Relaxed)
}

/// Tells the simulator that the process takes part, and takes the time from it.
pub(crate) fn attach() {
    let mut frame = Vec::new();
    protocol::write_attach(&mut frame, sys::real_pid() as u32);
    say(&frame);
    await_answer();
}

/// Reports the time until which all threads wait, and the sent datagrams.
///
/// Takes the time and a datagram from the simulator's answer.
pub(crate) fn report(until: u64) {
    let frame = with(|world| {
        let mut frame = Vec::with_capacity(32 + world.outgoing.len());
        let has_drawn = world.schedule.take_drawn();
        protocol::write_wait(&mut frame, until, has_drawn, &world.outgoing);
        world.outgoing.clear();
        frame
    });
    say(&frame);
    await_answer();
}

/// Reports a sync that lasts until a time, and the sent datagrams. Returns when the simulator has taken note of it.
pub(crate) fn sync(what: Synced, until: u64) {
    let frame = with(|world| {
        let mut frame = Vec::with_capacity(64 + world.outgoing.len());
        protocol::write_sync(&mut frame, what, until, &world.outgoing);
        world.outgoing.clear();
        frame
    });
    say(&frame);
    await_answer();
}

/// Reports that a file was made shorter.
pub(crate) fn cut(device: u64, inode: u64, length: u64) {
    let mut frame = Vec::new();
    protocol::write_cut(&mut frame, device, inode, length);
    say(&frame);
    IS_TALKING.store(false, Ordering::Relaxed);
}

/// Reports the datagrams that the process sent before its end, as they still count.
pub(crate) fn farewell() {
    if !is_attached() {
        return;
    }
    let frame = with(|world| {
        let mut frame = Vec::new();
        if !world.outgoing.is_empty() {
            protocol::write_end(&mut frame, &world.outgoing);
            world.outgoing.clear();
        }
        frame
    });
    say(&frame);
}

/// Ends the process, because it asked for something that does not exist in the simulation.
pub(crate) fn refuse(what: &str) -> ! {
    end(&format!("cannot be simulated: {what}"))
}

/// Ends the process for a reason, given as a phrase that follows its name.
pub(crate) fn end(why: &str) -> ! {
    if settings().enabled {
        let mut frame = Vec::new();
        protocol::write_refuse(&mut frame, why);
        say(&frame);
        let mut rest = [0; 64];
        // The simulator kills the process. If the simulator itself has ended, the pipes are closed.
        while hear(&mut rest).is_some() {}
    }
    sys::exit_now(1)
}

fn await_answer() {
    receive_answer();
    IS_TALKING.store(false, Ordering::Relaxed);
}

fn receive_answer() {
    let mut frame = with(|world| std::mem::take(&mut world.incoming));
    let length = hear_frame(&mut frame).unwrap_or_else(|| sys::exit_now(1));
    let resume = protocol::read_resume(&frame[4..4 + length]);
    let Some(resume) = resume else { sys::exit_now(1) };
    with(|world| {
        world.synced = resume.now;
        world.now = world.now.max(resume.now);
        world.sync_time = resume.sync_time;
        if let Some((port, payload)) = resume.arrived {
            world.files.arrived(port, payload);
            if resume.draws_turns {
                world.schedule.draw_turns();
            }
            world.wake(INPUT, usize::MAX);
        }
    });
    with(|world| world.incoming = frame);
}

/// Reads one frame of the simulator and returns its length; `None` if the simulator has ended.
///
/// Mostly one read suffices, because the simulator waits for the process then.
fn hear_frame(buffer: &mut Vec<u8>) -> Option<usize> {
    buffer.resize(buffer.len().max(1 << 12), 0);
    let mut filled = 0;
    loop {
        if let Some(length) = protocol::frame_length(&buffer[..filled]) {
            if filled >= 4 + length {
                return Some(length);
            }
            if length > LONGEST_FRAME {
                return None;
            }
            buffer.resize(buffer.len().max(4 + length), 0);
        }
        filled += hear(&mut buffer[filled..])?;
    }
}

/// Writes a whole frame. Ends the process if there is no simulator.
fn say(mut bytes: &[u8]) {
    IS_TALKING.store(true, Ordering::Relaxed);
    while !bytes.is_empty() {
        // SAFETY: the buffer and its length.
        let sent = unsafe { kernel!(WRITE, REPORT_FD, bytes.as_ptr(), bytes.len()) };
        match sent {
            1.. => bytes = &bytes[sent as usize..],
            _ if sent == -(EINTR as isize) => {}
            _ => sys::exit_now(1),
        }
    }
}

/// Reads the bytes that are there and returns their number; `None` if the simulator has ended.
fn hear(buffer: &mut [u8]) -> Option<usize> {
    loop {
        // SAFETY: the buffer and its length.
        let got = unsafe { kernel!(READ, RESUME_FD, buffer.as_mut_ptr(), buffer.len()) };
        match got {
            1.. => return Some(got as usize),
            _ if got == -(EINTR as isize) => {}
            _ => return None,
        }
    }
}
