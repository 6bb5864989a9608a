//! The monitor of progress while faults last.
//!
//! A majority of replicas that are healthy and reach each other both ways must serve the clients that ask them,
//! whatever happens to the other replicas and links. The monitor knows from when on each replica and each link is
//! healthy, and since when requests wait; it looks for such a majority only when a wait has become too long.

mod core;

use crate::Nanos;
use crate::api::{LinkSet, NodeId, NodeSet, RequestKind};
use crate::plan::Plan;
use crate::scenario::Progress;

/// A time without any answer, although a healthy majority was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The kind of requests of which none was completed.
    pub kind: RequestKind,
    /// The time from which the majority was healthy and a request waited, in nanoseconds.
    pub since: Nanos,
    /// The time of the next answer to such a request, of the next fault, or of the end of the scenario, in nanoseconds.
    pub until: Nanos,
    /// The replica that had been asked.
    pub asked: NodeId,
    /// The healthy majority that it belongs to.
    pub majority: Vec<NodeId>,
}

/// The monitor of one run.
#[derive(Debug)]
pub(crate) struct ProgressMonitor {
    /// The longest time without an answer that is allowed, in nanoseconds.
    bound: Nanos,
    replicas: u16,
    /// The time from which each replica is healthy; [`Nanos::MAX`] for one that never will be again.
    nodes: Vec<Nanos>,
    /// The same for the links, at the index `from * replicas + to`.
    links: Vec<Nanos>,
    /// One side of the partition in force.
    side: Option<NodeSet>,
    gets: Waiting,
    puts: Waiting,
    /// The first stall.
    stall: Option<Stall>,
}

/// The requests of one kind that wait for an answer and reached a replica since the last one was completed.
#[derive(Debug, Default)]
struct Waiting {
    /// Each of them, with the replica that has it now; `None` while it is under way to the next one.
    open: Vec<(u32, Option<NodeId>)>,
    /// Which of them reached which replica first when, in order of time.
    visits: Vec<Visit>,
}

/// The first time that a request reached a replica.
#[derive(Clone, Copy, Debug)]
struct Visit {
    request: u32,
    node: NodeId,
    since: Nanos,
}

impl Waiting {
    /// Returns the time of the oldest visit.
    #[inline]
    fn oldest(&self) -> Nanos {
        self.visits.first().map_or(Nanos::MAX, |visit| visit.since)
    }

    fn arrived(&mut self, now: Nanos, request: u32, node: NodeId) {
        match self.open.iter_mut().find(|(open, _)| *open == request) {
            Some((_, at)) => *at = Some(node),
            None => self.open.push((request, Some(node))),
        }
        if !self.visits.iter().any(|visit| (visit.request, visit.node) == (request, node)) {
            self.visits.push(Visit { request, node, since: now });
        }
    }

    /// Forgets the requests that a replica has, since it may have forgotten them itself.
    fn forget(&mut self, node: NodeId) {
        self.visits.retain(|visit| {
            let has_it = self.open.contains(&(visit.request, Some(node)));
            !has_it && visit.node != node
        });
        self.open.retain(|(_, at)| *at != Some(node));
    }

    /// Returns the time since which a replica was asked by a client that still waits at a replica.
    fn since(&self, node: NodeId) -> Option<Nanos> {
        let is_somewhere = |visit: &&Visit| {
            self.open.iter().any(|(open, at)| *open == visit.request && at.is_some())
        };
        let mut visits = self.visits.iter().filter(|visit| visit.node == node);
        visits.find(is_somewhere).map(|visit| visit.since)
    }
}

impl ProgressMonitor {
    /// Returns the monitor of a run in which a wait of `bound` nanoseconds is allowed.
    pub(crate) fn new(replicas: u16, bound: Nanos) -> Self {
        let count = usize::from(replicas);
        ProgressMonitor {
            bound,
            replicas,
            nodes: vec![0; count],
            links: vec![0; count * count],
            side: None,
            gets: Waiting::default(),
            puts: Waiting::default(),
            stall: None,
        }
    }

    /// Returns the monitor of a run of a plan; `None` if the plan expects no progress, or the system does not say its
    /// election time-out.
    pub(crate) fn of(plan: &Plan, election_timeout: Option<Nanos>) -> Option<Self> {
        let &Progress::Within(timeouts) = plan.progress.as_ref()? else { return None };
        Some(ProgressMonitor::new(plan.replicas, election_timeout?.saturating_mul(timeouts.into())))
    }

    /// Returns the longest time without an answer that is allowed, in nanoseconds.
    pub(crate) fn bound(&self) -> Nanos {
        self.bound
    }

    fn waiting(&mut self, kind: RequestKind) -> &mut Waiting {
        match kind {
            RequestKind::Get => &mut self.gets,
            RequestKind::Put => &mut self.puts,
        }
    }

    /// Notes that a request, by its number, has reached a replica that runs.
    pub(crate) fn asked(&mut self, now: Nanos, node: NodeId, kind: RequestKind, request: u32) {
        self.waiting(kind).arrived(now, request, node);
    }

    /// Notes that a replica completed a request: all others of its kind may wait for as long again.
    pub(crate) fn completed(&mut self, now: Nanos, kind: RequestKind) {
        self.look(now, kind);
        let waiting = self.waiting(kind);
        waiting.open.clear();
        waiting.visits.clear();
    }

    /// Notes that a replica turned a request away: it is under way, and may never reach another one.
    pub(crate) fn turned_away(&mut self, kind: RequestKind, request: u32) {
        let open = &mut self.waiting(kind).open;
        if let Some((_, at)) = open.iter_mut().find(|(open, _)| *open == request) {
            *at = None;
        }
    }

    /// Notes that a replica is not healthy until a time. It may forget what it was asked.
    pub(crate) fn node_struck(&mut self, now: Nanos, node: NodeId, until: Nanos) {
        self.look_at_all(now);
        let healthy = &mut self.nodes[node.index()];
        *healthy = until.max(*healthy);
        self.gets.forget(node);
        self.puts.forget(node);
    }

    /// Notes that some links are not healthy until a time.
    pub(crate) fn links_struck(&mut self, now: Nanos, links: &LinkSet, until: Nanos) {
        self.look_at_all(now);
        let replicas = self.replicas;
        self.spoil(|from, to| links.contains(from, to), until, replicas);
    }

    /// Notes that a partition begins, replaces another, or ends.
    pub(crate) fn partitioned(&mut self, now: Nanos, side: Option<NodeSet>) {
        self.look_at_all(now);
        let (before, replicas) = (self.side, self.replicas);
        self.side = side;
        if let Some(side) = before {
            self.spoil(|from, to| side.contains(from) != side.contains(to), now, replicas);
        }
    }

    fn spoil(&mut self, links: impl Fn(NodeId, NodeId) -> bool, until: Nanos, replicas: u16) {
        let ids = || (0..replicas).map(NodeId);
        let ways = ids().flat_map(|from| ids().map(move |to| (from, to)));
        for ((from, to), healthy) in ways.zip(&mut self.links) {
            if links(from, to) {
                *healthy = until.max(*healthy);
            }
        }
    }

    /// Ends the run, and returns the stall, if there was one.
    pub(crate) fn close(mut self, now: Nanos) -> Option<Stall> {
        self.look_at_all(now);
        self.stall
    }

    fn look_at_all(&mut self, now: Nanos) {
        self.look(now, RequestKind::Get);
        self.look(now, RequestKind::Put);
    }

    /// Looks for a request that has waited for too long at a healthy majority.
    #[inline]
    fn look(&mut self, now: Nanos, kind: RequestKind) {
        let (bound, oldest) = (self.bound, self.waiting(kind).oldest());
        if now.saturating_sub(oldest) > bound && self.stall.is_none() {
            self.find_stall(now, kind);
        }
    }

    #[cold]
    fn find_stall(&mut self, now: Nanos, kind: RequestKind) {
        let latest = now - self.bound - 1;
        let reach = self.healthy_since(latest);
        let least = usize::from(self.replicas) / 2 + 1;
        let ids = (0..self.replicas).map(NodeId);
        let waiting = self.waiting(kind);
        let asked = ids.filter_map(|id| Some((id, waiting.since(id)?)));
        let mut asked = asked.filter(|&(_, since)| since <= latest);
        let found = asked.find_map(|(id, since)| {
            core::containing(id, &reach, least).map(|majority| (id, since, majority))
        });
        let Some((asked, since, majority)) = found else { return };
        let since = since.max(self.whole_since(majority));
        let majority = majority.iter().collect();
        self.stall = Some(Stall { kind, since, until: now, asked, majority });
    }

    /// Returns for each replica those that it has reached both ways since a time at the latest; none if it was not
    /// healthy itself.
    fn healthy_since(&self, latest: Nanos) -> Vec<NodeSet> {
        let ids = || (0..self.replicas).map(NodeId);
        let reach = |from| ids().filter(|&to| self.pair_since(from, to) <= latest).collect();
        ids().map(reach).collect()
    }

    /// Returns the time from which two replicas are healthy and reach each other both ways.
    fn pair_since(&self, one: NodeId, other: NodeId) -> Nanos {
        let is_apart = |side: NodeSet| side.contains(one) != side.contains(other);
        if self.side.is_some_and(is_apart) {
            return Nanos::MAX;
        }
        let link = |from: NodeId, to: NodeId| {
            self.links[from.index() * usize::from(self.replicas) + to.index()]
        };
        let nodes = self.nodes[one.index()].max(self.nodes[other.index()]);
        nodes.max(link(one, other)).max(link(other, one))
    }

    /// Returns the time from which all of some replicas are healthy and reach each other.
    fn whole_since(&self, nodes: NodeSet) -> Nanos {
        let pairs = nodes.iter().flat_map(|one| nodes.iter().map(move |other| (one, other)));
        pairs.map(|(one, other)| self.pair_since(one, other)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
