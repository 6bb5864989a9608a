//! The elections of a run: the candidates, their votes, and the leaders with their times.
//!
//! The roles and terms of replicas with a window ([`RaftWindow`](crate::api::RaftWindow)) are known. For other replicas
//! they are inferred from their messages ([`Message::ballot`](crate::api::Message::ballot)) and from the leader that
//! they name.

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::{Ballot, NodeId, Role};

/// All elections of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elections {
    /// All candidacies, in order.
    pub candidacies: Vec<Candidacy>,
    /// All leaderships, in the order of their beginnings.
    pub leaderships: Vec<Leadership>,
    /// The index of each replica's latest candidacy; below, of its current leadership.
    latest: BTreeMap<NodeId, usize>,
    leading: BTreeMap<NodeId, usize>,
}

/// A replica that stands for election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidacy {
    /// The candidate.
    pub node: NodeId,
    /// The term, if it is known.
    pub term: Option<u64>,
    /// The time of its first request for votes.
    pub since: Nanos,
    /// The time of its last request for votes.
    pub last: Nanos,
    /// The replicas that sent their vote, in order, without the candidate itself.
    pub votes: Vec<NodeId>,
    /// The replicas that refused, in order.
    pub refusals: Vec<NodeId>,
}

/// A period in which a replica led, or took itself for the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leadership {
    /// The leader.
    pub node: NodeId,
    /// The term, if it is known.
    pub term: Option<u64>,
    /// The time at which it began.
    pub from: Nanos,
    /// The time at which it ended, if it ended before the run.
    pub until: Option<Nanos>,
    /// True if it ended because the replica was killed, crashed or stopped.
    pub is_gone: bool,
}

/// The time after which a request without a term is a new candidacy, in nanoseconds.
const SAME_REQUEST: Nanos = 5_000_000;

impl Elections {
    /// Records a message about an election when it is sent.
    pub(crate) fn ballot(&mut self, now: Nanos, from: NodeId, to: NodeId, ballot: Ballot) {
        match ballot {
            Ballot::Stands { term } => self.stands(now, from, term),
            Ballot::Votes { granted } => {
                // The candidate's request was not recognised: its message type has an unknown name.
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

    /// Records that a replica named a leader in a message or answer.
    pub(crate) fn names(&mut self, now: Nanos, node: NodeId, leader: Option<NodeId>) {
        if leader == Some(node) {
            let term = self.latest.get(&node).and_then(|&place| self.candidacies[place].term);
            self.leads(now, node, term);
        } else {
            self.ceases(now, node);
        }
    }

    /// Records a replica's new role or term.
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

    /// Ends the leadership of a replica that is gone.
    pub(crate) fn gone(&mut self, now: Nanos, node: NodeId) {
        if let Some(&place) = self.leading.get(&node) {
            self.leaderships[place].is_gone = true;
            self.ceases(now, node);
        }
    }

    /// Ends a replica's leadership.
    fn ceases(&mut self, now: Nanos, node: NodeId) {
        if let Some(place) = self.leading.remove(&node) {
            self.leaderships[place].until = Some(now);
        }
    }

    /// Returns the time before `end` in which no replica led, in nanoseconds.
    pub(crate) fn leaderless(&self, end: Nanos) -> Nanos {
        let (mut without, mut led_until) = (0, 0);
        for led in &self.leaderships {
            without += led.from.min(end).saturating_sub(led_until);
            led_until = led.until.unwrap_or(end).max(led_until).min(end);
        }
        without + end.saturating_sub(led_until)
    }

    /// Returns the leaderships at a time, the latest first.
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
    fn a_time_without_a_leader_is_one_in_which_none_leads() {
        let mut all = Elections::default();
        let [a, b] = [0, 1].map(NodeId);
        assert_eq!(all.leaderless(9), 9);
        all.leads(3, a, Some(1));
        all.leads(5, b, Some(2));
        all.ceases(8, a);
        all.ceases(6, b);
        assert_eq!((all.leaderless(7), all.leaderless(20)), (3, 3 + 12));
        all.leads(15, b, Some(3));
        assert_eq!(all.leaderless(20), 3 + 7);
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
