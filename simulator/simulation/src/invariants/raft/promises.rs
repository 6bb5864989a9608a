//! The promises of replicas, which they must keep: their votes, their terms, and the entries that they acknowledged.
//!
//! Others count on a promise as soon as it is sent. So it is noted then, and compared with what the replica has when it
//! restarts, and not only where a lost promise has consequences.

use super::{Contested, Property, RaftMonitor};
use crate::Nanos;
use crate::api::{NodeId, Promise, Vote};

/// The promises of one replica.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// The latest term.
    term: u64,
    /// The vote in that term.
    vote: Option<NodeId>,
    /// The last position that was acknowledged and not truncated since, and its chain; 0 for none.
    stored: (u64, u64),
    /// True between a restart and the first look at what is there.
    restarts: bool,
    /// True if the disk was damaged: then nothing can be kept.
    pub is_excused: bool,
}

impl Told {
    pub(super) fn restarted(&mut self, is_damaged: bool) {
        self.restarts = true;
        self.is_excused |= is_damaged;
    }
}

impl RaftMonitor {
    /// Notes what a replica tells another one with a message that it sends.
    #[inline]
    pub(crate) fn promised(&mut self, now: Nanos, from: NodeId, to: NodeId, promise: Promise) {
        let told = &mut self.told[from.index()];
        let term = promise.term();
        if term > told.term {
            (told.term, told.vote) = (term, None);
        }
        match promise {
            Promise::Term(_) => {}
            Promise::Stands(_) => self.voted(now, from, from, term),
            Promise::Votes(_) => self.voted(now, from, to, term),
            Promise::Stored { index, .. } => self.stored(now, from, index),
        }
    }

    fn voted(&mut self, now: Nanos, node: NodeId, candidate: NodeId, term: u64) {
        let told = &mut self.told[node.index()];
        if term < told.term || told.is_excused {
            return;
        }
        let first = *told.vote.get_or_insert(candidate);
        if first != candidate {
            let what = format!("votes for {candidate} in term {term}, after it voted for {first}");
            self.breach(now, node, Property::OneVote, Contested::Term(term), what);
        }
    }

    #[inline]
    fn stored(&mut self, now: Nanos, node: NodeId, index: u64) {
        let (told, shadow) = (&mut self.told[node.index()], &self.shadows[node.index()]);
        if index <= told.stored.0 {
            return;
        }
        if index > shadow.chains.len() as u64 {
            let what = format!("acknowledges entry {index}, which it does not have");
            let contested = self.committed_at(index);
            return self.breach(now, node, Property::Durability, contested, what);
        }
        told.stored = (index, shadow.chain(index));
    }

    /// Takes back the promise of entries that were removed since, as a later leader may want it.
    #[cold]
    pub(super) fn forget_stored(&mut self, node: NodeId, kept: usize) {
        let (told, shadow) = (&mut self.told[node.index()], &self.shadows[node.index()]);
        if !told.restarts && told.stored.0 > kept as u64 {
            told.stored = (kept as u64, shadow.chain(kept as u64));
        }
    }

    /// Compares a replica's vote with the one after its previous step, or with what it told others before it restarted.
    #[inline]
    pub(super) fn check_vote(&mut self, now: Nanos, node: NodeId, vote: Vote) {
        let (told, shadow) = (&mut self.told[node.index()], &mut self.shadows[node.index()]);
        if told.restarts {
            return self.check_restart(now, node, vote);
        }
        let (term, before) = std::mem::replace(&mut shadow.vote, (shadow.term, vote));
        if let (Vote::For(first), true) = (before, term == shadow.term && before != vote) {
            let what = format!("voted for {first} in term {term}, and {}", present(vote));
            self.breach(now, node, Property::OneVote, Contested::Term(term), what);
        }
    }

    /// Compares what a replica starts with to what it told others before.
    #[cold]
    fn check_restart(&mut self, now: Nanos, node: NodeId, vote: Vote) {
        let (told, shadow) = (&mut self.told[node.index()], &mut self.shadows[node.index()]);
        told.restarts = false;
        shadow.vote = (shadow.term, vote);
        let Told { term, vote: voted, stored: (index, chain), is_excused, .. } = *told;
        if is_excused {
            return;
        }
        let starts_in = shadow.term;
        let keeps =
            index == 0 || shadow.chain(index) == chain || index < shadow.chains.first() as u64;
        if starts_in < term {
            let what = format!("was in term {term}, and starts in term {starts_in}");
            self.breach(now, node, Property::Durability, Contested::Replica(node), what);
        }
        if let (Some(first), true) = (voted, starts_in == term)
            && !matches!(vote, Vote::Hidden)
            && vote != Vote::For(first)
        {
            let what = format!("voted for {first} in term {term}, and starts without that vote");
            self.breach(now, node, Property::Durability, Contested::Term(term), what);
        }
        if !keeps {
            let of_term = self.term_of(index, chain);
            let of_term = of_term.map(|term| format!(" of term {term}")).unwrap_or_default();
            let what = format!("acknowledged entry {index}{of_term}, and starts without it");
            let contested = Contested::Entry { index, chain };
            self.breach(now, node, Property::Durability, contested, what);
        }
        // It is told once.
        let (told, shadow) = (&mut self.told[node.index()], &self.shadows[node.index()]);
        if !keeps {
            let last = index.min(shadow.chains.len() as u64);
            told.stored = (last, shadow.chain(last));
        }
    }

    /// Returns the term of the entry at a position with this chain, if it was seen.
    fn term_of(&self, index: u64, chain: u64) -> Option<u64> {
        let place = usize::try_from(index.checked_sub(1)?).ok()?;
        let first = self.seen.get(place).filter(|(_, seen)| *seen == chain);
        let mut others = self.seen_besides.range((place + 1, 0)..=(place + 1, u64::MAX));
        let other = || others.find(|(_, seen)| **seen == chain).map(|((_, term), _)| *term);
        first.map(|(term, _)| *term).or_else(other)
    }
}

fn present(vote: Vote) -> String {
    match vote {
        Vote::For(candidate) => format!("now for {candidate}"),
        Vote::None | Vote::Hidden => "has no vote now".to_owned(),
    }
}
