//! What happens to replicas, as columns and lists: states, faults, elections, and what the trace says.

use serde::Serialize;

use simulation::Nanos;
use simulation::api::{NodeId, Role};
use simulation::elections::{Candidacy, Leadership};
use simulation::evidence::Evidence;
use simulation::picture::{Picture, RaftState, State};
use simulation::trace::{Actor, Kind, TraceEvent};

use super::columns::{Column, Columns};
use super::votes;

/// The states of replicas. In a number, -1 stands for nothing.
#[derive(Debug, Default, Serialize)]
pub(super) struct States {
    at: Column,
    node: Column,
    summary: Column,
    running: Column,
    leader: Column,
    /// 0 follower, 1 candidate, 2 leader.
    role: Column,
    term: Column,
    commit: Column,
    first: Column,
    last: Column,
    /// The last position that is what it was in the replica's state before.
    kept: Column,
    /// The number of `terms` that follow it.
    added: Column,
    /// The terms of added entries, one state after the other.
    terms: Column,
}

impl States {
    pub(super) fn of(columns: &mut Columns, picture: &Picture) -> States {
        let all = || picture.states.iter();
        let raft = |columns: &mut Columns, number: fn(RaftState) -> u64| {
            let of = move |state: &State| state.raft.map_or(-1, |raft| number(raft) as i64);
            columns.add(all().map(of))
        };
        States {
            at: columns.moments(all().map(|state| state.at)),
            node: columns.add(all().map(|state| state.node.0)),
            summary: columns.add(all().map(|state| state.summary.index())),
            running: columns.add(all().map(|state| u8::from(state.is_running))),
            leader: columns.add(all().map(|it| it.leader.map_or(-1, |leader| i64::from(leader.0)))),
            role: raft(columns, |raft| match raft.role {
                Role::Follower => 0,
                Role::Candidate => 1,
                Role::Leader => 2,
            }),
            term: raft(columns, |raft| raft.term),
            commit: raft(columns, |raft| raft.commit),
            first: raft(columns, |raft| raft.first),
            last: raft(columns, |raft| raft.last),
            kept: raft(columns, |raft| raft.kept),
            added: columns.add(all().map(|state| state.raft.map_or(0, |raft| raft.added))),
            terms: columns.add(picture.terms.iter().copied()),
        }
    }
}

/// Faults, and how long each lasted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Faults {
    from: Vec<Nanos>,
    until: Vec<Nanos>,
    name: Vec<usize>,
    text: Vec<usize>,
    /// The replica that it struck; -1 for the network.
    node: Vec<i64>,
}

impl Faults {
    pub(super) fn of(picture: &Picture, evidence: &Evidence) -> Faults {
        let all = || picture.faults.iter();
        let ended = evidence.ended;
        Faults {
            from: all().map(|fault| fault.from).collect(),
            until: all().map(|fault| fault.until.map_or(ended, |until| until.min(ended))).collect(),
            name: all().map(|fault| fault.name.index()).collect(),
            text: all().map(|fault| fault.text.index()).collect(),
            node: all().map(|it| it.node.map_or(-1, |node| i64::from(node.0))).collect(),
        }
    }
}

/// The events of a trace, without the traffic.
#[derive(Debug, Default, Serialize)]
pub(super) struct Events {
    at: Column,
    /// The kinds that `kind` counts from 0.
    kinds: Vec<Kind>,
    kind: Column,
    /// The replica; -1 for the run itself.
    node: Column,
    text: Column,
}

impl Events {
    /// The events; their texts are numbered from `texts` on, in the order of [`shown`].
    pub(super) fn of(columns: &mut Columns, trace: &[TraceEvent], texts: usize) -> Events {
        let all = || shown(trace);
        let mut kinds = Vec::new();
        let place = |event: &TraceEvent| {
            let known = kinds.iter().position(|&kind| kind == event.kind);
            known.unwrap_or_else(|| {
                kinds.push(event.kind);
                kinds.len() - 1
            })
        };
        let kind: Vec<usize> = all().map(place).collect();
        Events {
            at: columns.moments(all().map(|event| event.at_ns)),
            kind: columns.add(kind),
            kinds,
            node: columns.add(all().map(|event| node(event.who))),
            text: columns.add((texts..).take(all().count())),
        }
    }
}

/// The events of a trace that a page shows by themselves.
pub(super) fn shown(trace: &[TraceEvent]) -> impl Iterator<Item = &TraceEvent> + Clone {
    trace.iter().filter(|event| !event.kind.is_traffic())
}

fn node(who: Actor) -> i64 {
    match who {
        Actor::Node(NodeId(node)) => i64::from(node),
        Actor::Client(_) | Actor::World => -1,
    }
}

/// Candidacies and leaderships.
#[derive(Debug, Default, Serialize)]
pub(super) struct Elections {
    stood: Vec<Stood>,
    led: Vec<Led>,
}

#[derive(Debug, Serialize)]
struct Stood {
    node: u16,
    term: Option<u64>,
    from: Nanos,
    until: Nanos,
    votes: Vec<u16>,
    refusals: Vec<u16>,
}

#[derive(Debug, Serialize)]
struct Led {
    node: u16,
    term: Option<u64>,
    from: Nanos,
    until: Option<Nanos>,
}

impl Elections {
    pub(super) fn of(evidence: &Evidence, picture: &Picture) -> Elections {
        let ids = |nodes: &[NodeId]| nodes.iter().map(|node| node.0).collect();
        let stood = |it: &Candidacy| Stood {
            node: it.node.0,
            term: it.term,
            from: it.since,
            until: it.last,
            votes: ids(&it.votes),
            refusals: ids(&it.refusals),
        };
        let led = |it: &Leadership| Led {
            node: it.node.0,
            term: it.term,
            from: it.from,
            until: it.until,
        };
        let elections = &evidence.elections;
        let mut candidacies = elections.candidacies.clone();
        if evidence.raft.is_some() {
            votes::add(picture, &mut candidacies);
        }
        Elections {
            stood: candidacies.iter().map(stood).collect(),
            led: elections.leaderships.iter().map(led).collect(),
        }
    }
}

/// The leader as the network saw it, with the time of each change; -1 for none.
#[derive(Debug, Default, Serialize)]
pub(super) struct Leaders {
    at: Column,
    node: Column,
}

impl Leaders {
    pub(super) fn of(columns: &mut Columns, evidence: &Evidence) -> Leaders {
        let all = || evidence.leader_history.iter();
        Leaders {
            at: columns.moments(all().map(|&(at, _)| at)),
            node: columns.add(all().map(|(_, node)| node.map_or(-1, |node| i64::from(node.0)))),
        }
    }
}
