//! Scenario files: one, or a folder of them in order.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use simulation::json::{ScenarioError, Warning};
use simulation::scenario::Scenario;

use super::embedded::{self, Embedded};

/// The size of the largest scenario file, in bytes.
///
/// The limit keeps a path such as `/dev/zero` from filling the memory.
const MAX_BYTES: u64 = 1 << 20;

/// The course's scenarios in the course's order, from easy to hard.
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

/// What stands for the standard input in the place of a file.
pub const STANDARD_INPUT: &str = "-";

/// Loads a scenario file, or the embedded scenario of that name if there is no such file; `-` is the standard input.
///
/// # Errors
///
/// If the file cannot be read, or as [`Scenario::of_file`].
pub fn load_scenario(path: impl AsRef<Path>) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    let path = path.as_ref();
    if path == Path::new(STANDARD_INPUT) {
        let bytes = read_from(io::stdin().lock());
        return parse(path, &bytes.map_err(|message| ScenarioError::about(path, message))?);
    }
    let embedded = embedded::file(path);
    // A folder is no scenario, so that it does not hide one.
    if let Some(embedded) = embedded.filter(|_| !path.exists() || path.is_dir()) {
        return load_embedded(embedded);
    }
    let bytes = read(path).map_err(|message| ScenarioError::about(path, message))?;
    let (scenario, mut warnings) = parse(path, &bytes)?;
    if let Some(embedded) = embedded.filter(|it| is_name(path) && it.text.as_bytes() != bytes) {
        let other = embedded.path.display();
        let what =
            format!("the file of this name is run, not the embedded scenario, which is {other}");
        warnings.push(about(path, what));
    }
    Ok((scenario, warnings))
}

/// Loads an embedded scenario; warns if its file lies here with other content.
fn load_embedded(embedded: Embedded) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    let (scenario, mut warnings) = parse(embedded.path, embedded.text.as_bytes())?;
    if fs::read(embedded.path).is_ok_and(|bytes| bytes != embedded.text.as_bytes()) {
        let what =
            "the embedded scenario is run, which differs from this file; give its path to run it";
        warnings.push(about(embedded.path, what.to_owned()));
    }
    Ok((scenario, warnings))
}

/// Returns all embedded scenarios, family by family in the order in which they are run.
pub fn embedded_scenarios() -> Vec<Embedded> {
    let mut all: Vec<Embedded> = embedded::all().collect();
    all.sort_by_cached_key(|it| order(it.path));
    all
}

/// Returns true for a name alone, which may be an embedded scenario's and is not clearly a path.
fn is_name(path: &Path) -> bool {
    path.components().count() == 1 && path.extension().is_none()
}

fn about(path: &Path, message: String) -> Warning {
    Warning { place: ScenarioError::about(path, "").place, message }
}

/// Parses a scenario. An embedded one needs no warnings: it is known what the original ignores in it.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    let (scenario, mut warnings) = Scenario::of_file(path, bytes)?;
    if !warnings.is_empty() && embedded::is_copy(bytes) {
        warnings.clear();
    }
    Ok((scenario, warnings))
}

/// Returns the embedded scenario of a name, if there is one.
///
/// # Errors
///
/// As [`Scenario::of_file`].
pub fn stock_scenario(
    name: impl AsRef<Path>,
) -> Result<Option<(Scenario, Vec<Warning>)>, ScenarioError> {
    let found = embedded::file(name.as_ref());
    found.map(|it| parse(it.path, it.text.as_bytes())).transpose()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    if path.is_dir() {
        return Err("this is a folder, expected a scenario file".to_owned());
    }
    read_from(File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => not_found(path),
        _ => format!("the file cannot be read: {error}"),
    })?)
}

fn read_from(input: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("the file is larger than 1 MiB, expected a scenario".to_owned());
    }
    Ok(bytes)
}

/// Says that there is no such file; of what may be a name, also what name was probably meant.
fn not_found(path: &Path) -> String {
    if !is_name(path) {
        return "there is no such file, check the path".to_owned();
    }
    let hint = embedded::nearest(path).map(|name| format!(": did you mean `{name}`?"));
    let hint = hint.unwrap_or_else(|| "; `simulator scenarios` lists these".to_owned());
    format!("there is no such file, and no embedded scenario of that name{hint}")
}

/// Loads every `*.json` of a folder and its subfolders, or the one file that `path` is.
///
/// A folder that does not exist may be a family of embedded scenarios, such as `scenarios/course` or `swarm`.
///
/// The course's scenarios come first, in the course's order, then all others: the folder's own, then those of each
/// subfolder, by name, where `storm-10` follows `storm-9`. Links to folders are not followed.
///
/// # Errors
///
/// If a folder cannot be read, none holds a scenario, or any scenario fails to load.
pub fn load_suite(path: impl AsRef<Path>) -> Result<Vec<(Scenario, Vec<Warning>)>, ScenarioError> {
    let path = path.as_ref();
    let mut family = embedded::folder(path);
    if path.is_dir() {
        return load_folder(path, &family);
    }
    if family.is_empty() || path.exists() {
        return Ok(vec![load_scenario(path)?]);
    }
    family.sort_by_cached_key(|it| order(it.path));
    family.into_iter().map(load_embedded).collect()
}

/// Loads all scenarios in a folder; `family` is the embedded family that is called the same, if there is one.
fn load_folder(
    path: &Path,
    family: &[Embedded],
) -> Result<Vec<(Scenario, Vec<Warning>)>, ScenarioError> {
    let other = family.first().filter(|_| is_name(path)).and_then(|it| it.path.parent());
    let mut files = Vec::new();
    collect_json_files(path, &mut files)?;
    if files.is_empty() {
        let other = other.map(|it| format!("; the embedded scenarios are {}", it.display()));
        let what = "the folder holds no *.json file".to_owned() + &other.unwrap_or_default();
        return Err(ScenarioError::about(path, what));
    }
    files.sort_by_cached_key(|file| order(file));
    let mut all = files.iter().map(load_scenario).collect::<Result<Vec<_>, _>>()?;
    let is_same = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        family.iter().any(|it| it.path.file_name() == file.file_name() && it.text == text)
    };
    if let Some(other) = other.filter(|_| files.len() != family.len() || !files.iter().all(is_same))
    {
        let other = other.display();
        let what = format!(
            "the folder of this name is run, not the embedded scenarios, which are {other}"
        );
        all[0].1.push(about(path, what));
    }
    Ok(all)
}

/// Returns a key that sorts the files of a suite.
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

/// Returns a key that sorts numbers within names by value.
///
/// Each number is padded to the same width.
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
