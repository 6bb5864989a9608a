//! The safety properties of Raft (Raft, figure 3), watched after every step.
//!
//! The monitor keeps a shadow of each replica's log as a *chain*: one number for each position, which depends on the
//! entry there and on the whole prefix before it. Two logs agree up to a position exactly if their chains are equal
//! there. So each property is a comparison of two numbers, and a step that changed nothing costs only a few of them.
//!
//! | property | comparison |
//! | --- | --- |
//! | election safety | the leader of a term with the first leader seen in it |
//! | leader append-only | a leader's log with its shadow after the previous step |
//! | log matching | the chain at (position, term) with the first seen there |
//! | leader completeness | a new leader's chain with the chain committed in earlier terms |
//! | state machine safety | the chain at every newly committed position with the first committed there |
//!
//! These are the properties of figure 3. Two more groups of rules need no consequence to be seen: what a replica told
//! others it still has ([`promises`]), and how commit indexes move ([`commits`]).
//!
//! In a long run the monitor forgets the positions that all replicas have compacted away.

mod commits;
mod promises;
mod shadow;
#[cfg(test)]
mod tests;
mod violation;

use std::collections::BTreeMap;

use crate::Nanos;
use crate::api::{NodeId, RaftWindow, Role};
use crate::bounded_log::{BoundedLog, REMEMBERED};
use crate::marks::{Mark, Marks};

pub use violation::{Contested, FirstCommit, Property, Rules, SafetyViolation};

use promises::Told;
use shadow::{Shadow, chain};

/// The largest number of recorded violations of each group of rules. Only a run's first ones matter; a broken replica
/// can cause thousands.
const MOST_VIOLATIONS: usize = 16;

/// The monitor of all replicas of a cluster.
#[derive(Debug)]
pub(crate) struct RaftMonitor {
    shadows: Vec<Shadow>,
    /// The promises of each replica.
    told: Vec<Told>,
    leaders: BTreeMap<u64, NodeId>,
    /// For each position, the term and chain first seen there.
    seen: BoundedLog<(u64, u64)>,
    /// The chains first seen with other terms, by position and term.
    seen_besides: BTreeMap<(usize, u64), u64>,
    committed: BoundedLog<Committed>,
    /// The first candidate of each term.
    candidates: BTreeMap<u64, NodeId>,
    marks: Marks,
    violations: Vec<SafetyViolation>,
}

#[derive(Clone, Copy, Debug)]
struct Committed {
    chain: u64,
    /// The term of the first replica that committed it.
    by: FirstCommit,
}

impl RaftMonitor {
    pub(crate) fn new(replicas: u16) -> Self {
        let mut shadows = Vec::new();
        shadows.resize_with(usize::from(replicas), Shadow::new);
        RaftMonitor {
            shadows,
            told: vec![Told::default(); usize::from(replicas)],
            leaders: BTreeMap::new(),
            seen: BoundedLog::default(),
            seen_besides: BTreeMap::new(),
            committed: BoundedLog::default(),
            candidates: BTreeMap::new(),
            marks: Marks::default(),
            violations: Vec::new(),
        }
    }

    /// Inspects a replica after a step. Returns true if its commit index changed.
    #[inline]
    pub(crate) fn observe(&mut self, now: Nanos, node: NodeId, window: &dyn RaftWindow) -> bool {
        let shadow = &self.shadows[node.index()];
        let (term, role) = (window.term(), window.role());
        let turned = (role, term) != (shadow.role, shadow.term);
        let is_leader = role == Role::Leader;
        let became_leader = is_leader && turned;
        let last = window.last_index();
        let tail_changed =
            last != shadow.chains.len() as u64 || window.last_term() != shadow.last_term;
        if turned {
            self.turned(now, node, role, term);
        }
        if tail_changed {
            self.log_changed(now, node, window, is_leader && !became_leader);
        }
        if became_leader {
            self.new_leader(now, node, term);
        }
        let commit = window.commit_index() != self.shadows[node.index()].commit;
        if commit {
            let known = self.committed.len();
            self.commit_changed(now, node, window.commit_index());
            self.check_commit(now, node, window, known);
        }
        self.check_positions(now, node, window);
        self.check_vote(now, node, window.vote());
        commit
    }

    /// Resets the shadow of a replica that restarts from its durable state, which may be damaged.
    pub(crate) fn restarted(&mut self, node: NodeId, is_damaged: bool) {
        self.shadows[node.index()] = Shadow::new();
        self.told[node.index()].restarted(is_damaged);
    }

    /// Records that a replica is gone for good, so its log is not inspected again before the end.
    pub(crate) fn gone(&mut self, node: NodeId) {
        self.shadows[node.index()].compacted = usize::MAX;
    }

    /// Forgets the positions that no replica's log holds any more.
    #[cold]
    fn forget(&mut self) {
        let compacted = self.shadows.iter().map(|shadow| shadow.compacted).min().unwrap_or(0);
        // Keeps the last compacted position, at which a log begins, and the latest positions, because a replica that
        // restarts may have lost a snapshot.
        let old = self.committed.len().saturating_sub(REMEMBERED);
        let first = compacted.saturating_sub(1).min(old);
        drop(self.seen.forget_before(first));
        drop(self.committed.forget_before(first));
        self.shadows.iter_mut().for_each(|shadow| drop(shadow.chains.forget_before(first)));
        self.seen_besides = self.seen_besides.split_off(&(first, 0));
    }

    /// Compares a log from its first entry. During the run, the monitor assumes that a log whose end did not change did
    /// not change at all.
    pub(crate) fn compare_whole_log(&mut self, now: Nanos, node: NodeId, window: &dyn RaftWindow) {
        let shadow = &self.shadows[node.index()];
        // The first remembered entry cannot be compared without the chain before it.
        let forgotten = shadow.chains.first() as u64;
        let first = window.first_index().max(if forgotten == 0 { 1 } else { forgotten + 2 });
        let mut positions = first..=shadow.chains.len() as u64;
        if let Some(index) = positions.find(|&position| !shadow.agrees(position, window)) {
            let what = format!("entry {index} was changed in place");
            let chain = shadow.chains.get(index as usize - 1).copied().unwrap_or_default();
            let contested = Contested::Entry { index, chain };
            self.breach(now, node, Property::LogMatching, contested, what);
        }
    }

    /// Returns the coverage marks that the cluster reached.
    pub(crate) fn marks(&self) -> Marks {
        self.marks
    }

    /// Returns the violations, in the order in which they were noticed.
    pub(crate) fn into_violations(self) -> Vec<SafetyViolation> {
        self.violations
    }

    /// Handles a new role or term.
    fn turned(&mut self, now: Nanos, node: NodeId, role: Role, term: u64) {
        let shadow = &mut self.shadows[node.index()];
        if shadow.role == Role::Leader && shadow.chains.len() > self.committed.len() {
            self.marks.reach(Mark::DeposedWithUncommitted);
        }
        if role == Role::Candidate && *self.candidates.entry(term).or_insert(node) != node {
            self.marks.reach(Mark::SplitVote);
        }
        let before = std::mem::replace(&mut shadow.term, term);
        shadow.role = role;
        if term < before {
            let what = format!("its term went back from {before} to {term}");
            self.breach(now, node, Property::Monotonicity, Contested::Replica(node), what);
        }
    }

    /// Checks election safety and leader completeness.
    fn new_leader(&mut self, now: Nanos, node: NodeId, term: u64) {
        let first = *self.leaders.entry(term).or_insert(node);
        if first != node {
            let what = format!("leads term {term}, which {first} led before");
            self.breach(now, node, Property::ElectionSafety, Contested::Term(term), what);
        }
        // Only entries committed in earlier terms count, because a leader may learn late that it won.
        let is_earlier = |(_, committed): &(usize, &Committed)| committed.by.term < term;
        let Some((position, last)) = self.committed.iter().rev().find(is_earlier) else { return };
        let chain = self.shadows[node.index()].chains.get(position).copied();
        if chain != Some(last.chain) {
            let what = format!(
                "leads term {term} without all of the {} entries that were committed before",
                position + 1
            );
            let contested = self.first_missing(node, term);
            self.breach(now, node, Property::LeaderCompleteness, contested, what);
        }
    }

    /// Checks leader append-only and log matching, and that no committed entry is removed.
    fn log_changed(&mut self, now: Nanos, node: NodeId, window: &dyn RaftWindow, led: bool) {
        self.adopt_snapshot(now, node, window);
        let shadow = &mut self.shadows[node.index()];
        let before = shadow.chains.len();
        shadow.last_term = window.last_term();
        shadow.chains.truncate(usize::try_from(window.last_index()).unwrap_or(usize::MAX));
        while shadow.chains.last().is_some() && !shadow.agrees(shadow.chains.len() as u64, window) {
            shadow.chains.pop();
        }
        let (kept, commit) = (shadow.chains.len(), shadow.commit);
        if kept < before {
            self.marks.reach(Mark::LogTruncated);
            self.forget_stored(node, kept);
        }
        if kept < before && led {
            let what = format!("removed entries {} to {before} while leading", kept + 1);
            let contested = self.committed_at(kept as u64 + 1);
            self.breach(now, node, Property::LeaderAppendOnly, contested, what);
        }
        if (kept as u64) < commit {
            let what = format!("removed entries from {} on, {commit} were committed", kept + 1);
            let contested = self.committed_at(kept as u64 + 1);
            self.breach(now, node, Property::StateMachineSafety, contested, what);
        }
        for index in kept as u64 + 1..=window.last_index() {
            let Some(entry) = window.entry(index) else { break };
            self.appended(now, node, entry);
        }
    }

    /// Replaces the shadow by a snapshot (Raft §7), which stands for the committed entries up to a position, whatever
    /// the log held before. A replica may also commit entries and compact them in one step; its shadow then has them.
    fn adopt_snapshot(&mut self, now: Nanos, node: NodeId, window: &dyn RaftWindow) {
        let shadow = &mut self.shadows[node.index()];
        let position = (window.first_index() - 1) as usize;
        shadow.compacted = position;
        if self.committed.len() < position {
            if shadow.chains.len() < position || window.commit_index() < position as u64 {
                let what =
                    format!("has a snapshot up to entry {position}, which no replica committed");
                let contested = self.committed_at(position as u64);
                self.breach(now, node, Property::StateMachineSafety, contested, what);
            }
            return;
        }
        let Some(last) = position.checked_sub(1) else { return };
        let committed = self.committed.get(last).map(|committed| committed.chain);
        if committed != shadow.chains.get(last).copied() {
            // A replica that restarts has its snapshot from before the crash.
            if shadow.chains.len() > 0 {
                self.marks.reach(Mark::SnapshotInstalled);
            }
            let prefix = self.committed.iter().take_while(|(place, _)| *place < position);
            shadow.chains = BoundedLog::after(self.committed.first());
            prefix.for_each(|(_, committed)| shadow.chains.push(committed.chain));
        }
    }

    #[inline]
    fn appended(&mut self, now: Nanos, node: NodeId, entry: (u64, u64)) {
        let chains = &mut self.shadows[node.index()].chains;
        let chain = chain(chains.last().copied().unwrap_or(0), entry);
        chains.push(chain);
        let (position, term) = (chains.len(), entry.0);
        if self.seen.is_long() {
            self.forget();
        }
        let first = self.first_chain(position, term, chain);
        if first != chain {
            let contested = Contested::Entry { index: position as u64, chain: first };
            let what = format!("entry {position} of term {term}, or one before, differs elsewhere");
            self.breach(now, node, Property::LogMatching, contested, what);
        }
    }

    /// Returns the chain first seen at this position with this term, which is `chain` if there was none.
    fn first_chain(&mut self, position: usize, term: u64, chain: u64) -> u64 {
        match self.seen.get(position - 1) {
            None => {
                if position > self.seen.len() {
                    self.seen.push((term, chain));
                }
                chain
            }
            Some(&(first_term, first)) if first_term == term => first,
            Some(_) => *self.seen_besides.entry((position, term)).or_insert(chain),
        }
    }

    /// Checks state machine safety.
    fn commit_changed(&mut self, now: Nanos, node: NodeId, commit: u64) {
        let shadow = &mut self.shadows[node.index()];
        let before = std::mem::replace(&mut shadow.commit, commit);
        let in_term = shadow.term;
        let by = FirstCommit { node, at: now, term: in_term };
        if commit < before {
            let what = format!("its commit index went back from {before} to {commit}");
            return self.breach(now, node, Property::Monotonicity, Contested::Replica(node), what);
        }
        if before as usize == self.committed.len() && self.is_of_earlier_term(node, before, in_term)
        {
            self.marks.reach(Mark::OldTermCommitted);
        }
        let known = self.shadows[node.index()].chains.first();
        for position in known.max(before as usize)..commit as usize {
            let Some(chain) = self.shadows[node.index()].chains.get(position).copied() else {
                let what = format!("committed entry {}, which it does not have", position + 1);
                let contested = self.committed_at(position as u64 + 1);
                return self.breach(now, node, Property::StateMachineSafety, contested, what);
            };
            match self.committed.get(position) {
                None if position < self.committed.first() => {}
                None => self.committed.push(Committed { chain, by }),
                Some(first) if first.chain == chain => {}
                Some(_) => {
                    let what = format!(
                        "committed another entry {} than was committed before",
                        position + 1
                    );
                    let contested = self.committed_at(position as u64 + 1);
                    return self.breach(now, node, Property::StateMachineSafety, contested, what);
                }
            }
        }
    }

    /// Returns true if the entry after a position of a replica's log is of an earlier term than `term`.
    fn is_of_earlier_term(&self, node: NodeId, position: u64, term: u64) -> bool {
        let position = position as usize;
        let chain = self.shadows[node.index()].chains.get(position).copied();
        match self.seen.get(position) {
            Some(&(first_term, first)) if Some(first) == chain => first_term < term,
            _ => {
                let earlier = self.seen_besides.range((position + 1, 0)..(position + 1, term));
                earlier.map(|(_, seen)| *seen).any(|seen| Some(seen) == chain)
            }
        }
    }

    /// The entry that was committed first at a position, from 1.
    #[cold]
    fn committed_at(&self, index: u64) -> Contested {
        let committed = index.checked_sub(1).and_then(|place| self.committed.get(place as usize));
        Contested::Entry { index, chain: committed.map_or(0, |committed| committed.chain) }
    }

    /// The first entry that was committed before a term, and that a replica does not have.
    #[cold]
    fn first_missing(&self, node: NodeId, term: u64) -> Contested {
        let chains = &self.shadows[node.index()].chains;
        let known = chains.first();
        let mut committed =
            self.committed.iter().filter(|(place, it)| *place >= known && it.by.term < term);
        let missing = committed.find(|(place, it)| chains.get(*place) != Some(&it.chain));
        self.committed_at(missing.map_or(0, |(place, _)| place as u64 + 1))
    }

    #[cold]
    fn breach(
        &mut self,
        at: Nanos,
        node: NodeId,
        property: Property,
        contested: Contested,
        what: String,
    ) {
        let rules = property.rules();
        let known = self.violations.iter().filter(|known| known.property.rules() == rules);
        if known.count() < MOST_VIOLATIONS {
            let committed = match contested {
                Contested::Entry { index, chain } if chain != 0 => {
                    let first = self.committed.get(index as usize - 1);
                    first.filter(|first| first.chain == chain).map(|first| first.by)
                }
                _ => None,
            };
            self.violations.push(SafetyViolation {
                at,
                node,
                property,
                contested,
                committed,
                what,
            });
        }
    }
}
