//! The stock scenarios, embedded in the program.
//!
//! Users need no copy of the repository for them.

use std::path::{Path, PathBuf};

/// The path in the repository and the text of every stock scenario.
const SCENARIOS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The folder in the repository that holds them.
const ROOT: &str = "scenarios";

/// Returns the path and the text of a stock scenario.
///
/// It may be called by its path, with or without `scenarios/` and `.json`, or by its name alone.
pub(super) fn file(called: &Path) -> Option<(&'static Path, &'static str)> {
    let called = without_json(without_root(called));
    let found = SCENARIOS.iter().find(|(path, _)| {
        let path = without_json(without_root(Path::new(path)));
        path == called || path.file_name() == Some(called.as_os_str())
    });
    found.map(|&(path, text)| (Path::new(path), text))
}

/// Returns the paths and texts of the stock scenarios in a folder and its subfolders.
///
/// There are none if the folder does not exist.
pub(super) fn folder(called: &Path) -> Vec<(&'static Path, &'static str)> {
    if called.as_os_str().is_empty() {
        return Vec::new();
    }
    let called = without_root(called);
    let all = SCENARIOS.iter().map(|&(path, text)| (Path::new(path), text));
    all.filter(|(path, _)| without_root(path).starts_with(called)).collect()
}

fn without_json(path: &Path) -> PathBuf {
    if path.extension() == Some("json".as_ref()) {
        path.with_extension("")
    } else {
        path.to_owned()
    }
}

/// Returns the place of a stock scenario, or of a folder of them, below [`ROOT`].
fn without_root(path: &Path) -> &Path {
    path.strip_prefix(ROOT).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_means_one_scenario() {
        let names: BTreeSet<_> =
            SCENARIOS.iter().map(|(path, _)| Path::new(path).file_name()).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }

    #[test]
    fn a_scenario_is_called_by_its_name_or_path() {
        for called in ["crash-3", "course/crash-3", "scenarios/course/crash-3.json"] {
            let (path, _) = file(Path::new(called)).unwrap();
            assert_eq!(path, Path::new("scenarios/course/crash-3.json"), "{called}");
        }
        assert!(file(Path::new("crash-3.txt")).is_none() && file(Path::new("crash")).is_none());
    }
}
