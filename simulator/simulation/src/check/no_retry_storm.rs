//! The check for retry storms: no request is sent again and again without end.
//!
//! The report of a storm must explain its cause, which users cannot see.

use std::collections::{BTreeMap, BTreeSet};

use crate::Nanos;
use crate::api::NodeId;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::check::{Class, cause};
use crate::evidence::{Evidence, STORM, STORM_IS_CERTAIN, Storm};
use crate::seconds::seconds;
use crate::text::{count, thousands};
use linearizability::{Action, KeyId, Operation};

pub(super) const CHECKER: Checker =
    Checker { name: "no_retry_storm", fails_as: Class::Liveness, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let evidence = input.evidence;
    let mut lines = match evidence.storms.as_slice() {
        [] => Vec::new(),
        [worst, rest @ ..] => explain(evidence, worst, rest.len()),
    };
    if let Some(at) = evidence.storm_at {
        if lines.is_empty() {
            let many = thousands(4 * u64::from(STORM_IS_CERTAIN));
            lines.push(format!("all requests together were repeated over {many} times"));
        }
        lines.push(format!(
            "At {} it was certain never to end. From then on our clients give up after\n\
             {STORM} times; the course's never do.",
            seconds(at)
        ));
    }
    if lines.is_empty() {
        return Ruling::holds(format!("no request was asked {STORM} times in vain"));
    }
    Ruling::fails(lines.join("\n"))
}

/// Returns the worst storm, its cause, and the number of the others.
fn explain(evidence: &Evidence, storm: &Storm, others: usize) -> Vec<String> {
    let Storm { request, asked, .. } = storm;
    let Cause { what, why } = cause(evidence, storm);
    let mut lines = vec![format!("{request} was asked {} times: {what}", thousands(*asked))];
    lines.extend(why);
    if others > 0 {
        let others = count(others, "other request");
        lines.push(format!("So were {others}, {STORM} times or more."));
    }
    lines
}

/// The cause of a storm in a few words, and an explanation.
struct Cause {
    what: String,
    why: Option<String>,
}

impl Cause {
    fn new(what: String) -> Self {
        Cause { what, why: None }
    }
}

fn cause(evidence: &Evidence, storm: &Storm) -> Cause {
    let by = storm.turned_away.by;
    if !storm.turned_away.fails {
        return Cause::new(redirected(evidence, storm));
    }
    let Some(time) = TimeAsLeader::of(evidence, by, storm.since) else {
        return Cause::new(format!("replica {by} answers `fail`"));
    };
    let led = format!("replica {by} became leader at {}", seconds(time.start));
    if !storm.is_get {
        return Cause::new(format!("{led} and answers `fail`"));
    }
    match last_acknowledged(evidence, storm.key.as_deref(), storm.since) {
        None => Cause {
            what: format!("{led} and answers `fail` to a key that was never written"),
            why: Some("That a key is not there is an answer, not a failure.".to_owned()),
        },
        Some(at) if at < time.start => new_leader(evidence, by, &time, at, led),
        Some(at) => Cause::new(format!(
            "{led} and answers `fail`, though the key's value was acknowledged at {}",
            seconds(at)
        )),
    }
}

/// Returns the cause of the best-known storm: a new leader without the old data.
fn new_leader(
    evidence: &Evidence,
    by: NodeId,
    time: &TimeAsLeader,
    written: Nanos,
    led: String,
) -> Cause {
    let which = if knows_some(evidence, time) { "a key" } else { "every key" };
    let led_then = match leader_at(evidence, written) {
        Some(leader) if leader != by => format!(", when {leader} led"),
        _ => String::new(),
    };
    Cause {
        what: format!("{led} and answers `fail` to {which} written before"),
        why: Some(format!(
            "This one's value was acknowledged at {}{led_then}, and {by} does not have it.\n\
             A put may be acknowledged only once it is on a majority (Raft §5.3), and\n\
             only a replica that has all of those may be elected (§5.4.1).",
            seconds(written)
        )),
    }
}

/// Returns true if a get during a leadership was answered with a value written before it.
fn knows_some(evidence: &Evidence, time: &TimeAsLeader) -> bool {
    let in_its_time = |it: &&Operation| it.invoke >= time.start && it.invoke < time.end;
    let operations = evidence.history.operations();
    let mut was_written = BTreeSet::new();
    let mut first_put: BTreeMap<KeyId, &Operation> = BTreeMap::new();
    for put in operations.iter().filter(|it| matches!(it.action, Action::Put { .. })) {
        if put.returned().is_some_and(|at| at < time.start) {
            was_written.insert(put.key);
        }
        if in_its_time(&put) {
            let first = first_put.entry(put.key).or_insert(put);
            *first = if put.invoke < first.invoke { put } else { first };
        }
    }
    // A get that precedes the leadership's first put cannot have read a value written in it.
    let reads_old = |get: &Operation| {
        was_written.contains(&get.key)
            && first_put.get(&get.key).is_none_or(|put| get.precedes(put))
    };
    let gets = operations.iter().filter(|it| matches!(it.action, Action::Get { .. }));
    gets.filter(in_its_time).any(|get| get.returned().is_some() && reads_old(get))
}

fn redirected(evidence: &Evidence, storm: &Storm) -> String {
    let by = storm.turned_away.by;
    match storm.turned_away.leader {
        None => format!("replica {by} redirects it and names no leader, so it comes back at once"),
        Some(leader) if leader == by => to_itself(evidence, by),
        Some(leader) if evidence.killed.contains(&leader) => {
            format!("replica {by} redirects it to {leader}, which was killed")
        }
        Some(leader) => format!("replica {by} redirects it to {leader}, which does not answer it"),
    }
}

/// Returns the cause of a storm in which a replica redirects clients to itself.
fn to_itself(evidence: &Evidence, by: NodeId) -> String {
    let at = evidence.storm_at.unwrap_or(evidence.ended);
    let note = cause::inferred(evidence);
    let mut leaders = evidence.elections.leaders_at(at);
    match cause::another_leader(evidence, by, at) {
        Some(led) => {
            let (leader, from) = (led.node, seconds(led.from));
            format!("replica {by} redirects it to itself, though {leader} leads since {from}{note}")
        }
        None if leaders.next().is_some() => {
            format!(
                "replica {by} redirects it to itself: it takes itself for the leader, and does not serve"
            )
        }
        None => format!(
            "replica {by} redirects it to itself: it names itself as the leader, and does not serve, while \
             none leads{note}"
        ),
    }
}

/// A period in which one replica, and no other, was named as the leader.
struct TimeAsLeader {
    start: Nanos,
    /// The end, exclusive.
    end: Nanos,
}

impl TimeAsLeader {
    /// Returns the first leadership of a replica that lasted beyond `since`.
    fn of(evidence: &Evidence, replica: NodeId, since: Nanos) -> Option<TimeAsLeader> {
        let named = evidence.leader_history.iter().filter_map(|&(at, leader)| Some((at, leader?)));
        let mut start = None;
        for (at, leader) in named {
            match start {
                _ if leader == replica => start = start.or(Some(at)),
                Some(begun) if at > since => return Some(TimeAsLeader { start: begun, end: at }),
                _ => start = None,
            }
        }
        start.map(|start| TimeAsLeader { start, end: Nanos::MAX })
    }
}

fn leader_at(evidence: &Evidence, at: Nanos) -> Option<NodeId> {
    let until_then = evidence.leader_history.iter().take_while(|&&(since, _)| since <= at);
    until_then.filter_map(|&(_, leader)| leader).last()
}

/// Returns the time of the last acknowledgement of a put of a key before a time.
fn last_acknowledged(evidence: &Evidence, key: Option<&str>, before: Nanos) -> Option<Nanos> {
    puts(evidence, key?).filter_map(Operation::returned).filter(|&at| at < before).max()
}

fn puts<'e>(evidence: &'e Evidence, key: &str) -> impl Iterator<Item = &'e Operation> + use<'e> {
    let history = &evidence.history;
    let key = history.key_named(key);
    let is_put =
        move |it: &&Operation| Some(it.key) == key && matches!(it.action, Action::Put { .. });
    history.operations().iter().filter(is_put)
}
