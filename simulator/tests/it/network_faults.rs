//! The effects of links on messages, one at a time.
//!
//! Node 0 sends node 1 a message every 100 ms, and the trace shows when each arrives. A fault lasts from 250 ms to
//! 650 ms.

use std::fmt;

use simulation::Nanos;
use simulation::api::{
    Answer, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Response, Setup, System,
};
use simulation::bundled::Bundled;
use simulation::check::{CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::evidence::{Evidence, Recovery};
use simulation::faults::AnyNodeFault;
use simulation::faults::LinkPattern;
use simulation::faults::Selector;
use simulation::faults::links::{
    AnyLinkFault, Clog, Corrupt, Cut, Duplicate, Flicker, Lose, SlowLink, Throttle,
};
use simulation::faults::nodes::{CoarseClock, Pause, WrongClock};
use simulation::plan::{Fault, Losses, Plan, PlannedFault};
use simulation::scenario::Scenario;
use simulation::trace::Kind;
use simulation::units::{Delay, Ratio, Span};

const MS: Nanos = 1_000_000;

/// Node 0 ticks; every node answers every put, but redirects until a time.
#[derive(Clone, Copy, Default)]
struct Clock {
    redirects_until: Nanos,
}

struct ClockNode {
    id: NodeId,
    next: Nanos,
    redirects_until: Nanos,
}

/// `tick` when even, `tock` when odd.
#[derive(Clone)]
struct Tick(u64);

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Message for Tick {
    fn fingerprint(&self) -> u64 {
        self.0
    }

    fn kind(&self) -> &'static str {
        if self.0.is_multiple_of(2) { "tick" } else { "tock" }
    }

    fn size(&self) -> u64 {
        100
    }

    fn corrupted(&self, dice: u64) -> Option<Self> {
        dice.is_multiple_of(2).then_some(Tick(self.0 + 100))
    }
}

impl System for Clock {
    type Node = ClockNode;

    fn name(&self) -> &str {
        "a clock"
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, _: Nanos) -> ClockNode {
        let next = if setup.id == NodeId(0) { 100 * MS } else { Nanos::MAX };
        ClockNode { id: setup.id, next, redirects_until: self.redirects_until }
    }
}

impl Node for ClockNode {
    type Message = Tick;
    type Service = KeyValue;

    fn message(&mut self, _: Nanos, _: NodeId, _: Tick, _: &mut Outbox<Tick>) {}

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Tick>) {
        let answer = match request.op {
            _ if now < self.redirects_until => Answer::Redirect,
            Op::Put { .. } => Answer::Done,
            Op::Get { .. } => Answer::Value(None),
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Tick>) {
        if now >= self.next {
            out.send(NodeId(1), Tick(self.next / (100 * MS)));
            self.next += 100 * MS;
        }
    }

    fn next_wakeup(&self) -> Nanos {
        self.next
    }

    fn leader(&self) -> Option<NodeId> {
        Some(self.id)
    }
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

fn scenario(replicas: u16, requests: u32, extension: &str) -> Scenario {
    let text = format!(
        r#"{{"lifetime": 8, "replicas": {replicas}, "requests": {requests}, "mix": 0.5, "tests": {{
            "benchmarks": {{"total_msgs": [90000, 90000, 90000], "failures": [900, 900, 900],
                           "duplicates": [900, 900, 900], "median_latency": [9, 9, 9]}} }},
            "simulator": {{ {extension} }} }}"#
    );
    Scenario::parse("test", &text).unwrap().0
}

/// Returns a plan of nearly a second, with a network without latency. Node 2 has nothing to do.
fn quiet() -> Plan {
    let mut plan = Plan::new(&scenario(3, 1, r#""network": {"router_us": 0}"#), 2);
    plan.requests.clear();
    plan.end = 950 * MS;
    plan
}

fn afflicted(fault: impl Into<AnyLinkFault>) -> Plan {
    let links = LinkPattern::Around(vec![Selector::Replica(1)]);
    let fault = fault.into();
    let fault = Fault::Links { links, messages: Vec::new(), fault, until: 650 * MS };
    Plan { faults: vec![PlannedFault { at: 250 * MS, fault }], ..quiet() }
}

fn run(plan: &Plan) -> Evidence {
    engine::run(&Clock::default(), plan, Options { trace: true, ..Options::default() })
}

/// Returns the messages that arrive until everything heals, with the time in milliseconds.
fn arrivals(plan: &Plan) -> String {
    let evidence = run(plan);
    let arrived = evidence.trace.iter().filter(|event| event.kind == Kind::Message);
    let shown = arrived.filter(|event| event.at_ns <= plan.end).map(|event| {
        let number = event.what.rsplit(' ').next().unwrap();
        format!("{number}@{}", event.at_ns / MS)
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Returns the trace's events about the third message.
fn story(plan: &Plan, kind: Kind) -> Vec<String> {
    let events = run(plan).trace;
    let third = events.into_iter().filter(|event| event.kind == kind && event.at_ns == 300 * MS);
    third.map(|event| event.what).collect()
}

#[test]
fn without_a_fault_all_arrive_at_once() {
    assert_eq!(arrivals(&quiet()), "1@100 2@200 3@300 4@400 5@500 6@600 7@700 8@800 9@900");
}

#[test]
fn a_cut_stops_what_is_sent_while_it_lasts() {
    let plan = afflicted(Cut);
    assert_eq!(arrivals(&plan), "1@100 2@200 7@700 8@800 9@900");
    assert_eq!(story(&plan, Kind::Lost), ["-> 0001  3  (cut off)"]);
    assert_eq!(run(&plan).losses, []);
}

#[test]
fn a_fault_may_be_about_some_kinds_of_messages() {
    let mut plan = afflicted(Cut);
    if let Fault::Links { messages, .. } = &mut plan.faults[0].fault {
        messages.push("tick".to_owned());
    }
    assert_eq!(arrivals(&plan), "1@100 2@200 3@300 5@500 7@700 8@800 9@900");
}

#[test]
fn a_fault_may_be_about_one_direction() {
    let mut plan = afflicted(Cut);
    if let Fault::Links { links, .. } = &mut plan.faults[0].fault {
        *links = LinkPattern::OneWay { from: vec![Selector::Replica(1)], to: vec![Selector::All] };
    }
    assert_eq!(arrivals(&plan), arrivals(&quiet()));
}

#[test]
fn losses_are_drawn_and_their_list_is_the_same_run() {
    let mut plan = afflicted(Lose { chance: ratio("0.5") });
    assert_eq!(arrivals(&plan), "1@100 2@200 5@500 6@600 7@700 8@800 9@900");
    let by_chance = run(&plan);
    plan.losses = Losses::Listed(by_chance.losses.clone());
    let listed = run(&plan);
    assert_eq!((listed.digest, &listed.losses), (by_chance.digest, &by_chance.losses));
    plan.losses = Losses::Listed(Vec::new());
    assert_eq!(arrivals(&plan), arrivals(&quiet()));
}

#[test]
fn a_flickering_link_loses_what_follows_a_loss() {
    let outage = |ms| Span { min: ms * MS, max: ms * MS };
    let flicker = |chance, ms| Flicker { chance: ratio(chance), outage: outage(ms) };
    assert_eq!(arrivals(&afflicted(flicker("1", 0))), "1@100 2@200 7@700 8@800 9@900");
    assert_eq!(arrivals(&afflicted(flicker("0", 900))), arrivals(&quiet()));
    // The third message begins an outage in which one or two more are dropped.
    assert_eq!(arrivals(&afflicted(flicker("0.7", 150))), "1@100 2@200 5@500 7@700 8@800 9@900");
    let plan = afflicted(flicker("0.7", 250));
    assert_eq!(arrivals(&plan), "1@100 2@200 6@600 7@700 8@800 9@900");
    let evidence = run(&plan);
    assert!(evidence.marks.names().any(|name| name == "link flickered"));
    let listed = Plan { losses: Losses::Listed(evidence.losses.clone()), ..plan };
    assert_eq!(run(&listed).digest, evidence.digest);
}

#[test]
fn a_coarse_clock_lets_time_outs_expire_together() {
    let fault = CoarseClock { tick: 160 * MS }.into();
    let (who, until) = (vec![Selector::Replica(0)], 650 * MS);
    let fault = Fault::Nodes { who, fault, until, dice: 0 };
    let plan = Plan { faults: vec![PlannedFault { at: 250 * MS, fault }], ..quiet() };
    // Ticks at 410 and 570 ms; from 650 ms on the clock is exact again.
    assert_eq!(arrivals(&plan), "1@100 2@200 3@410 4@410 5@570 6@650 7@700 8@800 9@900");
    assert!(run(&plan).marks.names().any(|name| name == "clock coarse"));
}

/// Shrinking may leave such a plan: a clock that is wrong for no time is wrong until the machine's next fault ends.
#[test]
fn a_clock_that_jumps_for_no_time_has_jumped() {
    let fault = |at, fault: AnyNodeFault, until| PlannedFault {
        at,
        fault: Fault::Nodes { who: vec![Selector::Replica(0)], fault, until, dice: 0 },
    };
    let jump = fault(250 * MS, WrongClock { rate_ppm: 500_000, jump: 0 }.into(), 250 * MS);
    let pause = fault(460 * MS, Pause.into(), 470 * MS);
    let plan = Plan { faults: vec![jump, pause], ..quiet() };
    // 300 ms come 17 ms early, 400 ms and 500 ms earlier still; from 470 ms on the rate is right.
    assert_eq!(arrivals(&plan), "1@100 2@200 3@283 4@350 5@416 6@490 7@590 8@690 9@790 10@890");
}

#[test]
fn delays_reorder_unless_they_are_told_not_to() {
    let span = Span { min: 50 * MS, max: 300 * MS };
    let delayed = |tail, fifo| arrivals(&afflicted(SlowLink { delay: Delay { span, tail }, fifo }));
    assert_eq!(delayed(0, false), "1@100 2@200 4@503 3@518 5@675 7@700 6@767 8@800 9@900");
    assert_eq!(delayed(0, true), "1@100 2@200 3@518 4@518 5@675 6@767 7@767 8@800 9@900");
    assert_eq!(delayed(200 * MS, false), "1@100 2@200 5@625 7@700 4@754 8@800 9@900");
}

#[test]
fn a_duplicate_arrives_later() {
    let delay = Span { min: 250 * MS, max: 250 * MS };
    let plan = afflicted(Duplicate { chance: Ratio::ONE, delay });
    assert_eq!(
        arrivals(&plan),
        "1@100 2@200 3@300 4@400 5@500 3@550 6@600 4@650 7@700 5@750 8@800 6@850 9@900"
    );
    assert_eq!(story(&plan, Kind::Altered), ["-> 0001  3  (once more at 0.55 s)"]);
}

#[test]
fn corruption_is_what_the_receiver_makes_of_it() {
    let plan = afflicted(Corrupt { chance: Ratio::ONE });
    assert_eq!(arrivals(&plan), "1@100 2@200 103@300 104@400 7@700 8@800 9@900");
    assert_eq!(story(&plan, Kind::Altered), ["-> 0001  3  (corrupted to: 103)"]);
    assert_eq!(run(&plan).metrics.dropped_messages, 2, "what the receiver noticed counts as lost");
}

#[test]
fn a_clog_holds_everything_and_releases_it_in_order() {
    let mut plan = afflicted(Clog);
    assert_eq!(arrivals(&plan), "1@100 2@200 3@650 4@650 5@650 6@650 7@700 8@800 9@900");
    assert_eq!(story(&plan, Kind::Altered), ["-> 0001  3  (held back until 0.65 s)"]);
    *plan.faults[0].fault.until_mut().unwrap() = 60_000 * MS;
    let healed = "1@100 2@200 3@950 4@950 5@950 6@950 7@950 8@950 9@950";
    assert_eq!(arrivals(&plan), healed, "healing releases it, too");
}

#[test]
fn a_throttled_link_carries_one_message_after_another() {
    // 100 bytes take 200 ms: the fourth message would be done at 700 ms, but the fault ends before.
    let plan = afflicted(Throttle { bytes_per_second: 500 });
    assert_eq!(arrivals(&plan), "1@100 2@200 3@500 4@650 5@650 6@650 7@700 8@800 9@900");
}

#[test]
fn faults_add_up() {
    let mut plan = afflicted(Clog);
    let span = Span { min: 10 * MS, max: 10 * MS };
    let delay = SlowLink { delay: Delay { span, tail: 0 }, fifo: false };
    plan.faults.extend(afflicted(delay).faults);
    *plan.faults[0].fault.until_mut().unwrap() = 350 * MS;
    assert_eq!(arrivals(&plan), "1@100 2@200 3@350 4@410 5@510 6@610 7@700 8@800 9@900");
}

/// Adds many faults of all kinds, on replicas chosen in turn.
fn storm(plan: &mut Plan) {
    let span = |max| Span { min: 0, max: max * MS };
    let faults: [AnyLinkFault; 9] = [
        Cut.into(),
        Lose { chance: ratio("0.4") }.into(),
        SlowLink { delay: Delay { span: span(30), tail: 20 * MS }, fifo: false }.into(),
        SlowLink { delay: Delay { span: span(9), tail: 90 * MS }, fifo: true }.into(),
        Duplicate { chance: ratio("0.5"), delay: span(3000) }.into(),
        Corrupt { chance: ratio("0.3") }.into(),
        Clog.into(),
        Throttle { bytes_per_second: 20_000 }.into(),
        Flicker { chance: ratio("0.05"), outage: span(200) }.into(),
    ];
    for (number, fault) in (0u64..).zip(faults.into_iter().cycle().take(40)) {
        let replica = Selector::Replica((number % 5) as u16);
        let links = match number % 3 {
            0 => LinkPattern::Around(vec![Selector::Leader]),
            1 => LinkPattern::OneWay { from: vec![replica], to: vec![Selector::All] },
            _ => LinkPattern::OneWay { from: vec![Selector::All], to: vec![replica] },
        };
        let (at, messages) = (2000 * MS + number * 200 * MS, Vec::new());
        let fault = Fault::Links { links, messages, fault, until: at + 700 * MS };
        plan.faults.push(PlannedFault { at, fault });
    }
}

#[test]
fn the_bundled_replica_stands_all_of_it_and_its_losses_can_be_listed() {
    let scenario = scenario(5, 300, r#""workload": {"kind": "contend", "clients": 5, "keys": 2}"#);
    for seed in 1..=8 {
        let mut plan = Plan::new(&scenario, seed);
        storm(&mut plan);
        assert_eq!(plan.check(), Ok(()));
        let by_chance = engine::run(&Bundled::default(), &plan, Options::default());
        assert_eq!(judge(&plan, &by_chance).class, Class::Pass, "seed {seed}");
        assert!(by_chance.losses.len() > 4, "{}", by_chance.losses.len());
        plan.losses = Losses::Listed(by_chance.losses.clone());
        let listed = engine::run(&Bundled::default(), &plan, Options::default());
        assert_eq!(listed.digest, by_chance.digest, "seed {seed}");
    }
}

#[test]
fn the_bundled_replica_notices_corruption() {
    let mut plan = Plan::new(&scenario(3, 100, ""), 1);
    let all = || vec![Selector::All];
    let links = LinkPattern::OneWay { from: all(), to: all() };
    let fault = Corrupt { chance: ratio("0.2") }.into();
    let fault = Fault::Links { links, messages: Vec::new(), fault, until: plan.end };
    plan.faults.push(PlannedFault { at: 0, fault });
    let evidence =
        engine::run(&Bundled::default(), &plan, Options { trace: true, ..Options::default() });
    assert_eq!(judge(&plan, &evidence).class, Class::Pass);
    let dropped = evidence.trace.iter().filter(|event| event.kind == Kind::Lost);
    assert!(dropped.clone().count() > 10);
    assert!(
        dropped
            .clone()
            .all(|event| event.what.ends_with("(corrupted, which the receiver noticed)"))
    );
}

#[test]
fn delays_are_healed_with_the_rest() {
    let network = r#""network": {"delay_us": [2000000, 3000000]}"#;
    let plan = Plan::new(&scenario(3, 10, network), 1);
    let evidence = engine::run(&Bundled::default(), &plan, Options::default());
    let Recovery::Recovered(after) = evidence.recovery else { panic!("{:?}", evidence.recovery) };
    assert!(after < 2000 * MS, "{after}");
}

/// Returns a plan for the bundled replica with a fault between clients and replicas.
fn clients(change: impl FnOnce(&mut simulation::scenario::ClientLinks), seed: u64) -> Plan {
    let scenario = scenario(3, 200, r#""workload": {"kind": "contend", "clients": 4, "keys": 2}"#);
    let mut plan = Plan::new(&scenario, seed);
    change(&mut plan.network.clients);
    plan
}

#[test]
fn a_lost_request_or_answer_stays_unanswered() {
    let plan = clients(|links| links.loss = ratio("0.1"), 1);
    let options = Options { trace: true, ..Options::default() };
    let evidence = engine::run(&Bundled::default(), &plan, options);
    let lost = |text| {
        let lost = evidence.trace.iter().filter(|event| event.kind == Kind::Lost);
        lost.filter(|event| event.what.contains(text)).count()
    };
    assert_eq!((lost("get(k"), lost("put(k"), lost("an answer")), (8, 8, 17));
    assert_eq!(evidence.unanswered.len(), 8 + 8 + 17);
    assert!(matches!(evidence.recovery, Recovery::Recovered(_)), "no probe is lost");
    let verdict = judge(&plan, &evidence);
    assert!(verdict.check(CheckName::Linearizable).unwrap().ok);
}

#[test]
fn a_client_waits_for_the_way_there_and_back() {
    let plan = clients(|links| links.delay = Span { min: 30 * MS, max: 30 * MS }, 1);
    let evidence = engine::run(&Bundled::default(), &plan, Options::default());
    assert_eq!(judge(&plan, &evidence).class, Class::Pass);
    assert!(evidence.metrics.median_latency >= 60 * MS);
}

#[test]
fn a_request_that_arrives_twice_is_carried_out_once() {
    for seed in 1..=8 {
        let plan = clients(
            |links| {
                links.delay = Span { min: 0, max: 100 * MS };
                links.duplicate = ratio("0.5");
                links.duplicate_delay = Span { min: 0, max: 3000 * MS };
            },
            seed,
        );
        let evidence = engine::run(&Bundled::default(), &plan, Options::default());
        assert_eq!(judge(&plan, &evidence).class, Class::Pass, "seed {seed}");
        assert!(evidence.counts.duplicates > 50, "{}", evidence.counts.duplicates);
        assert!(evidence.counts.malformed.is_empty());
    }
}

/// All replicas redirect for half a second, and nothing takes any time.
#[test]
fn bouncing_takes_time_even_where_the_network_does_not() {
    let scenario = scenario(3, 1, r#""network": {"router_us": 0}"#);
    let mut plan = Plan::new(&scenario, 1);
    plan.requests[0].at = 100 * MS;
    let clock = Clock { redirects_until: 600 * MS };
    let evidence = engine::run(&clock, &plan, Options::default());
    assert_eq!(evidence.metrics.redirects, 5000, "one every 100 µs");
    assert_eq!((evidence.cut_short, evidence.unanswered.len()), (None, 0));
}
