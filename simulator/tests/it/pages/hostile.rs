//! Texts that would be markup or script, if a page took any text for that.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use linearizability::{Budget, Call, Recorder, Returned};
use serde_json::json;
use simulation::Nanos;
use simulation::api::{
    Answer, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Response, Setup, System,
};
use simulator::report::html;

use super::{assert_silent, outcome, plan, write};
use crate::support::Scratch;
use crate::support::browser::Browser;

/// Ends what it may stand in, and leaves a mark if any of it is carried out.
const HOSTILE: &str = "</script></pre></style></title>\"'><img src=x onerror=\"window.hit=1\">\
    <script>window.hit=1</script><!-- ]]> {{ 7*7 }} {% raw %} \u{2028}\u{202e}javascript:window.hit=1 &lt;b&gt;";

/// Says nothing but that.
#[derive(Clone)]
struct Word;

impl Message for Word {
    fn fingerprint(&self) -> u64 {
        1
    }

    fn kind(&self) -> &'static str {
        HOSTILE
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOSTILE)
    }
}

/// A replica that prints, sends and answers what it should not.
struct Rude {
    setup: Setup,
    next: Nanos,
}

impl Node for Rude {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, _: Nanos, _: NodeId, _: Word, _: &mut Outbox<Word>) {}

    fn request(&mut self, _: Nanos, request: Request, out: &mut Outbox<Word>) {
        let answer = match request.op {
            Op::Get { .. } => Answer::Value(Some(Arc::from(HOSTILE))),
            Op::Put { .. } => Answer::Done,
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        self.next = now + 500_000_000;
        out.process().print(HOSTILE.to_owned());
        out.process().malformed(HOSTILE.to_owned());
        self.setup.peers().for_each(|peer| out.send(peer, Word));
        assert!(now < 20_000_000_000, "{HOSTILE}");
    }

    fn next_wakeup(&self) -> Nanos {
        self.next
    }

    fn leader(&self) -> Option<NodeId> {
        Some(NodeId(0))
    }
}

struct RudeSystem;

impl System for RudeSystem {
    type Node = Rude;

    fn name(&self) -> &str {
        HOSTILE
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, now: Nanos) -> Rude {
        Rude { setup, next: now }
    }
}

fn assert_harmless(browser: &mut Browser, what: &str) {
    assert_eq!(browser.value("window.hit ?? null"), json!(null), "{what}");
    let elements = "document.querySelectorAll('img, iframe, object, embed, link, form, a, \
         script:not(#data):not([type=module])').length";
    assert_eq!(browser.value(elements), json!(0), "{what}");
    assert_eq!(browser.value("document.querySelectorAll('script').length"), json!(2), "{what}");
    assert_silent(browser, what);
}

#[test]
fn hostile_texts_in_every_field_of_a_run_do_nothing() {
    let Some(mut browser) = Browser::start("hostile-run") else { return };
    let folder = Scratch::new("page-hostile");
    let mut plan = plan("course/crash-3.json", 1);
    plan.scenario = HOSTILE.to_owned();
    let mut outcome = outcome(&RudeSystem, plan);
    outcome.replay_command = HOSTILE.to_owned();
    outcome.environment = Some(HOSTILE.to_owned());
    outcome.verdict.checks.iter_mut().for_each(|check| check.detail.push_str(HOSTILE));
    let page = write(&folder, "page.html", &outcome);
    browser.open(&page, "");
    assert_harmless(&mut browser, "at first");
    assert!(browser.text("document.title").contains("window.hit=1"));
    // Everything that can be shown of it: all groups, each kind of selection, the tooltip, the keys, the search.
    browser.press("w");
    for key in ["m", "p", "r", "Escape", "ArrowRight", "ArrowRight", "ArrowLeft", "?", "d"] {
        browser.press(key);
    }
    browser.press("/");
    browser.value(&format!("document.getElementById('search').value = {}", json!("<img src=x")));
    for _ in 0..6 {
        browser.press("Enter");
        assert_harmless(&mut browser, "after a search");
    }
    let details = browser.text("document.getElementById('details').textContent");
    assert!(details.contains("<img src=x onerror"), "the text is shown as a text: {details}");
    let over = "(() => { const canvas = document.getElementById('canvas'); \
         for (let y = 20; y < canvas.clientHeight; y += 9) for (let x = 90; x < canvas.clientWidth; x += 60) \
         canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: y + 90, bubbles: true })); })()";
    browser.value(over);
    browser.look_at(&format!("#key={HOSTILE}&replica={HOSTILE}&show={HOSTILE}"));
    assert_harmless(&mut browser, "after everything");
}

#[test]
fn hostile_texts_in_a_history_do_nothing() {
    let Some(mut browser) = Browser::start("hostile-history") else { return };
    let folder = Scratch::new("page-hostile-history");
    let mut recorder = Recorder::new();
    let key = recorder.key(HOSTILE);
    let value = recorder.value(HOSTILE);
    let get = recorder.invoke(0, Call::Get { key }, 5);
    recorder.returned(get, Returned::Got(value), 8);
    let history = recorder.finish();
    let verdict = linearizability::check(&history, Budget::default());
    let page = folder.join("page.html");
    let mut file = File::create(&page).expect("a page");
    html::write_history(&mut file, HOSTILE, &history, &verdict, &verdict.to_string())
        .expect("a page");
    browser.open(&page, "");
    assert_harmless(&mut browser, "a history");
}
