//! One child process in virtual time: let it run until all its threads wait, collect what it sent.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::preload::control::Control;
use crate::preload::launch::{self, Cores};
use crate::preload::processes;
use crate::preload::protocol::{self, Datagrams, Report, Resume};

use crate::child::Child;
use crate::core::Core;
use crate::program::Program;
use crate::scratch::MARK;
use crate::watch::{TICK, Watch, is_alive, name, rest};
use crate::watchdog::Watchdog;
use crate::{environment, wire};
use simulation::Nanos;
use simulation::api::Setup;

/// How long to wait between looks at what the other processes do, how many in a row must find that they
/// have done nothing, and how many looks there are at most: a helper may be busy without end.
const LOOK: Duration = Duration::from_millis(1);
const SURELY: usize = 2;
const MOST_LOOKS: usize = 2_000;

/// What it takes to start a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Launch<'e> {
    pub program: &'e Program,
    /// The library to preload.
    pub library: &'e File,
    /// The processors that we were given.
    pub cores: Cores,
    /// The seed of what all replicas of a run have in common.
    pub run_seed: u64,
}

/// A running child process. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    control: Control,
    /// The process at the other end: the child itself, or what a wrapper started.
    attached: Option<u32>,
    /// Looks after it once it takes part.
    watchdog: Option<Watchdog>,
    /// Where it runs.
    _core: Arc<Core>,
    received: Vec<u8>,
    sending: Vec<u8>,
    /// Room to read into.
    buffer: Vec<u8>,
}

/// What came of one turn.
#[derive(Debug)]
pub(super) struct Turn {
    /// What it sent.
    pub sent: Sent,
    /// Until when it waits; or why it will never run again, in words that go after its name.
    pub outcome: Result<Nanos, String>,
}

/// Datagrams as they came in frames.
#[derive(Debug, Default)]
pub(super) struct Sent(Vec<u8>);

impl Sent {
    /// One after another.
    pub(crate) fn iter(&self) -> Datagrams<'_> {
        Datagrams::new(&self.0)
    }
}

impl Process {
    /// Starts a replica, which is ready at `begins`. In real time it gets ready at once, on any processor,
    /// until it first waits; then it runs where the calling thread does.
    pub(crate) fn start(launch: Launch<'_>, setup: &Setup, begins: Nanos) -> io::Result<Process> {
        let Launch { program, library, cores, run_seed } = launch;
        let core = Core::of_thread(&cores)?;
        let (control, theirs) = Control::new()?;
        let (port, limits) = (wire::port_for(setup.id), program.limits());
        let child = Child::start(program, setup, port, |command, folder| {
            environment::set(command, setup, run_seed, begins, core.number(), limits);
            command.env(MARK, folder);
            let view = program.view(folder)?;
            launch::spawn(command, theirs, library, cores, limits.file, view)
        })?;
        Ok(Process {
            child,
            control,
            attached: None,
            watchdog: None,
            _core: core,
            received: Vec::new(),
            sending: Vec::new(),
            buffer: vec![0; 1 << 14],
        })
    }

    /// Tells it the time, perhaps with a datagram that arrived, and lets it run until all its
    /// threads wait. The first turn takes it from its start to there.
    pub(crate) fn resume(&mut self, now: Nanos, arrived: Option<(u16, &[u8])>) -> Turn {
        let mut sent = Sent::default();
        let is_first = self.attached.is_none();
        if !is_first && let Err(why) = self.say(now, arrived) {
            return Turn { sent, outcome: Err(why) };
        }
        let outcome = self.converse(now, &mut sent);
        Turn { sent, outcome }
    }

    fn say(&mut self, now: Nanos, arrived: Option<(u16, &[u8])>) -> Result<(), String> {
        self.sending.clear();
        protocol::write_resume(&mut self.sending, &Resume { now, arrived });
        self.control.say(&self.sending).map_err(|_| self.how_it_ended())
    }

    /// Hears it out.
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
                Some(Report::Wait { until, sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                    return Ok(until);
                }
                Some(Report::End { sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                }
                Some(Report::Refuse { why }) => return Err(why.to_owned()),
                None => return Err("garbles the simulator's own pipe".to_owned()),
            }
        }
    }

    /// A process takes part from now on: it is looked after.
    fn begin(&mut self, pid: u32) -> Result<(), String> {
        let bell = self.control.bell();
        let watchdog = bell.and_then(|bell| Watchdog::of(self.child.id(), pid, bell));
        self.watchdog = Some(watchdog.map_err(|error| format!("cannot be looked after: {error}"))?);
        Ok(())
    }

    /// Before a process takes part that is not the one we started: does another one say something, too?
    /// That must not depend on who comes first. So all of them come as far as they get by themselves: to
    /// where they wait for it.
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

    /// The next frame, without its length.
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

    /// Waits until it says more. One that does not take part yet is looked after meanwhile.
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

    /// The pipes are closed: the process ended, or is about to.
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

    /// It said hello: from now on it must not compute for long.
    pub(crate) fn has_begun(&self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.has_begun();
        }
    }

    /// The name of the process that takes part in place of the one that was started: two that do are a
    /// finding of their own.
    pub(crate) fn stand_in(&self) -> Option<String> {
        self.attached.filter(|&pid| pid != self.child.id()).map(name)
    }

    /// The lines that it wrote since it was asked last.
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
        // One that left its group goes by its own id. The number can't be another's yet: whatever is
        // at the other end of the pipes lives.
        if let Some(pid) = self.attached.filter(|&pid| pid != self.child.id() && is_alive(pid)) {
            processes::kill(pid);
        }
    }
}
