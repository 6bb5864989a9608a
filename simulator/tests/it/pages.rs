//! The page of a run, in a real browser.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use executables::External;
use linearizability::{Budget, Call, Recorder, Returned};
use serde_json::json;
use simulation::UnderTest;
use simulation::api::NodeId;
use simulation::bundled::Bundled;
use simulation::check::{Class, judge};
use simulation::engine::{self, Options};
use simulation::plan::Plan;
use simulator::files::load_scenario;
use simulator::report::{Outcome, html};

use crate::shrinking::primary_backup::PrimaryBackup;
use crate::support::browser::Browser;
use crate::support::{Scratch, python};

mod commands;
mod explained;
mod findings;
mod hostile;

/// The plan of a stock scenario with a seed.
fn plan(scenario: &str, seed: u64) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let (scenario, _) = load_scenario(folder.join(scenario)).expect("a stock scenario");
    Plan::new(&scenario, seed)
}

/// Runs a plan, and returns all that a page needs.
fn outcome(system: &dyn UnderTest, plan: Plan) -> Outcome {
    let evidence = system.run(&plan, Options { picture: true, ..Options::default() });
    let verdict = judge(&plan, &evidence);
    let replay_command = "simulator replay crash-3 --seed 2".to_owned();
    Outcome { plan, replay_command, environment: None, evidence, verdict }
}

/// A run of the replicas that answer before they replicate, in which a value is lost.
fn lost_value() -> Outcome {
    let outcomes = (1..).map(|seed| outcome(&PrimaryBackup, plan("course/advanced-2.json", seed)));
    let mut failed = outcomes.take(20).filter(|it| it.verdict.class == Class::Correctness);
    failed.next().expect("it loses data")
}

fn write(folder: &Scratch, name: &str, outcome: &Outcome) -> PathBuf {
    let path = folder.join(name);
    let mut file = BufWriter::new(File::create(&path).expect("a page"));
    html::write(&mut file, outcome).expect("a page is written");
    file.flush().expect("a page is written");
    path
}

fn assert_silent(browser: &Browser, what: &str) {
    assert!(browser.complaints.is_empty(), "{what}: {}", browser.complaints.join("\n"));
}

#[test]
fn pages_of_all_kinds_open_without_a_complaint() {
    let Some(mut browser) = Browser::start("kinds") else { return };
    let folder = Scratch::new("pages");
    let bundled = Bundled::default();
    let mut pages = vec![
        (
            "passes",
            write(&folder, "passes.html", &outcome(&bundled, plan("course/crash-3.json", 2))),
        ),
        ("fails", write(&folder, "fails.html", &lost_value())),
        (
            "crashes",
            write(&folder, "storage.html", &outcome(&bundled, plan("nodes/restart-storm.json", 1))),
        ),
        (
            "swarm",
            write(&folder, "swarm.html", &outcome(&bundled, plan("swarm/everything.json", 3))),
        ),
    ];
    if let Some(path) = python("forgets") {
        let system = External::new(&path).expect("it can be driven");
        let plan = system.plan(&load_scenario(Path::new("simple-1")).expect("it is embedded").0, 1);
        pages.push(("executable", write(&folder, "executable.html", &outcome(&system, plan))));
    }
    for (what, page) in pages {
        for size in [(1280, 800), (2560, 1440), (400, 700)] {
            browser.resize(size.0, size.1);
            browser.open(&page, "");
            assert_eq!(browser.text("document.documentElement.dataset.ready"), "yes", "{what}");
            assert_silent(&browser, what);
        }
        let size = fs::metadata(&page).expect("a page").len();
        assert!(size < 5 << 20, "{what}: {size} bytes");
        let text = fs::read_to_string(&page).expect("a page is UTF-8");
        assert!(!text.contains("http://") && !text.contains("https://"), "{what}");
    }
}

#[test]
fn the_finding_is_what_one_sees_first_and_a_key_shows_the_whole_run() {
    let Some(mut browser) = Browser::start("finding") else { return };
    let folder = Scratch::new("page-finding");
    let outcome = lost_value();
    let page = write(&folder, "page.html", &outcome);
    let violation = outcome.verdict.decisive().and_then(|check| check.violation.as_ref());
    let violation = violation.expect("the history has no legal order");
    browser.open(&page, "");
    let finding = browser.text("document.getElementById('finding').textContent");
    assert!(finding.contains("correctness, linearizable"), "{finding}");
    for operation in &violation.operations {
        assert!(finding.contains(&operation.call), "{} is missing: {finding}", operation.call);
    }
    for sentence in violation.sentences() {
        assert!(finding.contains(&sentence), "{sentence} is missing: {finding}");
    }
    let numbers = "[...document.querySelectorAll('.badge')].map(it => it.textContent)";
    let expected: Vec<_> = violation.operations.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(browser.value(numbers), json!(expected));
    // The window holds the proof, and no more than needed.
    let (from, until) = window(&mut browser);
    let first = violation.operations.iter().map(|it| it.invoke).min().unwrap_or_default() as f64;
    let ended = outcome.evidence.ended as f64;
    assert!(from <= first / 1e9 && (until - from) * 1e9 < 0.9 * ended, "{from} to {until}");
    browser.press("w");
    assert_eq!(window(&mut browser), (0.0, ended / 1e9));
    browser.press("f");
    assert_eq!(window(&mut browser), (from, until));
    // All that the page says can be had as text.
    let report = browser.text("document.querySelector('#report pre').textContent");
    assert!(report.contains(&violation.to_string().lines().last().unwrap_or_default().to_owned()));
    assert_silent(&browser, "the finding");
}

/// The window that the address tells, in seconds.
fn window(browser: &mut Browser) -> (f64, f64) {
    let asked = "new URLSearchParams(location.hash.slice(1))";
    let number = |browser: &mut Browser, name: &str| {
        let text = browser.text(&format!("{asked}.get('{name}')"));
        text.parse::<f64>().unwrap_or_else(|_| panic!("{name} is {text}"))
    };
    (number(browser, "from"), number(browser, "until"))
}

/// What `replay --until` and `--inspect` print for a moment.
fn inspected(system: &dyn UnderTest, plan: &Plan, at: u64) -> Vec<(NodeId, String)> {
    let until = Some(at + 1);
    system.run(plan, Options { until, inspect: true, ..Options::default() }).inspection
}

#[test]
fn the_cursor_shows_the_state_that_an_inspection_prints() {
    let Some(mut browser) = Browser::start("cursor") else { return };
    let folder = Scratch::new("page-cursor");
    let bundled = Bundled::default();
    let runs: [(&dyn UnderTest, &str, u64); 5] = [
        (&bundled, "course/crash-3.json", 2),
        (&bundled, "course/partition-4.json", 1),
        (&bundled, "nodes/restart-storm.json", 5),
        (&bundled, "storage/power-failure.json", 3),
        (&PrimaryBackup, "course/advanced-2.json", 1),
    ];
    for (system, scenario, seed) in runs {
        let plan = plan(scenario, seed);
        let outcome = outcome(system, plan.clone());
        let page = write(&folder, "page.html", &outcome);
        browser.open(&page, "");
        let picture = outcome.evidence.picture.as_ref().expect("it was asked for");
        // Moments at which something changes, and moments between, before everything heals.
        let changes = picture.states.iter().map(|state| state.at).filter(|&at| at < plan.end);
        let changes: Vec<u64> = changes.collect();
        let mut moments: Vec<u64> = (1..6).map(|part| changes[part * changes.len() / 6]).collect();
        moments.extend((1..6).map(|part| part * plan.end / 6 + 12_345));
        for at in moments {
            browser.look_at(&format!("#t={}.{:09}", at / 1_000_000_000, at % 1_000_000_000));
            for (node, expected) in inspected(system, &plan, at) {
                let shown =
                    browser.text(&format!("document.getElementById('state-{node}').textContent"));
                assert_eq!(shown, expected, "{scenario}, seed {seed}: {node} at {at}");
            }
        }
        assert_silent(&browser, scenario);
    }
}

#[test]
fn keys_and_filters_do_what_they_say() {
    let Some(mut browser) = Browser::start("keys") else { return };
    let folder = Scratch::new("page-keys");
    let outcome = outcome(&Bundled::default(), plan("course/crash-3.json", 2));
    let picture = outcome.evidence.picture.as_ref().expect("it was asked for");
    let page = write(&folder, "page.html", &outcome);
    browser.open(&page, "#t=15.1&show=faults,elections,replicas,clients");
    let asked = |browser: &mut Browser, name: &str| {
        browser.text(&format!("new URLSearchParams(location.hash.slice(1)).get('{name}')"))
    };
    // The next event of one replica is the next change of its state.
    browser.press("r");
    assert_eq!(asked(&mut browser, "replica"), "0000");
    browser.look_at("#t=15.1&replica=0000&show=replicas");
    browser.press("ArrowRight");
    let next = picture.states.iter().find(|it| it.node == NodeId(0) && it.at > 15_100_000_000);
    let next = next.expect("something happens").at as f64 / 1e9;
    assert_eq!(asked(&mut browser, "t"), next.to_string());
    browser.press("ArrowLeft");
    assert!(asked(&mut browser, "t").parse::<f64>().expect("a time") < 15.1);
    browser.press("Escape");
    assert_eq!(asked(&mut browser, "replica"), "");
    browser.press("m");
    assert!(asked(&mut browser, "show").contains("messages"));
    browser.press("p");
    assert!(asked(&mut browser, "show").contains("plots"));
    let (from, until) = window(&mut browser);
    browser.press("+");
    let (nearer, _) = window(&mut browser);
    browser.press("-");
    assert!(nearer > from && window(&mut browser) == (from, until), "{nearer} {from} {until}");
    // A search leads to the next operation of a key.
    let attempt = &picture.attempts[40];
    let key = picture.text(attempt.key).to_owned();
    browser.look_at("#t=0&show=clients");
    browser.press("/");
    browser.value(&format!("document.getElementById('search').value = {}", json!(key)));
    browser.press("Enter");
    let first = picture.attempts.iter().filter(|it| picture.text(it.key) == key && it.sent > 0);
    let first = first.map(|it| it.sent).min().expect("it was asked for");
    assert_eq!(asked(&mut browser, "t"), (first as f64 / 1e9).to_string());
    let details = browser.text("document.getElementById('details').textContent");
    assert!(details.contains(&key), "{details}");
    browser.press("Escape");
    browser.press("k");
    assert_eq!(asked(&mut browser, "key"), key);
    browser.press("?");
    assert_eq!(browser.value("document.getElementById('help').hidden"), json!(false));
    browser.press("d");
    assert_eq!(browser.text("document.documentElement.dataset.theme"), "dark");
    assert_silent(&browser, "keys");
}

/// A link reproduces the view that it was taken from.
#[test]
fn an_address_brings_back_what_was_looked_at() {
    let Some(mut browser) = Browser::start("address") else { return };
    let folder = Scratch::new("page-address");
    let page = write(&folder, "page.html", &lost_value());
    let address =
        "#t=5.250000001&from=5&until=6.5&show=replicas,messages&focus=no&replica=0001&client=c1";
    browser.open(&page, address);
    let kept = browser.text("decodeURIComponent(location.hash)");
    assert_eq!(kept, address);
    browser
        .open(&page, "#t=nonsense&from=9&until=1&show=everything&replica=FFFF&client=c99&key=none");
    assert_silent(&browser, "a wrong address");
    // A canvas that shows nothing is of one colour.
    let colours = "(() => { const canvas = document.getElementById('canvas'); const seen = new Set(); \
         const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
         for (let at = 0; at < data.length; at += 404) seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]); \
         return seen.size; })()";
    browser.open(&page, "");
    assert!(browser.value(colours).as_u64() > Some(5), "something is drawn");
}

/// A history alone is drawn, too.
#[test]
fn a_history_is_drawn_with_its_proof() {
    let Some(mut browser) = Browser::start("history") else { return };
    let folder = Scratch::new("page-history");
    let mut recorder = Recorder::new();
    let key = recorder.key("k");
    let (one, two) = (recorder.value("one"), recorder.value("two"));
    for (value, at) in [(one, 10), (two, 30)] {
        let put = recorder.invoke(0, Call::Put { key, value }, at);
        recorder.returned(put, Returned::Put, at + 10);
    }
    let get = recorder.invoke(1, Call::Get { key }, 50);
    recorder.returned(get, Returned::Got(one), 60);
    recorder.invoke(1, Call::Get { key }, 70);
    let history = recorder.finish();
    let verdict = linearizability::check(&history, Budget::default());
    let page = folder.join("history.html");
    let mut file = File::create(&page).expect("a page");
    html::write_history(&mut file, "history.jsonl", &history, &verdict, &verdict.to_string())
        .expect("a page");
    browser.open(&page, "");
    let finding = browser.text("document.getElementById('finding').textContent");
    assert!(finding.contains("put(two)") && finding.contains("get -> one"), "{finding}");
    assert_silent(&browser, "a history");
}

/// The same run with and without a picture, and the trace next to it.
#[test]
fn a_picture_changes_nothing_and_costs_nothing_where_none_is_wanted() {
    let plan = plan("swarm/everything.json", 11);
    let run = |options: Options| engine::run(&Bundled::default(), &plan, options);
    let plain = run(Options::default());
    assert!(plain.picture.is_none() && plain.trace.is_empty());
    let drawn = run(Options { picture: true, ..Options::default() });
    assert_eq!(plain.digest, drawn.digest);
    assert!(drawn.trace.iter().all(|event| !event.kind.is_traffic()));
    let both = run(Options { picture: true, trace: true, ..Options::default() });
    let traced = run(Options { trace: true, ..Options::default() });
    assert_eq!(both.trace, traced.trace);
    let picture = drawn.picture.expect("it was asked for");
    assert_eq!(picture.messages.len() as u64, drawn.messages + copies(&picture));
}

fn copies(picture: &simulation::picture::Picture) -> u64 {
    use simulation::picture::Fate;
    picture.messages.iter().filter(|message| message.fate == Fate::Copied).count() as u64
}
