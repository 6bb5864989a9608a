//! What happens to replicas, as columns and lists: states, faults, elections, and what the trace says.

use serde::Serialize;

use simulation::Nanos;
use simulation::api::{NodeId, Role};
use simulation::elections::{Candidacy, Leadership};
use simulation::evidence::Evidence;
use simulation::picture::{Picture, RaftState, State};
use simulation::trace::{Actor, Kind, TraceEvent};

use super::differences::differences;

/// The states of replicas. In a number, -1 stands for nothing.
#[derive(Debug, Default, Serialize)]
pub(super) struct States {
    at: Vec<i64>,
    node: Vec<u16>,
    summary: Vec<usize>,
    running: Vec<u8>,
    leader: Vec<i64>,
    /// 0 follower, 1 candidate, 2 leader.
    role: Vec<i64>,
    term: Vec<i64>,
    commit: Vec<i64>,
    first: Vec<i64>,
    last: Vec<i64>,
    /// The last position that is what it was in the replica's state before.
    kept: Vec<i64>,
    /// The number of `terms` that follow it.
    added: Vec<u32>,
    /// The terms of added entries, one state after the other.
    terms: Vec<u64>,
}

impl States {
    pub(super) fn of(picture: &Picture) -> States {
        let all = || picture.states.iter();
        let raft = |number: fn(RaftState) -> u64| {
            let of = move |state: &State| state.raft.map_or(-1, |raft| number(raft) as i64);
            all().map(of).collect::<Vec<i64>>()
        };
        States {
            at: differences(all().map(|state| state.at)),
            node: all().map(|state| state.node.0).collect(),
            summary: all().map(|state| state.summary.index()).collect(),
            running: all().map(|state| u8::from(state.is_running)).collect(),
            leader: all().map(|it| it.leader.map_or(-1, |leader| i64::from(leader.0))).collect(),
            role: raft(|raft| match raft.role {
                Role::Follower => 0,
                Role::Candidate => 1,
                Role::Leader => 2,
            }),
            term: raft(|raft| raft.term),
            commit: raft(|raft| raft.commit),
            first: raft(|raft| raft.first),
            last: raft(|raft| raft.last),
            kept: raft(|raft| raft.kept),
            added: all().map(|state| state.raft.map_or(0, |raft| raft.added)).collect(),
            terms: picture.terms.clone(),
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
pub(super) struct Events<'a> {
    at: Vec<i64>,
    kind: Vec<Kind>,
    /// The replica; -1 for the run itself.
    node: Vec<i64>,
    text: Vec<&'a str>,
}

impl<'a> Events<'a> {
    pub(super) fn of(trace: &'a [TraceEvent]) -> Events<'a> {
        let is_shown = |event: &&TraceEvent| !event.kind.is_traffic();
        let all = || trace.iter().filter(is_shown);
        Events {
            at: differences(all().map(|event| event.at_ns)),
            kind: all().map(|event| event.kind).collect(),
            node: all().map(|event| node(event.who)).collect(),
            text: all().map(|event| event.what.as_str()).collect(),
        }
    }
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
    pub(super) fn of(evidence: &Evidence) -> Elections {
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
        Elections {
            stood: elections.candidacies.iter().map(stood).collect(),
            led: elections.leaderships.iter().map(led).collect(),
        }
    }
}

/// The leader as the network saw it, with the time of each change; -1 for none.
#[derive(Debug, Default, Serialize)]
pub(super) struct Leaders {
    at: Vec<i64>,
    node: Vec<i64>,
}

impl Leaders {
    pub(super) fn of(evidence: &Evidence) -> Leaders {
        let all = || evidence.leader_history.iter();
        Leaders {
            at: differences(all().map(|&(at, _)| at)),
            node: all().map(|(_, node)| node.map_or(-1, |node| i64::from(node.0))).collect(),
        }
    }
}
