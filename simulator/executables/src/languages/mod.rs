//! The languages of executables: one file a language, and a line in [`ALL`].

mod compiled;
mod go;
mod java;
mod node;
mod perl;
mod python;
mod ruby;
mod rust;
mod shell;
mod words;

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use simulation::units::Span;

pub(super) use words::Telling;

/// Finds the program behind a wrapper, for a script and by the name that the script asks for.
type Behind = fn(&Path, &Path, &str) -> Option<PathBuf>;

/// Everything that is special about a language of executables.
#[derive(Debug)]
pub(super) struct Language {
    /// The file names of the programs that run it. A name may end in a version, as in `python3.11`.
    pub programs: &'static [&'static str],
    /// The time from a process's start to its first step, on a desktop machine.
    pub start_up: Span,
    /// Variables of the simulator's own environment that its programs see.
    pub kept: &'static [&'static str],
    /// Environment variables that are set for its programs, and their values.
    pub set: &'static [(&'static str, &'static str)],
    /// Environment variables that are set in virtual time only.
    pub set_in_virtual_time: &'static [(&'static str, &'static str)],
    /// Environment variables whose values are numbers of 32 bits, drawn from the seed.
    pub seeded: &'static [&'static str],
    /// The names of files and folders that the language itself writes next to a program.
    pub generated: &'static [&'static str],
    /// Finds the program behind a wrapper that runs scripts.
    ///
    /// The arguments are the wrapper, the script, and the name for which the script asks.
    pub behind: Option<Behind>,
    /// Returns the kind of environment, if any, in which a program of this path runs a script.
    pub environment: Option<fn(&Path) -> Option<&'static str>>,
    /// The way its programs bypass the C library, if they do.
    pub bypass: Option<Bypass>,
    /// Selects those of the last lines of standard error that say what happened.
    pub words: fn(&[&str]) -> Option<Telling>,
}

/// The properties of programs that bypass the C library.
#[derive(Debug)]
pub(super) struct Bypass {
    /// Bytes in an ELF note that only such programs have.
    pub note: &'static [u8],
    /// The reason that static ones cannot run in virtual time, and the advice.
    pub if_static: &'static str,
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Language {}

/// All languages. Those without programs of their own come last.
pub(super) static ALL: [&Language; 9] = [
    &python::LANGUAGE,
    &java::LANGUAGE,
    &node::LANGUAGE,
    &perl::LANGUAGE,
    &ruby::LANGUAGE,
    &shell::LANGUAGE,
    &go::LANGUAGE,
    &rust::LANGUAGE,
    &compiled::LANGUAGE,
];

const MILLISECOND: u64 = 1_000_000;

/// Returns a span of whole milliseconds.
const fn millis(min: u64, max: u64) -> Span {
    Span { min: min * MILLISECOND, max: max * MILLISECOND }
}

/// Returns the language that `program` runs, or in which it is written.
///
/// For a shell script that starts another program, that is the language of that program.
pub(super) fn of(program: &Path, script: &Path) -> &'static Language {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    match of_program(&name) {
        Some(language) if *language == shell::LANGUAGE => started_by(script).unwrap_or(language),
        language => language.unwrap_or(&compiled::LANGUAGE),
    }
}

fn of_program(name: &str) -> Option<&'static Language> {
    let runs = |program: &&str| {
        let version = name.strip_prefix(*program);
        version.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    ALL.into_iter().find(|language| language.programs.iter().any(runs))
}

/// Finds the program behind `wrapper`, which `script` asks for by `name`.
pub(super) fn program_behind(wrapper: &Path, script: &Path, name: &Path) -> Option<PathBuf> {
    let name = name.file_name()?.to_str()?;
    of_program(name)?.behind?(wrapper, script, name)
}

/// Finds the way a program bypasses the C library, by one of its ELF notes.
pub(super) fn bypass_of(note: &[u8]) -> Option<&'static Bypass> {
    let mut all = ALL.into_iter().filter_map(|language| language.bypass.as_ref());
    all.find(|bypass| note.windows(bypass.note.len()).any(|bytes| bytes == bypass.note))
}

/// Returns true if a language itself writes a file of this name.
pub fn is_generated(name: &OsStr) -> bool {
    ALL.iter().flat_map(|language| language.generated).any(|generated| name == *generated)
}

/// Returns the language of a program that a shell script mentions.
///
/// The last one that it mentions counts, because the script most likely becomes that program.
fn started_by(script: &Path) -> Option<&'static Language> {
    const MOST: u64 = 1 << 14;
    let mut text = Vec::new();
    fs::File::open(script).ok()?.take(MOST).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let is_end = |char: char| !(char.is_alphanumeric() || matches!(char, '.' | '_' | '-'));
    let words: Vec<&str> = lines.flat_map(|line| line.split(is_end)).collect();
    let mut languages = words.into_iter().rev().filter_map(of_program);
    languages.find(|language| **language != shell::LANGUAGE)
}

/// Selects those of a program's last lines of standard error that say what happened.
///
/// The program's own language is tried first, then all others, since a script may have started any program.
pub(super) fn tell(own: &'static Language, lines: &[&str]) -> Option<Telling> {
    (own.words)(lines).or_else(|| ALL.into_iter().find_map(|language| (language.words)(lines)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_tells_its_language() {
        let of = |name: &str| of(Path::new(name), Path::new("/no/script")).programs.first();
        assert_eq!(of("/usr/bin/python3.11"), Some(&"python"));
        assert_eq!(of("/usr/bin/node"), Some(&"node"));
        assert_eq!(of("/usr/bin/dash"), Some(&"sh"));
        assert_eq!(of("/home/me/3700kvstore"), None);
        assert_eq!(of("/home/me/pythonic"), None);
    }

    #[test]
    fn a_shell_script_is_what_it_becomes() {
        let path = std::env::temp_dir().join(format!("started-by-{}", std::process::id()));
        let of = |text: &str| {
            fs::write(&path, text).expect("a file");
            of(Path::new("/bin/sh"), &path).programs.first().copied()
        };
        assert_eq!(
            of("#!/bin/sh\n# no python\nexec java -cp .:json.jar Main \"$@\"\n"),
            Some("java")
        );
        assert_eq!(
            of("#!/bin/sh\ncd src && ./node-like; /usr/bin/python3 kv.py $*\n"),
            Some("python")
        );
        assert_eq!(of("#!/bin/sh\n./kv \"$@\"\n"), Some("sh"));
        let _ = fs::remove_file(path);
    }
}
