//! A child process that runs the executable: start it, read what it prints, notice its end, and
//! leave nothing of it behind.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};

use preload::launch;

use crate::evidence::LAST_WORDS;
use crate::external::output::Output;
use crate::external::program::Program;
use crate::node::{NodeId, Setup};
use crate::phrases::beginning;
use crate::rng::Seed;

/// How much of a line is told of a process that said nothing to its standard error, in characters.
const LONGEST_LINE: usize = 100;

/// A running process in a folder of its own. Dropping it kills its process group and removes the
/// folder.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    stdout: Output,
    stderr: Output,
    /// Its own folder to run in.
    folder: PathBuf,
    /// Where to keep what it wrote, without an extension.
    kept: Option<PathBuf>,
}

impl Child {
    /// Starts a replica with the course's arguments; everything it says goes to `port`. `launch`
    /// makes its surroundings and starts it.
    pub fn start(
        program: &Program,
        setup: &Setup,
        port: u16,
        launch: impl FnOnce(&mut Command, &Path) -> io::Result<process::Child>,
    ) -> io::Result<Child> {
        let (stdout, stderr) = (Output::new()?, Output::new()?);
        let folder = program.folder()?;
        let kept = program.kept(setup.id);
        let mut command = program.command();
        command.arg(port.to_string()).arg(setup.id.to_string());
        command.args(peers(setup).iter().map(NodeId::to_string));
        command.current_dir(&folder).stdout(stdout.file()?).stderr(stderr.file()?);
        // The command goes at the end, and with it the parent's copy of what it hands down: else the end
        // of the process would go unnoticed.
        let process = launch(&mut command, &folder)?;
        Ok(Child { process, stdout, stderr, folder, kept })
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its own folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it ended, in words that go after its name, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.process.try_wait().ok().flatten().map(how)
    }

    /// The lines that it wrote since it was asked last.
    pub fn lines(&mut self, mut each: impl FnMut(String)) {
        self.stdout.lines(|line| each(format!("stdout: {line}")));
        self.stderr.lines(|line| each(format!("stderr: {line}")));
    }

    /// Why it takes no further part, with the last lines of its standard error; where that is empty, with
    /// the beginning of the last line that it printed.
    pub fn with_last_words(&self, why: String) -> String {
        if let Some(words) = self.stderr.last_words() {
            return format!("{why}{LAST_WORDS}{words}");
        }
        let printed = self.stdout.last_words().unwrap_or_default();
        match printed.lines().last() {
            Some(line) => format!("{why}; it printed last: {}", beginning(line, LONGEST_LINE)),
            None => why,
        }
    }
}

/// The other replicas, in an order drawn from the seed: the course's simulator names them in the order of a
/// Python set of texts, which is another one each time.
fn peers(setup: &Setup) -> Vec<NodeId> {
    let mut peers: Vec<NodeId> = setup.peers().collect();
    Seed(setup.seed).stream("order of the other replicas").shuffle(&mut peers);
    peers
}

impl Drop for Child {
    fn drop(&mut self) {
        launch::kill_group(self.process.id());
        // It was killed; there is nobody to tell of what goes wrong here.
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(path) = &self.kept {
            let _ = self.stdout.keep(&path.with_extension("stdout"));
            let _ = self.stderr.keep(&path.with_extension("stderr"));
        }
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(signal)) => format!("was ended by {}", signal_name(signal)),
        (None, None) => "ended".to_owned(),
    }
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
