//! The program on a terminal: the pager, and what is said while it works.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{self, Scratch};

/// Runs a command line of the shell on a terminal of its own; nothing where there is no `script` for that.
fn on_a_terminal(folder: &Path, line: &str, pager: &str) -> Option<Output> {
    let mut command = Command::new("script");
    command.current_dir(folder).args(["-qec", line, "/dev/null"]);
    command.env("PAGER", pager).env("COLUMNS", "100").env_remove("NO_COLOR").env("TERM", "xterm");
    let output = command.stdin(Stdio::null()).output();
    if output.is_err() {
        support::lacks("script");
    }
    output.ok()
}

fn simulator(arguments: &str) -> String {
    format!("'{}' {arguments}", env!("CARGO_BIN_EXE_simulator"))
}

#[test]
fn a_pager_takes_what_is_long_with_its_colours_and_the_status_stays() {
    let folder = Scratch::new("terminal-pager");
    let paged = || fs::read_to_string(folder.join("paged")).ok();
    let replay = simulator("replay crash-3 --seed 2 --from 15 --until 16");
    let Some(output) = on_a_terminal(&folder, &replay, "cat > paged") else { return };
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = paged().expect("the pager got it");
    assert!(text.contains("the leader, 0002 is killed") && text.contains('\x1b'), "{text}");
    assert!(String::from_utf8_lossy(&output.stdout).trim().is_empty(), "{output:?}");
    fs::remove_file(folder.join("paged")).expect("it is there");
    for (line, pager) in [
        (simulator("--no-pager replay crash-3 --until 1"), "cat > paged"),
        (simulator("replay crash-3 --until 1 --no-pager"), "cat > paged"),
        (simulator("replay crash-3 --until 1 | cat"), "cat > paged"),
        (simulator("replay crash-3 --until 1"), ""),
        (simulator("replay crash-3 --until 1"), "no-such-pager"),
        (simulator("suite load"), "cat > paged"),
    ] {
        let output = on_a_terminal(&folder, &line, pager).expect("script is there");
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
        assert!(!output.stdout.is_empty(), "{line}");
        assert_eq!(paged(), None, "{line}");
    }
}

#[test]
fn a_bad_command_line_needs_no_pager() {
    let folder = Scratch::new("terminal-bad");
    let bad = simulator("replay no-such-scenario");
    let Some(output) = on_a_terminal(&folder, &bad, "cat > paged") else { return };
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.join("paged").exists());
}

/// `NO_COLOR` is honoured also there.
#[test]
fn no_colour_is_no_colour() {
    let folder = Scratch::new("terminal-colour");
    let run = |variable: &str| {
        on_a_terminal(&folder, &format!("{variable}{}", simulator("run simple-1")), "")
    };
    let Some(coloured) = run("") else { return };
    assert!(String::from_utf8_lossy(&coloured.stdout).contains("\x1b[1m"));
    let plain = run("NO_COLOR=1 ").expect("script is there");
    assert!(!String::from_utf8_lossy(&plain.stdout).contains('\x1b'), "{plain:?}");
}
