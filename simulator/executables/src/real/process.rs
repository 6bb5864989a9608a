//! One child process in real time, and the socket it talks to.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use crate::preload::processes;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::child::Child;
use crate::languages;
use crate::program::Program;
use crate::scratch::{MARK, marked_below};
use crate::watch::is_alive;
use simulation::api::Setup;

/// The variable that is added to the simulator's own environment for any program.
///
/// Because of it, temporary files lie in the process's folder. A language adds its own variables.
const SET: (&str, &str) = ("TMPDIR", ".");

/// The longest datagram that UDP allows, in bytes.
const LONGEST_DATAGRAM: usize = 65_535;

/// Limits on the search for processes that a killed process has left.
///
/// They are the number of searches, each of which looks at every process of the machine, and the wait for the end of
/// the processes that a search has found, in milliseconds.
const MOST_LOOKS: usize = 10;
const PATIENCE: usize = 20;

/// A running child process.
///
/// Dropping it kills it, with all processes that it started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    socket: UdpSocket,
    is_paused: bool,
    received: Vec<u8>,
}

impl Process {
    /// Starts a replica.
    pub(super) fn start(program: &Program, setup: &Setup) -> io::Result<Process> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let folder = program.folder(None)?;
        let child = Child::start(program, setup, port, folder, |command, folder| {
            command.envs([SET]).env(MARK, folder);
            for language in languages::ALL {
                command.envs(language.set.iter().copied());
            }
            processes::spawn_plain(command, program.limits().of_kernel())
        })?;
        Ok(Process { child, socket, is_paused: false, received: vec![0; LONGEST_DATAGRAM] })
    }

    /// Returns the id of the process: the replica, or a script that starts it.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the descriptor that is readable when a datagram has come.
    pub(super) fn source(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Sends a datagram to the process. As always with UDP, it may not arrive.
    pub(super) fn send(&self, port: u16, datagram: &[u8]) {
        let _ = self.socket.send_to(datagram, (Ipv4Addr::LOCALHOST, port));
    }

    /// Returns the next datagram that waits, and the port from which it came.
    pub(super) fn receive(&mut self) -> Option<(u16, &[u8])> {
        let (length, from) = self.socket.recv_from(&mut self.received).ok()?;
        Some((from.port(), &self.received[..length]))
    }

    /// If the process has ended, returns how, as a phrase that follows its name.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.child.ended()
    }

    /// Passes on the lines that the process has written since the last call.
    pub(super) fn lines(&mut self, each: impl FnMut(String)) {
        self.child.lines(each);
    }

    /// Pauses the process, or lets it go on.
    pub(super) fn pause(&mut self, paused: bool) {
        if self.is_paused == paused {
            return;
        }
        self.is_paused = paused;
        let signal = if paused { Signal::STOP } else { Signal::CONT };
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // If the process has ended, that is found out soon.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl AsRef<Child> for Process {
    fn as_ref(&self) -> &Child {
        &self.child
    }
}

impl AsMut<Child> for Process {
    fn as_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Process {
    /// Kills the process and all processes that it started.
    ///
    /// Some of them may have left its process group.
    ///
    /// All of them carry the mark in their environment.
    fn drop(&mut self) {
        processes::kill_group(self.child.id());
        for _ in 0..MOST_LOOKS {
            // The folder that holds the process's own folder holds nothing else.
            let left: Vec<u32> =
                self.child.folder().parent().into_iter().flat_map(marked_below).collect();
            if left.is_empty() {
                return;
            }
            left.iter().copied().for_each(processes::kill);
            for _ in 0..PATIENCE {
                if !left.iter().copied().any(is_alive) {
                    break;
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
