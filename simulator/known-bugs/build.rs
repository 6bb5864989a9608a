//! Makes a copy of the replica and its adapter that has all known bugs.
//!
//! Each run chooses one of the bugs.
//!
//! ```text
//!   replica/src, simulation/src/bundled ──bugs/*.diff──▶ merged function by function ──▶ OUT_DIR/copy.rs
//! ```
//!
//! A diff changes a few functions. In the copy each of these has a body for every bug that changes it. So the replica
//! is compiled once, and not once a bug.
//!
//! The product's sources hold no switch for a bug, and no mistake is ever compiled into the product. A diff that no
//! longer applies stops the build, because its bug has to be checked again.

#[path = "build/merge.rs"]
mod merge;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use diffy::Patch;

/// The replica's sources.
const REPLICA: &str = "replica/src/";

/// The sources that make the replica a system under test.
const ADAPTER: &str = "simulator/simulation/src/bundled/";

fn main() {
    if let Err(message) = make_copy() {
        println!("cargo::error={message}");
    }
}

/// Writes the copy, and the module `copy.rs` that declares it and lists the bugs.
fn make_copy() -> Result<(), String> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let originals = Originals::read(&package.join("../.."))?;
    let (mut changed, mut list, mut stores) = (Vec::new(), String::new(), String::new());
    for (number, path) in files(&package.join("bugs"))?.iter().enumerate() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "diff") {
            changed.push((number, originals.with(&name, &read(path)?)?));
        } else {
            let _ = writeln!(stores, "#[path = {path:?}]\npub(crate) mod {name};");
        }
        let _ = writeln!(list, "    ({name:?}, include_str!({path:?})),");
    }
    for (path, text) in &originals.0 {
        let (place, adapt): (_, fn(&str) -> String) = match path.strip_prefix(REPLICA) {
            Some(rest) => (out.join("replica").join(rest), in_a_module),
            None => (out.join("bundled").join(path.trim_start_matches(ADAPTER)), adapted),
        };
        let changed = changed.iter().filter(|(_, texts)| texts[path] != *text);
        let changed: Vec<_> =
            changed.map(|(number, texts)| (*number, adapt(&texts[path]))).collect();
        let merged = merge::merge(&adapt(text), &changed);
        write(&place, &merged.map_err(|error| format!("{path}: {error}"))?)?;
    }
    let (replica, bundled) = (out.join("replica/lib.rs"), out.join("bundled/mod.rs"));
    let text = format!(
        "#[allow(warnings, clippy::all)]\n#[path = {replica:?}]\npub mod replica;\n\
         #[allow(warnings, clippy::all)]\n#[path = {bundled:?}]\npub mod bundled;\n{stores}\n\
         pub(crate) const SOURCES: &[(&str, &str)] = &[\n{list}];\n"
    );
    write(&out.join("copy.rs"), &text)
}

/// The sources into which bugs are put, by their path in the repository.
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

    /// Returns all sources with the diff of a bug applied.
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

/// Splits a diff by files, and leaves out the text before them.
fn parts(diff: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = diff.match_indices("\n--- a/").map(|(at, _)| at + 1).collect();
    starts.push(diff.len());
    starts.windows(2).map(|ends| &diff[ends[0]..ends[1]]).collect()
}

/// Returns the replica's text as a module of this crate, without its tests.
fn in_a_module(text: &str) -> String {
    text.replace("crate::", "crate::copy::replica::").replace("#[cfg(test)]", "#[cfg(any())]")
}

/// Returns the adapter's text for this crate, in which the replica is a module.
fn adapted(text: &str) -> String {
    let text = text.replace("crate::", "simulation::").replace("#[cfg(test)]", "#[cfg(any())]");
    format!("{text}\nuse crate::copy::replica;\n")
}

/// Returns all files of a folder and its subfolders, by name.
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

/// Writes a file unless it already has this text.
///
/// So bugs that did not change are not compiled again.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    // An earlier build may have written the module in its other form, as a file or as a folder.
    let earlier = match path.parent().filter(|_| path.ends_with("mod.rs")) {
        Some(folder) => folder.with_extension("rs"),
        None => path.with_extension("").join("mod.rs"),
    };
    if earlier.is_file() {
        fs::remove_file(&earlier).map_err(|error| about(&earlier, &error))?;
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
