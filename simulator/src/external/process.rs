//! One child process: start it, let it run until all its threads wait, collect what it sent, kill it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use preload::launch;
use preload::protocol::{self, Datagrams, Report, Resume};

use crate::Nanos;
use crate::external::{External, wire};
use crate::node::Setup;

/// How long a process may run, by the wall clock, before it waits again. Virtual time stands still
/// meanwhile, so this only ever ends what would never end.
const TURN: Duration = Duration::from_secs(10);

/// The process ids that replicas believe to have begin here.
const FIRST_PID: u32 = 4_000;

/// How much of what a process wrote last is shown when it dies: lines and bytes.
const LAST_LINES: usize = 6;
const LAST_BYTES: u64 = 1_000;

/// What of our own environment a replica may see: its own results must not depend on the rest.
const KEPT: [&str; 8] = [
    "PATH",
    "HOME",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYENV_ROOT",
    "JAVA_HOME",
    "NODE_PATH",
    "LD_LIBRARY_PATH",
];

/// And what it sees besides: the same bytes each time, no buffering, no files left behind.
const SET: [(&str, &str); 6] = [
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUNBUFFERED", "1"),
    ("MALLOC_ARENA_MAX", "1"),
    ("RUST_BACKTRACE", "0"),
];

/// A running child process. Dropping it kills it and removes its folder.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    control: UnixStream,
    /// The process at the other end: the child itself, or what a wrapper started.
    attached: Option<u32>,
    stderr: File,
    /// Its own folder to run in.
    folder: PathBuf,
    received: Vec<u8>,
    sending: Vec<u8>,
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
    pub fn iter(&self) -> Datagrams<'_> {
        Datagrams::new(&self.0)
    }
}

impl Process {
    /// Starts a replica. It gets ready by itself, on any processor, until it first waits; then it
    /// runs on `core`.
    pub fn start(system: &External, setup: &Setup, core: usize) -> io::Result<Process> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(TURN))?;
        control.set_write_timeout(Some(TURN))?;
        let (stdout, stderr) = (launch::anonymous_file()?, launch::anonymous_file()?);
        let folder = scratch_folder()?;
        let mut command = Command::new(&system.path);
        command.arg(wire::port_for(setup.id).to_string()).arg(setup.id.to_string());
        command.args(setup.peers().map(|peer| peer.to_string()));
        command.current_dir(&folder).stdout(stdout).stderr(stderr.try_clone()?);
        set_environment(&mut command, setup, core);
        let child = launch::spawn(&mut command, theirs.into(), &system.library, system.cores);
        // The parent's copy of their end must go, or the end of the process would go unnoticed.
        drop(command);
        let child = child.inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
        Ok(Process {
            child,
            control,
            attached: None,
            stderr,
            folder,
            received: Vec::new(),
            sending: Vec::new(),
        })
    }

    /// Tells it the time, perhaps with a datagram that arrived, and lets it run until all its
    /// threads wait. The first turn takes it from its start to there.
    pub fn resume(&mut self, now: Nanos, arrived: Option<(u16, &[u8])>) -> Turn {
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
        self.control.write_all(&self.sending).map_err(|_| self.how_it_ended())
    }

    /// Hears it out.
    fn converse(&mut self, now: Nanos, sent: &mut Sent) -> Result<Nanos, String> {
        loop {
            let frame = self.next_frame()?;
            match protocol::read_report(&frame) {
                Some(Report::Attach { pid }) => {
                    if self.attached.is_some_and(|known| known != pid && is_alive(known)) {
                        return Err("runs as two processes, where one is allowed".to_owned());
                    }
                    self.attached = Some(pid);
                    self.say(now, None)?;
                }
                Some(Report::Wait { until, sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                    return Ok(until);
                }
                Some(Report::End { sent: datagrams }) => {
                    sent.0.extend_from_slice(datagrams.as_bytes());
                }
                Some(Report::Refuse { what }) => {
                    return Err(format!("cannot be simulated: {what}"));
                }
                None => return Err("garbles the simulator's own socket".to_owned()),
            }
        }
    }

    /// The next frame, without its length.
    fn next_frame(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let Some(length) = protocol::frame_length(&self.received) {
                if length > protocol::LONGEST_FRAME {
                    return Err("garbles the simulator's own socket".to_owned());
                }
                if let Some(frame) = self.received.get(4..4 + length) {
                    let frame = frame.to_vec();
                    self.received.drain(..4 + length);
                    return Ok(frame);
                }
            }
            let mut buffer = [0; 1 << 14];
            match self.control.read(&mut buffer) {
                Ok(0) => return Err(self.how_it_ended()),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(self.why_it_hangs());
                }
                Err(_) => return Err(self.how_it_ended()),
            }
        }
    }

    /// The control socket is closed: the process ended, or is about to.
    fn how_it_ended(&mut self) -> String {
        let patience = Instant::now() + Duration::from_secs(1);
        while Instant::now() < patience {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    return match (status.code(), status.signal()) {
                        (Some(code), _) => format!("exited with status {code}"),
                        (None, Some(signal)) => format!("was ended by {}", signal_name(signal)),
                        (None, None) => "ended".to_owned(),
                    };
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Err(_) => break,
            }
        }
        "cut its connection to the simulator".to_owned()
    }

    /// The process has not waited for long.
    fn why_it_hangs(&self) -> String {
        let seconds = TURN.as_secs();
        let Some(pid) = self.attached else {
            return format!("did not open a UDP socket, nor wait for anything, for {seconds} s");
        };
        match process_state(pid) {
            Some('R') => format!("computed for {seconds} s without waiting or reading a clock"),
            _ => format!("waited for {seconds} s for something other than its socket or a clock"),
        }
    }

    /// The last lines that it wrote to its standard error, in one.
    pub fn last_words(&self) -> Option<String> {
        let length = self.stderr.metadata().ok()?.len();
        let start = length.saturating_sub(LAST_BYTES);
        let mut bytes = vec![0; (length - start) as usize];
        self.stderr.read_exact_at(&mut bytes, start).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<&str> = text.lines().map(str::trim_end).rev().take(LAST_LINES).collect();
        lines.reverse();
        let words = lines.join("\n").trim().to_owned();
        (!words.is_empty()).then_some(words)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        launch::kill_group(self.child.id());
        // One that left its group goes by its own id. The number can't be another's yet: whatever is
        // at the other end of the socket lives.
        if let Some(pid) = self.attached.filter(|&pid| pid != self.child.id() && is_alive(pid)) {
            launch::kill(pid);
        }
        // It was killed; there is nobody to tell of what goes wrong here.
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn set_environment(command: &mut Command, setup: &Setup, core: usize) {
    command.env_clear();
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(SET);
    command.env("PYTHONHASHSEED", (setup.seed as u32).to_string());
    let own = [
        (protocol::SEED_VARIABLE, setup.seed),
        (protocol::PID_VARIABLE, u64::from(FIRST_PID + u32::from(setup.id.0) * 100)),
        (protocol::PORT_VARIABLE, u64::from(wire::port_for(setup.id))),
        (protocol::CORE_VARIABLE, core as u64),
    ];
    for (name, value) in own {
        command.env(name.to_str().unwrap_or_default(), value.to_string());
    }
}

/// A new folder whose path is as long as any other's.
fn scratch_folder() -> io::Result<PathBuf> {
    let (base, own) = (std::env::temp_dir(), std::process::id());
    for number in 0..u32::MAX {
        let folder = base.join(format!("simulator-{own:08x}-{number:08x}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn is_alive(pid: u32) -> bool {
    process_state(pid).is_some_and(|state| state != 'Z')
}

/// The letter that the kernel has for what a process is doing.
fn process_state(pid: u32) -> Option<char> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    text.rsplit_once(") ")?.1.chars().next()
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL: an illegal instruction",
        6 => "SIGABRT: it gave up",
        7 => "SIGBUS: a bad memory access",
        8 => "SIGFPE: a division by zero",
        9 => "SIGKILL",
        11 => "SIGSEGV: a bad memory access",
        15 => "SIGTERM",
        25 => "SIGXFSZ: a file became too large",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}
