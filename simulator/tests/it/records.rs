//! Records: shards merge to what one machine finds, what is torn or foreign is refused by name, and an interruption
//! loses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::exploring::scenario_text;
use crate::support::schema::Schema;
use crate::support::{self, Scratch};

/// Returns a folder with a scenario that some seeds fail, and one that none does.
fn folder(name: &str) -> Scratch {
    let folder = Scratch::new(name);
    folder.file("tight.json", &scenario_text(135));
    folder.file("loose.json", &scenario_text(99_999));
    folder
}

fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    // The engine of the machine that runs this test is of no interest.
    for name in ["CI_NODE_INDEX", "CIRCLE_NODE_INDEX", "SLURM_ARRAY_TASK_ID"] {
        command.env_remove(name);
    }
    command.current_dir(folder).args(line.split(' ')).stdin(Stdio::null());
    command
}

fn simulator(folder: &Path, line: &str) -> Output {
    command(folder, line).output().expect("the simulator starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const EXPLORE: &str = "explore tight.json loose.json --seeds 5..200 --max-failures 5 --jobs 1";

/// Explores in this many shards, in folders of `shards`.
fn explore_in_shards(folder: &Path, of: u64) {
    for number in 1..=of {
        let output =
            simulator(folder, &format!("{EXPLORE} --out shards/{number} --shard {number}/{of}"));
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", told(&output));
        assert!(told(&output).contains(&format!("shard {number}/{of}: ")), "{}", told(&output));
    }
}

/// Returns the text of a record without the elapsed time.
pub(crate) fn without_time(path: impl AsRef<Path>) -> String {
    let text = fs::read_to_string(path).expect("a record");
    let (before, time) = text.rsplit_once("\"elapsed_s\":").expect("the last line");
    assert!(time.ends_with("}\n"), "{time}");
    before.to_owned()
}

/// Returns the names of the failure files in a folder with their contents.
fn failures(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let named =
        entries.map(|entry| (entry.file_name().into_string().expect("UTF-8"), entry.path()));
    let files = named.filter(|(name, _)| name.ends_with(".json"));
    let mut files: Vec<_> =
        files.map(|(name, path)| (name, fs::read_to_string(path).expect("a file"))).collect();
    files.sort();
    files
}

#[test]
fn shards_merge_to_the_record_of_one_machine() {
    let folder = folder("records-shards");
    let one = simulator(&folder, &format!("{EXPLORE} --out one"));
    assert_eq!(one.status.code(), Some(4), "{}", told(&one));
    explore_in_shards(&folder, 8);
    let merged = simulator(&folder, "merge shards -o merged");
    assert_eq!(merged.status.code(), Some(4), "the worst: {}", told(&merged));
    assert_eq!(
        without_time(folder.join("merged/record.jsonl")),
        without_time(folder.join("one/record.jsonl"))
    );
    let kept = failures(&folder.join("merged"));
    assert_eq!(kept.len(), 5, "as many as --max-failures");
    assert_eq!(kept, failures(&folder.join("one")));
    let text = told(&merged);
    assert!(text.contains("8 records of explore: 390 runs, digest "), "{text}");
    let kinds = "60 runs failed, of 1 kind\n  60 of 390, 15 % (95 % confidence: 12 to 19 %)\n  \
                 budget/budget/total_messages: 60";
    assert!(text.contains(kinds), "{text}");
    assert!(text.contains("replay merged/tight-"), "{text}");
    // A merged record is a record.
    let again = simulator(&folder, "merge merged/record.jsonl -o again.jsonl");
    assert_eq!(again.status.code(), Some(4), "{}", told(&again));
    assert_eq!(
        without_time(folder.join("again.jsonl")),
        without_time(folder.join("one/record.jsonl"))
    );
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let folder = folder("records-refused");
    explore_in_shards(&folder, 4);
    let refused = |line: &str, words: &[&str]| {
        let output = simulator(&folder, line);
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        words.iter().for_each(|word| assert!(told(&output).contains(word), "{}", told(&output)));
    };
    let missing = ["shard 3/4 is missing, with 104 runs: ", "--partial merges what there is"];
    refused("merge shards/1 shards/2 shards/4", &missing);
    let partial = simulator(&folder, "merge shards/1 shards/2 shards/4 --partial");
    assert_eq!(partial.status.code(), Some(8), "{}", told(&partial));
    assert!(told(&partial).contains("runs are missing"), "{}", told(&partial));
    let doubled = ["shards/1/record.jsonl and shards/1/record.jsonl are both shard 1/4"];
    refused("merge shards shards/1", &doubled);
    // A doubled shard changes no sum.
    let partial = simulator(&folder, "merge shards shards/1 --partial -o twice.jsonl");
    assert_eq!(partial.status.code(), Some(4), "{}", told(&partial));
    simulator(&folder, "merge shards -o once.jsonl");
    let twice = fs::read_to_string(folder.join("twice.jsonl")).expect("a record");
    let once = fs::read_to_string(folder.join("once.jsonl")).expect("a record");
    let lines = |text: &str| text.lines().filter(|it| !it.contains("\"end\"")).count();
    assert_eq!(lines(&twice), lines(&once));

    let path = folder.join("shards/2/record.jsonl");
    let text = fs::read_to_string(&path).expect("a record");
    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("a record");
    };
    let end = text.find("{\"line\":\"end\"").expect("a last line");
    fs::write(&path, &text[..end - 9]).expect("a record");
    refused(
        "merge shards",
        &["shards/2/record.jsonl:", "the record is torn: the line is incomplete"],
    );
    change("\"build\":\"", "\"build\":\"f");
    let build = ["shards/1/record.jsonl", "another build of the simulator than the first record"];
    refused("merge shards/2 shards/1 shards/3 shards/4", &build);
    let allowed = simulator(&folder, "merge shards --allow-different-builds");
    assert_eq!(allowed.status.code(), Some(4), "{}", told(&allowed));
    change("\"content\":\"", "\"content\":\"f");
    refused("merge shards", &["shards/2/record.jsonl", "the content of tight differs"]);
    change("\"until\":200", "\"until\":201");
    refused("merge shards", &["shards/2/record.jsonl", "tight has the seeds 5..201"]);
    change("\"number\":2", "\"number\":3");
    refused("merge shards", &["shards/2/record.jsonl", "does not belong to it"]);
    change("\"of\":4", "\"of\":5");
    refused("merge shards", &["it is one of 5 shards, not of 4"]);
    let chunk = text.lines().find(|line| line.contains("\"chunk\"")).expect("a chunk");
    change(&format!("{chunk}\n"), "");
    let torn = ["shards/2/record.jsonl:", "the chunk does not fit its header and failures"];
    refused("merge shards", &torn);
    let header = text.lines().next().expect("a header");
    fs::write(&path, format!("{header}\n")).expect("a record");
    refused(
        "merge shards",
        &["shards/2/record.jsonl: shard 2/4 is incomplete, it lacks 91 runs: "],
    );
    change("\"record\":1", "\"record\":9");
    refused("merge shards", &["this record has format 9, and this simulator reads format 1"]);
    refused("merge tight.json", &["tight.json: this is no record"]);
    refused("merge nothing", &["nothing: there is no record here"]);
}

/// A killed exploration goes on where it was, and ends with the record that it would have had.
#[test]
fn a_killed_exploration_ends_with_the_same_record() {
    let folder = folder("records-killed");
    let explore = "explore tight.json loose.json --seeds 0..600 --max-failures 5";
    assert_eq!(simulator(&folder, &format!("{explore} --out one")).status.code(), Some(4));
    let killed = format!("{explore} --out killed");
    let mut interrupted = 0;
    for round in 0..20 {
        let mut running = command(&folder, &killed);
        let mut running =
            running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(40 + 37 * round % 90));
        // SIGKILL: nothing is flushed or put in order.
        running.kill().expect("it was running, or has ended");
        interrupted += u32::from(running.wait().expect("it ends").code().is_none());
    }
    assert!(interrupted > 0, "it was never killed in the middle");
    let path = folder.join("killed/record.jsonl");
    if let Some(text) = fs::read_to_string(&path).ok().filter(|text| text.lines().count() > 3) {
        // The same where the last line was torn.
        fs::write(&path, &text[..text.trim_end().len() - 7]).expect("a record");
    }
    let last = simulator(&folder, &killed);
    assert_eq!(last.status.code(), Some(4), "{}", told(&last));
    assert_eq!(without_time(&path), without_time(folder.join("one/record.jsonl")));
    assert_eq!(failures(&folder.join("killed")), failures(&folder.join("one")));
}

#[test]
fn the_environment_names_the_shard_or_it_is_refused() {
    let folder = folder("records-auto");
    let run = |shard: &str, variables: &[(&str, &str)]| {
        let line = format!("explore loose.json --seeds 0..64 --out a --shard {shard}");
        let mut command = command(&folder, &line);
        command.envs(variables.iter().copied()).output().expect("the simulator starts")
    };
    let none = run("auto", &[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(told(&none).contains("none of SLURM_ARRAY_TASK_ID (Slurm), "), "{}", told(&none));
    assert!(!folder.join("a/record.jsonl").exists(), "a shard never silently runs everything");
    let kubernetes = [("JOB_COMPLETION_INDEX", "1")];
    assert!(told(&run("auto", &kubernetes)).contains("as in --shard auto/8"));
    let given = told(&run("auto/4", &kubernetes));
    let engine = "shard 2 of 4, as Kubernetes says: JOB_COMPLETION_INDEX=1";
    assert!(given.contains(engine), "{given}");
    assert!(given.contains("shard 2/4: 16 of 64 runs: loose 16..32\n"), "{given}");
    let touched = folder.join("touched");
    let status = touched.to_str().expect("UTF-8");
    let bazel =
        [("TEST_SHARD_INDEX", "0"), ("TEST_TOTAL_SHARDS", "2"), ("TEST_SHARD_STATUS_FILE", status)];
    let given = run("auto", &bazel);
    assert_eq!(given.status.code(), Some(0), "{}", told(&given));
    assert!(touched.exists(), "Bazel's file is touched");
    for bad in ["0/4", "5/4", "4", "automatic", "auto/0"] {
        assert_eq!(run(bad, &[]).status.code(), Some(2), "{bad}");
    }
}

#[test]
fn suites_have_shards() {
    let folder = folder("records-suite");
    let suite = "suite tight.json loose.json --seeds 0..40";
    simulator(&folder, &format!("{suite} --record one.jsonl"));
    for number in 1..=3 {
        let output =
            simulator(&folder, &format!("{suite} --record s-{number}.jsonl --shard {number}/3"));
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", told(&output));
    }
    let merged = simulator(&folder, "merge s-1.jsonl s-2.jsonl s-3.jsonl -o merged.jsonl");
    assert_eq!(merged.status.code(), Some(4), "{}", told(&merged));
    let record = |name: &str| without_time(folder.join(name));
    assert_eq!(record("merged.jsonl"), record("one.jsonl"));
}

/// Puts three submissions into a folder: two that run, and one that has no executable.
fn submit(folder: &Path) -> Option<()> {
    let right = support::python("right")?;
    for student in ["ann", "bob"] {
        let place = folder.join(student);
        fs::create_dir_all(&place).expect("a folder");
        fs::copy(&right, place.join("3700kvstore")).expect("a copy");
        fs::copy(right.with_file_name("course.py"), place.join("course.py")).expect("a copy");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(place.join("3700kvstore"), mode).expect("a mode");
    }
    fs::create_dir_all(folder.join("carl")).expect("a folder");
    Some(())
}

/// Two machines have copies of the submissions, each at a place of its own; a third one writes the outputs.
#[test]
fn gradings_in_shards_have_the_outputs_of_one_machine() {
    let folder = folder("records-grades");
    for place in ["submissions", "first/submissions", "second/submissions"] {
        if submit(&folder.join(place)).is_none() {
            return;
        }
    }
    let what = "--scenarios tight.json --scenarios loose.json --seeds 0..4";
    let outputs = |to: &str| {
        let files = format!("--csv {to}/rows.csv --runs-csv {to}/runs.csv --junit {to}/junit.xml");
        format!("{files} --gradescope {to}/scope --folders {to}/out --html {to}/pages")
    };
    let grade = |submissions: &str, more: &str| {
        let output = simulator(&folder, &format!("grade {submissions} {what} {more}"));
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        told(&output)
    };
    for name in ["one", "merged"] {
        fs::create_dir(folder.join(name)).expect("a folder");
    }
    let one = grade("submissions", &format!("--record one.jsonl {}", outputs("one")));
    grade("first/submissions", "--record g-1.jsonl --shard 1/2");
    grade("second/submissions", "--record g-2.jsonl --shard 2/2");
    let merged = simulator(&folder, "merge g-1.jsonl g-2.jsonl -o merged.jsonl");
    assert_eq!(merged.status.code(), Some(0), "{}", told(&merged));
    assert!(told(&merged).contains("carl"), "{}", told(&merged));
    let written = grade("submissions", &format!("--record merged.jsonl {}", outputs("merged")));
    assert!(written.contains("16 known from merged.jsonl, 0 now"), "{written}");
    let rows = |text: &str| text.split("\n\n").next().map(str::to_owned);
    assert_eq!(rows(&written), rows(&one));
    let (one, merged) = (files(&folder.join("one")), files(&folder.join("merged")));
    assert!(one.len() > 8, "rows, runs, JUnit, results of three, folders, pages: {one:?}");
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&merged));
    one.iter().for_each(|(name, text)| assert!(merged[name] == *text, "{name} differs"));
    let record = |name: &str| without_time(folder.join(name));
    assert_eq!(record("merged.jsonl"), record("one.jsonl"));
}

/// Returns all files in a folder and its subfolders, by path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (name, path) = (entry.file_name().into_string().expect("UTF-8"), entry.path());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(it, text)| (format!("{name}/{it}"), text)));
        } else {
            found.insert(name, fs::read_to_string(path).expect("a text"));
        }
    }
    found
}

/// A suite goes on from its record, wherever that was cut off, to the same record and the same table.
#[test]
fn a_killed_suite_ends_with_the_same_record() {
    let folder = folder("records-suite-killed");
    let suite = "suite tight.json loose.json --seeds 0..40 --shard 1/2 --record a.jsonl";
    let whole = simulator(&folder, suite);
    assert_eq!(whole.status.code(), Some(4), "{}", told(&whole));
    let (path, expected) = (folder.join("a.jsonl"), without_time(folder.join("a.jsonl")));
    let text = fs::read_to_string(&path).expect("a record");
    let lines = |output: &Output, word: &str| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect::<Vec<_>>()
    };
    let end = text.find("{\"line\":\"end\"").expect("a last line");
    for place in [0, 3, 5, 7, 9] {
        let cut = text.find('\n').expect("a header") + 1 + (end - 400) * place / 10;
        fs::write(&path, &text[..cut]).expect("a record");
        let known = text[..cut].matches("\n{\"line\":\"run\"").count() - usize::from(place > 0);
        let resumed = simulator(&folder, suite);
        assert_eq!(resumed.status.code(), Some(4), "{}", told(&resumed));
        assert_eq!(without_time(&path), expected, "cut after {cut} bytes");
        assert_eq!(lines(&resumed, "pass")[..2], lines(&whole, "pass")[..2], "the table");
        assert_eq!(lines(&resumed, " seed "), lines(&whole, " seed "), "the failures");
        let words =
            if known > 1 { format!("{known} runs known from a.jsonl") } else { String::new() };
        assert!(told(&resumed).contains(&words), "{words}: {}", told(&resumed));
    }
    // What a record lacks is made again.
    let json = simulator(&folder, &format!("{suite} --json"));
    let count = lines(&json, "\"digest\"").len();
    assert_eq!(count, text.matches("\"line\":\"run\"").count(), "{}", told(&json));
    // A changed scenario is run afresh, and the earlier runs are kept.
    folder.file("loose.json", &scenario_text(99_998));
    let changed = told(&simulator(&folder, suite));
    assert!(changed.contains("24 runs known from a.jsonl"), "tight is what it was: {changed}");
    assert_eq!(without_time(folder.join("a-1.jsonl")), expected);
}

#[test]
fn a_canary_that_is_not_found_is_no_pass() {
    let folder = folder("records-canary");
    let explore = "explore loose.json --seeds 0..32";
    let found = simulator(&folder, &format!("{explore} --out a --canary built-in"));
    assert_eq!(found.status.code(), Some(0), "{}", told(&found));
    assert!(told(&found).contains("the canary was found: built-in"));
    let failing = simulator(&folder, "explore tight.json --seeds 0..20 --out f");
    assert_eq!(failing.status.code(), Some(4));
    let (name, text) = failures(&folder.join("f")).remove(0);
    let found = simulator(&folder, &format!("{explore} --out b --canary f/{name}"));
    assert_eq!(found.status.code(), Some(0), "{}", told(&found));
    // A known failure that passes by now, because its bound is wide.
    let fixed = text.replace("135", "9999");
    assert_ne!(fixed, text);
    folder.file("fixed.json", &fixed);
    for number in 1..=2 {
        let line = format!("{explore} --out s/{number} --shard {number}/2 --canary fixed.json");
        let missed = simulator(&folder, &line);
        assert_eq!(missed.status.code(), Some(6), "{}", told(&missed));
        assert!(told(&missed).contains("the canary was not found"), "{}", told(&missed));
    }
    let merged = simulator(&folder, "merge s");
    assert_eq!(merged.status.code(), Some(6), "{}", told(&merged));
}

#[test]
fn what_is_new_is_told_and_ends_an_exploration() {
    let folder = folder("records-new");
    simulator(&folder, "explore loose.json --seeds 0..64 --out old");
    let explore = "explore tight.json --jobs 1";
    let line = format!("{explore} --seeds 0..1000000 --out new --against old --until-new");
    let new = simulator(&folder, &line);
    assert_eq!(new.status.code(), Some(4), "{}", told(&new));
    assert!(told(&new).contains("  new     budget/budget/total_messages: 0 then, "));
    assert!(told(&new).contains("runs left"), "it stops at the first: {}", told(&new));
    let line = format!("{explore} --seeds 0..64 --out whole --against new --until-new");
    let text = told(&simulator(&folder, &line));
    assert!(text.contains("ongoing budget/budget/total_messages: "), "{text}");
    assert!(!text.contains("runs left"), "nothing is new: {text}");
    let gone = simulator(&folder, "merge old --against whole");
    assert_eq!(gone.status.code(), Some(0), "{}", told(&gone));
    assert!(told(&gone).contains("  gone    budget/budget/total_messages: "), "{}", told(&gone));
    simulator(&folder, "explore loose.json --seeds 0..2 --out few");
    let rare = simulator(&folder, "merge few --against whole");
    assert!(told(&rare).contains("  rare    budget/budget/total_messages: "), "{}", told(&rare));
}

/// Two commands that write the same record would mix their results: the second one is refused.
#[test]
fn a_record_has_one_writer() {
    let folder = folder("records-claimed");
    let explore = "explore loose.json --seeds 0..18446744073709551615 --out a";
    let mut first = command(&folder, explore);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    support::eventually("a chunk is noted", || {
        let text = fs::read_to_string(folder.join("a/record.jsonl"));
        text.is_ok_and(|text| text.lines().count() > 1).then_some(())
    });
    for second in [explore, "suite loose.json --record a/record.jsonl"] {
        let refused = simulator(&folder, second);
        assert_eq!(refused.status.code(), Some(7), "{}", told(&refused));
        let words =
            "a/record.jsonl: the record could not be written: another process is writing it";
        assert!(told(&refused).contains(words), "{}", told(&refused));
    }
    first.kill().expect("it was running");
    first.wait().expect("it ends");
    // The lock has ended with the process.
    let next = simulator(&folder, "explore loose.json --seeds 0..16 --out a");
    assert_eq!(next.status.code(), Some(0), "{}", told(&next));
    let pipe = simulator(&folder, "suite loose.json --record /dev/null");
    assert_eq!(pipe.status.code(), Some(2), "{}", told(&pipe));
}

/// A wider exploration takes up a narrower one, and a narrower one leaves the wider one's record.
#[test]
fn a_record_is_never_thrown_away() {
    let folder = folder("records-kept");
    let explore = |seeds: &str| {
        told(&simulator(&folder, &format!("explore loose.json --seeds {seeds} --out a")))
    };
    explore("0..64");
    assert!(explore("0..96").contains("64 known from a/record.jsonl, 32 now"));
    assert!(!folder.join("a/record-1.jsonl").exists(), "all of it was taken up");
    assert!(explore("0..32").contains("32 known from a/record.jsonl, 0 now"));
    let aside = fs::read_to_string(folder.join("a/record-1.jsonl")).expect("the wider record");
    assert!(aside.contains("\"until\":96"), "{aside}");
}

/// Every line of every kind of record is as the schema says, and the schema refuses others.
#[test]
fn records_are_as_the_schema_says() {
    let folder = folder("records-schema");
    let schema = Schema::parse(include_str!("../../docs/record.schema.json"));
    simulator(&folder, "explore tight.json --seeds 0..40 --out a --shard 1/2 --canary built-in");
    simulator(&folder, "suite tight.json --seeds 0..20 --record suite.jsonl");
    simulator(&folder, "run loose.json --record run.jsonl");
    fs::create_dir_all(folder.join("submissions/carl")).expect("a folder");
    let mut grade = String::from("grade submissions --scenarios loose.json --record grade.jsonl");
    if let Some(right) = support::python("right") {
        grade += &format!(" {}", right.display());
    } else {
        fs::create_dir_all(folder.join("submissions/dora")).expect("a folder");
        folder.file("submissions/dora/3700kvstore", "no program");
    }
    simulator(&folder, &grade);
    let mut kinds = std::collections::BTreeSet::new();
    for name in ["a/record.jsonl", "suite.jsonl", "run.jsonl", "grade.jsonl"] {
        let text = fs::read_to_string(folder.join(name)).expect("a record");
        for line in text.lines() {
            let mut value: Value = serde_json::from_str(line).expect("JSON");
            let errors = schema.errors(&value);
            assert!(errors.is_empty(), "{line}: {errors:?}");
            kinds.insert(value["line"].as_str().expect("a kind").to_owned());
            value["surplus"] = Value::from(1);
            assert!(!schema.errors(&value).is_empty(), "{line}");
        }
    }
    let all = ["chunk", "end", "failure", "header", "run"].map(str::to_owned);
    assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}
