//! The rules of decided logs, watched after every step, for systems of any protocol.
//!
//! The monitor keeps the first decision at each position, and how far each replica had decided after its last step.
//! A step that decided nothing costs two comparisons.
//!
//! | rule | comparison |
//! | --- | --- |
//! | agreement | what a replica newly decides with the first decision at that position |
//! | no gap | each newly decided position holds something |
//! | never undecided | the number of decided positions with that after the step before |
//!
//! At the end of the run, whole logs are compared with the first decisions.

use std::fmt;

use crate::Nanos;
use crate::api::{DecidedLog, NodeId};
use crate::bounded_log::{BoundedLog, REMEMBERED};
use crate::seconds::moment;

/// The largest number of recorded violations. Only a run's first ones matter.
const MOST_VIOLATIONS: usize = 16;

/// A violation of a rule of decided logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogViolation {
    /// The time at which it was first visible.
    pub at: Nanos,
    /// The replica that shows it.
    pub node: NodeId,
    /// The rule.
    pub rule: LogRule,
    /// The position in the log, from 1 on.
    pub position: u64,
    /// The replica that was the first to decide the position, and when, if any had.
    pub first: Option<(NodeId, Nanos)>,
    /// A description that follows the replica's name.
    pub what: String,
}

/// The rules of decided logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRule {
    /// No two replicas decide differently at one position.
    Agreement,
    /// A replica has decided every position before one that it has decided.
    NoGap,
    /// A position that a replica has decided stays decided; across restarts, if the replica says that decisions are
    /// durable.
    NeverUndecided,
}

impl fmt::Display for LogRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogRule::Agreement => "agreement",
            LogRule::NoGap => "no gap",
            LogRule::NeverUndecided => "never undecided",
        })
    }
}

/// The number of positions that one replica may decide beyond those of all others, which are looked at one by one.
const MOST_AT_ONCE: u64 = 1_000_000;

/// The monitor of all replicas of a cluster.
#[derive(Debug)]
pub(crate) struct DecidedMonitor {
    replicas: Vec<Seen>,
    /// The first decision at each position; `None` where no replica has shown one.
    first: BoundedLog<Option<Decision>>,
    violations: Vec<LogViolation>,
}

/// The decided part of a replica's log, as last seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    decided: u64,
    /// The hash at the last decided position.
    last: Option<u64>,
    /// The first position that the log still holds.
    held_from: u64,
    /// The number of restarts after which it knew less than before.
    forgot: u32,
}

/// The first decision at a position.
#[derive(Clone, Copy, Debug)]
struct Decision {
    hash: u64,
    node: NodeId,
    at: Nanos,
    /// [`Seen::forgot`] of the replica then.
    forgot: u32,
    /// Another replica that decided the same, and when.
    other: Option<(NodeId, Nanos)>,
}

impl DecidedMonitor {
    pub(crate) fn new(replicas: u16) -> Self {
        let replicas = vec![Seen::default(); usize::from(replicas)];
        DecidedMonitor { replicas, first: BoundedLog::with_capacity(0), violations: Vec::new() }
    }

    /// Inspects a replica after a step. Returns the number of decided positions, if it is the greatest so far.
    #[inline]
    pub(crate) fn observe(
        &mut self,
        now: Nanos,
        node: NodeId,
        log: &dyn DecidedLog,
    ) -> Option<u64> {
        let (decided, most) = (log.decided(), self.first.len() as u64);
        let seen = &mut self.replicas[node.index()];
        let last = if decided > 0 { log.hash(decided) } else { None };
        if (decided, last) != (seen.decided, seen.last) {
            self.changed(now, node, log, last);
        }
        (decided > most).then_some(decided)
    }

    /// Inspects a replica that restarts from its disk, on which a fault may have done damage.
    pub(crate) fn restarted(
        &mut self,
        now: Nanos,
        node: NodeId,
        log: &dyn DecidedLog,
        is_damaged: bool,
    ) {
        let seen = &mut self.replicas[node.index()];
        let forgot = seen.forgot + u32::from(log.decided() < seen.decided);
        let before = std::mem::replace(seen, Seen { forgot, ..Seen::default() });
        if log.is_durable() && !is_damaged && log.decided() < before.decided {
            self.goes_back(now, node, before.decided, log.decided(), " after a restart");
        }
        self.observe(now, node, log);
    }

    /// Compares the whole log of a replica at the end of the run.
    pub(crate) fn compare_whole_log(&mut self, now: Nanos, node: NodeId, log: &dyn DecidedLog) {
        let held = log.first().max(self.first.first() as u64 + 1);
        let decides = |position| self.decides(now, node, position, log.hash(position));
        (held..=log.decided()).all(decides);
    }

    /// Returns the violations, in the order in which they were noticed.
    pub(crate) fn into_violations(self) -> Vec<LogViolation> {
        self.violations
    }

    #[cold]
    fn changed(&mut self, now: Nanos, node: NodeId, log: &dyn DecidedLog, last: Option<u64>) {
        let decided = log.decided();
        let seen = &mut self.replicas[node.index()];
        let before = std::mem::replace(&mut seen.decided, decided);
        (seen.last, seen.held_from) = (last, log.first());
        if decided < before {
            self.goes_back(now, node, before, decided, "");
        }
        if decided > self.first.len() as u64 + MOST_AT_ONCE {
            let what = format!("has decided {decided} positions, {MOST_AT_ONCE} beyond all others");
            self.breach(now, node, LogRule::NoGap, decided, what);
            return;
        }
        // Of a log that is no longer, only what was last decided can be seen to have changed.
        let from = if decided > before { before + 1 } else { decided.max(1) };
        let mut positions = from.max(log.first())..=decided;
        positions.all(|position| self.decides(now, node, position, log.hash(position)));
        if self.first.is_long() {
            self.forget();
        }
    }

    fn goes_back(&mut self, now: Nanos, node: NodeId, from: u64, to: u64, when: &str) {
        let position = to + 1;
        let what = format!("had decided {from} positions, and has decided {to}{when}");
        self.breach(now, node, LogRule::NeverUndecided, position, what);
    }

    /// Compares a decision with the first at its position. Returns false if the replica holds none there.
    fn decides(&mut self, now: Nanos, node: NodeId, position: u64, hash: Option<u64>) -> bool {
        let place = position as usize - 1;
        let Some(hash) = hash else {
            let what = format!("has decided position {position}, and holds nothing there");
            self.breach(now, node, LogRule::NoGap, position, what);
            return false;
        };
        while self.first.len() <= place {
            self.first.push(None);
        }
        let forgot = self.replicas[node.index()].forgot;
        let decision = Decision { hash, node, at: now, forgot, other: None };
        let Some(first) = self.first.get_mut(place) else { return true };
        let known = first.get_or_insert(decision);
        if known.hash == hash {
            if known.node != node {
                known.other.get_or_insert((node, now));
            }
            return true;
        }
        let theirs = known.hash;
        let (rule, by) = match (known.node == node, known.other) {
            (false, _) => (LogRule::Agreement, (known.node, known.at)),
            (true, Some(other)) if other.0 != node => (LogRule::Agreement, other),
            // What only it had decided is forgotten with it.
            (true, _) if known.forgot != forgot => {
                *known = decision;
                return true;
            }
            (true, _) => (LogRule::NeverUndecided, (node, known.at)),
        };
        let (who, at) = (by.0, moment(by.1));
        let who = if who == node { "it".to_owned() } else { who.to_string() };
        let what = format!(
            "decides {hash:016x} at position {position}, where {who} decided {theirs:016x} at {at}"
        );
        self.breach(now, node, rule, position, what);
        true
    }

    /// Forgets the positions that no replica's log holds any more, but for the latest.
    #[cold]
    fn forget(&mut self) {
        let held = self.replicas.iter().map(|seen| seen.held_from).min().unwrap_or(0);
        let old = self.first.len().saturating_sub(REMEMBERED);
        drop(self.first.forget_before(old.min(held.saturating_sub(1) as usize)));
    }

    #[cold]
    fn breach(&mut self, at: Nanos, node: NodeId, rule: LogRule, position: u64, what: String) {
        let is_known =
            |it: &LogViolation| (it.node, it.rule, it.position) == (node, rule, position);
        if self.violations.len() < MOST_VIOLATIONS && !self.violations.iter().any(is_known) {
            let first =
                position.checked_sub(1).and_then(|place| *self.first.get(place as usize)?);
            let first = first.map(|decision| (decision.node, decision.at));
            self.violations.push(LogViolation { at, node, rule, position, first, what });
        }
    }
}
