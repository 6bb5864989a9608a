//! Lists the scenarios that the program carries with it.
//!
//! They lie in the folder `scenarios` of this package: in the repository a link to the one at the top, in an
//! archive of the package the folder itself.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let variable = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_default());
    let package = variable("CARGO_MANIFEST_DIR");
    let mut files = Vec::new();
    collect(&package.join("scenarios"), &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&package).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let _ = writeln!(list, "    ({name:?}, include_str!({file:?})),");
    }
    list.push(']');
    fs::write(variable("OUT_DIR").join("scenarios.rs"), list)
}

/// Adds the scenario files of a folder and of those in it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
