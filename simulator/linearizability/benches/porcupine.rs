//! The search for any model next to porcupine, on the same histories; printed as a table for Markdown.
//!
//!     PORCUPINE=FOLDER HISTORIES_DIR=FOLDER cargo bench -p stormglass-linearizability --bench porcupine
//!
//! `PORCUPINE` is a checkout of porcupine with its test data, which the installed Go compiles. Times are the least of
//! three runs, on one thread here; porcupine uses one for each key. Both only decide, without a proof. Histories of
//! `HISTORIES_DIR` are measured too if it is set.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use linearizability::model::key_value::{Answer, Function, KeyValue, Op};
use linearizability::model::{Model, Observation, is_linearizable};
use linearizability::{Budget, ModelName, Reading};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

type Call = Observation<Op, Answer>;

/// The store without the methods for unique values, so that the search decides everything.
struct Searched(KeyValue);

impl Model for Searched {
    type Op = Op;
    type Answer = Answer;
    type State = Option<String>;

    fn initial(&self) -> Option<String> {
        self.0.initial()
    }

    fn step(
        &self,
        state: &Option<String>,
        op: &Op,
        answer: Option<&Answer>,
    ) -> impl IntoIterator<Item = Option<String>> {
        self.0.step(state, op, answer)
    }

    fn key<'a>(&'a self, op: &'a Op) -> std::borrow::Cow<'a, str> {
        self.0.key(op)
    }

    fn observes(&self, op: &Op, answer: &Answer) -> bool {
        self.0.observes(op, answer)
    }

    fn is_lost(&self, state: &Option<String>, op: &Op, answer: &Answer) -> bool {
        self.0.is_lost(state, op, answer)
    }

    fn escapes(&self, op: &Op, answer: Option<&Answer>) -> bool {
        self.0.escapes(op, answer)
    }

    fn enables(&self, op: &Op, later: &Op, answer: Option<&Answer>) -> bool {
        self.0.enables(op, later, answer)
    }
}

/// Some histories that are measured together.
struct Group {
    name: String,
    histories: Vec<(Option<String>, Vec<Call>)>,
}

impl Group {
    fn new(name: impl Into<String>) -> Group {
        Group { name: name.into(), histories: Vec::new() }
    }

    /// Adds a file of registers or of a key-value store.
    fn add(&mut self, path: &Path, initial: Option<&str>, model: Option<ModelName>) {
        let reading = Reading { initial, model, ..Reading::default() };
        let recording =
            reading.read_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let initial = initial.map(|literal| literal.trim_matches('"').to_owned());
        self.histories.extend(recording.key_value_calls().map(|calls| (initial, calls)));
    }
}

/// Returns a history of a register with 5 values: a third each of reads, writes and compare-and-sets by 5 clients.
fn pending(rng: &mut ChaCha8Rng, pending: f64, spoiled: bool) -> Vec<Call> {
    let mut free_at = [0_u64; 5];
    let mut calls: Vec<(u64, bool, Call)> = (0..150)
        .map(|_| {
            let client = rng.random_range(0..5);
            let invoke = free_at[client] + rng.random_range(1..4);
            let end = invoke + rng.random_range(1..16);
            free_at[client] = end + 1;
            let mut value = || rng.random_range(0..5).to_string();
            let op = match value().as_str() {
                "0" | "1" => Op::put("r", value()),
                "2" | "3" => Op::swap("r", Some(&value()), value()),
                _ => Op::get("r"),
            };
            let is_open = rng.random_bool(pending);
            let late = if is_open { [0, 40, 100_000][rng.random_range(0..3)] } else { 0 };
            let effect = rng.random_range(invoke..=end) + late;
            (effect, is_open, Observation::answered(client as u32, op, invoke, Answer::Done, end))
        })
        .collect();
    calls.sort_by_key(|(effect, ..)| *effect);
    let mut state = None;
    for (_, is_open, call) in &mut calls {
        let right = match &call.op.function {
            Function::Get => Answer::Value(state.clone()),
            Function::Swap { from, .. } => Answer::Swapped(*from == state),
            _ => Answer::Done,
        };
        let after = KeyValue::default().step(&state, &call.op, Some(&right)).into_iter().next();
        state = after.flatten();
        call.answer = call.answer.take().filter(|_| !*is_open);
        if let Some(answered) = &mut call.answer {
            answered.answer = right;
        }
    }
    let mut calls: Vec<Call> = calls.into_iter().map(|(.., call)| call).collect();
    if spoiled {
        let read = |call: &&mut Call| call.op.function == Function::Get && call.answer.is_some();
        let mut reads: Vec<&mut Call> = calls.iter_mut().filter(read).collect();
        let victim = rng.random_range(0..reads.len());
        if let Some(answered) = &mut reads[victim].answer {
            answered.answer = Answer::value(rng.random_range(0..5).to_string());
        }
    }
    calls.sort_by_key(|call| call.invoke);
    calls
}

fn groups(porcupine: &Path) -> Vec<Group> {
    let data = porcupine.join("test_data");
    let mut etcd = Group::new("porcupine's etcd logs");
    let mut logs: Vec<PathBuf> = files(&data.join("jepsen"));
    logs.retain(|path| path.extension().is_some_and(|it| it == "log"));
    logs.iter().for_each(|path| etcd.add(path, None, None));
    let mut groups = vec![etcd];
    for path in files(&data.join("kv")) {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        let mut group = Group::new(format!("porcupine's {}", name.unwrap_or_default()));
        group.add(&path, Some("\"\""), Some(ModelName::KeyValue));
        groups.push(group);
    }
    if let Ok(folder) = std::env::var("HISTORIES_DIR") {
        let mut group = Group::new("three that were reported");
        let reported = files(&Path::new(&folder).join("reported"));
        let is_pending = |path: &&PathBuf| path.to_string_lossy().contains("pending");
        reported.iter().filter(is_pending).for_each(|path| group.add(path, None, None));
        groups.push(group);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for percent in [20, 40, 60, 80] {
        for spoiled in [false, true] {
            let what = if spoiled { ", one read changed" } else { "" };
            let mut group = Group::new(format!("150 calls, {percent} % without an outcome{what}"));
            let share = f64::from(percent) / 100.0;
            group.histories.extend((0..50).map(|_| (None, pending(&mut rng, share, spoiled))));
            groups.push(group);
        }
    }
    groups
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Returns a history as the program in Go reads it.
fn as_json(initial: Option<&str>, calls: &[Call]) -> Value {
    let call = |call: &Call| {
        let answer = call.answer.as_ref().map(|answered| &answered.answer);
        let (kind, from, value, ok) = match (&call.op.function, answer) {
            (Function::Get, Some(Answer::Value(value))) => ("get", None, value.clone(), None),
            (Function::Get, _) => ("get", None, None, None),
            (Function::Put(value), _) => ("put", None, Some(value.clone()), None),
            (Function::Delete, _) => ("put", None, None, None),
            (Function::Append(value), _) => ("append", None, Some(value.clone()), None),
            (Function::Swap { from, to }, answer) => (
                "cas",
                from.clone(),
                Some(to.clone()),
                Some(answer == Some(&Answer::Swapped(true))),
            ),
            (Function::GetAndSet(value), Some(Answer::Value(before))) => {
                ("cas", before.clone(), Some(value.clone()), Some(true))
            }
            (Function::GetAndSet(value), _) => ("put", None, Some(value.clone()), None),
        };
        json!({
            "client": call.client, "kind": kind, "key": call.op.key, "from": from, "value": value,
            "ok": ok, "invoke": call.invoke, "return": call.returned(),
        })
    };
    json!({ "initial": initial, "calls": calls.iter().map(call).collect::<Vec<_>>() })
}

/// Compiles the program in Go and lets it decide all histories; returns a verdict and milliseconds for each.
fn of_porcupine(porcupine: &Path, groups: &[Group]) -> Vec<(String, f64)> {
    let folder = std::env::temp_dir().join(format!("porcupine-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be created");
    let main = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/porcupine/main.go");
    fs::copy(main, folder.join("main.go")).expect("the program can be copied");
    let source = porcupine.canonicalize().expect("PORCUPINE is a folder");
    let module = format!(
        "module compare\n\ngo 1.16\n\nrequire github.com/anishathalye/porcupine v0.0.0\n\n\
         replace github.com/anishathalye/porcupine => {}\n",
        source.display()
    );
    fs::write(folder.join("go.mod"), module).expect("a module can be written");
    let built =
        Command::new("go").args(["build", "-o", "compare", "."]).current_dir(&folder).status();
    assert!(built.expect("Go is installed").success(), "the program in Go does not compile");
    let mut input = String::new();
    for (initial, calls) in groups.iter().flat_map(|group| &group.histories) {
        writeln!(input, "{}", as_json(initial.as_deref(), calls)).expect("memory");
    }
    fs::write(folder.join("histories"), input).expect("histories can be written");
    let output = Command::new(folder.join("compare"))
        .stdin(fs::File::open(folder.join("histories")).expect("it was just written"))
        .stderr(Stdio::inherit())
        .output()
        .expect("the program runs");
    let _ = fs::remove_dir_all(&folder);
    let lines = String::from_utf8(output.stdout).expect("the program writes text");
    let result = |line: &str| {
        let (verdict, time) = line.split_once(' ').expect("a verdict and a time");
        (verdict.to_owned(), time.parse().expect("milliseconds"))
    };
    lines.lines().map(result).collect()
}

/// Returns the verdict of the search, and its time in milliseconds.
fn of_search(initial: Option<&str>, calls: &[Call]) -> (&'static str, f64) {
    let model = Searched(KeyValue { initial: initial.map(str::to_owned) });
    let mut least = Duration::MAX;
    let mut verdict = None;
    for _ in 0..3 {
        let start = Instant::now();
        verdict = is_linearizable(&model, calls, Budget::default());
        least = least.min(start.elapsed());
        if least > Duration::from_millis(200) {
            break;
        }
    }
    let verdict = match verdict {
        Some(true) => "Ok",
        Some(false) => "Illegal",
        None => "Unknown",
    };
    (verdict, least.as_secs_f64() * 1e3)
}

fn main() {
    let Some(porcupine) = std::env::var_os("PORCUPINE").map(PathBuf::from) else {
        println!("skipped: PORCUPINE, a checkout of porcupine, is not set");
        return;
    };
    let groups = groups(&porcupine);
    let mut theirs = of_porcupine(&porcupine, &groups).into_iter();
    println!(
        "| histories | number | porcupine: all | longest | undecided after 1 s | here: all | longest | over 50 ms |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for Group { name, histories } in groups {
        let (mut their_sum, mut their_most, mut undecided) = (0.0, 0.0_f64, 0);
        let (mut sum, mut most, mut late) = (0.0, 0.0_f64, 0);
        for (number, (initial, calls)) in histories.iter().enumerate() {
            let (their_verdict, their_time) = theirs.next().expect("a result for each history");
            let (verdict, time) = of_search(initial.as_deref(), calls);
            let differ =
                verdict != their_verdict && verdict != "Unknown" && their_verdict != "Unknown";
            assert!(!differ, "{name} {number}: {verdict} here, {their_verdict} there");
            their_sum += their_time;
            their_most = their_most.max(their_time);
            undecided += u32::from(their_verdict == "Unknown");
            sum += time;
            most = most.max(time);
            late += u32::from(time > 50.0);
        }
        println!(
            "| {name} | {} | {their_sum:.1} ms | {their_most:.1} ms | {undecided} \
             | {sum:.1} ms | {most:.1} ms | {late} |",
            histories.len()
        );
    }
}
