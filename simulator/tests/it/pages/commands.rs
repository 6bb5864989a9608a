//! The commands that write pages, and the indexes of many.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::assert_silent;
use crate::support::Scratch;
use crate::support::browser::Browser;

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.current_dir(folder).args(arguments);
    command.output().expect("the simulator runs")
}

/// One of the course's scenarios, which no run satisfies: a single message earns no credit.
fn impossible(course: &str, folder: &Scratch) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/course").join(course);
    let text = fs::read_to_string(path.with_extension("json")).expect("a scenario");
    let mut scenario: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    scenario["tests"]["benchmarks"]["total_msgs"] = serde_json::json!([1, 1, 1]);
    folder.file("impossible.json", &scenario.to_string())
}

fn assert_page(path: &Path, words: &str) {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(text.starts_with("<!DOCTYPE html>") && text.trim_end().ends_with("</html>"));
    assert!(text.contains(words), "{words} is missing in {}", path.display());
}

#[test]
fn each_command_that_shows_a_run_draws_it() {
    let folder = Scratch::new("page-commands");
    let scenario = impossible("advanced-1", &folder);
    let failed =
        simulator(&folder, &["run", &scenario, "--html", "run.html", "--history", "h.jsonl"]);
    assert_eq!(failed.status.code(), Some(4));
    assert_page(&folder.join("run.html"), "impossible, seed 1: budget");
    // Not on a terminal, so nothing is said of how to draw it.
    let report =
        String::from_utf8_lossy(&simulator(&folder, &["run", &scenario]).stdout).into_owned();
    assert!(report.contains("See it happen") && !report.contains("--html"), "{report}");
    simulator(&folder, &["check", "h.jsonl", "--html", "history.html"]);
    assert_page(&folder.join("history.html"), "h.jsonl: pass");

    let explored =
        simulator(&folder, &["explore", &scenario, "--seeds", "0..3", "--html", "pages"]);
    assert_eq!(explored.status.code(), Some(4), "{}", String::from_utf8_lossy(&explored.stderr));
    let index = folder.join("pages/index.html");
    assert_page(&index, "<a href=\"impossible-2.html\">impossible-2</a>");
    assert_page(&index, "Coverage marks");
    assert_page(&folder.join("pages/impossible-0.html"), "impossible, seed 0: budget");
    let failure = "failures/impossible-1.json";
    simulator(&folder, &["replay", failure, "--html", "replay.html", "--until", "9"]);
    assert_page(&folder.join("replay.html"), "impossible, seed 1");
    simulator(&folder, &["shrink", failure, "--runs", "20", "--html", "shrunk.html"]);
    assert_page(&folder.join("shrunk.html"), "impossible, seed 1: budget");
    simulator(&folder, &["suite", &scenario, "--seeds", "0..2", "--html", "suite"]);
    assert_page(&folder.join("suite/index.html"), "<a href=\"impossible-1.html\">impossible-1</a>");

    let Some(mut browser) = Browser::start("commands") else { return };
    for page in ["pages/index.html", "suite/index.html"] {
        browser.show(&folder.join(page));
        assert_eq!(
            browser.text("document.querySelector('h2').textContent.trim()"),
            format!("budget budget: {}", if page.starts_with("p") { 3 } else { 2 })
        );
        assert_silent(&browser, page);
    }
    browser.open(&folder.join("replay.html"), "");
    assert_silent(&browser, "a run that was stopped");
}

#[test]
fn a_page_never_takes_the_place_of_another_file() {
    let folder = Scratch::new("page-places");
    let scenario = impossible("advanced-1", &folder);
    for other in ["--trace", "--history"] {
        let refused = simulator(&folder, &["run", &scenario, "--html", "x", other, "x"]);
        assert_eq!(refused.status.code(), Some(2), "{other}");
    }
    assert_eq!(simulator(&folder, &["run", &scenario, "--html", &scenario]).status.code(), Some(2));
    let nowhere = simulator(&folder, &["run", &scenario, "--html", "no/such/folder.html"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no/such/folder.html"));
}

#[test]
fn grades_are_a_table_with_a_page_for_each_submission() {
    let Some(path) = crate::support::python("forgets") else { return };
    let folder = Scratch::new("page-grades");
    // No replica is killed: clients that go round in search of a leader take long.
    let scenario = impossible("simple-1", &folder);
    let path = path.to_str().expect("UTF-8");
    let graded = simulator(&folder, &["grade", path, "--scenarios", &scenario, "--html", "pages"]);
    assert_eq!(graded.status.code(), Some(0), "{}", String::from_utf8_lossy(&graded.stderr));
    let index = folder.join("pages/index.html");
    assert_page(&index, "<th scope=\"col\">latency</th>");
    let text = fs::read_to_string(&index).expect("a page");
    let link = text.split("<a href=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert_page(&folder.join("pages").join(link.expect("a link")), "impossible, seed 1");
}
