//! The views that belong to one kind of finding: a lost value, a retry storm, a budget, votes.

use executables::External;
use simulation::UnderTest;
use simulation::bundled::Bundled;
use simulation::picture::Picture;
use simulation::plan::Plan;
use simulator::report::Outcome;
use std::path::Path;

use super::{assert_silent, lost_value, outcome, plan, write};
use crate::support::browser::Browser;
use crate::support::{Scratch, python};

fn picture(outcome: &Outcome) -> &Picture {
    outcome.evidence.picture.as_ref().expect("it was asked for")
}

fn label(browser: &mut Browser) -> String {
    browser.text("document.getElementById('canvas').getAttribute('aria-label')")
}

/// The number of pixels in the colour of marks.
fn marked_pixels(browser: &mut Browser) -> u64 {
    let count = "(() => { const canvas = document.getElementById('canvas'); \
         const wanted = getComputedStyle(document.documentElement).getPropertyValue('--mark').trim(); \
         const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
         const hex = (at) => data[at].toString(16).padStart(2, '0'); let count = 0; \
         for (let at = 0; at < data.length; at += 4) \
         if (`#${hex(at)}${hex(at + 1)}${hex(at + 2)}` === wanted) count += 1; return count; })()";
    browser.value(count).as_u64().expect("a number")
}

#[test]
fn a_lost_value_is_marked_where_it_was_acknowledged_and_where_it_is_missing() {
    let Some(mut browser) = Browser::start("lost") else { return };
    let folder = Scratch::new("page-lost");
    let outcome = lost_value();
    let page = write(&folder, "page.html", &outcome);
    let violation = outcome.verdict.decisive().and_then(|check| check.violation.as_ref());
    let violation = violation.expect("the history has no legal order");
    browser.open(&page, "");
    let (shown, finding) =
        (label(&mut browser), browser.text("document.getElementById('finding').textContent"));
    let attempts = &picture(&outcome).attempts;
    let mut words = Vec::new();
    for operation in violation.operations.iter().filter(|it| it.returned.is_some()) {
        let own = attempts.iter().find(|it| {
            it.sent == operation.invoke && it.reply.map(|reply| reply.at) == operation.returned
        });
        let by = own.and_then(|attempt| attempt.reply).expect("it was answered").by;
        let is_put = operation.call.starts_with("put");
        let begin = format!("{} {}", operation.id, if is_put { "acknowledged at" } else { "" });
        let part = shown.split("; ").find(|part| part.starts_with(&begin));
        let part = part.unwrap_or_else(|| panic!("{begin} is missing: {shown}"));
        assert!(part.ends_with(&format!("at {by}")), "{part}: {by}");
        words.push(part.to_owned());
    }
    assert!(words.iter().any(|part| part.contains("acknowledged at")), "{words:?}");
    assert!(words.iter().any(|part| part.contains("lacks what")), "{words:?}");
    assert!(finding.contains("acknowledged") && finding.contains("lacks what"), "{finding}");
    // The browser complains of many readings of a canvas.
    assert_silent(&browser, "a lost value");
    assert!(marked_pixels(&mut browser) > 200);
    // Away from the finding nothing is marked.
    browser.press("w");
    assert!(!label(&mut browser).contains("lacks"));
    assert_eq!(marked_pixels(&mut browser), 0);
}

#[test]
fn a_storm_opens_at_the_value_that_the_new_leader_lacks() {
    let Some(path) = python("replicates_nothing") else { return };
    let Some(mut browser) = Browser::start("storm") else { return };
    let folder = Scratch::new("page-storm");
    let system = External::new(&path).expect("it can be driven");
    let scenario = simulator::files::load_scenario(Path::new("crash-3")).expect("it is embedded").0;
    let run = |seed| outcome(&system, system.plan(&scenario, seed));
    let mut storms = (1..9).map(run).filter(|it| !it.evidence.storms.is_empty());
    let outcome = storms.next().expect("it floods");
    let storm = &outcome.evidence.storms[0];
    browser.open(&write(&folder, "page.html", &outcome), "");
    let shown = label(&mut browser);
    let by = storm.turned_away.by;
    assert!(shown.contains(&format!("lacks what 1 wrote at {by}")), "{shown}");
    let led = &outcome.evidence.elections.leaderships;
    let first = led.iter().find(|led| led.from < storm.since).expect("somebody led").node;
    assert!(first != by && shown.contains(&format!("1 acknowledged at {first}")), "{shown}");
    assert_silent(&browser, "a storm");
}

#[test]
fn a_budget_tells_what_it_was_spent_on() {
    let Some(mut browser) = Browser::start("budget") else { return };
    let folder = Scratch::new("page-budget");
    let mut dear: Plan = plan("course/crash-3.json", 2);
    dear.benchmarks.total_msgs = [1, 2, 3];
    let outcome = outcome(&Bundled::default(), dear);
    browser.open(&write(&folder, "page.html", &outcome), "");
    let spent = browser.text("document.querySelector('.spent').textContent");
    let sum = simulation::text::thousands(outcome.evidence.metrics.total_messages);
    assert!(spent.starts_with(&format!("{sum} messages by kind")), "{spent}");
    let kinds = "[...document.querySelectorAll('.spent td:last-child')].reduce((sum, it) => \
         sum + Number(it.textContent.split(', ')[0].replaceAll(',', '')), 0)";
    assert_eq!(browser.value(kinds), outcome.evidence.metrics.total_messages);
    assert_silent(&browser, "a budget");
    assert!(marked_pixels(&mut browser) > 20, "the bound is drawn");
}

#[test]
fn a_tooltip_of_an_election_names_the_voters() {
    let Some(mut browser) = Browser::start("votes") else { return };
    let folder = Scratch::new("page-votes");
    let outcome = outcome(&Bundled::default(), plan("course/crash-3.json", 2));
    let led = &outcome.evidence.elections.leaderships[0];
    let term = led.term.expect("windows show terms");
    let says = |text: &str| text == format!("vote granted term {term}");
    let picture = picture(&outcome);
    let votes =
        picture.messages.iter().filter(|it| it.to == led.node && says(picture.text(it.text)));
    let voter = votes.map(|it| it.from).next().expect("somebody voted");
    let at = outcome.evidence.elections.candidacies[0].since as f64 / 1e9;
    let around = format!("#t={at}&from={}&until={}&show=elections,replicas", at - 0.5, at + 0.5);
    browser.open(&write(&folder, "page.html", &outcome), &around);
    // The middle of the window, in the first lane.
    let over = "(() => { const canvas = document.getElementById('canvas'); \
         const box = canvas.getBoundingClientRect(); const x = box.left + 78 + (box.width - 88) / 2; \
         canvas.dispatchEvent(new PointerEvent('pointermove', \
         { clientX: x, clientY: box.top + 34, bubbles: true })); \
         return document.getElementById('tip').textContent; })()";
    let tip = browser.text(over);
    assert!(tip.contains("votes of") && tip.contains(&voter.to_string()), "{tip}");
    assert!(tip.contains("inferred from messages"), "{tip}");
}
