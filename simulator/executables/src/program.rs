//! The executable under test: its command, its folders, its kept output.

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
use crate::entries::Entries;
#[cfg(virtual_time)]
use crate::environment;
use crate::languages::Language;
use crate::limits::Limits;
use crate::preflight::{Interpreter, Preflight, Unfit};
use crate::scratch::Scratch;
use crate::wire::parse_address;
use simulation::ResourceLimits;
use simulation::api::NodeId;
use simulation::units::Span;

/// An executable that was found fit to run as every replica of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    language: &'static Language,
    /// The interpreter to call directly, if calling it by its name takes long.
    interpreter: Option<Interpreter>,
    name: String,
    scratch: Arc<Scratch>,
    /// True if each of its processes sees its folder at the same path.
    has_views: bool,
    companions: Arc<Companions>,
    limits: Limits,
    /// The folder in which the replicas' standard output and error are kept.
    output: Option<PathBuf>,
}

impl Program {
    /// Takes an executable that the preflight has found, and makes a folder for its processes.
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

    /// Shows each process its folder at one path, if the machine permits it.
    ///
    /// Does not do so where that path would hide the executable or something that it needs.
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

    /// Returns the view by which a process sees its folder at that path.
    #[cfg(virtual_time)]
    pub(crate) fn view(&self, folder: &Path) -> io::Result<Option<View>> {
        self.has_views.then(|| View::of(folder)).transpose()
    }

    /// Returns the path at which a process sees its folder.
    pub(crate) fn seen_at(&self, folder: &Path) -> PathBuf {
        #[cfg(virtual_time)]
        if self.has_views {
            return View::path_of(folder);
        }
        folder.to_owned()
    }

    /// Returns the error that the machine cannot provide what a run needs.
    pub(crate) fn unprepared(path: &Path, error: &io::Error) -> Unfit {
        Unfit::new(path, &format!("no run can be prepared: {error}"))
    }

    /// Returns the absolute path of the executable.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the name of the executable in reports.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the replicas' output in an existing folder, and removes what another run left there.
    pub(crate) fn keep_output(&mut self, folder: &Path) {
        let is_output = |path: &PathBuf| {
            let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            path.extension().is_some_and(|it| it == "stdout" || it == "stderr")
                && parse_address(name).is_some()
        };
        let earlier = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
        for path in earlier.filter(is_output) {
            // A file that cannot be removed cannot be written either, and that does not stop the run.
            let _ = fs::remove_file(path);
        }
        self.output = Some(folder.to_owned());
    }

    /// Returns the language in which the executable is written.
    pub(crate) fn language(&self) -> &'static Language {
        self.language
    }

    /// Returns the limits on what a replica may use.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets the limit on any one file that a replica writes.
    pub(crate) fn limit_files(&mut self, mib: u32) {
        self.limits.set_file_mib(mib);
    }

    /// Sets the other limits.
    pub(crate) fn limit(&mut self, others: ResourceLimits) {
        self.limits.others = others;
    }

    /// Returns the range of times that a replica takes to start.
    pub(crate) fn start_up(&self) -> Span {
        self.language.start_up
    }

    /// Returns the unusual conditions on which its runs depend, each after a `; `.
    pub(crate) fn peculiarities(&self) -> String {
        let mut all = String::new();
        if let Some(count) = self.companions.left_out() {
            all.push_str(&format!(
                "; its folder holds {count} things, of which none is next to it"
            ));
        }
        if !self.has_views {
            // Some programs, such as those of Node, behave differently under another path.
            let base = self.scratch.base().display();
            all.push_str(&format!("; it runs below {base}, at a path that is another in each run"));
        }
        if let Some(limits) = self.limits.peculiarity() {
            all.push_str(&format!("; {limits}"));
        }
        all
    }

    /// Returns the command that starts a replica in its folder, without arguments.
    ///
    /// As under the course's simulator, the executable is called by its name in that folder, which does not depend on
    /// where it lies. A longer path would change the layout of memory, and some programs behave differently then.
    pub(crate) fn command(&self) -> Command {
        let here = Path::new(".").join(self.path.file_name().unwrap_or_default());
        let Some(interpreter) = &self.interpreter else { return Command::new(here) };
        let mut command = Command::new(&interpreter.path);
        command.args(&interpreter.arguments).arg(here);
        command
    }

    /// Makes a folder for a process, with what a crash left on its disk, else with the files next to the executable.
    pub(crate) fn folder(&self, left: Option<&Entries>) -> io::Result<PathBuf> {
        let folder = self.scratch.folder()?;
        left.unwrap_or(self.companions.entries()).put_into(&folder)?;
        Ok(folder)
    }

    /// Returns the files next to the executable, which each replica finds in its folder.
    #[cfg(virtual_time)]
    pub(crate) fn companions(&self) -> &Entries {
        self.companions.entries()
    }

    /// Returns the path, without an extension, at which a replica's output is kept.
    pub(crate) fn kept(&self, id: NodeId) -> Option<PathBuf> {
        self.output.as_ref().map(|output| output.join(id.to_string()))
    }
}
