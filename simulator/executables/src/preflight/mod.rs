//! Says whether and how an executable can be driven, before anything is started.
//!
//! A script is followed to its interpreter (`#!`, through `env`). In virtual time, a program must load the C library
//! when it starts, because the preload library replaces functions of that. A Go program bypasses the C library. But
//! if it loads the C library, the preload library can have the kernel report its system calls.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::elf::{self, Dynamic};
use crate::languages::{self, Language};
use crate::versions;

pub use crate::elf::Interposition;

/// The reason an executable cannot be driven, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    path: PathBuf,
    why: String,
}

impl Unfit {
    pub(super) fn new(path: &Path, why: &str) -> Self {
        Unfit { path: path.to_owned(), why: why.to_owned() }
    }
}

/// Writes `path: reason`.
impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for Unfit {}

/// The findings about an executable that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// The absolute path of the executable, with all links followed.
    pub path: PathBuf,
    /// The program that it is, or that interprets it, with all links followed.
    pub program: PathBuf,
    /// The path by which the script calls its interpreter, if it is a script.
    called: Option<PathBuf>,
    /// The interpreter to call directly, if calling it by its name takes long.
    pub(super) interpreter: Option<Interpreter>,
    /// The language in which it is written, as far as that is known.
    pub(super) language: &'static Language,
    /// The path as the caller gave it.
    name: PathBuf,
    /// The way it is linked, or the reason it cannot run in virtual time.
    linked: Result<Dynamic, String>,
}

impl Preflight {
    /// Returns the way the executable is driven in virtual time.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if it cannot be driven, with the reason and what to do.
    pub fn interposition(&self) -> Result<Interposition, Unfit> {
        let unfit = |why: &String| Unfit::new(&self.name, why);
        self.linked.as_ref().map(|linked| linked.way).map_err(unfit)
    }

    /// Returns the interpreter, if there is one, and the C library, with their versions.
    ///
    /// Runs in virtual time depend on them. The programs are asked for their versions, which takes some milliseconds.
    pub fn environment(&self) -> String {
        let mut parts = Vec::new();
        if self.program != self.path {
            let environment = self.language.environment.zip(self.called.as_deref());
            let environment = environment.and_then(|(of, path)| of(path)).map(str::to_owned);
            let notes: Vec<String> =
                versions::of(&self.program).into_iter().chain(environment).collect();
            let program = self.program.display();
            parts.push(match notes.as_slice() {
                [] => program.to_string(),
                notes => format!("{program} ({})", notes.join(", ")),
            });
        }
        if let Ok(linked) = &self.linked {
            parts.push(versions::of_glibc(&linked.linker));
        }
        parts.join(", ")
    }
}

/// A program that runs a script, and its arguments before the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
}

/// Upper bound on scripts whose interpreters are scripts.
const DEPTH: usize = 5;

/// Follows an executable to the program that it is, or that interprets it.
///
/// # Errors
///
/// [`Unfit`] if it cannot be started with either clock, with the reason and what to do.
pub fn look(path: &Path) -> Result<Preflight, Unfit> {
    let unfit = |why: &str| Unfit::new(path, why);
    let absolute = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unfit("there is no such file"),
        _ => unfit(&format!("it cannot be found: {error}")),
    })?;
    let (mut program, mut interpreter, mut called) = (absolute.clone(), None, None);
    for _ in 0..DEPTH {
        let place =
            if program == absolute { String::new() } else { format!("{}: ", program.display()) };
        let say = |why: String| unfit(&format!("{place}{why}"));
        match look_at(&program).map_err(&say)? {
            Kind::Program(linked) => {
                let linked = linked.map_err(|why| place + &why);
                let name = path.to_owned();
                let language = languages::of(&program, &absolute);
                let path = absolute;
                return Ok(Preflight {
                    path,
                    program,
                    called,
                    interpreter,
                    language,
                    name,
                    linked,
                });
            }
            Kind::Script { asks_for, arguments } => {
                let (by_name, found) = find(&asks_for).ok_or_else(|| {
                    let name = asks_for.display();
                    say(format!("its first line asks for {name}, which is not installed"))
                })?;
                called.get_or_insert(by_name);
                let behind = Some(&found).filter(|found| is_script(found)).and_then(|wrapper| {
                    languages::program_behind(wrapper, &absolute, &asks_for)
                        .filter(|path| is_program(path))
                });
                if program == absolute {
                    let direct = behind.clone().zip(arguments);
                    interpreter = direct.map(|(path, arguments)| Interpreter { path, arguments });
                }
                let behind = behind.and_then(|path| fs::canonicalize(path).ok());
                program = behind.unwrap_or(found);
            }
        }
    }
    Err(unfit("its interpreter is a script, whose interpreter is a script, and so on"))
}

/// The kind of a file that can be executed.
enum Kind {
    /// A program, and the way it is linked.
    Program(Result<Dynamic, String>),
    /// A script.
    Script {
        /// The name or path of its interpreter.
        asks_for: PathBuf,
        /// The arguments before the script, if the first line is simple.
        ///
        /// It is `#!…/env NAME` or `#!…/env -S NAME ARGUMENT…`, with plain words.
        arguments: Option<Vec<OsString>>,
    },
}

/// Looks at one file.
fn look_at(path: &Path) -> Result<Kind, String> {
    let unreadable = |error| format!("it cannot be read: {error}");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("this is a folder, expected an executable".to_owned());
    }
    if !metadata.is_file() {
        return Err("this is no file, expected an executable".to_owned());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(format!("it is not executable: chmod +x {}", path.display()));
    }
    let (file, mut head) = (File::open(path).map_err(unreadable)?, Vec::new());
    (&file).take(4_096).read_to_end(&mut head).map_err(unreadable)?;
    if let Some(line) = head.strip_prefix(b"#!") {
        return first_line(line.split(|&byte| byte == b'\n').next().unwrap_or_default());
    }
    if head.starts_with(b"\x7fELF") {
        return Ok(Kind::Program(elf::look(&file, &head)));
    }
    if cfg!(target_vendor = "apple") && MACH_O.iter().any(|magic| head.starts_with(magic)) {
        return Ok(Kind::Program(Err(elf::NO_VIRTUAL_TIME.to_owned())));
    }
    Err("it is neither a program nor a script that begins with #!".to_owned())
}

/// The first bytes of a program of macOS, for one kind of processor or for several.
const MACH_O: [[u8; 4]; 2] = [[0xCF, 0xFA, 0xED, 0xFE], [0xCA, 0xFE, 0xBA, 0xBE]];

/// Returns true if a file is a script.
fn is_script(path: &Path) -> bool {
    matches!(look_at(path), Ok(Kind::Script { .. }))
}

/// Returns true if a file is a program.
fn is_program(path: &Path) -> bool {
    matches!(look_at(path), Ok(Kind::Program(_)))
}

/// Returns the interpreter that a script's first line names, directly or after `env`.
fn first_line(line: &[u8]) -> Result<Kind, String> {
    if line.ends_with(b"\r") {
        return Err(
            "its first line ends with a carriage return, as on Windows: dos2unix".to_owned()
        );
    }
    let nobody = || "its first line names no interpreter".to_owned();
    let all = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let words: Vec<&[u8]> = all.collect();
    let path = |word: &[u8]| PathBuf::from(OsStr::from_bytes(word));
    match words.as_slice() {
        [] => Err(nobody()),
        [env, rest @ ..] if env.ends_with(b"/env") => {
            let mut names =
                rest.iter().filter(|word| !word.starts_with(b"-") && !word.contains(&b'='));
            let asks_for = path(names.next().ok_or_else(nobody)?);
            let plain = match rest {
                [_] => Some(rest),
                [b"-S", rest @ ..] if rest.iter().all(|word| is_plain(word)) => Some(rest),
                _ => None,
            };
            let plain = plain.filter(|words| path(words[0]) == asks_for);
            let given = |words: &[&[u8]]| words[1..].iter().map(|word| path(word).into()).collect();
            Ok(Kind::Script { asks_for, arguments: plain.map(given) })
        }
        [first, ..] => Ok(Kind::Script { asks_for: path(first), arguments: None }),
    }
}

/// Returns true if `env -S` passes a word on unchanged.
///
/// It interprets quotes, backslashes, `$` and `#`.
fn is_plain(word: &[u8]) -> bool {
    !word.iter().any(|byte| b"'\"\\$#".contains(byte))
}

/// Returns the file that a path or a name in `PATH` means: its path, and that with all links followed.
fn find(interpreter: &Path) -> Option<(PathBuf, PathBuf)> {
    let path = if interpreter.as_os_str().as_bytes().contains(&b'/') {
        interpreter.to_owned()
    } else {
        let folders = std::env::var_os("PATH")?;
        let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(interpreter));
        paths.find(|path| path.is_file())?
    };
    let whole = fs::canonicalize(&path).ok().filter(|whole| whole.is_file())?;
    Some((path, whole))
}

#[cfg(test)]
mod tests;
