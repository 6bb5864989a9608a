//! Assumptions of a system: runs keep to them, unless they are violated on purpose.
//!
//! The first replica sends numbered messages of two roles to the others, which panic at what they rule out.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::Arc;

use simulation::Nanos;
use simulation::UnderTest;
use simulation::api::{
    Answer, Assumption, KeyValue, Message, MessageRole, Node, NodeId, Op, Outbox, Request,
    Response, Setup, System,
};
use simulation::check::{CheckName, Class, judge};
use simulation::engine::Options;
use simulation::evidence::Evidence;
use simulation::failure::Failure;
use simulation::plan::{Assumed, Plan};
use simulation::scenario::Scenario;

use Assumption::{BoundedClocks, DurableAppends, Fifo, NoCorruption, NoDuplicates};

const MS: Nanos = 1_000_000;

/// A sender of numbers, with what its receivers assume.
struct Numbers(Vec<Assumption>);

#[derive(Clone)]
struct Number(u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}", self.0)
    }
}

impl Message for Number {
    fn role(&self) -> MessageRole {
        if self.0.is_multiple_of(2) { MessageRole::Append } else { MessageRole::Heartbeat }
    }

    fn corrupted(&self, _: u64) -> Option<Self> {
        Some(Number(u64::MAX))
    }
}

struct Replica {
    setup: Setup,
    next: Nanos,
    last: u64,
    store: BTreeMap<Arc<str>, Arc<str>>,
}

impl System for Numbers {
    type Node = Replica;

    fn name(&self) -> &str {
        "numbers"
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica { setup, next: now + 10 * MS, last: 0, store: BTreeMap::new() }
    }

    fn assumptions(&self) -> &[Assumption] {
        &self.0
    }
}

impl Node for Replica {
    type Message = Number;
    type Service = KeyValue;

    fn message(&mut self, _: Nanos, _: NodeId, Number(number): Number, _: &mut Outbox<Number>) {
        assert_ne!(number, u64::MAX, "a message was changed");
        assert_ne!(number, self.last, "a message came twice");
        assert!(number > self.last, "a message was overtaken");
        self.last = number;
    }

    fn request(&mut self, _: Nanos, request: Request, out: &mut Outbox<Number>) {
        let answer = match request.op {
            _ if self.setup.id != NodeId(0) => Answer::Redirect,
            Op::Get { key } => Answer::Value(self.store.get(&key).cloned()),
            Op::Put { key, value } => {
                self.store.insert(key, value);
                Answer::Done
            }
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Number>) {
        if now < self.next {
            return;
        }
        self.next = now + 10 * MS;
        if self.setup.id == NodeId(0) && self.last < 900 {
            self.last += 1;
            self.setup.peers().for_each(|peer| out.send(peer, Number(self.last)));
        }
        if self.setup.id == NodeId(2) {
            out.append(&now.to_le_bytes());
        }
    }

    fn next_wakeup(&self) -> Nanos {
        self.next
    }

    fn leader(&self) -> Option<NodeId> {
        Some(NodeId(0))
    }
}

/// Returns a scenario with these settings of the network and faults.
fn scenario(network: &str, events: &str) -> Scenario {
    let text = format!(
        r#"{{"lifetime": 9, "replicas": 3, "requests": 3, "start_wait": 1, "end_wait": 1, "mix": 0,
        "tests": {{"benchmarks": {{"total_msgs": [90000, 90000, 90000], "failures": [900, 900, 900],
            "duplicates": [900, 900, 900], "median_latency": [9, 9, 9]}}}},
        "simulator": {{"clocks": "unbounded", "network": {{{network}}}, "events": [{events}]}}}}"#
    );
    Scenario::parse("rough", &text).unwrap().0
}

/// A network that reorders, copies and changes messages.
fn rough() -> Scenario {
    scenario(
        r#""delay_us": [0, 30000], "duplicate": 0.1, "duplicate_delay_us": [0, 40000]"#,
        r#"{"type": "delay", "time": 1, "lasts": 2, "delay_us": [0, 90000], "messages": ["heartbeat"]},
           {"type": "clog", "time": 4, "lasts": 1, "messages": ["append"]},
           {"type": "clog", "time": 7, "until": 9},
           {"type": "delay", "time": 8, "until": 9, "delay_us": [0, 900000]},
           {"type": "duplicate", "time": 2, "lasts": 2, "chance": 0.2, "delay_us": [0, 90000]},
           {"type": "corrupt", "time": 2, "lasts": 3, "chance": 0.2}"#,
    )
}

fn run(system: &Numbers, plan: &Plan) -> Evidence {
    system.run(plan, Options::default())
}

/// Returns what the receivers object to, with these assumptions kept.
fn objections(kept: &[Assumption]) -> Vec<String> {
    let system = Numbers(kept.to_vec());
    let plans = (0..8).map(|seed| system.plan(&rough(), seed));
    let crashes = plans.flat_map(|plan| run(&system, &plan).crashes);
    let mut found: Vec<String> = crashes
        .map(|crash| {
            let words = ["changed", "twice", "overtaken"];
            let how = crash.death.how;
            words.iter().find(|word| how.contains(*word)).map_or(how.clone(), |it| (*it).to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn messages_keep_to_what_is_assumed_of_them() {
    assert_eq!(objections(&[]), ["overtaken", "twice"]);
    assert_eq!(objections(&[Fifo]), ["twice"]);
    assert_eq!(objections(&[Fifo, NoDuplicates]), ["changed"]);
    assert_eq!(objections(&[Fifo, NoDuplicates, NoCorruption]), [""; 0]);
    assert_eq!(objections(&[NoDuplicates, NoCorruption]), ["overtaken"]);
}

#[test]
fn what_waits_in_order_arrives_before_the_end() {
    let system = Numbers(vec![Fifo, NoDuplicates, NoCorruption]);
    for seed in 0..8 {
        let evidence = run(&system, &system.plan(&rough(), seed));
        let names: Vec<_> = evidence.marks.names().collect();
        assert!(names.contains(&"message held back"), "{names:?}");
        assert!(evidence.messages > 1_500, "{}", evidence.messages);
    }
}

#[test]
fn a_plan_says_what_was_weakened() {
    let system = Numbers(vec![BoundedClocks, Fifo, NoDuplicates, NoCorruption, DurableAppends]);
    let plan = system.plan(&rough(), 1);
    let weakened: Vec<_> = plan.assumptions.iter().map(|it| (it.assumption, it.weakened)).collect();
    let expected =
        [(NoDuplicates, 2), (Fifo, 4), (NoCorruption, 1), (BoundedClocks, 0), (DurableAppends, 0)];
    assert_eq!(weakened, expected);
    assert_eq!(plan.faults.len(), 4);
    let verdict = judge(&plan, &run(&system, &plan));
    let note = verdict.check(CheckName::Assumptions).unwrap();
    assert_eq!((note.ok, note.fails_as), (false, Class::Pass));
    assert_eq!(
        note.detail,
        "weakened for `no_duplicates` in 2 places: no message is copied\n\
         weakened for `fifo` in 4 places: the messages of a link stay in order\n\
         weakened for `no_corruption` in 1 place: no bit is changed"
    );
    let calm = system.plan(&scenario("", ""), 1);
    let verdict = judge(&calm, &run(&system, &calm));
    let note = verdict.check(CheckName::Assumptions).unwrap();
    let all = "no_duplicates, fifo, no_corruption, bounded_clocks, durable_appends";
    assert_eq!(note.detail, format!("nothing in the plan is against {all}"));
    assert!(note.ok);
}

#[test]
fn clocks_stay_in_their_bounds() {
    let clocks = scenario(
        "",
        r#"{"type": "clock", "time": 1, "lasts": 1, "who": "all", "rate_ppm": 200000, "jump_s": 1},
           {"type": "clock", "time": 3, "lasts": 1, "who": "all", "rate_ppm": -30000},
           {"type": "freeze", "time": 5, "lasts": 1, "who": "0001"},
           {"type": "coarse_clock", "time": 7, "lasts": 1, "who": "0001", "tick_us": 900}"#,
    );
    let plan = Numbers(vec![BoundedClocks]).plan(&clocks, 1);
    assert_eq!(plan.faults.len(), 1);
    assert_eq!(
        plan.assumptions,
        [Assumed { assumption: BoundedClocks, weakened: 3, violated: false }]
    );
    assert_eq!(Numbers(Vec::new()).plan(&clocks, 1).faults.len(), 4);
}

#[test]
fn what_was_appended_survives() {
    let crashes = scenario(
        "",
        r#"{"type": "slow_sync", "time": 0, "until": 9, "who": "all", "sync_us": [4000, 9000]},
           {"type": "crash", "count": 20, "time": [1, 8], "lasts": 0.1, "who": "0002"}"#,
    );
    let loses = |assumptions: &[Assumption]| {
        let system = Numbers(assumptions.to_vec());
        let evidence = run(&system, &system.plan(&crashes, 1));
        evidence.marks.names().any(|name| name == "unsynced write lost")
    };
    assert!(loses(&[]));
    assert!(!loses(&[DurableAppends]));
}

#[test]
fn a_failure_file_keeps_the_assumptions_and_their_violation() {
    let system = Numbers(vec![Fifo, NoDuplicates, NoCorruption]);
    assert!((0..8).all(|seed| Failure::find(&system, &system.plan(&rough(), seed)).is_none()));
    let violated = |seed| Plan::new(&rough(), seed).keep(&system.0, &[Fifo]);
    let failure = (0..8).find_map(|seed| Failure::find(&system, &violated(seed))).unwrap();
    assert!(failure.reason.contains("overtaken"), "{}", failure.reason);
    let text = failure.to_json().unwrap();
    let again = Failure::parse("rough.json".as_ref(), &text).unwrap();
    assert_eq!(again.plan, failure.plan);
    let kept: Vec<_> =
        again.plan.assumptions.iter().map(|it| (it.assumption, it.violated)).collect();
    assert_eq!(kept, [(NoDuplicates, false), (Fifo, true), (NoCorruption, false)]);
    let evidence = run(&system, &again.plan);
    assert_eq!(evidence.digest.to_string(), failure.digest);
    let note = judge(&again.plan, &evidence).check(CheckName::Assumptions).unwrap().detail.clone();
    assert!(note.contains("`fifo` is violated on purpose"), "{note}");
}

#[test]
fn what_is_not_assumed_cannot_be_violated() {
    let told = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_simulator")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, error) = told(&["run", "simple-1", "--violate", "fifo"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("--violate fifo: the bundled Raft replica assumes nothing"), "{error}");
    let (status, error) = told(&["run", "simple-1", "--violate", "order"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("expected one of no_duplicates, fifo, "), "{error}");
}
