//! Explanations of a cluster without progress, from its elections and timers: one sentence per line.

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::NodeId;
use crate::elections::{Candidacy, Leadership};
use crate::evidence::Evidence;
use crate::seconds::moment;
use crate::text::count;

/// Returns the known causes of requests without an answer, one sentence each.
pub(super) fn of_silence(evidence: &Evidence) -> Vec<String> {
    let mut causes = Vec::new();
    causes.extend(no_timer(evidence));
    causes.extend(no_leader(evidence));
    causes
}

/// Returns a description of a packet storm, which ended the run early.
pub(super) fn packet_storm(evidence: &Evidence) -> String {
    let (count, at) = (evidence.messages, moment(evidence.ended));
    format!("a packet storm, {count} messages between replicas by {at}, ended the run")
}

/// Returns a sentence if all running replicas wait for a message without a timeout, so that none will act.
fn no_timer(evidence: &Evidence) -> Option<String> {
    // In real time the timers of processes are not known.
    let mut running = evidence.replicas.iter().filter(|replica| replica.is_running);
    if evidence.real_time || running.clone().count() == 0 || running.any(|it| it.has_timer) {
        return None;
    }
    let running = evidence.replicas.iter().filter(|replica| replica.is_running);
    let last = running.filter_map(|replica| replica.last_sent).max();
    let since = match last {
        _ if evidence.raft.is_some() => String::new(),
        Some(at) => format!(": the last one sent something at {}", moment(at)),
        None => ": none ever sent anything but its hello".to_owned(),
    };
    Some(format!(
        "All replicas that run wait for a message without a time-out, so none acts unless spoken to{since}."
    ))
}

/// Returns a sentence if no replica leads at the end: since which time, and the results of the candidates.
fn no_leader(evidence: &Evidence) -> Option<String> {
    let elections = &evidence.elections;
    if elections.leaders_at(evidence.ended).next().is_some() {
        return None;
    }
    let last = elections.leaderships.iter().max_by_key(|led| led.until);
    let since = last.and_then(|led| led.until).unwrap_or(0);
    let stood = elections.candidacies.iter().filter(|stood| stood.since >= since);
    let fared = how_they_fared(evidence, stood);
    if last.is_none() && fared.is_empty() {
        // This may be a system without leaders.
        return None;
    }
    let led = match last {
        None => "No replica ever led".to_owned(),
        Some(led) => {
            format!("No replica has led since {}, {}", moment(since), end_of(evidence, led))
        }
    };
    let fared = if fared.is_empty() {
        "; none stood for election since".to_owned()
    } else {
        format!(": {}", fared.join("; "))
    };
    Some(format!("{led}{fared}{}.", inferred(evidence)))
}

/// Returns the cause of a leadership's end.
fn end_of(evidence: &Evidence, led: &Leadership) -> String {
    let node = led.node;
    if !led.is_gone {
        format!("when {node} ceased to")
    } else if evidence.killed.contains(&node) {
        format!("when {node} was killed")
    } else {
        format!("when {node} crashed")
    }
}

/// Returns the results of candidates, grouped by whether they ever won. Each candidate votes for itself.
fn how_they_fared<'e>(
    evidence: &Evidence,
    stood: impl Iterator<Item = &'e Candidacy>,
) -> Vec<String> {
    let majority = evidence.replicas.len() / 2 + 1;
    let mut by_node: BTreeMap<NodeId, Fared> = BTreeMap::new();
    for candidacy in stood {
        let fared = by_node.entry(candidacy.node).or_default();
        let votes = candidacy.votes.len() + 1;
        fared.times += 1;
        fared.won += usize::from(votes >= majority);
        fared.most = fared.most.max(votes);
    }
    let mut alike: BTreeMap<bool, Vec<(NodeId, Fared)>> = BTreeMap::new();
    for (node, fared) in by_node {
        alike.entry(fared.won > 0).or_default().push((node, fared));
    }
    alike.into_iter().rev().map(|(won, group)| tell(evidence, won, &group)).collect()
}

/// The results of one replica's candidacies.
#[derive(Clone, Copy, Debug, Default)]
struct Fared {
    times: usize,
    /// The number of candidacies with a majority of votes.
    won: usize,
    /// The largest number of votes in one candidacy.
    most: usize,
}

/// Returns the results of a group of candidates: either all of them had a majority at some time, or none.
fn tell(evidence: &Evidence, won: bool, group: &[(NodeId, Fared)]) -> String {
    let ids: Vec<String> = group.iter().map(|(node, _)| node.to_string()).collect();
    let range = |number: fn(&Fared) -> usize| {
        let numbers = group.iter().map(|(_, fared)| number(fared));
        let (least, most) = (numbers.clone().min().unwrap_or(0), numbers.max().unwrap_or(0));
        if least == most { count(most, "time") } else { format!("{least} to {most} times") }
    };
    let stood = format!("{} stood for election {}", in_words(&ids), range(|fared| fared.times));
    let each = if ids.len() > 1 { " each" } else { "" };
    if evidence.raft.is_some() {
        // Windows do not show votes.
        return stood + each;
    }
    if won {
        let won = if group.iter().all(|(_, fared)| fared.won == fared.times) {
            "each time".to_owned()
        } else {
            range(|fared| fared.won)
        };
        let has_led =
            |node: NodeId| evidence.elections.leaderships.iter().any(|led| led.node == node);
        let never = if group.iter().any(|&(node, _)| has_led(node)) {
            "did not lead again"
        } else {
            "never led"
        };
        return format!("{stood}{each}, {won} with a majority of votes, and {never}");
    }
    let most = group.iter().map(|(_, fared)| fared.most).max().unwrap_or(0);
    format!("{stood}{each}, with {most} of {} votes at most", evidence.replicas.len())
}

/// Returns a list as text: `a`, `a and b`, `a, b and c`.
fn in_words(list: &[String]) -> String {
    match list {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns the suffix of a statement, which marks it if it was inferred and not observed.
pub(super) fn inferred(evidence: &Evidence) -> &'static str {
    if evidence.raft.is_some() { "" } else { " (inferred from messages)" }
}

/// Returns the leadership of another replica at a time, if there is one.
pub(super) fn another_leader(evidence: &Evidence, than: NodeId, at: Nanos) -> Option<&Leadership> {
    evidence.elections.leaders_at(at).find(|led| led.node != than)
}
