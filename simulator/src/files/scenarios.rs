//! Scenario files: one, or a folder of them in the order they are run.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use simulation::scenario::{Scenario, ScenarioError, Warning};

use super::embedded;

/// Far beyond any scenario; keeps a path such as `/dev/zero` from filling the memory.
const MAX_BYTES: u64 = 1 << 20;

/// The course's scenarios in the order the course runs them: harder and harder.
pub const COURSE: [&str; 17] = [
    "simple-1",
    "simple-2",
    "unreliable-1",
    "unreliable-2",
    "unreliable-3",
    "crash-1",
    "crash-2",
    "crash-3",
    "crash-4",
    "partition-1",
    "partition-2",
    "partition-3",
    "partition-4",
    "advanced-1",
    "advanced-2",
    "advanced-3",
    "advanced-4",
];

/// Loads a scenario file, or the stock scenario of that name if there is no such file.
///
/// # Errors
///
/// When the file cannot be read, or as [`Scenario::of_file`].
pub fn load_scenario(path: impl AsRef<Path>) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    let path = path.as_ref();
    if let Some((path, text)) = embedded::file(path).filter(|_| !path.exists()) {
        return Scenario::of_file(path, text.as_bytes());
    }
    let bytes = read(path).map_err(|message| ScenarioError::about(path, message))?;
    Scenario::of_file(path, &bytes)
}

/// Returns the stock scenario of a name, if there is one.
///
/// # Errors
///
/// As [`Scenario::of_file`].
pub fn stock_scenario(
    name: impl AsRef<Path>,
) -> Result<Option<(Scenario, Vec<Warning>)>, ScenarioError> {
    let found = embedded::file(name.as_ref());
    found.map(|(path, text)| Scenario::of_file(path, text.as_bytes())).transpose()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    if path.is_dir() {
        return Err("this is a folder, expected a scenario file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(
        |error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file, check the path".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        },
    )?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("the file is larger than 1 MiB, expected a scenario".to_owned());
    }
    Ok(bytes)
}

/// Loads every `*.json` of a folder and of the folders in it, or the one file that `path` is. A folder that is
/// not there may be one of the stock scenarios, such as `scenarios/course`.
///
/// The course's scenarios come first, in the course's order, then all others: the folder's own, then
/// folder by folder, each by name, where `storm-10` follows `storm-9`. A link to a folder is not
/// followed.
///
/// # Errors
///
/// When a folder cannot be read, none holds a scenario, or any scenario fails to load.
pub fn load_suite(path: impl AsRef<Path>) -> Result<Vec<(Scenario, Vec<Warning>)>, ScenarioError> {
    let path = path.as_ref();
    if path.is_dir() {
        let mut files = Vec::new();
        collect_json_files(path, &mut files)?;
        if files.is_empty() {
            return Err(ScenarioError::about(path, "the folder holds no *.json file"));
        }
        files.sort_by_cached_key(|file| order(file));
        return files.into_iter().map(load_scenario).collect();
    }
    let mut stock = if path.exists() { Vec::new() } else { embedded::folder(path) };
    if stock.is_empty() {
        return Ok(vec![load_scenario(path)?]);
    }
    stock.sort_by_cached_key(|(file, _)| order(file));
    stock.into_iter().map(|(file, text)| Scenario::of_file(file, text.as_bytes())).collect()
}

/// A key that sorts the files of a suite.
fn order(file: &Path) -> (usize, String, String) {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let rank = COURSE.iter().position(|course| *course == name);
    let folder = file.parent().unwrap_or(Path::new("")).to_string_lossy();
    (rank.unwrap_or(COURSE.len()), natural_order(&folder), natural_order(&name))
}

fn collect_json_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), ScenarioError> {
    let unreadable =
        |error| ScenarioError::about(folder, format!("the folder cannot be read: {error}"));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let file = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect_json_files(&file, files)?;
        } else if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    Ok(())
}

/// A key that sorts numbers within names by value: each is padded to the same width.
fn natural_order(name: &str) -> String {
    let mut key = String::new();
    let mut rest = name;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_number) = rest.split_at(start);
        let end = from_number.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_number.len());
        let (number, after) = from_number.split_at(end);
        key += &format!("{before}{number:0>20}");
        rest = after;
    }
    key + rest
}

#[cfg(test)]
mod tests {
    use super::natural_order;

    #[test]
    fn numbers_in_names_sort_by_value() {
        let mut names =
            ["storm-10", "storm-9b", "storm", "storm-9", "calm-11", "storm-9a2", "storm-9a10"];
        names.sort_by_key(|name| natural_order(name));
        assert_eq!(
            names,
            ["calm-11", "storm", "storm-9", "storm-9a2", "storm-9a10", "storm-9b", "storm-10"]
        );
    }
}
