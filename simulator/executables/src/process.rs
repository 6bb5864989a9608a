//! One child process in virtual time.
//!
//! It runs until all its threads wait; then its datagrams are collected.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::preload::control::Control;
use crate::preload::launch::{self, Cores};
use crate::preload::processes;
use crate::preload::protocol::{self, Datagrams, Report, Resume, Synced};

use crate::child::Child;
use crate::core::Core;
use crate::disk::{Disk, Disks};
use crate::limits::Deadline;
use crate::program::Program;
use crate::scratch::MARK;
use crate::watch::{TICK, Watch, is_alive, name, rest};
use crate::watchdog::Watchdog;
use crate::{environment, wire};
use simulation::Nanos;
use simulation::api::Setup;

/// The pause between looks at other processes, and limits on their number.
///
/// `SURELY` looks in a row must find no activity. There are at most `MOST_LOOKS`, since a helper may be busy without
/// end.
const LOOK: Duration = Duration::from_millis(1);
const SURELY: usize = 2;
const MOST_LOOKS: usize = 2_000;

/// The parts that are needed to start a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Launch<'e> {
    pub program: &'e Program,
    /// The library to preload.
    pub library: &'e File,
    /// The processors that this process may use.
    pub cores: Cores,
    /// The seed of the values that all replicas of a run share.
    pub run_seed: u64,
    /// The disks that crashes of the run have left.
    pub disks: &'e Disks,
    /// The moment by which the run must end.
    pub deadline: Option<Deadline>,
}

/// A running child process. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    control: Control,
    /// The process at the other end: the child itself, or one that it started.
    attached: Option<u32>,
    deadline: Option<Deadline>,
    /// The watchdog, once the process takes part.
    watchdog: Option<Watchdog>,
    /// The disk, if a crash may restart the replica.
    disk: Option<Disk>,
    /// True if the seed decides the turns of its threads.
    draws_turns: bool,
    /// True if it has.
    has_drawn: bool,
    /// The processor on which it runs.
    _core: Arc<Core>,
    received: Vec<u8>,
    sending: Vec<u8>,
    /// The buffer to read into.
    buffer: Vec<u8>,
}

/// The result of one turn.
#[derive(Debug)]
pub(super) struct Turn {
    /// The datagrams that the process sent.
    pub sent: Sent,
    /// The time until which it waits, or the reason it has ended.
    ///
    /// The reason is a phrase that follows its name.
    pub outcome: Result<Nanos, String>,
}

/// Datagrams in the frames in which they came.
#[derive(Debug, Default)]
pub(super) struct Sent(Vec<u8>);

impl Sent {
    /// Iterates over the datagrams.
    pub(crate) fn iter(&self) -> Datagrams<'_> {
        Datagrams::new(&self.0)
    }
}

impl Process {
    /// Starts a replica that is ready at `begins`.
    ///
    /// In real time it starts at once, on any processor. Once it first waits, it runs on the calling thread's
    /// processor.
    pub(crate) fn start(launch: Launch<'_>, setup: &Setup, begins: Nanos) -> io::Result<Process> {
        let Launch { program, library, cores, run_seed, disks, deadline } = launch;
        let core = Core::of_thread(&cores)?;
        let (control, theirs) = Control::new()?;
        let (port, limits) = (wire::port_for(setup.id), program.limits());
        let folder = disks.with_left(setup.id, |left| program.folder(left))?;
        let disk = setup.durable.then(|| disks.disk(&folder)).transpose()?;
        let child = Child::start(program, setup, port, folder, |command, folder| {
            environment::set(command, setup, run_seed, begins, core.number(), limits);
            command.env(MARK, folder);
            let view = program.view(folder)?;
            launch::spawn(command, theirs, library, cores, limits.of_kernel(), view)
        })?;
        Ok(Process {
            child,
            control,
            attached: None,
            deadline,
            watchdog: None,
            disk,
            draws_turns: !limits.others.fixed_turns,
            has_drawn: false,
            _core: core,
            received: Vec::new(),
            sending: Vec::new(),
            buffer: vec![0; 1 << 14],
        })
    }

    /// Lets the process run from a new time until all its threads wait.
    ///
    /// `arrived` is a datagram for it, with the receiving port.
    ///
    /// The first turn takes it from its start to that point.
    pub(crate) fn resume(&mut self, now: Nanos, arrived: Option<(u16, &[u8])>) -> Turn {
        let mut sent = Sent::default();
        if let Some(why) = self.deadline.and_then(Deadline::missed) {
            return Turn { sent, outcome: Err(why) };
        }
        if let Some(disk) = &mut self.disk {
            disk.begin_step(now);
        }
        let is_first = self.attached.is_none();
        if !is_first && let Err(why) = self.say(now, arrived) {
            return Turn { sent, outcome: Err(why) };
        }
        let outcome = self.converse(now, &mut sent);
        Turn { sent, outcome }
    }

    fn say(&mut self, now: Nanos, arrived: Option<(u16, &[u8])>) -> Result<(), String> {
        self.sending.clear();
        let sync_time = self.disk.as_ref().map(Disk::sync_time);
        let resume = Resume { now, sync_time, draws_turns: self.draws_turns, arrived };
        protocol::write_resume(&mut self.sending, &resume);
        self.control.say(&self.sending).map_err(|_| self.how_it_ended())
    }

    /// Reads reports until the process waits.
    fn converse(&mut self, now: Nanos, sent: &mut Sent) -> Result<Nanos, String> {
        let mut watch = Watch::default();
        loop {
            let frame = self.next_frame(&mut watch)?;
            match protocol::read_report(&frame) {
                Some(Report::Attach { pid }) => {
                    if self.attached.is_some_and(|known| known != pid && is_alive(known)) {
                        return Err("runs as two processes, where one is allowed".to_owned());
                    }
                    self.attached = Some(pid);
                    if !self.is_another_heard(pid)? {
                        self.begin(pid)?;
                        self.say(now, None)?;
                    }
                }
                Some(Report::Wait { until, has_drawn, sent: datagrams }) => {
                    self.has_drawn |= has_drawn;
                    sent.0.extend_from_slice(datagrams.as_bytes());
                    return Ok(until);
                }
                Some(Report::Sync { what, until, sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                    if !self.sync(what, until) {
                        return Ok(Nanos::MAX);
                    }
                    self.say(now, None)?;
                }
                Some(Report::Cut { device, inode, length }) => {
                    if let Some(disk) = &mut self.disk {
                        disk.cut(device, inode, length);
                    }
                }
                Some(Report::End { sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                }
                Some(Report::Refuse { why }) => return Err(why.to_owned()),
                None => return Err("garbles the simulator's own pipe".to_owned()),
            }
        }
    }

    /// Takes note of a sync. Returns false if the disk is full, so that the process takes no further step.
    fn sync(&mut self, what: Synced, until: Nanos) -> bool {
        let process = self.attached.unwrap_or_else(|| self.child.id());
        self.disk.as_mut().is_none_or(|disk| disk.sync(what, until, process))
    }

    /// Returns the disk, if a crash may restart the replica.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// Returns the disk, if a crash may restart the replica.
    pub(crate) fn disk_mut(&mut self) -> Option<&mut Disk> {
        self.disk.as_mut()
    }

    /// Returns true if the seed has decided turns of its threads.
    pub(crate) fn has_drawn_turns(&self) -> bool {
        self.has_drawn
    }

    /// Starts the watchdog for a process that takes part from now on.
    fn begin(&mut self, pid: u32) -> Result<(), String> {
        let bell = self.control.bell();
        let watchdog = bell.and_then(|bell| Watchdog::of(self.child.id(), pid, bell));
        self.watchdog = Some(watchdog.map_err(|error| format!("cannot be looked after: {error}"))?);
        Ok(())
    }

    /// Returns true if another process takes part, too.
    ///
    /// `pid` is one that takes part, and is not the one that was started.
    ///
    /// The result must not depend on which of them comes first. So all of them run as far as they get by themselves:
    /// to the point at which they wait for the simulator.
    fn is_another_heard(&mut self, pid: u32) -> Result<bool, String> {
        let group = self.child.id();
        let (mut looks, mut same, mut before) = (0, 0, None);
        while pid != group && looks < MOST_LOOKS && same < SURELY {
            match self.control.hear_within(&mut self.buffer, LOOK) {
                Ok(Some(0)) | Err(_) => return Err(self.how_it_ended()),
                Ok(Some(count)) => {
                    self.received.extend_from_slice(&self.buffer[..count]);
                    return Ok(true);
                }
                Ok(None) => looks += 1,
            }
            let now = rest(group);
            same = if now.is_some() && now == before { same + 1 } else { 0 };
            before = now;
        }
        Ok(!self.received.is_empty())
    }

    /// Returns the next frame, without its length.
    fn next_frame(&mut self, watch: &mut Watch) -> Result<Vec<u8>, String> {
        loop {
            if let Some(length) = protocol::frame_length(&self.received) {
                if length > protocol::LONGEST_FRAME {
                    return Err("garbles the simulator's own pipe".to_owned());
                }
                if let Some(frame) = self.received.get(4..4 + length) {
                    let frame = frame.to_vec();
                    self.received.drain(..4 + length);
                    return Ok(frame);
                }
            }
            self.hear(watch)?;
        }
    }

    /// Waits until more arrives from the process. One that does not take part yet is watched meanwhile.
    fn hear(&mut self, watch: &mut Watch) -> Result<(), String> {
        let heard = match &self.watchdog {
            None => self.control.hear_within(&mut self.buffer, TICK),
            Some(watchdog) => {
                watchdog.wait_begins_or_ends();
                let heard = self.control.hear(&mut self.buffer);
                watchdog.wait_begins_or_ends();
                if let Some(why) = watchdog.verdict() {
                    return Err(why.to_owned());
                }
                heard.map(Some)
            }
        };
        match heard {
            Ok(Some(0)) | Err(_) => Err(self.how_it_ended()),
            Ok(Some(count)) => {
                self.received.extend_from_slice(&self.buffer[..count]);
                Ok(())
            }
            Ok(None) => watch.look_at_start(self.child.id()).map_or(Ok(()), Err),
        }
    }

    /// Returns how the process ended, after its pipes were closed.
    ///
    /// It has ended, or is about to.
    fn how_it_ended(&mut self) -> String {
        let patience = Instant::now() + Duration::from_secs(1);
        while Instant::now() < patience {
            if let Some(how) = self.child.ended() {
                return how;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        "cut its connection to the simulator".to_owned()
    }

    /// Notes that the process said hello: from now on it must not compute for long.
    pub(crate) fn has_begun(&self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.has_begun();
        }
    }

    /// Returns the name of the process that takes part, unless it was started directly.
    ///
    /// Two processes that take part are a finding of their own.
    pub(crate) fn stand_in(&self) -> Option<String> {
        self.attached.filter(|&pid| pid != self.child.id()).map(name)
    }

    /// Passes on the lines that the process has written since the last call.
    pub(crate) fn lines(&mut self, each: impl FnMut(String)) {
        self.child.lines(each);
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
    fn drop(&mut self) {
        processes::kill_group(self.child.id());
        // A process that left its group is killed by its own id. The id cannot be another's yet, because the process
        // at the other end of the pipes still lives.
        if let Some(pid) = self.attached.filter(|&pid| pid != self.child.id() && is_alive(pid)) {
            processes::kill(pid);
        }
    }
}
