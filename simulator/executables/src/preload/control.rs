//! The simulator's end of the two pipes to a process.
//!
//! They are pipes and not a socket pair, because the two sides take turns tens of thousands of times a second. A turn
//! through a stream socket costs twice as much: a thread that waits to read is also woken when the other side reads
//! what it wrote before, and then finds nothing.

use std::fs::OpenOptions;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use crate::shim::sys::{EINTR, POLLIN, PollFd, kernel};

/// The simulator's ends of the pipes: one to write to, one to read from.
#[derive(Debug)]
pub(crate) struct Control {
    resumes: PipeWriter,
    reports: PipeReader,
}

/// A bell that wakes a thread which waits at the simulator's end.
///
/// Ringing it lets that thread read bytes that no process wrote.
///
/// It holds no writing end, because the end of the process would then go unnoticed.
#[derive(Debug)]
pub(crate) struct Bell(PipeReader);

impl Bell {
    /// Rings. Does nothing if the pipe is gone.
    pub(crate) fn ring(&self) {
        const NO_WAIT: i32 = 0o4000;
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        let end = OpenOptions::new().write(true).custom_flags(NO_WAIT).open(path);
        // If the pipe is full, the thread wakes anyway.
        let _ = end.and_then(|mut end| end.write_all(&[0; 4]));
    }
}

/// The process's ends of the pipes.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) resumes: PipeReader,
    pub(crate) reports: PipeWriter,
}

impl Control {
    /// Makes the pipes, and returns the ends of both sides.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn new() -> io::Result<(Control, Ends)> {
        let (their_resumes, resumes) = io::pipe()?;
        let (reports, their_reports) = io::pipe()?;
        let theirs = Ends { resumes: their_resumes, reports: their_reports };
        Ok((Control { resumes, reports }, theirs))
    }

    /// Writes to the process.
    ///
    /// # Errors
    ///
    /// If the process at the other end is gone.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.resumes.write_all(bytes)
    }

    /// Waits until the process writes or the bell rings, and returns the number of bytes.
    ///
    /// The number is 0 if the process is gone.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn hear(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reports.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                heard => return heard,
            }
        }
    }

    /// Returns a bell that ends a wait in [`hear`](Self::hear) from another thread.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn bell(&self) -> io::Result<Bell> {
        self.reports.try_clone().map(Bell)
    }

    /// Reads what the process wrote, and returns the number of bytes.
    ///
    /// The number is 0 if the process is gone.
    ///
    /// Returns `None` if the process wrote nothing within the limit, in whole milliseconds.
    ///
    /// # Errors
    ///
    /// If a system call fails.
    pub(crate) fn hear_within(
        &mut self,
        buffer: &mut [u8],
        limit: Duration,
    ) -> io::Result<Option<usize>> {
        let mut poll = PollFd { fd: self.reports.as_raw_fd(), events: POLLIN, revents: 0 };
        let millis = limit.as_millis().min(i32::MAX as u128) as usize;
        // SAFETY: one record that is valid during the call.
        match unsafe { kernel!(POLL, &raw mut poll, 1, millis) } {
            0 => Ok(None),
            1.. => self.reports.read(buffer).map(Some),
            error if error == -(EINTR as isize) => Ok(None),
            error => Err(io::Error::from_raw_os_error(-error as i32)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_ends_a_wait_and_keeps_no_pipe_open() {
        let (mut control, theirs) = Control::new().expect("two pipes");
        let bell = control.bell().expect("a descriptor");
        let mut buffer = [7; 16];
        let ringing = std::thread::spawn(move || bell.ring());
        assert_eq!(control.hear(&mut buffer).ok(), Some(4));
        ringing.join().expect("it rang");
        drop(theirs);
        assert_eq!(control.hear(&mut buffer).ok(), Some(0));
    }
}
