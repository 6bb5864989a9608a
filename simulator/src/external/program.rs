//! The executable under test: what starts it, where its processes run, and what is kept of them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::external::beside::Beside;
use crate::external::preflight::{Preflight, Unfit};
use crate::external::scratch::Scratch;
use crate::external::wire::parse_address;
use crate::node::NodeId;

/// An executable that was found fit to run as every replica of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// The interpreter to call directly, where calling it by its name takes long.
    interpreter: Option<PathBuf>,
    name: String,
    scratch: Arc<Scratch>,
    beside: Arc<Beside>,
    /// Where to keep what the replicas write to their standard output and error.
    output: Option<PathBuf>,
}

impl Program {
    /// Takes an executable that the preflight has found; makes a folder for its processes.
    pub fn new(found: Preflight) -> Result<Program, Unfit> {
        let Preflight { path, interpreter, .. } = found;
        let scratch = Scratch::new().map_err(|error| Self::unprepared(&path, &error))?.into();
        let name = format!("the executable {}", path.display());
        let beside = Beside::of(path.parent().unwrap_or(&path)).into();
        Ok(Program { path, interpreter, name, scratch, beside, output: None })
    }

    /// Says that the machine lacks what a run takes.
    pub fn unprepared(path: &Path, error: &io::Error) -> Unfit {
        Unfit::new(path, &format!("no run can be prepared: {error}"))
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the replicas' output in a folder that exists, in the place of what another run left there.
    pub fn keep_output(&mut self, folder: &Path) {
        let is_output = |path: &PathBuf| {
            let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            path.extension().is_some_and(|it| it == "stdout" || it == "stderr")
                && parse_address(name).is_some()
        };
        let earlier = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
        for path in earlier.filter(is_output) {
            // What cannot be removed cannot be written either, and that is not worth a run.
            let _ = fs::remove_file(path);
        }
        self.output = Some(folder.to_owned());
    }

    /// What starts a replica, without its arguments.
    pub fn command(&self) -> Command {
        let Some(interpreter) = &self.interpreter else { return Command::new(&self.path) };
        let mut command = Command::new(interpreter);
        command.arg(&self.path);
        command
    }

    /// A new folder for a process to run in, with what lies beside the executable.
    pub fn folder(&self) -> io::Result<PathBuf> {
        let folder = self.scratch.folder()?;
        self.beside.put_into(&folder)?;
        Ok(folder)
    }

    /// Where to keep what a replica writes, without an extension.
    pub fn kept(&self, id: NodeId) -> Option<PathBuf> {
        self.output.as_ref().map(|output| output.join(id.to_string()))
    }
}
