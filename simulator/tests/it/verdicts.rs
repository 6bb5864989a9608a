//! The ways to fail are told apart: one small store, with one mistake at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use simulation::Nanos;
use simulation::api::{
    Answer, KeyValue, Message, Node, NodeId, Op, Outbox, Request, RequestId, Response, Setup,
    System,
};
use simulation::check::{CheckName, Class, Verdict, judge};
use simulation::engine::{self, Options};
use simulation::evidence::{CutShort, Evidence};
use simulation::plan::Plan;
use simulator::files::load_scenario;

/// The mistake of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    Panics,
    PanicsAtStart,
    PanicsWhenAskedForLeader,
    PanicsWhenAskedForWakeup,
    PanicsWhenAskedForMarks,
    Silent,
    FailsGets,
    ForgetsOverwrites,
    AnswersTwice,
    AnswersStrangers,
    OmitsValues,
    Chatters,
    ChattersInsteadOfAnswers,
    BouncesForEver,
    BouncesAtLast,
}

/// The end of the scenario.
const END: Nanos = 37_000_000_000;

/// A store on node 0; the others send clients there.
#[derive(Clone, Copy)]
struct Store(Flaw);

struct StoreNode {
    setup: Setup,
    flaw: Flaw,
    values: BTreeMap<Arc<str>, Arc<str>>,
    requests: u32,
}

#[derive(Clone)]
struct Chatter;

impl fmt::Display for Chatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("chatter")
    }
}

impl Message for Chatter {
    fn fingerprint(&self) -> u64 {
        0
    }
}

impl System for Store {
    type Node = StoreNode;

    fn name(&self) -> &str {
        "a store on node 0"
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, _now: Nanos) -> StoreNode {
        assert!(self.0 != Flaw::PanicsAtStart || setup.id != NodeId(3), "no start");
        StoreNode { setup, flaw: self.0, values: BTreeMap::new(), requests: 0 }
    }
}

impl StoreNode {
    fn chatter(&self, out: &mut Outbox<Chatter>) {
        self.setup.peers().for_each(|peer| out.send(peer, Chatter));
    }
}

impl Node for StoreNode {
    type Message = Chatter;
    type Service = KeyValue;

    fn message(&mut self, _: Nanos, from: NodeId, _: Chatter, out: &mut Outbox<Chatter>) {
        out.send(from, Chatter);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Chatter>) {
        self.requests += 1;
        let respond = |answer| Response { client: request.client, id: request.id, answer };
        let bounces = match self.flaw {
            Flaw::BouncesForEver => true,
            Flaw::BouncesAtLast => now >= END,
            _ => false,
        };
        if self.setup.id != NodeId(0) || bounces {
            return out.respond(respond(Answer::Redirect));
        }
        let answer = match (self.flaw, request.op) {
            (Flaw::Silent, _) => return,
            (Flaw::ChattersInsteadOfAnswers, _) if self.requests > 20 => return self.chatter(out),
            (Flaw::Panics, _) if self.requests == 100 => panic!("the hundredth request"),
            (Flaw::FailsGets, Op::Get { .. }) => Answer::Fail,
            (Flaw::OmitsValues, Op::Get { .. }) => Answer::Done,
            (_, Op::Get { key }) => Answer::Value(self.values.get(&key).cloned()),
            (Flaw::ForgetsOverwrites, Op::Put { key, value }) => {
                self.values.entry(key).or_insert(value);
                Answer::Done
            }
            (_, Op::Put { key, value }) => {
                self.values.insert(key, value);
                Answer::Done
            }
        };
        out.respond(respond(answer.clone()));
        match self.flaw {
            Flaw::AnswersTwice => out.respond(respond(answer)),
            Flaw::AnswersStrangers => {
                out.respond(Response { id: RequestId(u64::MAX), ..respond(answer) });
            }
            Flaw::Chatters if self.requests == 1 => self.chatter(out),
            _ => {}
        }
    }

    fn timer(&mut self, _: Nanos, _: &mut Outbox<Chatter>) {}

    fn next_wakeup(&self) -> Nanos {
        assert!(self.flaw != Flaw::PanicsWhenAskedForWakeup || self.requests < 50, "no wakeup");
        Nanos::MAX
    }

    fn leader(&self) -> Option<NodeId> {
        assert!(self.flaw != Flaw::PanicsWhenAskedForLeader || self.requests < 50, "no leader");
        Some(NodeId(0))
    }

    fn reached(&self) -> u64 {
        assert!(self.flaw != Flaw::PanicsWhenAskedForMarks, "no marks");
        0
    }
}

fn run(flaw: Flaw) -> (Evidence, Verdict) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/simple-2.json");
    let (scenario, _) = load_scenario(Path::new(path)).unwrap();
    let plan = Plan::new(&scenario, 1);
    let evidence = engine::run(&Store(flaw), &plan, Options::default());
    let verdict = judge(&plan, &evidence);
    (evidence, verdict)
}

/// Returns the verdict's class, and the checks that failed.
fn verdict(flaw: Flaw) -> (Class, Vec<CheckName>) {
    let (_, verdict) = run(flaw);
    (verdict.class, verdict.failed().map(|check| check.name).collect())
}

#[test]
fn a_store_without_a_flaw_passes_though_the_course_wants_more_messages() {
    let (_, verdict) = run(Flaw::None);
    assert_eq!(verdict.class, Class::Pass);
    let course = verdict.check(CheckName::Course).unwrap();
    assert_eq!(course.detail, "fails: fewer than 1000 messages between replicas");
}

#[test]
fn a_panic_is_a_crash_with_its_message() {
    let (evidence, verdict) = run(Flaw::Panics);
    assert_eq!(verdict.class, Class::Crash);
    assert_eq!(evidence.crashes[0].death.how, "panicked: the hundredth request");
    assert!(verdict.check(CheckName::Course).unwrap().detail.starts_with("fails"));
}

#[test]
fn a_panic_is_a_crash_wherever_it_happens() {
    let cases = [
        (Flaw::PanicsAtStart, NodeId(3), "panicked: no start"),
        (Flaw::PanicsWhenAskedForLeader, NodeId(0), "panicked: no leader"),
        (Flaw::PanicsWhenAskedForWakeup, NodeId(0), "panicked: no wakeup"),
        (Flaw::PanicsWhenAskedForMarks, NodeId(0), "panicked: no marks"),
    ];
    for (flaw, node, message) in cases {
        let (evidence, verdict) = run(flaw);
        assert_eq!(verdict.class, Class::Crash, "{flaw:?}");
        let crash = &evidence.crashes[0];
        assert_eq!((crash.node, crash.death.how.as_str()), (node, message));
    }
}

#[test]
fn silence_is_a_matter_of_liveness() {
    let (class, checks) = verdict(Flaw::Silent);
    assert_eq!(class, Class::Liveness);
    assert!(checks.contains(&CheckName::Answered) && checks.contains(&CheckName::Recovery));
}

#[test]
fn a_request_that_fails_for_ever_is_a_retry_storm() {
    let (evidence, verdict) = run(Flaw::FailsGets);
    assert_eq!(verdict.class, Class::Liveness);
    assert!(evidence.storm_at.is_some());
    assert_eq!(evidence.storms[0].asked, 10_000);
    assert!(verdict.failed().any(|check| check.name == CheckName::NoRetryStorm));
}

#[test]
fn a_request_that_is_redirected_for_ever_is_one_too() {
    let (evidence, _) = run(Flaw::BouncesForEver);
    assert!(evidence.storm_at.is_some());
}

#[test]
fn a_healed_network_full_of_redirects_is_soon_known_for_a_storm() {
    let (evidence, verdict) = run(Flaw::BouncesAtLast);
    // The router takes 100 µs for each of 40,000 answers, and a little more.
    let after = evidence.storm_at.expect("a storm") - END;
    assert!((4_000_000_000..5_000_000_000).contains(&after), "{after} ns");
    let failed: Vec<_> = verdict.failed().map(|check| check.name).collect();
    assert_eq!(failed, [CheckName::NoRetryStorm, CheckName::Recovery]);
}

#[test]
fn a_lost_overwrite_is_not_linearizable() {
    let (class, checks) = verdict(Flaw::ForgetsOverwrites);
    assert_eq!((class, checks), (Class::Correctness, vec![CheckName::Linearizable]));
}

#[test]
fn answers_that_nobody_waits_for_are_incorrect() {
    assert_eq!(verdict(Flaw::AnswersStrangers), (Class::Correctness, vec![CheckName::Answers]));
    assert_eq!(verdict(Flaw::OmitsValues), (Class::Correctness, vec![CheckName::Answers]));
}

#[test]
fn a_second_answer_costs_the_duplicates_budget() {
    assert_eq!(verdict(Flaw::AnswersTwice), (Class::Budget, vec![CheckName::Budget]));
}

#[test]
fn endless_chatter_is_a_packet_storm() {
    let (evidence, verdict) = run(Flaw::Chatters);
    assert_eq!(verdict.class, Class::Budget);
    assert_eq!(evidence.cut_short, Some(CutShort::PacketStorm));
    assert_eq!(evidence.metrics.total_messages, 20_000);
}

#[test]
fn the_course_forgives_what_a_packet_storm_leaves_unanswered_of_all_that_was_planned() {
    let (evidence, verdict) = run(Flaw::ChattersInsteadOfAnswers);
    assert_eq!(evidence.cut_short, Some(CutShort::PacketStorm));
    let (unanswered, asked) = (evidence.unanswered.len() as u64, evidence.counts.planned_puts);
    assert!(2 * unanswered > asked && unanswered < 100, "{unanswered} of {asked}");
    assert!(verdict.failed().any(|check| check.name == CheckName::Answered));
    assert!(verdict.check(CheckName::Course).unwrap().ok);
}

#[test]
fn the_exit_status_tells_them_apart_and_the_worst_wins() {
    use Class::{Budget, Correctness, Crash, Liveness, Pass, Unknown};
    let worst_first = [Crash, Correctness, Liveness, Unknown, Budget, Pass];
    assert!(worst_first.is_sorted_by(|worse, better| worse > better));
    assert_eq!(worst_first.map(Class::exit_status), [5, 1, 3, 6, 4, 0]);
}
