//! The rules by which commit indexes move: by a leader only to an entry of its own term, only to what a majority has,
//! and together with what the state machine applies.

use super::promises::Told;
use super::shadow::Shadow;
use super::{Contested, Property, RaftMonitor, SafetyViolation};
use crate::Nanos;
use crate::api::{NodeId, RaftWindow, Role};

impl RaftMonitor {
    /// Checks a commit index that has changed; `known` is the number of entries that were committed before.
    pub(super) fn check_commit(
        &mut self,
        now: Nanos,
        node: NodeId,
        window: &dyn RaftWindow,
        known: usize,
    ) {
        let commit = window.commit_index();
        if window.role() == Role::Leader
            && let (Some((term, _)), leads) = (window.entry(commit), window.term())
            && term < leads
        {
            let what = format!(
                "leads term {leads}, and commits up to entry {commit}, which is of term {term}"
            );
            let contested = self.committed_at(commit);
            self.breach(now, node, Property::OwnTermCommits, contested, what);
        }
        if self.committed.len() > known {
            self.check_majority(now, node);
        }
    }

    /// Checks that a majority has the last entry that was committed, be it in the logs of replicas that are down.
    ///
    /// That means all entries before it, too.
    fn check_majority(&mut self, now: Nanos, node: NodeId) {
        let index = self.committed.len();
        let Some(committed) = self.committed.get(index - 1) else { return };
        let chain = committed.chain;
        // What a damaged disk lost was there when it was acknowledged.
        let is_there = |(shadow, told): &(&Shadow, &Told)| {
            shadow.chain(index as u64) == chain || told.is_excused
        };
        let have = self.shadows.iter().zip(&self.told).filter(is_there);
        let (have, all) = (have.count(), self.shadows.len());
        if 2 * have <= all {
            let what = format!("commits entry {index}, which {have} of {all} replicas have");
            let contested = Contested::Entry { index: index as u64, chain };
            self.breach(now, node, Property::MajorityCommits, contested, what);
        }
    }

    /// Checks that what is applied and compacted is what is committed.
    #[inline]
    pub(super) fn check_positions(&mut self, now: Nanos, node: NodeId, window: &dyn RaftWindow) {
        let (commit, first) = (window.commit_index(), window.first_index());
        let applied = window.applied_index().unwrap_or(commit);
        if applied != commit || first > commit + 1 {
            self.misplaced(now, node, (commit, first, applied));
        }
    }

    #[cold]
    fn misplaced(&mut self, now: Nanos, node: NodeId, (commit, first, applied): (u64, u64, u64)) {
        let is_told =
            |it: &SafetyViolation| it.property == Property::AppliedCommits && it.node == node;
        if self.violations.iter().any(is_told) {
            return;
        }
        let what = if applied == commit {
            format!("has a snapshot up to entry {}, and committed up to {commit}", first - 1)
        } else {
            format!("committed up to {commit}, and applied up to {applied}")
        };
        self.breach(now, node, Property::AppliedCommits, Contested::Replica(node), what);
    }
}
