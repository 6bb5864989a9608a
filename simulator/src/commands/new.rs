//! `simulator new`: a small replica to start from.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use simulation::text::shell_word;

use super::error::CliError;
use super::program_name::program;

/// Write a small replica to start from.
///
/// It is complete: a key-value store that passes `simple-1`. One replica, always the same, does all the work, so
/// `crash-3`, which kills it, fails. The file protocol.md next to it describes all messages. No file that exists is
/// overwritten.
#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The language of the replica
    #[arg(long, value_enum)]
    pub language: Language,
    /// The folder for its files, which is created if there is none
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// A language that there is a replica in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Language {
    /// One file, for Python 3.7 or later and nothing else
    Python,
    /// A package that needs cargo and the crate serde_json
    Rust,
}

/// A file of a start.
struct StartFile {
    /// Its path in the new folder.
    path: &'static str,
    text: &'static str,
    is_executable: bool,
}

const fn file(path: &'static str, text: &'static str) -> StartFile {
    StartFile { path, text, is_executable: false }
}

/// The page about the messages.
const PROTOCOL: StartFile = file("protocol.md", include_str!("../../docs/protocol.md"));

const PYTHON: &[StartFile] = &[
    StartFile {
        path: "replica.py",
        text: include_str!("../../starts/python/replica.py"),
        is_executable: true,
    },
    PROTOCOL,
    file("README.md", include_str!("../../starts/python/README.md")),
];

const RUST: &[StartFile] = &[
    file("src/main.rs", include_str!("../../starts/rust/main.rs")),
    // Under its own name cargo would take the folder for another package, and leave it out of the archive.
    file("Cargo.toml", include_str!("../../starts/rust/package.toml")),
    PROTOCOL,
    file("README.md", include_str!("../../starts/rust/README.md")),
];

impl Language {
    fn files(self) -> &'static [StartFile] {
        match self {
            Language::Python => PYTHON,
            Language::Rust => RUST,
        }
    }

    /// The commands that build the replica in a folder and run it.
    fn next_commands(self, folder: &Path) -> Vec<String> {
        let program = program();
        let run = |replica: PathBuf| {
            let replica = shell_word(&replica);
            [
                format!("{program} run simple-1 --replica {replica}"),
                format!("{program} run crash-3 --replica {replica}"),
            ]
        };
        match self {
            Language::Python => run(folder.join("replica.py")).into(),
            Language::Rust => {
                let manifest = shell_word(&folder.join("Cargo.toml"));
                let build = format!("cargo build --release --manifest-path {manifest}");
                let [simple, crash] = run(folder.join("target/release/replica"));
                vec![build, simple, crash]
            }
        }
    }
}

/// Carries the command out.
pub(crate) fn run(arguments: &NewArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    let NewArguments { language, folder } = arguments;
    let files = language.files();
    refuse_to_overwrite(folder, files)?;
    for file in files {
        let path = folder.join(file.path);
        write_file(&path, file, files)?;
        writeln!(out, "wrote {}", path.display())?;
    }
    writeln!(out, "\nWhat to run next:\n")?;
    for command in language.next_commands(folder) {
        writeln!(out, "    {command}")?;
    }
    writeln!(
        out,
        "\nThe second run fails, and says why; {} goes on from there.",
        next_page(folder)
    )?;
    Ok(0)
}

fn next_page(folder: &Path) -> String {
    folder.join(PROTOCOL.path).display().to_string()
}

/// Looks at all files first, so that no part of a start is left behind.
fn refuse_to_overwrite(folder: &Path, files: &[StartFile]) -> Result<(), CliError> {
    if folder.exists() && !folder.is_dir() {
        let what = "this is a file, expected a folder or a new name";
        return Err(CliError::Usage(format!("{}: {what}", folder.display())));
    }
    match files.iter().map(|file| folder.join(file.path)).find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => Err(CliError::Usage(format!(
            "{}: it exists, and is not overwritten: give a folder without it, such as a new one",
            path.display()
        ))),
    }
}

fn write_file(path: &Path, file: &StartFile, files: &[StartFile]) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
    let is_page = file.path.ends_with(".md");
    let text = if is_page { without_dead_links(file.text, files) } else { file.text.to_owned() };
    let mut created = File::create_new(path).map_err(CliError::file(path, "created"))?;
    created.write_all(text.as_bytes()).map_err(CliError::file(path, "written"))?;
    if file.is_executable {
        make_executable(path).map_err(CliError::file(path, "made executable"))?;
    }
    Ok(())
}

/// Returns a page with the words alone of each link to another page that is not among the files.
fn without_dead_links(page: &str, files: &[StartFile]) -> String {
    let lives = |target: &str| target.starts_with('#') || files.iter().any(|it| it.path == target);
    let (mut text, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once("](") {
        let (words, link) = (before.rsplit_once('['), after.split_once(')'));
        rest = match (words, link) {
            (Some((before, words)), Some((target, after))) if !lives(target) => {
                text.extend([before, words]);
                after
            }
            _ => {
                text.extend([before, "]("]);
                after
            }
        };
    }
    text + rest
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    // Those who may read it may run it.
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_pages_that_stay_behind_are_words() {
        let page = "[a](far.md#x), [b](#here) and [d](README.md).";
        let expected = "a, [b](#here) and [d](README.md).";
        assert_eq!(without_dead_links(page, PYTHON), expected);
    }
}
