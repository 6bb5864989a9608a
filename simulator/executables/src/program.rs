//! The executable under test: what starts it, where its processes run, and what is kept of them.

#[cfg(virtual_time)]
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

#[cfg(virtual_time)]
use crate::preload::view::View;

use crate::companions::Companions;
#[cfg(virtual_time)]
use crate::environment;
use crate::languages::Language;
use crate::limits::Limits;
use crate::preflight::{Interpreter, Preflight, Unfit};
use crate::scratch::Scratch;
use crate::wire::parse_address;
use simulation::api::NodeId;
use simulation::scenario::Span;

/// An executable that was found fit to run as every replica of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    language: &'static Language,
    /// The interpreter to call directly, where calling it by its name takes long.
    interpreter: Option<Interpreter>,
    name: String,
    scratch: Arc<Scratch>,
    /// Whether each of its processes sees its folder at the same path.
    has_views: bool,
    companions: Arc<Companions>,
    limits: Limits,
    /// Where to keep what the replicas write to their standard output and error.
    output: Option<PathBuf>,
}

impl Program {
    /// Takes an executable that the preflight has found; makes a folder for its processes.
    pub(crate) fn new(found: Preflight) -> Result<Program, Unfit> {
        let Preflight { path, interpreter, language, .. } = found;
        let scratch = Scratch::new().map_err(|error| Self::unprepared(&path, &error))?.into();
        let name = format!("the executable {}", path.display());
        let companions = Companions::of(&path).into();
        let (limits, output, has_views) = (Limits::default(), None, false);
        Ok(Program {
            path,
            language,
            interpreter,
            name,
            scratch,
            has_views,
            companions,
            limits,
            output,
        })
    }

    /// Lets each of its processes see its folder at the same path, in every run, if the machine permits it. Not
    /// where that would hide the executable, or something that it needs.
    #[cfg(virtual_time)]
    pub(crate) fn show_folders_at_one_path(&mut self) {
        let is_hidden =
            |path: &Path| path.canonicalize().is_ok_and(|it| it.starts_with(View::PARENT));
        let is_in_need = is_hidden(&self.path)
            || self.interpreter.as_ref().is_some_and(|it| is_hidden(&it.path))
            || self.companions.links().any(is_hidden)
            || environment::kept()
                .any(|(_, paths)| env::split_paths(&paths).any(|it| is_hidden(&it)));
        self.has_views = !is_in_need && View::is_permitted(self.scratch.path());
    }

    /// Where a process sees its folder, if that is not where it is.
    #[cfg(virtual_time)]
    pub(crate) fn view(&self, folder: &Path) -> io::Result<Option<View>> {
        self.has_views.then(|| View::of(folder)).transpose()
    }

    /// The path at which a process finds its folder.
    pub(crate) fn seen_at(&self, folder: &Path) -> PathBuf {
        #[cfg(virtual_time)]
        if self.has_views {
            return View::path_of(folder);
        }
        folder.to_owned()
    }

    /// Says that the machine lacks what a run takes.
    pub(crate) fn unprepared(path: &Path, error: &io::Error) -> Unfit {
        Unfit::new(path, &format!("no run can be prepared: {error}"))
    }

    /// Its absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called in reports.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the replicas' output in a folder that exists, in the place of what another run left there.
    pub(crate) fn keep_output(&mut self, folder: &Path) {
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

    /// The language that it is written in.
    pub(crate) fn language(&self) -> &'static Language {
        self.language
    }

    /// How much a replica may write.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Limits what it may write to any one file.
    pub(crate) fn limit_files(&mut self, mib: u32) {
        self.limits = Limits::of_mib(mib);
    }

    /// How long a replica takes to start.
    pub(crate) fn start_up(&self) -> Span {
        self.language.start_up
    }

    /// What its runs depend on that is not as usual, each after a `; `.
    pub(crate) fn peculiarities(&self) -> String {
        let mut all = String::new();
        if let Some(count) = self.companions.left_out() {
            all.push_str(&format!(
                "; its folder holds {count} things, of which none is next to it"
            ));
        }
        if !self.has_views {
            // Some programs (those of Node) take other turns where paths are different.
            let base = self.scratch.base().display();
            all.push_str(&format!("; it runs below {base}, at a path that is another in each run"));
        }
        if let Some(limits) = self.limits.peculiarity() {
            all.push_str(&format!("; {limits}"));
        }
        all
    }

    /// What starts a replica in one of its folders, without its arguments. As under the course's simulator
    /// it is called by its name there, which is the same wherever the executable lies: by a longer path, memory
    /// would be laid out otherwise, and some programs take other turns.
    pub(crate) fn command(&self) -> Command {
        let here = Path::new(".").join(self.path.file_name().unwrap_or_default());
        let Some(interpreter) = &self.interpreter else { return Command::new(here) };
        let mut command = Command::new(&interpreter.path);
        command.args(&interpreter.arguments).arg(here);
        command
    }

    /// A new folder for a process to run in, with what lies next to the executable.
    pub(crate) fn folder(&self) -> io::Result<PathBuf> {
        let folder = self.scratch.folder()?;
        self.companions.put_into(&folder)?;
        Ok(folder)
    }

    /// Where to keep what a replica writes, without an extension.
    pub(crate) fn kept(&self, id: NodeId) -> Option<PathBuf> {
        self.output.as_ref().map(|output| output.join(id.to_string()))
    }
}
