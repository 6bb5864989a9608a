//! The rules of decided logs, each with a small system that breaks it.
//!
//! The first replica orders all puts, and sends its whole log after each. The others take what they are sent.

use std::fmt;
use std::sync::Arc;

use simulation::Nanos;
use simulation::api::{
    Answer, DecidedLog, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Response, Setup,
    System,
};
use simulation::check::{CheckName, Class, Place, judge};
use simulation::digest::Digest;
use simulation::engine::{self, Options};
use simulation::evidence::Evidence;
use simulation::invariants::{LogRule, LogViolation};
use simulation::plan::Plan;
use simulation::scenario::Scenario;

/// The mistake of the second replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// It decides something of its own at the third position.
    Differs,
    /// It holds nothing at the third position.
    Skips,
    /// It forgets two decisions when it has six.
    Forgets,
    /// It changes the third position when it has decided five.
    Rewrites,
    /// It says that it keeps its log across restarts, and does not.
    ClaimsToBeDurable,
}

type Entry = (Arc<str>, Arc<str>);

#[derive(Clone)]
struct Log(Vec<Entry>);

impl Message for Log {}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log of {}", self.0.len())
    }
}

struct Replica {
    id: NodeId,
    peers: Vec<NodeId>,
    log: Vec<Entry>,
    hashes: Vec<Option<u64>>,
    mistake: Mistake,
}

impl Replica {
    fn take(&mut self, log: Vec<Entry>) {
        let hash = |(key, value): &Entry| {
            let mut digest = Digest::new();
            digest.text(key);
            digest.text(value);
            digest.value()
        };
        // What is wrong stays wrong: only new entries are hashed.
        let new = log.iter().skip(self.hashes.len());
        self.hashes.extend(new.map(|entry| Some(hash(entry))));
        self.log = log;
        let count = self.hashes.len();
        match self.mistake {
            Mistake::Differs if count == 3 => self.hashes[2] = Some(7),
            Mistake::Skips if count == 3 => self.hashes[2] = None,
            Mistake::Forgets if count == 6 => self.hashes.truncate(4),
            Mistake::Rewrites if count == 5 => self.hashes[2] = Some(7),
            _ => {}
        }
    }
}

impl Node for Replica {
    type Message = Log;
    type Service = KeyValue;

    fn message(&mut self, _: Nanos, _: NodeId, Log(log): Log, _: &mut Outbox<Log>) {
        if log.len() >= self.log.len() {
            self.take(log);
        }
    }

    fn request(&mut self, _: Nanos, request: Request, out: &mut Outbox<Log>) {
        let answer = match request.op {
            _ if self.id != NodeId(0) => Answer::Redirect,
            Op::Get { key } => {
                let last = self.log.iter().rfind(|(written, _)| *written == key);
                Answer::Value(last.map(|(_, value)| value.clone()))
            }
            Op::Put { key, value } => {
                let mut log = self.log.clone();
                log.push((key, value));
                self.take(log);
                self.peers.iter().for_each(|&peer| out.send(peer, Log(self.log.clone())));
                Answer::Done
            }
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, _: Nanos, _: &mut Outbox<Log>) {}

    fn next_wakeup(&self) -> Nanos {
        Nanos::MAX
    }

    fn leader(&self) -> Option<NodeId> {
        Some(NodeId(0))
    }

    fn decided_log(&self) -> Option<&dyn DecidedLog> {
        Some(self)
    }
}

impl DecidedLog for Replica {
    fn decided(&self) -> u64 {
        self.hashes.len() as u64
    }

    fn hash(&self, position: u64) -> Option<u64> {
        *self.hashes.get(position as usize - 1)?
    }

    fn is_durable(&self) -> bool {
        self.mistake == Mistake::ClaimsToBeDurable
    }
}

impl System for Mistake {
    type Node = Replica;

    fn name(&self) -> &str {
        "a log"
    }

    fn start(&self, setup: Setup, _: Nanos) -> Replica {
        let mistake = if setup.id == NodeId(1) { *self } else { Mistake::None };
        let peers = setup.peers().collect();
        Replica { id: setup.id, peers, log: Vec::new(), hashes: Vec::new(), mistake }
    }
}

/// Returns a plan in which the second replica restarts once.
fn plan() -> Plan {
    let text = r#"{"lifetime": 8, "replicas": 3, "requests": 80, "start_wait": 1, "end_wait": 1,
        "tests": {"benchmarks": {"total_msgs": [900, 901, 902], "failures": [90, 91, 92],
            "duplicates": [1, 2, 3], "median_latency": [1, 2, 3]}},
        "simulator": {"events": [{"type": "crash", "time": 4, "lasts": 0.5, "who": "0001"}]}}"#;
    Plan::new(&Scenario::parse("log", text).unwrap().0, 1)
}

fn run(mistake: Mistake) -> Evidence {
    let options = Options { inspect: true, trace: true, ..Options::default() };
    engine::run(&mistake, &plan(), options)
}

/// Returns the first violation and the check's finding.
fn first(mistake: Mistake) -> (LogViolation, String) {
    let evidence = run(mistake);
    let verdict = judge(&plan(), &evidence);
    assert_eq!(verdict.class, Class::Correctness);
    let found = verdict.decisive().unwrap();
    assert_eq!(found.name, CheckName::DecidedLog);
    let first = evidence.decided.as_ref().unwrap()[0].clone();
    assert_eq!(first.node, NodeId(1));
    let place = Place::of(&verdict, &evidence);
    assert!(place.until.is_some_and(|until| until >= first.at), "{place:?}");
    let earlier = first.first.map_or(first.at, |(_, at)| at);
    assert!(place.from.is_some_and(|from| from <= earlier), "{place:?}");
    (first, found.detail.clone())
}

#[test]
fn a_log_that_keeps_the_rules_passes() {
    let evidence = run(Mistake::None);
    let verdict = judge(&plan(), &evidence);
    assert_eq!(verdict.class, Class::Pass, "{:#?}", verdict.failed().collect::<Vec<_>>());
    let check = verdict.check(CheckName::DecidedLog).unwrap();
    assert_eq!(check.detail, "agreement, no gap and never undecided held after every step");
    let (_, state) = &evidence.inspection[2];
    assert!(
        state.starts_with("believes that 0000 leads, decided ") && state.ends_with("positions")
    );
    let decides = evidence.trace.iter().filter(|event| event.what.starts_with("decides up to "));
    assert!(decides.count() > 10);
}

#[test]
fn two_replicas_that_decide_differently_are_named() {
    let (first, told) = first(Mistake::Differs);
    assert_eq!((first.rule, first.position), (LogRule::Agreement, 3));
    let (other, at) = first.first.unwrap();
    assert!(other == NodeId(0) && at < first.at, "{first:?}");
    let start = "agreement broken at ";
    let middle = ": 0001 decides 0000000000000007 at position 3, where 0000 decided ";
    assert!(told.starts_with(start) && told.contains(middle), "{told}");
}

#[test]
fn a_gap_is_found() {
    let (first, told) = first(Mistake::Skips);
    assert_eq!((first.rule, first.position), (LogRule::NoGap, 3));
    assert!(told.contains(": 0001 has decided position 3, and holds nothing there"), "{told}");
}

#[test]
fn what_is_decided_stays_decided() {
    let (first, told) = first(Mistake::Forgets);
    assert_eq!((first.rule, first.position), (LogRule::NeverUndecided, 5));
    assert!(told.contains(": 0001 had decided 5 positions, and has decided 4"), "{told}");
}

#[test]
fn a_change_before_the_end_is_found_at_the_end() {
    let plan = Plan { faults: Vec::new(), ..plan() };
    let evidence = engine::run(&Mistake::Rewrites, &plan, Options::default());
    let [found] = evidence.decided.as_deref().unwrap() else { panic!("one violation") };
    assert_eq!((found.rule, found.position), (LogRule::Agreement, 3));
    assert_eq!((found.node, found.at), (NodeId(1), evidence.ended));
}

#[test]
fn a_restart_may_forget_unless_the_log_is_durable() {
    let (first, told) = first(Mistake::ClaimsToBeDurable);
    assert_eq!((first.rule, first.position), (LogRule::NeverUndecided, 1));
    assert!(told.contains("positions, and has decided 0 after a restart"), "{told}");
}
