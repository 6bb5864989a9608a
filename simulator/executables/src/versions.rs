//! The versions of the interpreter and the C library of an executable.
//!
//! The programs themselves are asked, in bounded time.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::preload::processes;

use crate::limits::Limits;
use crate::output::Output;

/// The time within which a program must answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest version that is passed on, in characters.
const LONGEST: usize = 100;

/// Returns the version that a program reports, such as `Python 3.11.7`.
pub(super) fn of(program: &Path) -> Option<String> {
    answer(Command::new(program).arg("--version"))
}

/// Returns a dynamic linker's C library version, such as `Debian GLIBC 2.36-9`.
pub(super) fn of_glibc(linker: &Path) -> String {
    let line = of(linker).unwrap_or_default();
    glibc_in(&line).unwrap_or_else(|| "glibc".to_owned())
}

/// Reads `ld.so (Debian GLIBC 2.36-9) stable release version 2.36.`, or `ld.so (GNU libc) …`.
fn glibc_in(line: &str) -> Option<String> {
    let (name, rest) = line.split_once('(')?.1.split_once(')')?;
    let version = rest.split_whitespace().last()?.trim_end_matches('.');
    Some(if name.contains(version) { name.to_owned() } else { format!("{name} {version}") })
}

/// Returns the first line that a command prints, if it succeeds within some seconds.
pub(super) fn answer(command: &mut Command) -> Option<String> {
    let mut output = Output::new(None).ok()?;
    command.stdout(output.file().ok()?).stderr(output.file().ok()?);
    let mut process = processes::spawn_plain(command, Limits::default().of_kernel()).ok()?;
    let asked = Instant::now();
    let status = loop {
        match process.try_wait() {
            Ok(None) if asked.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
            Ok(status) => break status,
            Err(_) => break None,
        }
    };
    if status.is_none() {
        processes::kill_group(process.id());
        // The process was killed, and the result does not depend on this.
        let _ = process.wait();
    }
    let mut lines = Vec::new();
    output.lines(|line| lines.push(line));
    let first = lines.into_iter().find(|line| !line.is_empty())?;
    let is_plain = first.chars().count() <= LONGEST && !first.contains(char::is_control);
    (status?.success() && is_plain).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linker_names_its_c_library() {
        let debian = "ld.so (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.";
        assert_eq!(glibc_in(debian).as_deref(), Some("Debian GLIBC 2.36-9+deb12u14"));
        let other = "ld.so (GNU libc) stable release version 2.39.";
        assert_eq!(glibc_in(other).as_deref(), Some("GNU libc 2.39"));
        assert_eq!(glibc_in("--version: cannot open shared object file"), None);
    }

    #[test]
    fn a_program_is_asked() {
        let say = |script: &str| answer(Command::new("/bin/sh").args(["-c", script]));
        assert_eq!(say("echo; echo 1.2; echo more").as_deref(), Some("1.2"));
        assert_eq!(say("echo 1.2; exit 3"), None);
        assert_eq!(say("true"), None);
        assert_eq!(answer(&mut Command::new("/no/such/program")), None);
    }
}
