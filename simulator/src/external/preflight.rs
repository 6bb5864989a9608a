//! Can an executable be driven? Looked at before anything is started.
//!
//! A script is followed to its interpreter (`#!`, through `env`). In virtual time, a program must be
//! one that loads the C library when it starts: that is where the preload library stands in between.
//! A Go program goes past the C library, but where it loads it, the preload library has the kernel
//! hand over what it does.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::external::pyenv;

/// Why an executable cannot be driven, and what to do.
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

/// `path: reason`.
impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for Unfit {}

/// Scripts whose interpreters are scripts, at most.
const DEPTH: usize = 5;

/// Checks whether an executable can be driven in virtual time, and returns its absolute path.
///
/// # Errors
///
/// When it can't.
pub fn check(path: &Path) -> Result<PathBuf, Unfit> {
    follow(path, &check_program)
}

/// Checks whether an executable can be started at all, as real time wants it, and returns its
/// absolute path.
///
/// # Errors
///
/// When it can't.
pub fn check_plain(path: &Path) -> Result<PathBuf, Unfit> {
    follow(path, &|_| Ok(()))
}

/// Follows an executable to the program that it is, or that interprets it.
fn follow(path: &Path, fit: &dyn Fn(&Path) -> Result<(), String>) -> Result<PathBuf, Unfit> {
    let unfit = |why: &str| Unfit::new(path, why);
    let absolute = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unfit("there is no such file"),
        _ => unfit(&format!("it cannot be found: {error}")),
    })?;
    let mut file = absolute.clone();
    for _ in 0..DEPTH {
        let place = if file == absolute { String::new() } else { format!("{}: ", file.display()) };
        let say = |why: String| unfit(&format!("{place}{why}"));
        match look(&file).map_err(&say)? {
            Kind::Program => {
                fit(&file).map_err(say)?;
                return Ok(absolute);
            }
            Kind::Script(interpreter) => {
                file = find(&interpreter).ok_or_else(|| {
                    say(format!("its first line asks for {interpreter}, which is not installed"))
                })?;
            }
        }
    }
    Err(unfit("its interpreter is a script, whose interpreter is a script, and so on"))
}

/// The program that runs a Python script in the end, where what `PATH` has under the interpreter's
/// name is itself a script that looks for it (pyenv's do, with dozens of processes each time).
pub(super) fn python_behind_wrapper(script: &Path) -> Option<PathBuf> {
    let Ok(Kind::Script(name)) = look(script) else { return None };
    if !name.starts_with("python") || !first_line_is_plain(script, &name) {
        return None;
    }
    let wrapper = find(&name)?;
    let Ok(Kind::Script(_)) = look(&wrapper) else { return None };
    let is_program = |path: &PathBuf| matches!(look(path), Ok(Kind::Program));
    if let Some(path) = pyenv::behind(&wrapper, script, &name).filter(is_program) {
        return Some(path);
    }
    let mut command = Command::new(wrapper);
    command.args(["-c", "import sys; print(sys.executable)"]).stdin(Stdio::null());
    let answer = command.output().ok().filter(|answer| answer.status.success())?;
    let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim_end());
    // Not the name with all links followed: a virtual environment knows itself by its own name.
    Some(path).filter(is_program)
}

/// Whether the first line is `#!…/env NAME` and no more.
fn first_line_is_plain(script: &Path, name: &str) -> bool {
    let text = fs::read(script).unwrap_or_default();
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let words: Vec<&str> = line.trim_start_matches("#!").split_whitespace().collect();
    matches!(words.as_slice(), [env, named] if env.ends_with("/env") && *named == name)
}

enum Kind {
    /// A program.
    Program,
    /// A script, with the name or path of its interpreter.
    Script(String),
}

/// Looks at one file.
fn look(path: &Path) -> Result<Kind, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("it cannot be read: {error}"))?;
    if metadata.is_dir() {
        return Err("this is a folder, expected an executable".to_owned());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(format!("it is not executable: chmod +x {}", path.display()));
    }
    let head = head(path)?;
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        return interpreter(&String::from_utf8_lossy(line)).map(Kind::Script);
    }
    if head.starts_with(b"\x7fELF") {
        return Ok(Kind::Program);
    }
    Err("it is neither a program nor a script that begins with #!".to_owned())
}

/// The beginning of a file.
fn head(path: &Path) -> Result<Vec<u8>, String> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4_096).read_to_end(&mut head));
    read.map(|_| head).map_err(|error| format!("it cannot be read: {error}"))
}

/// Whether the library can be preloaded.
fn check_program(path: &Path) -> Result<(), String> {
    let unreadable = |error| format!("it cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.permissions().mode() & 0o6000 != 0 {
        let why = "it is setuid or setgid, for which nothing can be preloaded";
        return Err(format!("{why}; {INSTEAD}"));
    }
    check_elf(&file, &head(path)?)
}

/// The interpreter that a script's first line names; what `env` would look for.
fn interpreter(line: &str) -> Result<String, String> {
    if line.ends_with('\r') {
        return Err(
            "its first line ends with a carriage return, as on Windows: dos2unix".to_owned()
        );
    }
    let mut words = line.split_whitespace();
    let first = words.next().ok_or("its first line names no interpreter")?;
    if !first.ends_with("/env") {
        return Ok(first.to_owned());
    }
    let mut rest = words.filter(|word| !word.starts_with('-') && !word.contains('='));
    rest.next().map(str::to_owned).ok_or_else(|| "its first line names no interpreter".to_owned())
}

/// A path as it is, a name where `PATH` has it.
fn find(interpreter: &str) -> Option<PathBuf> {
    let is_there = |path: &PathBuf| path.is_file();
    if interpreter.contains('/') {
        return fs::canonicalize(interpreter).ok().filter(is_there);
    }
    let path = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(interpreter)).find(is_there)?;
    fs::canonicalize(found).ok()
}

const INTERPRETER_SEGMENT: u32 = 3;
const NOTE_SEGMENT: u32 = 4;

/// A 64-bit program for this kind of machine that loads glibc when it starts.
fn check_elf(file: &File, head: &[u8]) -> Result<(), String> {
    let u16_at = |at: usize| head.get(at..at + 2).map(|it| u16::from_le_bytes([it[0], it[1]]));
    let is_64_bit = head.get(4) == Some(&2) && head.get(5) == Some(&1);
    if !is_64_bit || u16_at(18) != Some(62) {
        return Err("it is a program for another kind of machine than x86-64".to_owned());
    }
    let (Some(size), Some(count)) = (u16_at(54), u16_at(56)) else {
        return Err("it is a damaged program".to_owned());
    };
    let start = head.get(32..40).and_then(|it| it.try_into().ok()).map_or(0, u64::from_le_bytes);
    let (mut linker, mut is_go) = (None, false);
    for number in 0..u64::from(count) {
        let mut header = [0; 40];
        let at = start.saturating_add(number * u64::from(size));
        file.read_exact_at(&mut header, at).map_err(|_| "it is a damaged program".to_owned())?;
        let [kind, _, offset, _, _, _, _, _, length, _] = words(&header);
        let mut content = vec![0; length.min(4_096) as usize];
        match kind {
            INTERPRETER_SEGMENT | NOTE_SEGMENT => {
                let read = file.read_exact_at(&mut content, u64::from(offset));
                read.map_err(|_| "it is a damaged program".to_owned())?;
            }
            _ => continue,
        }
        if kind == NOTE_SEGMENT {
            is_go |= content.windows(8).any(|it| it == b"\x04\0\0\0Go\0\0");
        }
        if kind == INTERPRETER_SEGMENT {
            linker = Some(String::from_utf8_lossy(&content).trim_end_matches('\0').to_owned());
        }
    }
    match linker {
        None if is_go => Err(STATIC_GO.to_owned()),
        None => Err(format!("{STATIC}, or {INSTEAD}")),
        Some(linker) if linker.ends_with("/ld-linux-x86-64.so.2") => Ok(()),
        Some(linker) => {
            let why = format!("it loads its libraries with {linker}, expected those of glibc");
            Err(format!("{why}; {INSTEAD}"))
        }
    }
}

/// Ten numbers of four bytes each.
fn words(header: &[u8; 40]) -> [u32; 10] {
    let (words, _) = header.as_chunks::<4>();
    std::array::from_fn(|number| u32::from_le_bytes(words[number]))
}

/// The way out, where only virtual time is out of reach.
const INSTEAD: &str = "run it in real time, with --clock real";

const STATIC: &str = "it is linked statically, so its clock and its network cannot be replaced: link \
                      it dynamically (for example gcc without -static, or Rust for the target \
                      x86_64-unknown-linux-gnu)";

const STATIC_GO: &str = "it is a Go program linked statically, so nothing can stand between it and the \
                         kernel: CGO_ENABLED=1 go build -ldflags=-linkmode=external links it with \
                         the C library; or run it with --clock real";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_followed() {
        let named = |line: &str| interpreter(line);
        assert_eq!(named("/usr/bin/python3 -u"), Ok("/usr/bin/python3".to_owned()));
        assert_eq!(named(" /usr/bin/env python3"), Ok("python3".to_owned()));
        assert_eq!(named("/usr/bin/env -S A=1 python3 -u"), Ok("python3".to_owned()));
        assert!(named("").is_err() && named("/usr/bin/env").is_err());
        assert!(named("/usr/bin/env python3\r").is_err_and(|why| why.contains("carriage return")));
    }

    #[test]
    fn a_test_program_is_fit() {
        let program = std::env::current_exe().expect("it has a path");
        assert_eq!(check(&program), fs::canonicalize(&program).map_err(|_| unreachable!()));
    }

    /// A program with one segment, as far as anybody looks.
    fn elf(machine: u16, kind: u32, content: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 64 + 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        file[32] = 64;
        (file[54], file[56]) = (56, 1);
        file[64..68].copy_from_slice(&kind.to_le_bytes());
        file[72] = 64 + 56;
        file[96] = content.len() as u8;
        file.extend_from_slice(content);
        file
    }

    #[test]
    fn what_cannot_be_driven_is_refused_with_the_reason() {
        let folder = std::env::temp_dir().join(format!("preflight-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let refusal = |name: &str, content: &[u8], mode: u32| {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its owner");
            check(&path).expect_err(name).why
        };
        let glibc = b"/lib64/ld-linux-x86-64.so.2\0";
        let go = b"\x04\0\0\0\x53\0\0\0\x04\0\0\0Go\0\0";
        let cases = [
            ("not-executable", elf(62, 3, glibc), 0o644, "it is not executable: chmod +x"),
            ("setuid", elf(62, 3, glibc), 0o4755, "setuid"),
            ("arm", elf(183, 3, glibc), 0o755, "another kind of machine"),
            ("static", elf(62, 1, b""), 0o755, "or run it in real time, with --clock real"),
            ("musl", elf(62, 3, b"/lib/ld-musl-x86_64.so.1\0"), 0o755, "expected those of glibc"),
            ("go", elf(62, 4, go), 0o755, "-linkmode=external"),
            ("torn", elf(62, 3, glibc)[..80].to_vec(), 0o755, "a damaged program"),
            ("text", b"hello".to_vec(), 0o755, "neither a program nor a script"),
            ("lost", b"#!/no/such/thing\n".to_vec(), 0o755, "which is not installed"),
            ("empty", Vec::new(), 0o755, "neither a program nor a script"),
        ];
        for (name, content, mode, expected) in cases {
            let why = refusal(name, &content, mode);
            assert!(why.contains(expected), "{name}: {why}");
            if why.contains(INSTEAD) {
                assert!(check_plain(&folder.join(name)).is_ok(), "{name}: {why}");
            }
        }
        assert!(check(&folder).expect_err("a folder").why.contains("this is a folder"));
        let fit = folder.join("fit");
        fs::write(&fit, elf(62, 3, glibc)).expect("a file");
        fs::set_permissions(&fit, fs::Permissions::from_mode(0o755)).expect("its owner");
        assert!(check(&fit).is_ok());
        fs::remove_dir_all(&folder).expect("it can go");
    }
}
