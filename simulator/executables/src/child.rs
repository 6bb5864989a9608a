//! A child process that runs the executable.
//!
//! This file starts it, reads its output, notices its end, and removes everything that it leaves.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};

use crate::preload::processes;

use crate::languages::{self, Language, Telling};
use crate::limits::Limits;
use crate::output::Output;
use crate::program::Program;
use crate::scratch::Scratch;
use simulation::api::{Death, LastWords, NodeId, Setup};
use simulation::rng::Seed;
use simulation::text::beginning;

/// Limits on the last words of a process: lines and characters of a line.
///
/// The limit on lines is for processes whose language selects none.
const LAST_LINES: usize = 6;
const LONGEST_LINE: usize = 200;

/// A running process in a folder of its own.
///
/// Dropping it kills its process group and removes the folder.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    stdout: Output,
    stderr: Output,
    /// The folder of the process, and the path at which the process sees it.
    folder: PathBuf,
    seen_at: PathBuf,
    language: &'static Language,
    limits: Limits,
}

impl Child {
    /// Starts a replica with the course's arguments.
    ///
    /// All datagrams that it sends go to `port`. It runs in `folder`, which is removed with it. `launch` sets its
    /// environment and starts it.
    pub(crate) fn start(
        program: &Program,
        setup: &Setup,
        port: u16,
        folder: PathBuf,
        launch: impl FnOnce(&mut Command, &Path) -> io::Result<process::Child>,
    ) -> io::Result<Child> {
        let kept = program.kept(setup.id);
        let output = |extension| {
            Output::new(kept.as_ref().map(|path| path.with_extension(extension)).as_deref())
        };
        let (stdout, stderr) = (output("stdout")?, output("stderr")?);
        let mut command = program.command();
        command.arg(port.to_string()).arg(setup.id.to_string());
        command.args(peers(setup).iter().map(NodeId::to_string));
        command.current_dir(&folder).stdout(stdout.file()?).stderr(stderr.file()?);
        // The command is dropped at the end, and with it the parent's copy of the pipes that the child inherits. With
        // that copy open, the end of the process would go unnoticed.
        let process = launch(&mut command, &folder)?;
        let (language, limits) = (program.language(), program.limits());
        let seen_at = program.seen_at(&folder);
        Ok(Child { process, stdout, stderr, folder, seen_at, language, limits })
    }

    /// Returns the id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Returns the folder in which the process runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// If the process has ended, returns how, as a phrase that follows its name.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.process.try_wait().ok().flatten().map(how)
    }

    /// Passes on the lines that the process has written since the last call.
    pub(crate) fn lines(&mut self, mut each: impl FnMut(String)) {
        let at_home = |line: &str| at_home(line, &self.seen_at);
        self.stdout.lines(|line| each(format!("stdout: {}", at_home(&line))));
        self.stderr.lines(|line| each(format!("stderr: {}", at_home(&line))));
    }

    /// Returns the finding that ends this replica, with the lines that explain it.
    ///
    /// They are lines of its standard error.
    ///
    /// If its standard error is empty, the finding has the beginning of the last line on its standard output.
    pub(crate) fn death(&self, why: String) -> Death {
        let full = [("standard output", &self.stdout), ("standard error", &self.stderr)];
        let mut full =
            full.into_iter().filter_map(|(name, it)| self.limits.reached_by(name, it.length()));
        let errors = self.stderr.last_lines();
        let how = full.next().or_else(|| self.limits.named_by(&why, &errors)).unwrap_or(why);
        let printed = self.stdout.last_lines();
        let words = match (errors.is_empty(), printed.len().checked_sub(1)) {
            (false, _) => {
                let lines: Vec<&str> = errors.iter().map(String::as_str).collect();
                let telling = languages::tell(self.language, &lines);
                Some(self.words(&errors, telling.unwrap_or_else(|| last_lines(&lines))))
            }
            (true, Some(last)) => Some(self.words(&printed, Telling::new([], last))),
            (true, None) => None,
        };
        let words = words.map(|words| LastWords { printed: errors.is_empty(), ..words });
        Death { how, words }
    }

    /// Returns the line of standard error that reports a failure, if there is one.
    ///
    /// In some languages a thread can fail without ending the process.
    pub(crate) fn complaint(&self) -> Option<String> {
        let errors = self.stderr.last_lines();
        let lines: Vec<&str> = errors.iter().map(String::as_str).collect();
        let telling = languages::tell(self.language, &lines)?;
        Some(self.shown(&errors[telling.headline]))
    }

    /// Returns the selected lines, with the place of the headline among them.
    fn words(&self, lines: &[String], Telling { lines: told, headline }: Telling) -> LastWords {
        LastWords {
            lines: told.iter().map(|&place| self.shown(&lines[place])).collect(),
            headline: told.iter().position(|&place| place == headline).unwrap_or(0),
            printed: false,
        }
    }

    /// Returns a line in the form in which a report shows it.
    fn shown(&self, line: &str) -> String {
        beginning(&at_home(line, &self.seen_at), LONGEST_LINE).into_owned()
    }
}

/// Selects the last lines, and guesses that the first of these says most.
fn last_lines(lines: &[&str]) -> Telling {
    let first = lines.len().saturating_sub(LAST_LINES);
    Telling::new(first..lines.len(), first)
}

/// Returns a line without the path of the folder, which differs between runs.
fn at_home(line: &str, folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    if !line.contains(&*folder) {
        return line.to_owned();
    }
    line.replace(&format!("{folder}/./"), "")
        .replace(&format!("{folder}/"), "")
        .replace(&*folder, ".")
}

/// Returns the other replicas, in an order drawn from the seed.
///
/// The course's simulator names them in the order of a Python set of strings, which differs from run to run.
fn peers(setup: &Setup) -> Vec<NodeId> {
    let mut peers: Vec<NodeId> = setup.peers().collect();
    Seed(setup.seed).stream("order of the other replicas").shuffle(&mut peers);
    peers
}

impl Drop for Child {
    fn drop(&mut self) {
        processes::kill_group(self.process.id());
        // The process was killed, and a destructor cannot return an error.
        let _ = self.process.wait();
        let _ = Scratch::remove(&self.folder);
        // Output is written to the kept files as it is read, so the rest is read here.
        self.stdout.lines(|_| {});
        self.stderr.lines(|_| {});
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
