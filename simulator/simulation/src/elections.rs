//! The leader history: who stood for election, who voted for whom, who led, from when to when.
//!
//! Of replicas with a window ([`RaftWindow`](crate::api::RaftWindow)) roles and terms are known. Of others
//! it is inferred from what they send ([`Message::ballot`](crate::api::Message::ballot), and whom they name
//! as the leader).

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::{Ballot, NodeId, Role};

/// All elections of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elections {
    /// Each time that a replica stood for election, in order.
    pub candidacies: Vec<Candidacy>,
    /// Each time that a replica led, in order of their beginnings.
    pub leaderships: Vec<Leadership>,
    /// The latest candidacy and leadership of each replica, by place.
    latest: BTreeMap<NodeId, usize>,
    leading: BTreeMap<NodeId, usize>,
}

/// A replica that stands for election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidacy {
    /// The candidate.
    pub node: NodeId,
    /// Its term, if it says so.
    pub term: Option<u64>,
    /// When it first asked for votes.
    pub since: Nanos,
    /// When it last did.
    pub last: Nanos,
    /// Those whose vote reached the network, in order, without the candidate itself.
    pub votes: Vec<NodeId>,
    /// Those that refused.
    pub refusals: Vec<NodeId>,
}

/// A time during which a replica led, or took itself for the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leadership {
    /// The leader.
    pub node: NodeId,
    /// Its term, if it says so.
    pub term: Option<u64>,
    /// When it began.
    pub from: Nanos,
    /// When it ended, if it did before the run did.
    pub until: Option<Nanos>,
    /// Whether it ended because the replica was killed, crashed or stopped.
    pub is_gone: bool,
}

/// Without a term to tell, votes that are asked for after this time are asked for anew.
const SAME_REQUEST: Nanos = 5_000_000;

impl Elections {
    /// A message about an election is sent.
    pub(crate) fn ballot(&mut self, now: Nanos, from: NodeId, to: NodeId, ballot: Ballot) {
        match ballot {
            Ballot::Stands { term } => self.stands(now, from, term),
            Ballot::Votes { granted } => {
                // Its request had another name than those that are known.
                let candidacy = match self.latest.get(&to) {
                    Some(&place) => &mut self.candidacies[place],
                    None => {
                        self.stands(now, to, None);
                        self.candidacies.last_mut().expect("it stands")
                    }
                };
                let list = if granted { &mut candidacy.votes } else { &mut candidacy.refusals };
                if !list.contains(&from) {
                    list.push(from);
                }
            }
        }
    }

    fn stands(&mut self, now: Nanos, node: NodeId, term: Option<u64>) {
        if let Some(&place) = self.latest.get(&node) {
            let latest = &mut self.candidacies[place];
            let is_same = match term {
                Some(_) => latest.term == term,
                None => now - latest.last <= SAME_REQUEST,
            };
            if is_same {
                latest.last = now;
                return;
            }
        }
        self.latest.insert(node, self.candidacies.len());
        let (votes, refusals) = (Vec::new(), Vec::new());
        self.candidacies.push(Candidacy { node, term, since: now, last: now, votes, refusals });
    }

    /// A replica names a leader in what it sends.
    pub(crate) fn names(&mut self, now: Nanos, node: NodeId, leader: Option<NodeId>) {
        if leader == Some(node) {
            let term = self.latest.get(&node).and_then(|&place| self.candidacies[place].term);
            self.leads(now, node, term);
        } else {
            self.ceases(now, node);
        }
    }

    /// A replica has another role or term.
    pub(crate) fn turns(&mut self, now: Nanos, node: NodeId, role: Role, term: u64) {
        if role != Role::Leader {
            self.ceases(now, node);
        }
        match role {
            Role::Follower => {}
            Role::Candidate => self.stands(now, node, Some(term)),
            Role::Leader => self.leads(now, node, Some(term)),
        }
    }

    fn leads(&mut self, now: Nanos, node: NodeId, term: Option<u64>) {
        if let Some(&place) = self.leading.get(&node) {
            if self.leaderships[place].term == term {
                return;
            }
            self.ceases(now, node);
        }
        self.leading.insert(node, self.leaderships.len());
        self.leaderships.push(Leadership { node, term, from: now, until: None, is_gone: false });
    }

    /// A replica leads no more, since it is gone.
    pub(crate) fn gone(&mut self, now: Nanos, node: NodeId) {
        if let Some(&place) = self.leading.get(&node) {
            self.leaderships[place].is_gone = true;
            self.ceases(now, node);
        }
    }

    /// A replica leads no more: it knows better.
    fn ceases(&mut self, now: Nanos, node: NodeId) {
        if let Some(place) = self.leading.remove(&node) {
            self.leaderships[place].until = Some(now);
        }
    }

    /// The leaderships at a time, the latest first.
    pub fn leaders_at(&self, at: Nanos) -> impl Iterator<Item = &Leadership> {
        let leads = move |it: &&Leadership| it.from <= at && it.until.is_none_or(|end| at < end);
        self.leaderships.iter().rev().filter(leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDS: fn(u64) -> Ballot = |term| Ballot::Stands { term: Some(term) };

    #[test]
    fn votes_belong_to_the_latest_candidacy() {
        let mut all = Elections::default();
        let [a, b, c] = [0, 1, 2].map(NodeId);
        all.ballot(1, a, b, STANDS(1));
        all.ballot(1, a, c, STANDS(1));
        all.ballot(2, b, a, Ballot::Votes { granted: false });
        all.ballot(9, a, b, STANDS(2));
        all.ballot(10, b, a, Ballot::Votes { granted: true });
        all.ballot(11, b, a, Ballot::Votes { granted: true });
        let [first, second] = all.candidacies.as_slice() else { panic!("{all:?}") };
        assert_eq!((first.term, &*first.votes, &*first.refusals), (Some(1), &[][..], &[b][..]));
        assert_eq!((second.term, second.since, &*second.votes), (Some(2), 9, &[b][..]));
    }

    #[test]
    fn without_terms_time_tells_candidacies_apart() {
        let mut all = Elections::default();
        let [a, b] = [0, 1].map(NodeId);
        for at in [0, 1, 2 * SAME_REQUEST] {
            all.ballot(at, a, b, Ballot::Stands { term: None });
        }
        assert_eq!(all.candidacies.len(), 2);
    }

    #[test]
    fn whoever_names_itself_leads_until_it_names_another() {
        let mut all = Elections::default();
        let [a, b] = [0, 1].map(NodeId);
        all.ballot(1, a, b, STANDS(4));
        all.names(2, a, Some(a));
        all.names(3, a, Some(a));
        assert_eq!(all.leaders_at(3).map(|it| it.node).collect::<Vec<_>>(), [a]);
        all.names(5, a, Some(b));
        assert_eq!(
            all.leaderships,
            [Leadership { node: a, term: Some(4), from: 2, until: Some(5), is_gone: false }]
        );
        assert_eq!(all.leaders_at(5).count(), 0);
        all.names(6, b, Some(b));
        all.gone(7, b);
        assert_eq!((all.leaderships[1].until, all.leaderships[1].is_gone), (Some(7), true));
    }
}
