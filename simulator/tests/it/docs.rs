//! The commands in README and in `docs/`: each runs, and prints what the page says.
//!
//! A command is a line of a code block that begins with `simulator`, or with what builds and runs it. What it prints
//! is compared with the next block of `text` before another command or heading, if there is one. In such a block `…`
//! stands for any text, and on a line by itself for any number of lines.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::support::Scratch;

/// What commands on the pages begin with.
const PROGRAMS: [&str; 3] = ["simulator ", "cargo run --release -- ", "target/release/simulator "];

/// Commands that no test can run, by a part of each, with the reason.
const NOT_RUN: [(&str, &str); 11] = [
    ("test regressions", "the folder is one of the reader's own project"),
    ("explore scenarios --seeds 0..100000", "all marks need more seeds than a test runs"),
    ("failures/FAILURE.json", "the name stands for that of a failure of the reader's own"),
    ("--clock real", "real time takes as long as the scenarios"),
    ("suite --replica", "17 scenarios of an executable take minutes"),
    ("grade ", "all scenarios of several executables take minutes"),
    ("merge grades-1.jsonl", "the records are those of gradings that are not run"),
    ("ten-million.json", "ten million requests take minutes"),
    ("failures/crash-3-7", "the failure is that of a replica that is not in the repository"),
    (
        "crash-3.json --replica ./3700kvstore",
        "the output is that of a replica that is not in the repository",
    ),
    ("crash-3.json --seeds 0..50 --replica", "fifty seeds of an executable take minutes"),
];

/// A command on a page, and what it prints according to the page.
struct Example {
    /// The number of its line.
    line: usize,
    command: String,
    output: Option<Vec<String>>,
}

/// The part of a line that is a command of the simulator, without the program.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("$ ");
    PROGRAMS.iter().find_map(|program| line.strip_prefix(program))
}

/// Finds the commands of a page.
fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    // The language of the block that a line is in; whether the last command may still get its output.
    let (mut block, mut wants_output): (Option<&str>, bool) = (None, false);
    for (text, line) in page.lines().zip(1..) {
        if let Some(language) = text.strip_prefix("```") {
            let ends = block.is_some();
            wants_output &= !(ends && block == Some("text"));
            if !ends
                && language == "text"
                && let Some(last) = examples.last_mut().filter(|_| wants_output)
            {
                last.output = Some(Vec::new());
            }
            block = if ends { None } else { Some(language) };
        } else if block == Some("text") {
            if let Some(output) =
                examples.last_mut().filter(|_| wants_output).and_then(|it| it.output.as_mut())
            {
                output.push(text.to_owned());
            }
        } else if let Some(command) = command(text).filter(|_| {
            matches!(block, Some("" | "sh")) || block.is_none() && text.starts_with("    ")
        }) {
            examples.push(Example { line, command: command.to_owned(), output: None });
            wants_output = true;
        } else if block.is_none() && text.starts_with('#') {
            wants_output = false;
        }
    }
    examples
}

/// Whether a line is what a pattern says, in which `…` stands for any text.
fn line_matches(pattern: &str, line: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == line,
        Some((before, rest)) => line.strip_prefix(before).is_some_and(|line| {
            let mut ends = line.char_indices().map(|(place, _)| place).chain([line.len()]);
            ends.any(|end| line_matches(rest, &line[end..]))
        }),
    }
}

/// Whether an output is what a page says, in which a line `…` stands for any number of lines.
fn output_matches(pattern: &[String], lines: &[String]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=lines.len()).any(|start| output_matches(rest, &lines[start..]))
        }
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, lines)| line_matches(first, line) && output_matches(rest, lines)),
    }
}

/// The lines of an output, without what differs each time: how long something took.
fn lines_of(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let line = line.trim_end();
        let (rest, last) = line.rsplit_once(" in ").unwrap_or((line, ""));
        let time = last.strip_suffix(" s").and_then(|number| number.parse::<f64>().ok());
        if time.is_some() { format!("{rest} in SECONDS") } else { line.to_owned() }
    };
    text.trim_end().lines().map(line).collect()
}

/// Shortens a command whose output is not compared: two seeds do for many.
fn shortened(command: &str) -> String {
    let words = command.split(' ').map(|word| {
        let range = word
            .split_once("..")
            .and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
        match range {
            Some((from, to)) if to - from > 2 => format!("{from}..{}", from + 2),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A folder like the root of the repository, in which commands can write, and one with the program.
fn prepare(folder: &Scratch) -> PathBuf {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository");
    let (work, programs) = (folder.join("work"), folder.join("programs"));
    fs::create_dir_all(&work).expect("a folder");
    fs::create_dir_all(&programs).expect("a folder");
    let link = |from: &Path, to: PathBuf| std::os::unix::fs::symlink(from, to).expect("a link");
    for name in ["scenarios", "simulator", "replica", "README.md"] {
        link(&root.join(name), work.join(name));
    }
    link(Path::new(env!("CARGO_BIN_EXE_simulator")), programs.join("simulator"));
    fs::copy(root.join("simulator/starts/python/replica.py"), work.join("3700kvstore"))
        .expect("a copy");
    let history =
        r#"{"client":0,"kind":"put","key":"k","value":"v","invoke_ns":10,"return_ns":25}"#;
    fs::write(work.join("history.jsonl"), history).expect("a file");
    work
}

/// Runs a command; returns what is wrong with what it does, if anything is.
fn run(example: &Example, work: &Path) -> Option<String> {
    let compared = example.output.is_some();
    let command = if compared { example.command.clone() } else { shortened(&example.command) };
    let programs = work.with_file_name("programs");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("simulator {command}")])
        .current_dir(work)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    // Bad usage or input, or no end of its own.
    if matches!(output.status.code(), None | Some(2 | 101..)) {
        return Some(format!("{}\n{said}", output.status));
    }
    let pattern = lines_of(&example.output.as_ref()?.join("\n"));
    let printed = String::from_utf8_lossy(&output.stdout);
    (!output_matches(&pattern, &lines_of(&printed)))
        .then(|| format!("the page says\n{}\nit prints\n{printed}\n{said}", pattern.join("\n")))
}

/// Runs the commands of a page; returns how many there were, how many of them were run, and what is wrong.
fn check(page: &Path) -> (usize, usize, String) {
    let name = page.file_stem().expect("a file").to_string_lossy();
    let text = fs::read_to_string(page).expect("a page");
    let folder = Scratch::new(&format!("docs-{name}"));
    let work = prepare(&folder);
    let (examples, mut ran, mut wrong) = (examples(&text), 0, String::new());
    for example in &examples {
        let not_run = NOT_RUN.iter().find(|(part, _)| example.command.contains(part));
        if let Some((_, reason)) = not_run {
            println!("not run: {name}:{}: {}: {reason}", example.line, example.command);
            continue;
        }
        ran += 1;
        if let Some(what) = run(example, &work) {
            let _ =
                writeln!(wrong, "{name}:{}: simulator {}: {what}", example.line, example.command);
        }
    }
    (examples.len(), ran, wrong)
}

#[test]
fn commands_on_the_pages_do_what_the_pages_say() {
    if crate::support::python("right").is_none() {
        return;
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(package.join("docs")).expect("the documentation");
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.expect("an entry").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.push(package.join("../README.md"));
    let checked: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = pages.iter().map(|page| scope.spawn(|| check(page))).collect();
        threads.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    let (all, ran): (Vec<_>, Vec<_>) = checked.iter().map(|(all, ran, _)| (*all, *ran)).unzip();
    let (all, ran): (usize, usize) = (all.iter().sum(), ran.iter().sum());
    println!("{ran} of {all} commands were run");
    let wrong: String = checked.into_iter().map(|(_, _, wrong)| wrong).collect();
    assert!(wrong.is_empty(), "{wrong}");
    assert!(ran * 2 > all, "most commands are run: {ran} of {all}");
}

/// The page shows the file that `simulator new` writes.
#[test]
fn the_replica_on_the_page_is_the_one_that_is_written() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(package.join(path)).expect("a file");
    let (page, replica) = (read("docs/protocol.md"), read("starts/python/replica.py"));
    assert!(
        page.contains(&format!("```python\n{replica}```\n")),
        "docs/protocol.md shows another replica"
    );
}

#[test]
fn the_output_of_a_command_is_found() {
    let page = "# A\n\n    simulator run x\n\nshows:\n\n```text\none\n  two\n```\n\n```text\nthree\n```\n\n\
        ```sh\nsimulator suite\n```\n\n## B\n\n```text\nno output\n```\n\nAnd `simulator run y`.\n";
    let found = examples(page);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, &*found[0].command), (3, "run x"));
    assert_eq!(found[0].output.as_deref(), Some(&["one".to_owned(), "  two".to_owned()][..]));
    assert_eq!((&*found[1].command, &found[1].output), ("suite", &None));
}

#[test]
fn an_output_is_compared_to_the_letter_where_the_page_elides_nothing() {
    let matches = |pattern: &str, text: &str| output_matches(&lines_of(pattern), &lines_of(text));
    assert!(matches("a\n…\nz in 0.1 s", "a\nb\nc\nz in 25.02 s\n"));
    assert!(matches("digest …, end", "digest 12ab, end"));
    for (pattern, text) in [("a", "a\nb"), ("a\n…\nz", "a\nb"), ("x … y", "x 1 z"), ("a b", "a  b")]
    {
        assert!(!matches(pattern, text), "{pattern:?} {text:?}");
    }
    assert_eq!(shortened("explore x --seeds 5..900"), "explore x --seeds 5..7");
}
