//! Grading as its user sees it: a row for each submission, and none that stops the rest.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::{self, Scratch, assert_snapshot};

/// A folder of submissions.
struct Class(Scratch);

impl Class {
    fn new(name: &str) -> Class {
        let folder = Scratch::new(name);
        fs::create_dir(folder.join("submissions")).expect("a folder");
        let scenario = r#"{"lifetime": 5, "replicas": 3, "requests": 40, "mix": 0.5, "wait": 1,
            "tests": {"maximum_get_fail_fraction": 0.1, "maximum_put_fail_fraction": 0.1,
            "maximum_appends_batched_fraction": 1, "maximum_get_generation_fail_fraction": 1,
            "benchmarks": {"total_msgs": [1000, 2000, 3000], "failures": [2, 3, 4],
            "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;
        folder.file("short.json", scenario);
        Class(folder)
    }

    fn path(&self, inner: &str) -> PathBuf {
        self.0.join(inner)
    }

    /// Puts one of the replicas of this folder into a submission.
    fn submit(&self, student: &str, replica: &Path) {
        let folder = self.path("submissions").join(student);
        fs::create_dir_all(&folder).expect("a folder");
        let executable = folder.join("3700kvstore");
        fs::copy(replica, &executable).expect("a copy");
        fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).expect("a mode");
        let module = replica.with_file_name("course.py");
        fs::copy(module, folder.join("course.py")).expect("a copy");
    }

    fn grade(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("the simulator starts")
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        command.arg("grade").arg(self.path("submissions"));
        command.arg("--scenarios").arg(self.path("short.json"));
        command.arg("--record").arg(self.path("grades.jsonl"));
        if !more.contains(&"--seeds") {
            command.args(["--seeds", "0..3"]);
        }
        command.args(more).stdin(Stdio::null());
        command
    }
}

/// Returns the rows, and the sum below them without the elapsed time.
fn rows_and_sum(output: &Output) -> (String, String) {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let (rows, sum) = text.split_once("\n\n").expect("a line between");
    let (sum, _) = sum.rsplit_once(" in ").expect("the time");
    (rows.to_owned(), sum.to_owned())
}

#[test]
fn each_submission_is_a_row_and_a_bad_one_stops_nobody() {
    let (Some(right), Some(crashes)) = (support::python("right"), support::python("crashes"))
    else {
        return;
    };
    let class = Class::new("grade-rows");
    class.submit("Ann Lee/project6", &right);
    class.submit("bob", &crashes);
    fs::create_dir_all(class.path("submissions/carl")).expect("a folder");
    class.submit("dora", &right);
    fs::write(class.path("submissions/dora/3700kvstore"), "no program").expect("a file");
    let csv = class.path("grades.csv");
    let output = class.grade(&["--csv", csv.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (rows, sum) = rows_and_sum(&output);
    let words = "its last words: ValueError: a put is more than I can bear";
    let csv = fs::read_to_string(csv).expect("the CSV file");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 5, "{csv}");
    assert!(lines[2].contains(words), "{csv}");
    assert!(lines[0].starts_with("submission,executable,runs,course_passes,messages_bonus,"));
    let folder = class.path("").display().to_string();
    let program = env!("CARGO_BIN_EXE_simulator");
    let told = format!("{rows}\n\n{sum}").replace(&folder, "CLASS/").replace(program, "simulator");
    assert_snapshot!("grade_rows", support::without_times(&told));
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    assert!(lines.iter().all(|line| cells(line).len() >= cells(lines[0]).len()), "{csv}");
    assert_eq!((&*cells(lines[1])[0], &*cells(lines[1])[21]), ("Ann Lee", "pass"));
    assert_eq!((&*cells(lines[2])[0], &*cells(lines[2])[21]), ("bob", "crash"));
    assert_eq!((&*cells(lines[3])[0], &*cells(lines[3])[21]), ("carl", "unfit"));
}

#[test]
fn it_goes_on_where_it_was_stopped() {
    let Some(right) = support::python("right") else { return };
    let class = Class::new("grade-resumed");
    class.submit("ann", &right);
    class.submit("bob", &right);
    let whole = rows_and_sum(&class.grade(&["--jobs", "2"]));
    assert_eq!(whole.1, "2 submissions, 6 runs, 6 now");
    // The record is cut as if the command had been killed while it wrote its last line.
    let progress = class.path("grades.jsonl");
    let text = fs::read_to_string(&progress).expect("the record");
    let end = text.find("{\"line\":\"end\"").expect("a last line");
    fs::write(&progress, &text[..end - 20]).expect("the record");
    let known = format!(", 5 known from {}, 1 now", progress.display());
    let resumed = rows_and_sum(&class.grade(&["--jobs", "1"]));
    assert_eq!(resumed, (whole.0.clone(), format!("2 submissions, 6 runs{known}")));
    // A new submission is graded again.
    let executable = class.path("submissions/bob/3700kvstore");
    let changed = fs::read_to_string(&executable).expect("text") + "\n# better now\n";
    fs::write(&executable, changed).expect("a file");
    let known = format!(", 3 known from {}, 3 now", progress.display());
    let changed = rows_and_sum(&class.grade(&[]));
    assert_eq!(changed, (whole.0, format!("2 submissions, 6 runs{known}")));
}

#[test]
fn seeds_beyond_counting_need_no_memory() {
    let class = Class::new("grade-endless");
    fs::create_dir_all(class.path("submissions/carl")).expect("a folder");
    fs::create_dir_all(class.path("submissions/dora")).expect("a folder");
    fs::write(class.path("submissions/dora/3700kvstore"), "no program").expect("a file");
    let output = class.grade(&["--seeds", "0..18446744073709551615"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (rows, sum) = rows_and_sum(&output);
    assert_eq!(rows.matches("not run: ").count(), 2, "{rows}");
    assert_eq!(sum, "2 submissions, 0 runs, 0 now");
}

#[test]
fn what_was_stopped_is_no_success() {
    let Some(right) = support::python("right") else { return };
    let class = Class::new("grade-stopped");
    class.submit("ann", &right);
    let mut command = class.command(&["--seeds", "0..18446744073709551615"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().expect("the simulator starts");
    support::eventually("a run is noted", || {
        let text = fs::read_to_string(class.path("grades.jsonl"));
        text.is_ok_and(|text| text.lines().count() > 1).then_some(())
    });
    let pid = running.id().to_string();
    let sent = Command::new("/bin/sh").args(["-c", "kill -INT $0", &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let output = running.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("the same command goes on from here"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("again to stop at once"));
}

#[test]
fn a_path_without_submissions_is_refused() {
    let class = Class::new("grade-nothing");
    let output = class.grade(&[]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("there is no submission in this folder"), "{said}");
}
