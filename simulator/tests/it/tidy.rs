//! The rules of `docs/contributing.md` that can be read off the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, function and line.
const MOST_LINES: usize = 500;
const MOST_FUNCTION_LINES: usize = 70;
const MOST_COLUMNS: usize = 120;

/// A source file of the workspace.
pub(crate) struct Source {
    /// From the workspace's root, with `/` between folders.
    pub path: String,
    pub text: String,
}

/// All Rust sources, by path.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["replica", "simulator"] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).expect("it lies below the root");
        let path = path.components().map(|part| part.as_os_str().to_string_lossy());
        let path = path.collect::<Vec<_>>().join("/");
        Source { path, text: fs::read_to_string(&file).expect("a source is UTF-8") }
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Fails with all places that break a rule.
fn assert_none(rule: &str, places: &[String]) {
    assert!(places.is_empty(), "{rule}:\n  {}", places.join("\n  "));
}

#[test]
fn files_are_short() {
    let lines = |source: &Source| source.text.lines().count();
    let long = sources().into_iter().filter(|source| lines(source) > MOST_LINES);
    let long: Vec<_> = long.map(|it| format!("{}: {} lines", it.path, lines(&it))).collect();
    assert_none(&format!("a file has at most {MOST_LINES} lines"), &long);
}

#[test]
fn lines_are_short() {
    let mut long = Vec::new();
    for Source { path, text } in sources() {
        let wide = text.lines().zip(1..).filter(|(line, _)| line.chars().count() > MOST_COLUMNS);
        long.extend(wide.map(|(_, number)| format!("{path}:{number}")));
    }
    assert_none(&format!("a line has at most {MOST_COLUMNS} characters"), &long);
}

/// The sources are formatted, so a function ends with a brace that is as far in as its first word.
#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for Source { path, text } in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let word = line.trim_start();
            let indent = line.len() - word.len();
            let words = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "unsafe fn "];
            if !words.iter().any(|it| word.starts_with(it)) || word.ends_with([';', '}']) {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent));
            let Some(length) = lines[start..].iter().position(|line| *line == end) else {
                continue;
            };
            if length + 1 > MOST_FUNCTION_LINES {
                long.push(format!("{path}:{}: {} lines", start + 1, length + 1));
            }
        }
    }
    assert_none(&format!("a function has at most {MOST_FUNCTION_LINES} lines"), &long);
}

/// The simulation asks no operating system for anything, and the checker only for files.
#[test]
fn the_simulation_makes_no_system_calls() {
    const CALLS: [&str; 7] =
        ["std::fs", "std::net", "std::process", "std::env", "Instant", "SystemTime", "std::thread"];
    let mut found = Vec::new();
    for Source { path, text } in sources() {
        let is_pool = path == "simulator/simulation/src/pool.rs";
        if !path.starts_with("simulator/simulation/src/") || is_pool {
            continue;
        }
        let calls =
            text.lines().zip(1..).filter(|(line, _)| CALLS.iter().any(|it| line.contains(it)));
        found.extend(calls.map(|(line, number)| format!("{path}:{number}: {}", line.trim())));
    }
    assert_none("the simulation has no file, socket, process, clock or thread", &found);
}

#[test]
fn unsafe_code_stands_in_the_preload_library_only() {
    let mut found = Vec::new();
    for Source { path, text } in sources() {
        // This test speaks of it.
        if path.starts_with("simulator/executables/src/preload/")
            || path.ends_with("tests/it/tidy.rs")
        {
            continue;
        }
        let lines = text.lines().zip(1..);
        let blocks = lines.filter(|(line, _)| {
            let code = line.split("//").next().unwrap_or_default();
            ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|it| code.contains(it))
        });
        found.extend(blocks.map(|(_, number)| format!("{path}:{number}")));
    }
    assert_none("unsafe code stands in simulator/executables/src/preload", &found);
}

/// Words that make a reader stop, in comments of the product. In messages to users, tests and the simulation they are
/// not looked for yet.
#[test]
fn comments_are_plain() {
    const BANNED: [&str; 5] = ["nobody", "whoever", "for ever", "so many", "so long"];
    let is_product = |path: &str| {
        path.contains("/src/")
            && !path.starts_with("simulator/simulation/")
            && !path.starts_with("simulator/tests/")
    };
    let mut found = Vec::new();
    for Source { path, text } in sources().into_iter().filter(|source| is_product(&source.path)) {
        for (line, number) in text.lines().zip(1..) {
            let Some((_, comment)) = line.split_once("//") else { continue };
            let words = comment.to_lowercase();
            let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).collect();
            let says = |banned: &&&str| {
                let banned: Vec<&str> = banned.split(' ').collect();
                words.windows(banned.len()).any(|window| window == banned)
            };
            let banned = BANNED.iter().filter(says);
            found.extend(banned.map(|word| format!("{path}:{number}: {word:?}")));
        }
    }
    assert_none("comments use plain words", &found);
}

/// Each crate says so itself, too: `forbid(unsafe_code)`, or `deny` in `executables`.
#[test]
fn crates_refuse_unsafe_code() {
    let is_root = |path: &str| path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    let refuses = |text: &str| {
        ["#![forbid(unsafe_code)]", "#![deny(unsafe_code)]"].iter().any(|it| text.contains(it))
    };
    let roots = sources().into_iter().filter(|source| is_root(&source.path));
    let open = roots.filter(|root| !refuses(&root.text)).map(|root| root.path);
    assert_none("a crate refuses unsafe code", &open.collect::<Vec<_>>());
}

/// A crate uses only those below it.
#[test]
fn crates_depend_one_way() {
    const ORDER: [(&str, &str); 5] = [
        ("replica/", "replica"),
        ("simulator/linearizability/", "linearizability"),
        ("simulator/simulation/", "simulation"),
        ("simulator/executables/", "executables"),
        ("simulator/", "simulator"),
    ];
    let mut found = Vec::new();
    for Source { path, text } in sources() {
        let is_tool = ["simulator/known-bugs/", "simulator/agreement/"];
        let Some(own) = ORDER.iter().position(|(folder, _)| path.starts_with(folder)) else {
            continue;
        };
        if is_tool.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (_, above) in &ORDER[own + 1..] {
            let uses = format!("use {above}::");
            let lines =
                text.lines().zip(1..).filter(|(line, _)| line.trim_start().starts_with(&uses));
            found.extend(lines.map(|(line, number)| format!("{path}:{number}: {}", line.trim())));
        }
    }
    assert_none("a crate uses only those below it", &found);
}

/// A test that does not run says so and is counted, or fails where everything is to be tested.
#[test]
fn no_test_is_ignored() {
    let marks =
        |source: &Source| source.text.lines().any(|line| line.trim_start().starts_with("#[ignore"));
    let ignored = sources().into_iter().filter(marks).map(|source| source.path);
    assert_none("no test is ignored", &ignored.collect::<Vec<_>>());
}
