//! The elections of a run, and what each replica was doing at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::layout::Page;
use crate::report::style;
use simulation::Nanos;
use simulation::api::NodeId;
use simulation::elections::{Candidacy, Leadership};
use simulation::evidence::{Evidence, ReplicaAtTheEnd};
use simulation::seconds::seconds;
use simulation::text::count;

/// The most elections that are shown; of more, the first and the last ones are.
const MOST: usize = 9;
const FIRST: usize = 4;
const LAST: usize = 3;

/// Writes candidates, votes and leaders, then what each replica did at the end.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut Page<'_>, evidence: &Evidence) -> io::Result<()> {
    let all = elections(evidence);
    let bold = style::BOLD;
    if !all.is_empty() {
        let inferred = if evidence.raft.is_some() { "" } else { ", inferred from messages" };
        writeln!(out, "\n  {bold}Elections{bold:#}{inferred}")?;
        write_some(out, &all)?;
    }
    if !evidence.real_time {
        writeln!(out, "\n  {bold}Replicas at the end{bold:#}")?;
        for replica in &evidence.replicas {
            writeln!(out, "    {}  {}", replica.node, at_the_end(evidence, replica))?;
        }
    }
    Ok(())
}

/// An election, or a leader without one.
struct Election {
    at: Nanos,
    node: NodeId,
    what: String,
}

impl Election {
    fn write(&self, out: &mut Page<'_>) -> io::Result<()> {
        writeln!(out, "    {:>12}  {} {}", seconds(self.at), self.node, self.what)
    }
}

fn write_some(out: &mut Page<'_>, all: &[Election]) -> io::Result<()> {
    if all.len() <= MOST {
        return all.iter().try_for_each(|election| election.write(out));
    }
    let (first, rest) = all.split_at(FIRST);
    let (between, last) = rest.split_at(rest.len() - LAST);
    first.iter().try_for_each(|election| election.write(out))?;
    let mut times: BTreeMap<NodeId, usize> = BTreeMap::new();
    between.iter().for_each(|election| *times.entry(election.node).or_default() += 1);
    let times: Vec<String> =
        times.iter().map(|(node, &n)| format!("{node} {}", count(n, "time"))).collect();
    writeln!(out, "    {:>12}  {} more: {}", "...", between.len(), times.join(", "))?;
    last.iter().try_for_each(|election| election.write(out))
}

/// Returns all elections, by time.
fn elections(evidence: &Evidence) -> Vec<Election> {
    let elections = &evidence.elections;
    let mut unseen: Vec<&Leadership> = elections.leaderships.iter().collect();
    let mut all = Vec::new();
    for (place, stood) in elections.candidacies.iter().enumerate() {
        let mut later =
            elections.candidacies[place + 1..].iter().filter(|it| it.node == stood.node);
        let next = later.next().map_or(Nanos::MAX, |next| next.since);
        let is_its =
            |led: &&Leadership| led.node == stood.node && (stood.since..next).contains(&led.from);
        let led = unseen.iter().position(is_its).map(|at| unseen.remove(at));
        let what = of_candidacy(evidence, stood, led);
        all.push(Election { at: stood.since, node: stood.node, what });
    }
    all.extend(unseen.into_iter().map(|led| Election {
        at: led.from,
        node: led.node,
        what: format!("leads{}", until(led)),
    }));
    all.sort_by_key(|election| election.at);
    all
}

fn of_candidacy(evidence: &Evidence, stood: &Candidacy, led: Option<&Leadership>) -> String {
    let term = stood.term.map(|term| format!(" in term {term}")).unwrap_or_default();
    let ids = |list: &[NodeId]| list.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ");
    let votes = match (stood.votes.as_slice(), evidence.raft.is_some()) {
        // Windows show no votes.
        (_, true) => String::new(),
        ([], false) => ", no vote but its own".to_owned(),
        (votes, false) => format!(", votes of {}", ids(votes)),
    };
    let refusals = match stood.refusals.as_slice() {
        [] => String::new(),
        refusals => format!(", refused by {}", ids(refusals)),
    };
    let led = match led {
        None => ": never led".to_owned(),
        Some(led) => format!(": led from {}{}", seconds(led.from), until(led)),
    };
    format!("stood{term}{votes}{refusals}{led}")
}

fn until(led: &Leadership) -> String {
    led.until.map(|at| format!(" until {}", seconds(at))).unwrap_or_default()
}

fn at_the_end(evidence: &Evidence, replica: &ReplicaAtTheEnd) -> String {
    let node = replica.node;
    if evidence.killed.contains(&node) {
        return "was killed".to_owned();
    }
    if evidence.crashes.iter().any(|crash| crash.node == node) {
        return "had died".to_owned();
    }
    if !replica.is_running {
        return "was down".to_owned();
    }
    let waits = if replica.has_timer {
        "would have acted by itself"
    } else {
        "waited for a datagram without a time-out"
    };
    let sent = match replica.last_sent {
        // Windows show more than this.
        None if evidence.raft.is_some() => String::new(),
        None => "; it sent nothing but its hello".to_owned(),
        Some(at) => format!("; it last sent something at {}", seconds(at)),
    };
    let complaint = replica.complaint.as_ref();
    let complaint = complaint.map(|line| format!("; its standard error says: {}", line.trim()));
    format!("{waits}{sent}{}", complaint.unwrap_or_default())
}
