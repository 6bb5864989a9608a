//! What shells and `man` are given.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::Scratch;

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments).output().expect("the simulator starts")
}

#[test]
fn shells_get_the_commands_and_their_options() {
    let scratch = Scratch::new("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = simulator(&scratch, &["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = String::from_utf8(output.stdout).expect("UTF-8");
        for word in ["simulator", "explore", "all-marks"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
        let file = scratch.file(&format!("completions.{shell}"), &script);
        if shell == "bash"
            && let Ok(status) = Command::new("bash").args(["-n", &file]).status()
        {
            assert!(status.success(), "bash cannot read its script");
        }
    }
    let unknown = simulator(&scratch, &["completions", "cmd"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let scratch = Scratch::new("man");
    let page = simulator(&scratch, &["man"]);
    let text = String::from_utf8(page.stdout).expect("UTF-8");
    assert!(text.contains(".TH simulator 1"), "{text}");
    assert!(text.contains("shrink"), "it names the commands: {text}");
    let written = simulator(&scratch, &["man", "pages/man1"]);
    assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
    let page = fs::read_to_string(scratch.join("pages/man1/simulator-explore.1")).expect("a page");
    assert!(page.contains("all\\-marks"), "it names the options: {page}");
    let refused = simulator(&scratch, &["man", "pages/man1/simulator.1"]);
    assert_eq!(refused.status.code(), Some(2));
}
