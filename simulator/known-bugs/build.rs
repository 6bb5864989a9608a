//! Makes a copy of the replica and its adapter for each known bug, with the bug in it.
//!
//! ```text
//!   replica/src, simulation/src/bundled ──▶ copy ──bugs/NAME.diff──▶ OUT_DIR/NAME ──▶ copies.rs
//! ```
//!
//! Most of a replica does not know of the bug in it: a module that neither is changed by the diff nor uses one
//! that is, is compiled once, in the copy without a bug, and the other copies refer to it.
//!
//! The product's sources hold no switch for a bug, and nothing that is wrong is ever compiled into the
//! product. A diff that no longer applies stops the build: a bug that moved has to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use diffy::Patch;

/// The replica's sources.
const REPLICA: &str = "replica/src/";

/// What makes the replica a system under test.
const ADAPTER: &str = "simulator/simulation/src/bundled/";

/// The copy without a bug.
const CONTROL: &str = "no_bug";

fn main() {
    if let Err(message) = make_copies() {
        println!("cargo::error={message}");
    }
}

/// Writes all copies, and the module `copies.rs` that declares them and lists them as `SOURCES`.
fn make_copies() -> Result<(), String> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let originals = Originals::read(&package.join("../.."))?;
    let (mut modules, mut list) = (String::new(), String::new());
    copy(&originals, CONTROL, "", &out, &mut modules)?;
    let bundled = |name: &str| format!("crate::erased::start::<{name}::bundled::Bundled>");
    let mut source = |name: &str, path: &Path, start: &str| {
        let _ = writeln!(list, "    ({name:?}, include_str!({path:?}), {start}),");
    };
    for path in files(&package.join("bugs"))? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "diff") {
            copy(&originals, &name, &read(&path)?, &out, &mut modules)?;
            source(&name, &path, &bundled(&name));
        } else {
            let _ = writeln!(modules, "#[path = {path:?}]\nmod {name};");
            source(&name, &path, &format!("crate::erased::start::<{name}::Store>"));
        }
    }
    let control = bundled(CONTROL);
    let text = format!(
        "{modules}\npub(crate) const CONTROL: crate::erased::Start = {control};\n\
         pub(crate) const SOURCES: &[(&str, &str, crate::erased::Start)] = &[\n{list}];\n"
    );
    write(&out.join("copies.rs"), &text)
}

/// The sources that bugs are put into, by their path in the repository.
struct Originals(BTreeMap<String, String>);

impl Originals {
    fn read(root: &Path) -> Result<Self, String> {
        let mut texts = BTreeMap::new();
        let mut paths = files(&root.join("replica/src"))?;
        paths.extend(files(&root.join("simulator/simulation/src/bundled"))?);
        for path in paths {
            println!("cargo::rerun-if-changed={}", path.display());
            let name =
                path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            texts.insert(name, read(&path)?);
        }
        Ok(Originals(texts))
    }

    /// All sources with a diff applied, as it stands in the file of a bug.
    fn with(&self, bug: &str, diff: &str) -> Result<BTreeMap<String, String>, String> {
        let mut texts = self.0.clone();
        for part in parts(diff) {
            let patch = Patch::from_str(part).map_err(|error| format!("{bug}.diff: {error}"))?;
            let path = patch.original().unwrap_or_default().trim_start_matches("a/").to_owned();
            let text = texts
                .get_mut(&path)
                .ok_or_else(|| format!("{bug}.diff: {path} is no source of the replica"))?;
            *text = diffy::apply(text, &patch)
                .map_err(|error| format!("{bug}.diff no longer applies to {path}: {error}"))?;
        }
        Ok(texts)
    }
}

/// A diff, file by file, without the words that come before it.
fn parts(diff: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = diff.match_indices("\n--- a/").map(|(at, _)| at + 1).collect();
    starts.push(diff.len());
    starts.windows(2).map(|ends| &diff[ends[0]..ends[1]]).collect()
}

/// Writes the copy with a bug, and declares it as a module.
fn copy(
    originals: &Originals,
    bug: &str,
    diff: &str,
    out: &Path,
    modules: &mut String,
) -> Result<(), String> {
    let folder = out.join(bug);
    let texts = originals.with(bug, diff)?;
    let own = match bug {
        CONTROL => None,
        _ => Some(changed_modules(&originals.0, &texts)),
    };
    let is_own = |module: &str| own.as_ref().is_none_or(|own| own.contains(module));
    for (path, text) in &texts {
        let (path, text) = match path.strip_prefix(REPLICA) {
            Some("lib.rs") => {
                (folder.join("replica/lib.rs"), with_shared(&in_a_module(text, bug), is_own))
            }
            Some(rest) if is_own(module_of(rest)) => {
                (folder.join("replica").join(rest), in_a_module(text, bug))
            }
            Some(_) => continue,
            None => {
                let rest = path.trim_start_matches(ADAPTER);
                (folder.join("bundled").join(rest), adapted(text, bug))
            }
        };
        write(&path, &text)?;
    }
    let (replica, bundled) = (folder.join("replica/lib.rs"), folder.join("bundled/mod.rs"));
    let _ = writeln!(
        modules,
        "#[allow(warnings, clippy::all)]\nmod {bug} {{\n    \
         #[path = {replica:?}]\n    pub mod replica;\n    \
         #[path = {bundled:?}]\n    pub mod bundled;\n}}"
    );
    Ok(())
}

/// The module of the replica that a file belongs to: `raft` for `raft.rs`, `raft/mod.rs` and `raft/leader.rs`.
fn module_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

/// The modules of the replica that a diff changes, and those that use one of these.
fn changed_modules(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let replica = after.iter().filter_map(|(path, text)| Some((path.strip_prefix(REPLICA)?, text)));
    // What each module uses, and the modules of the names that the library exports.
    let (mut uses, mut names) = (BTreeMap::<_, BTreeSet<&str>>::new(), BTreeMap::new());
    for (file, text) in replica {
        if file == "lib.rs" {
            names = exported_names(text);
        } else {
            uses.entry(module_of(file)).or_default().extend(used_by(text));
        }
    }
    let differs = |path: &&String| before.get(*path) != after.get(*path);
    let files = after.keys().filter(differs).filter_map(|path| path.strip_prefix(REPLICA));
    let mut changed: BTreeSet<&str> = files.map(module_of).collect();
    loop {
        let is_changed = |name: &&str| changed.contains(names.get(name).unwrap_or(name));
        let users = uses.iter().filter(|(_, names)| names.iter().any(is_changed));
        let users = users.map(|(module, _)| *module);
        let all: BTreeSet<&str> = changed.iter().copied().chain(users).collect();
        if all.len() == changed.len() {
            return all.into_iter().map(str::to_owned).collect();
        }
        changed = all;
    }
}

/// What the library exports, by name, with the module that it is in: `pub use raft::{Replica, Role};`.
fn exported_names(library: &str) -> BTreeMap<&str, &str> {
    let uses = library.split("\npub use ").skip(1).filter_map(|text| text.split(';').next());
    let pairs = uses.filter_map(|text| text.split_once("::"));
    pairs.flat_map(|(module, names)| words_of(names).map(move |name| (name, module))).collect()
}

/// What a module uses of the others: what follows `crate::` or `super::`, which may be several names in braces.
fn used_by(text: &str) -> impl Iterator<Item = &str> {
    let paths = ["crate::", "super::"].into_iter().flat_map(|start| text.split(start).skip(1));
    paths.flat_map(|path| match path.strip_prefix('{') {
        Some(list) => words_of(list.split(';').next().unwrap_or(list)),
        None => words_of(path.split(|c| !is_of_word(c)).next().unwrap_or(path)),
    })
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The library's text where all modules but a copy's own are those of the copy without a bug.
fn with_shared(text: &str, is_own: impl Fn(&str) -> bool) -> String {
    let line = |line: &str| {
        let declared = line.strip_suffix(';').and_then(|line| line.split_once("mod "));
        match declared.filter(|(before, _)| matches!(*before, "" | "pub " | "pub(crate) ")) {
            Some((_, module)) if is_own(module) => format!("pub(crate) mod {module};\n"),
            Some((_, module)) => {
                format!("pub(crate) use crate::copies::{CONTROL}::replica::{module};\n")
            }
            None => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// The replica's text where the replica is a module of this crate, and its tests are left out.
fn in_a_module(text: &str, bug: &str) -> String {
    text.replace("crate::", &format!("crate::copies::{bug}::replica::"))
        .replace("#[cfg(test)]", "#[cfg(any())]")
}

/// The adapter's text where the replica is a module of this crate, and the simulator another crate.
fn adapted(text: &str, bug: &str) -> String {
    let text = text.replace("crate::", "simulation::").replace("#[cfg(test)]", "#[cfg(any())]");
    format!("{text}\nuse crate::copies::{bug}::replica;\n")
}

/// All files of a folder and of those in it, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| about(folder, &error))? {
        let path = entry.map_err(|error| about(folder, &error))?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| about(path, &error))
}

/// Writes a file that is not there yet in just this form, so that a bug that did not change is not compiled again.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| about(path, &error))
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}

fn about(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
