//! The rules of `docs/contributing.md` that can be tested by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The limits on a file, a function and a line.
const MOST_LINES: usize = 500;
const MOST_FUNCTION_LINES: usize = 70;
const MOST_COLUMNS: usize = 120;

/// A source file of the workspace.
pub(crate) struct Source {
    /// The path from the workspace's root, with `/` between folders.
    pub path: String,
    pub text: String,
}

/// Returns all Rust sources, by path.
pub(crate) fn sources() -> Vec<Source> {
    files("rs")
}

/// Returns all files of the workspace with an extension, by path.
fn files(extension: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["replica", "simulator"] {
        collect(&root.join(folder), extension, &mut files);
    }
    files.extend(Some(root.join("README.md")).filter(|_| extension == "md"));
    files.sort();
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).expect("it lies below the root");
        let path = path.components().map(|part| part.as_os_str().to_string_lossy());
        let path = path.collect::<Vec<_>>().join("/");
        Source { path, text: fs::read_to_string(&file).expect("a source is UTF-8") }
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, wanted: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, wanted, files);
        } else if path.extension().is_some_and(|extension| extension == wanted) {
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

/// The sources are formatted, so a function ends with a brace that is indented as its first word is.
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

/// The crate for simulation makes no system calls, except for the threads of its pool.
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
        // This test contains the word itself.
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

/// Words that make a reader stop.
const BANNED: [&str; 6] = ["nobody", "whoever", "for ever", "so many", "so long", "beside"];

/// The files that may contain them.
///
/// They are this one, texts that are part of digests, which must not change, and the stories of the bugs, which
/// belong to their diffs.
const MAY_SAY_THEM: [&str; 7] = [
    "simulator/tests/it/tidy.rs",
    "simulator/executables/src/inbound.rs",
    "simulator/executables/src/node.rs",
    "simulator/executables/src/watch.rs",
    "simulator/executables/src/wire/mod.rs",
    "simulator/docs/known-bugs.md",
    "simulator/known-bugs/bugs/fails_for_ever.rs",
];

/// Returns the banned words of a text.
fn banned_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).collect();
    let says = |banned: &&str| {
        let banned: Vec<&str> = banned.split(' ').collect();
        words.windows(banned.len()).any(|window| window == banned)
    };
    BANNED.into_iter().filter(says).collect()
}

/// Returns the prose of a line: its comment, and its texts for users.
fn prose_of(line: &str, has_users: bool) -> String {
    let (code, comment) = line.split_once("//").unwrap_or((line, ""));
    // A text of a single word is a name.
    let is_prose = |text: &&str| has_users && text.contains(' ');
    let texts = code.split('"').skip(1).step_by(2).filter(is_prose);
    texts.chain([comment]).collect::<Vec<_>>().join(" . ")
}

#[test]
fn prose_is_plain() {
    let mut found = Vec::new();
    let mut look = |path: &str, number: usize, prose: &str| {
        let words = banned_in(prose).into_iter();
        found.extend(words.map(|word| format!("{path}:{number}: {word:?}")));
    };
    let may_not = |path: &str| !MAY_SAY_THEM.contains(&path);
    for Source { path, text } in sources().into_iter().filter(|source| may_not(&source.path)) {
        // Only the texts of a crate's sources are for users, and not those of its tests.
        let has_users = path.contains("/src/") && !path.ends_with("tests.rs");
        for (line, number) in text.lines().zip(1..) {
            look(&path, number, &prose_of(line, has_users));
        }
    }
    for Source { path, text } in files("md").into_iter().filter(|page| may_not(&page.path)) {
        for (line, number) in text.lines().zip(1..) {
            look(&path, number, line);
        }
    }
    assert_none("prose uses plain words", &found);
}

#[test]
fn banned_words_are_found() {
    assert_eq!(banned_in("For ever, so that nobody's"), ["nobody", "for ever"]);
    assert_eq!(banned_in("besides, so far many: `fails_for_ever`, `--beside`"), [""; 0]);
    assert_eq!(prose_of(r#"f(beside, "so many {x}"); // so long"#, true), "so many {x} .  so long");
    assert_eq!(prose_of(r#"f(beside, "so many {x}"); // so long"#, false), " so long");
}

/// Each crate refuses unsafe code itself, too: `forbid(unsafe_code)`, or `deny` in `executables`.
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

/// A module with others in it is `x/mod.rs`, and its unit tests are `x/tests.rs`.
#[test]
fn modules_lie_in_one_way() {
    let sources = sources();
    let is_folder = |path: &str| {
        let folder = path.trim_end_matches(".rs").to_owned() + "/";
        path.contains("/src/") && sources.iter().any(|other| other.path.starts_with(&folder))
    };
    let is_loose = |path: &&str| is_folder(path) || path.ends_with("_tests.rs");
    let loose = sources.iter().map(|source| source.path.as_str()).filter(is_loose);
    let loose: Vec<_> = loose.map(str::to_owned).collect();
    assert_none("a module with others in it is x/mod.rs, and its tests are x/tests.rs", &loose);
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

/// A test that does not run reports that and is counted, or fails where everything is to be tested.
#[test]
fn no_test_is_ignored() {
    // The output of a passing test is not shown.
    let is_mark =
        |line: &str| line.starts_with("#[ignore") || line.starts_with("eprintln!(\"skipped");
    let marks = |source: &Source| source.text.lines().any(|line| is_mark(line.trim_start()));
    let ignored = sources().into_iter().filter(marks).map(|source| source.path);
    assert_none("no test is ignored", &ignored.collect::<Vec<_>>());
}
