//! What a user runs into on the way: a full disk, standard input, numbers that mean something else.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{self, Scratch, python};

const SIMULATOR: &str = env!("CARGO_BIN_EXE_simulator");
const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course");

fn simulator(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(SIMULATOR);
    command.current_dir(folder).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the simulator starts");
    // Some do not read it.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A scenario whose every run fails for its messages.
fn tight() -> String {
    let text = fs::read_to_string(format!("{COURSE}/crash-3.json")).expect("the course");
    text.replacen("[2000, 4000, 5000]", "[1, 1, 1]", 1)
}

/// What happens on a disk of 64 KiB, and what is left there; nothing where there can be no such disk.
fn on_a_small_disk(folder: &Path, line: &str) -> Option<String> {
    let script = format!(
        "mount -t tmpfs -o size=64k none disk && {{ {line}; echo status $?; find disk -type f -empty; ls -A disk; }}"
    );
    fs::create_dir_all(folder.join("disk")).expect("a folder");
    let mut command = Command::new("unshare");
    command.current_dir(folder).args(["-rm", "sh", "-c", &script]);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &said(&output);
    if text.contains("status ") {
        return Some(text);
    }
    support::skip(&format!("no disk can be mounted here: {text}"));
    None
}

#[test]
fn a_full_disk_is_told_as_it_is() {
    let folder = Scratch::new("walk-full-disk");
    folder.file("tight.json", &tight());
    let explore = format!("'{SIMULATOR}' explore tight.json --seeds 0..20 --jobs 1 --out disk");
    let Some(text) = on_a_small_disk(&folder, &explore) else { return };
    assert!(text.contains("status 7\n"), "{text}");
    assert!(text.contains("No space left on device"), "{text}");
    assert!(text.contains("of them could not be saved in disk"), "{text}");
    let (_, left) = text.split_once("status 7\n").expect("checked above");
    let left: Vec<_> = left.lines().filter(|line| !line.starts_with("error")).collect();
    // What fits of the progress is kept, too: what was not saved is looked for again.
    assert!(left.contains(&"tight-0.json"), "{text}");
    assert!(left.iter().all(|name| ["tight-0.json", "record.jsonl"].contains(name)), "{text}");
}

#[test]
fn what_cannot_be_written_has_a_status_of_its_own() {
    let folder = Scratch::new("walk-not-written");
    if !Path::new("/dev/full").exists() {
        return;
    }
    let output = simulator(&folder, &["run", "simple-1", "--trace", "/dev/full"], "");
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    assert!(said(&output).contains("/dev/full: it could not be written"), "{}", said(&output));
    let nowhere = simulator(&folder, &["run", "simple-1", "--trace", "no/such/folder/x"], "");
    assert_eq!(nowhere.status.code(), Some(2), "{}", said(&nowhere));
    let help = simulator(&folder, &["--help"], "");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let words: Vec<_> = help.split_whitespace().collect();
    assert!(words.join(" ").contains("7 something could not be written"), "{help}");
}

#[test]
fn scenarios_and_failures_come_from_standard_input_too() {
    let folder = Scratch::new("walk-stdin");
    let run = simulator(&folder, &["run", "-"], &tight());
    assert_eq!(run.status.code(), Some(4), "{}", said(&run));
    let replay = simulator(&folder, &["replay", "-", "--until", "6"], &tight());
    assert_eq!(replay.status.code(), Some(0), "{}", said(&replay));
    folder.file("tight.json", &tight());
    simulator(&folder, &["explore", "tight.json", "--seeds", "0..1"], "");
    let failure = fs::read_to_string(folder.join("failures/tight-0.json")).expect("a failure");
    let again = simulator(&folder, &["replay", "-"], &failure);
    assert_eq!(again.status.code(), Some(4), "{}", said(&again));
    assert!(String::from_utf8_lossy(&again.stdout).contains("the very same run"));
    let broken = simulator(&folder, &["replay", "-"], "{\"lifetime\": 30,");
    assert_eq!(broken.status.code(), Some(2));
    assert_eq!(said(&broken), "error: -:1:16: this is not JSON: the text ends within an object\n");
}

#[test]
fn a_number_in_the_place_of_a_range_is_refused_with_what_to_write() {
    let folder = Scratch::new("walk-numbers");
    let output = simulator(&folder, &["suite", "--seeds", "5"], "");
    assert_eq!(output.status.code(), Some(2));
    let words = "write 0..5 for 5 seeds, or 5..6 for this one";
    assert!(said(&output).contains(words), "{}", said(&output));
}

#[test]
fn a_grading_without_submissions_says_where_it_looked() {
    let folder = Scratch::new("walk-no-submission");
    fs::create_dir_all(folder.join("submissions/alice")).expect("a folder");
    fs::create_dir_all(folder.join("submissions/bert")).expect("a folder");
    let output = simulator(&folder, &["grade", "submissions"], "");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for words in ["no submission was found", "submissions/alice", "submissions/bert", "--name"] {
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn what_a_command_keeps_for_itself_is_named() {
    let folder = Scratch::new("walk-progress");
    folder.file("tight.json", &tight());
    simulator(&folder, &["explore", "tight.json", "--seeds", "0..1"], "");
    for command in ["replay", "shrink", "run"] {
        let output = simulator(&folder, &[command, "failures/record.jsonl"], "");
        assert_eq!(output.status.code(), Some(2));
        let words = "failures/record.jsonl: this is a record";
        assert!(said(&output).contains(words), "{command}: {}", said(&output));
    }
}

/// The same mistake ends all replicas, with the same words: they are told once.
#[test]
fn a_syntax_error_is_told_once() {
    if python("right").is_none() {
        return;
    }
    let folder = Scratch::new("walk-syntax");
    let path = folder.file("kv", "#!/usr/bin/env python3\nprint \"x\"\n");
    executable(&path);
    let output = simulator(&folder, &["run", "simple-1", "--replica", "./kv"], "");
    let report = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(5), "{report}");
    assert_eq!(report.matches("SyntaxError").count(), 1, "{report}");
}

/// `env -S` splits what the kernel passes whole.
#[test]
fn an_interpreter_with_arguments_is_known() {
    let Some(right) = python("right") else { return };
    let folder = Scratch::new("walk-shebang");
    let text = fs::read_to_string(&right).expect("a replica");
    let (_, rest) = text.split_once('\n').expect("a first line");
    fs::copy(right.with_file_name("course.py"), folder.join("course.py")).expect("a copy");
    let reports = ["python3", "-S python3 -u"].map(|what| {
        let path = folder.file("kv", &format!("#!/usr/bin/env {what}\n{rest}"));
        executable(&path);
        let output = simulator(&folder, &["run", "simple-1", "--replica", "./kv"], "");
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    assert!(reports[0].contains("(Python 3."), "{}", reports[0]);
    assert_eq!(reports[0], reports[1]);
}

fn executable(path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("its owner");
}
