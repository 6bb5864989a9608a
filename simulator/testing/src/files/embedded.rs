//! The scenarios that the program carries, so that it needs no checkout of the repository.

use std::path::{Path, PathBuf};

/// The path in the repository and the text of every embedded scenario, by path.
const SCENARIOS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The folder in the repository that holds them.
const ROOT: &str = "scenarios";

/// An embedded scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Its path in the repository, such as `scenarios/course/crash-3.json`.
    pub path: &'static Path,
    /// The folder that it is in, such as `course`.
    pub family: &'static str,
    /// The text of the file.
    pub text: &'static str,
}

impl Embedded {
    /// Returns its path below the folder of all scenarios, such as `course/crash-3.json`.
    pub fn path_in_root(self) -> &'static Path {
        without_root(self.path)
    }
}

/// Returns all embedded scenarios, by path.
pub(super) fn all() -> impl Iterator<Item = Embedded> {
    SCENARIOS.iter().map(|&(path, text)| {
        let path = Path::new(path);
        let family = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        Embedded { path, family: family.unwrap_or(ROOT), text }
    })
}

/// Returns an embedded scenario.
///
/// It may be called by its path, with or without `scenarios/` and `.json`, or by its name alone.
pub(super) fn file(called: &Path) -> Option<Embedded> {
    let called = without_json(without_root(called));
    all().find(|embedded| {
        let path = without_json(embedded.path_in_root());
        path == called || path.file_name() == Some(called.as_os_str())
    })
}

/// Returns the embedded scenarios in a folder and in those in it; none if there is no such folder.
pub(super) fn folder(called: &Path) -> Vec<Embedded> {
    if called.as_os_str().is_empty() {
        return Vec::new();
    }
    let called = without_root(called);
    all().filter(|embedded| embedded.path_in_root().starts_with(called)).collect()
}

/// Returns the name of a scenario or of a family that was probably meant.
pub(super) fn nearest(called: &Path) -> Option<&'static str> {
    let names = all().map(|it| it.path.file_stem().and_then(|name| name.to_str()));
    let families = all().map(|it| Some(it.family));
    simulation::text::nearest(called.to_str()?, names.chain(families).flatten())
}

/// Returns true if a file has the very content of a stock scenario.
pub(super) fn is_copy(bytes: &[u8]) -> bool {
    SCENARIOS.iter().any(|(_, text)| text.as_bytes() == bytes)
}

fn without_json(path: &Path) -> PathBuf {
    if path.extension() == Some("json".as_ref()) {
        path.with_extension("")
    } else {
        path.to_owned()
    }
}

/// Returns the place of an embedded scenario, or of a folder of them, below [`ROOT`].
fn without_root(path: &Path) -> &Path {
    path.strip_prefix(ROOT).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_name_means_one_scenario_and_no_family() {
        let names: BTreeSet<_> = all().filter_map(|it| it.path.file_stem()).collect();
        assert_eq!(names.len(), SCENARIOS.len());
        assert!(all().all(|it| !names.contains(OsStr::new(it.family))));
    }

    #[test]
    fn a_scenario_is_called_by_its_name_or_path() {
        for called in ["crash-3", "crash-3.json", "course/crash-3", "scenarios/course/crash-3.json"]
        {
            let found = file(Path::new(called)).unwrap();
            assert_eq!(found.path, Path::new("scenarios/course/crash-3.json"), "{called}");
            assert_eq!(found.family, "course");
        }
        assert!(file(Path::new("crash-3.txt")).is_none() && file(Path::new("crash")).is_none());
    }

    #[test]
    fn a_family_is_called_with_and_without_the_root() {
        let course = folder(Path::new("scenarios/course"));
        assert_eq!((course.len(), folder(Path::new("course"))), (17, course));
        assert_eq!(folder(Path::new("scenarios")).len(), SCENARIOS.len());
        assert!(folder(Path::new("elsewhere")).is_empty());
    }

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        assert_eq!(nearest(Path::new("crash3")), Some("crash-3"));
        assert_eq!(nearest(Path::new("swarn")), Some("swarm"));
        assert_eq!(nearest(Path::new("something")), None);
    }
}
