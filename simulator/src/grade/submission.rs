//! The submissions and their executables.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use executables::sorted;

/// The course's name for the executable.
pub const DEFAULT_NAME: &str = "3700kvstore";

/// The depth of folders in which a submission's executable is searched for.
///
/// Archives are often unpacked into a folder of their own, with the project in another.
const DEPTH: usize = 3;

/// One submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The name in the table: that of the folder, or of the file.
    pub name: String,
    /// The folder that holds everything of the submission.
    pub folder: PathBuf,
    /// The executable, or the problem if there is not exactly one.
    pub executable: Result<PathBuf, String>,
}

/// Finds the submissions.
///
/// A file is a submission, a folder that holds an executable of this `name` is one, and any other folder holds one in
/// each of its subfolders. Two submissions with the same name are named by their paths.
///
/// # Errors
///
/// If a path does not exist, or is an empty folder; the error names the path.
pub fn find(paths: &[PathBuf], name: &str) -> Result<Vec<Submission>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        find_in(path, name, &mut found).map_err(|error| (path.clone(), error))?;
        if found.len() == before {
            let what = "there is no submission in this folder: neither an executable nor a folder";
            return Err((path.clone(), io::Error::new(io::ErrorKind::NotFound, what)));
        }
    }
    tell_apart(&mut found);
    Ok(found.into_iter().map(|(_, submission)| submission).collect())
}

fn find_in(path: &Path, name: &str, found: &mut Vec<(PathBuf, Submission)>) -> io::Result<()> {
    let mut add = |path: &Path, of: &Path, folder: &Path, executable| {
        let name = of
            .file_name()
            .map_or_else(|| of.display().to_string(), |it| it.to_string_lossy().into_owned());
        let folder = folder.to_owned();
        found.push((path.to_owned(), Submission { name, folder, executable }));
    };
    let whole = fs::canonicalize(path)?;
    if !whole.is_dir() {
        let is_usual = whole.file_name().is_some_and(|file| file == name);
        let folder = whole.parent().unwrap_or(&whole);
        add(path, if is_usual { folder } else { &whole }, folder, Ok(whole.clone()));
        return Ok(());
    }
    if whole.join(name).is_file() {
        add(path, &whole, &whole, Ok(whole.join(name)));
        return Ok(());
    }
    for entry in sorted(&whole)? {
        let inner = entry.path();
        if inner.is_dir() {
            let executable = executable_in(&inner, name);
            add(&path.join(entry.file_name()), &inner, &inner, executable);
        }
    }
    Ok(())
}

/// Returns the one executable of this name in a folder, the nearest to its top.
fn executable_in(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let mut level = vec![folder.to_owned()];
    for _ in 0..=DEPTH {
        let here: Vec<PathBuf> =
            level.iter().map(|folder| folder.join(name)).filter(|file| file.is_file()).collect();
        match here.as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            [one, other, ..] => {
                let (one, other) = (one.display(), other.display());
                return Err(format!("it has several executables, {one} and {other}"));
            }
        }
        let within = level.iter().filter_map(|folder| sorted(folder).ok()).flatten();
        level = within.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    }
    Err(format!("there is no file {name} in {}", folder.display()))
}

/// Renames submissions with the same name to their paths.
fn tell_apart(found: &mut [(PathBuf, Submission)]) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (_, submission) in found.iter() {
        *names.entry(submission.name.clone()).or_default() += 1;
    }
    for (path, submission) in found {
        if names.get(&submission.name).is_some_and(|&count| count > 1) {
            submission.name = path.display().to_string();
        }
    }
}
