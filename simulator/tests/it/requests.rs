//! The `leader` of a client's request, as the original simulator writes it.
//!
//! The rules were read off runs of the original with the same replicas (`executables/tells.py`):
//!
//! | situation | the request's `leader` |
//! | --- | --- |
//! | the client's first request | `FFFF` |
//! | after an `ok`, a `redirect`, a `fail` | the one that this answer named |
//! | after a second answer to the same request | the one known before |
//! | after `kill_leader`, after `part_hard` | `FFFF` |
//! | the answer named a replica that was killed | `FFFF` |

use crate::support;

use std::collections::{BTreeMap, BTreeSet};

use executables::{External, RealTime};
use simulation::Nanos;
use simulation::UnderTest;
use simulation::engine::Options;
use simulation::scenario::Scenario;
use simulation::trace::{Kind, TraceEvent};

const SCENARIO: &str = r#"{"lifetime": 9, "start_wait": 2, "end_wait": 0.5, "replicas": 5,
    "requests": 90, "mix": 0.5, "max_packets": 9000,
    "events": [{"type": "part_hard", "time": 3.05}, {"type": "part_end", "time": 4.05},
        {"type": "kill_leader", "time": 6.05}],
    "tests": {"maximum_appends_batched_fraction": 1, "benchmarks": {
        "total_msgs": [1500, 2500, 3500], "failures": [1, 2, 3],
        "duplicates": [1, 2, 3], "median_latency": [0.01, 0.1, 1]}}}"#;

/// The time within which an answer may or may not have reached its client.
///
/// In real time, on a busy machine, answers take some hundredths of a second.
const ON_ITS_WAY: Nanos = 10_000_000;
const ON_ITS_WAY_IN_REAL_TIME: Nanos = 250_000_000;

const UNKNOWN: &str = "FFFF";

/// The leader that a client knows, and the reason.
#[derive(Clone, Debug)]
struct Known {
    leader: String,
    /// The leader named by an answer that was on its way at the time.
    ///
    /// The client forgot its leader then.
    ///
    /// That answer may have come afterwards.
    or: Option<String>,
    situation: &'static str,
    since: Nanos,
}

/// The state of the clients, as far as the replicas' output shows it.
#[derive(Default)]
struct Clients {
    /// The most time that an answer may be on its way.
    on_its_way: Nanos,
    known: BTreeMap<String, Known>,
    /// The requests that were answered.
    answered: BTreeSet<String>,
    killed: BTreeSet<String>,
    /// The number of times that each situation led to each kind of leader.
    table: BTreeMap<(&'static str, &'static str), u32>,
    wrong: Vec<String>,
}

impl Clients {
    fn take(&mut self, event: &TraceEvent) {
        let words: Vec<&str> = event.what.split_whitespace().collect();
        let at = event.at_ns;
        match (event.kind, words.as_slice()) {
            (Kind::Print, [_, _, "answers", client, mid, kind, leader])
                if self.answered.insert((*mid).to_owned()) =>
            {
                let situation = match *kind {
                    _ if self.killed.contains(*leader) => "named a dead one",
                    "ok" => "ok",
                    "redirect" => "redirect",
                    _ => "fail",
                };
                let known = Known { leader: (*leader).to_owned(), or: None, situation, since: at };
                self.known.insert((*client).to_owned(), known);
            }
            (Kind::Print, [_, _, "request", client, _, leader]) => self.judge(at, client, leader),
            (Kind::Fault, ["the", "leader,", leader, "is", "killed"]) => {
                self.killed.insert((*leader).to_owned());
                self.forget(at, "killed");
            }
            (Kind::Fault, ["a", "partition", ..]) => self.forget(at, "partition"),
            _ => {}
        }
    }

    fn forget(&mut self, since: Nanos, situation: &'static str) {
        for known in self.known.values_mut() {
            let is_on_its_way = since - known.since <= self.on_its_way;
            let or = is_on_its_way.then(|| known.leader.clone());
            *known = Known { leader: UNKNOWN.to_owned(), or, situation, since };
        }
    }

    fn judge(&mut self, at: Nanos, client: &str, said: &str) {
        let first = Known { leader: UNKNOWN.to_owned(), or: None, situation: "first", since: 0 };
        let known = self.known.get(client).cloned().unwrap_or(first);
        let is_dead = self.killed.contains(&known.leader);
        let expected = if is_dead { UNKNOWN } else { &known.leader };
        let kind = if expected == UNKNOWN { "nobody" } else { "the one named" };
        if said == expected {
            *self.table.entry((known.situation, kind)).or_default() += 1;
        } else if at - known.since > self.on_its_way && known.or.as_deref() != Some(said) {
            self.wrong.push(format!("{at} {client} said {said}, expected {known:?}"));
        }
    }
}

/// Sorts the lines of replicas by the time at which they printed them.
///
/// In real time they are read later.
///
/// All replicas of a machine have one monotonic clock, and the lines of several are read at once.
fn in_time(mut events: Vec<TraceEvent>) -> Vec<TraceEvent> {
    let stamp = |event: &TraceEvent| -> Option<Nanos> {
        event.what.strip_prefix("stdout: ")?.split_whitespace().next()?.parse().ok()
    };
    let late = |event: &TraceEvent| Some(stamp(event)?.wrapping_sub(event.at_ns));
    let origin = events.iter().filter_map(late).max().expect("they print");
    for event in &mut events {
        event.at_ns = stamp(event).map_or(event.at_ns, |stamp| stamp.saturating_sub(origin));
    }
    events.sort_by_key(|event| event.at_ns);
    events
}

/// Runs replicas that print their requests, and compares these with the table above.
fn assert_as_the_original(system: &dyn UnderTest) {
    let (scenario, _warnings) = Scenario::parse("requests", SCENARIO).expect("a scenario");
    let options = Options { trace: true, ..Options::default() };
    let evidence = system.run(&system.plan(&scenario, 1), options);
    let on_its_way = if evidence.real_time { ON_ITS_WAY_IN_REAL_TIME } else { ON_ITS_WAY };
    let mut clients = Clients { on_its_way, ..Clients::default() };
    let course = evidence.trace.into_iter().take_while(|event| event.kind != Kind::Phase);
    let events: Vec<TraceEvent> = course.collect();
    let events = if evidence.real_time { in_time(events) } else { events };
    events.iter().for_each(|event| clients.take(event));
    assert!(clients.wrong.is_empty(), "{:#?}", clients.wrong);
    let seen: Vec<_> = clients.table.into_keys().collect();
    let expected = [
        ("fail", "the one named"),
        ("first", "nobody"),
        ("killed", "nobody"),
        ("named a dead one", "nobody"),
        ("ok", "the one named"),
        ("partition", "nobody"),
        ("redirect", "the one named"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn in_virtual_time_requests_name_the_leader_that_the_client_knows() {
    if let Some(path) = support::python("tells") {
        assert_as_the_original(&External::new(&path).expect("it can be driven"));
    }
}

#[test]
fn in_real_time_requests_name_the_leader_that_the_client_knows() {
    if let Some(path) = support::python("tells") {
        assert_as_the_original(&RealTime::new(&path).expect("it can be started"));
    }
}
