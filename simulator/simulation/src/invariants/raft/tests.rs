//! Tests that violate each invariant once.

use super::*;
use crate::api::{Promise, Vote};

/// A replica as the monitor sees it: role, term, commit index, and the log as (term, content).
struct Fake {
    role: Role,
    term: u64,
    commit: u64,
    log: Vec<(u64, u64)>,
    /// The last position in a snapshot.
    compacted: u64,
}

/// A replica that has applied more or less than it committed, and shows its vote.
struct Open(Fake, u64, Vote);

impl RaftWindow for Open {
    fn role(&self) -> Role {
        self.0.role()
    }
    fn term(&self) -> u64 {
        self.0.term()
    }
    fn commit_index(&self) -> u64 {
        self.0.commit_index()
    }
    fn first_index(&self) -> u64 {
        self.0.first_index()
    }
    fn last_index(&self) -> u64 {
        self.0.last_index()
    }
    fn last_term(&self) -> u64 {
        self.0.last_term()
    }
    fn entry(&self, index: u64) -> Option<(u64, u64)> {
        self.0.entry(index)
    }
    fn applied_index(&self) -> Option<u64> {
        Some(self.1)
    }
    fn vote(&self) -> Vote {
        self.2
    }
    fn state_fingerprint(&self) -> u64 {
        0
    }
    fn summary(&self) -> String {
        String::new()
    }
}

impl RaftWindow for Fake {
    fn role(&self) -> Role {
        self.role
    }
    fn term(&self) -> u64 {
        self.term
    }
    fn commit_index(&self) -> u64 {
        self.commit
    }
    fn first_index(&self) -> u64 {
        self.compacted + 1
    }
    fn last_index(&self) -> u64 {
        self.log.len() as u64
    }
    fn last_term(&self) -> u64 {
        self.log.last().map_or(0, |entry| entry.0)
    }
    fn entry(&self, index: u64) -> Option<(u64, u64)> {
        self.log.get(usize::try_from(index.checked_sub(1)?).ok()?).copied()
    }
    fn state_fingerprint(&self) -> u64 {
        0
    }
    fn summary(&self) -> String {
        String::new()
    }
}

/// A replica after a step: its id, role, term, commit index and log.
type State<'a> = (u16, Role, u64, u64, &'a [(u64, u64)]);

/// Shows the monitor one state after another, and returns the violated properties.
fn broken(states: &[State<'_>]) -> Vec<Property> {
    violations(states).into_iter().map(|violation| violation.property).collect()
}

fn violations(states: &[State<'_>]) -> Vec<SafetyViolation> {
    let mut monitor = RaftMonitor::new(5);
    for &(node, role, term, commit, log) in states {
        let window = Fake { role, term, commit, log: log.to_vec(), compacted: 0 };
        monitor.observe(0, NodeId(node), &window);
    }
    let all = monitor.into_violations();
    all.into_iter().filter(|found| found.property.rules() == Rules::Safety).collect()
}

#[test]
fn a_breach_names_what_is_contested_and_who_committed_it() {
    let two_leaders: [State<'_>; 2] = [(0, Leader, 3, 0, &[]), (4, Leader, 3, 0, &[])];
    assert_eq!(violations(&two_leaders)[0].contested, Contested::Term(3));
    let lost: [State<'_>; 3] = [
        (0, Leader, 1, 2, &[(1, 10), (1, 11)]),
        (1, Follower, 1, 1, &[(1, 10)]),
        (1, Leader, 2, 1, &[(1, 10)]),
    ];
    let breach = violations(&lost).remove(0);
    let Contested::Entry { index: 2, chain } = breach.contested else { panic!("{breach:?}") };
    let committed = breach.committed.map(|first| (first.node, first.term));
    assert_eq!(committed, Some((NodeId(0), 1)));
    // Another entry there is another matter.
    let other: [State<'_>; 2] =
        [(0, Leader, 1, 2, &[(1, 10), (1, 12)]), (1, Leader, 2, 1, &[(1, 10)])];
    assert_ne!(violations(&other)[0].contested, Contested::Entry { index: 2, chain });
}

use Role::{Candidate, Follower, Leader};

#[test]
fn a_healthy_history_breaks_nothing() {
    let states: [State<'_>; 7] = [
        (0, Candidate, 1, 0, &[]),
        (0, Leader, 1, 0, &[(1, 10)]),
        (1, Follower, 1, 0, &[(1, 10)]),
        (0, Leader, 1, 1, &[(1, 10), (1, 11)]),
        (1, Leader, 2, 1, &[(1, 10), (2, 20)]),
        // The old leader removes an entry that was never committed.
        (0, Follower, 2, 1, &[(1, 10), (2, 20)]),
        (1, Leader, 2, 2, &[(1, 10), (2, 20)]),
    ];
    assert_eq!(broken(&states), []);
}

#[test]
fn two_leaders_in_a_term() {
    let states: [State<'_>; 2] = [(0, Leader, 3, 0, &[]), (4, Leader, 3, 0, &[])];
    assert_eq!(broken(&states), [Property::ElectionSafety]);
}

#[test]
fn a_leader_that_takes_an_entry_back() {
    let states: [State<'_>; 2] =
        [(0, Leader, 1, 0, &[(1, 10), (1, 11)]), (0, Leader, 1, 0, &[(1, 10)])];
    assert_eq!(broken(&states), [Property::LeaderAppendOnly]);
}

#[test]
fn same_position_and_term_but_another_prefix() {
    let states: [State<'_>; 2] =
        [(0, Follower, 2, 0, &[(1, 10), (2, 20)]), (1, Follower, 2, 0, &[(1, 99), (2, 20)])];
    // The first entries differ at the same term, and so does everything after them.
    assert_eq!(broken(&states), [Property::LogMatching, Property::LogMatching]);
}

#[test]
fn a_leader_without_a_committed_entry() {
    let states: [State<'_>; 2] = [(0, Leader, 1, 1, &[(1, 10)]), (1, Leader, 2, 0, &[])];
    assert_eq!(broken(&states), [Property::LeaderCompleteness]);
}

#[test]
fn a_leader_of_an_older_term_need_not_have_what_was_committed_later() {
    let states: [State<'_>; 2] = [(0, Leader, 5, 1, &[(5, 10)]), (1, Leader, 4, 0, &[])];
    assert_eq!(broken(&states), []);
}

#[test]
fn two_entries_committed_at_one_position() {
    let states: [State<'_>; 2] = [(0, Follower, 2, 1, &[(1, 10)]), (1, Follower, 2, 1, &[(2, 20)])];
    assert_eq!(broken(&states), [Property::StateMachineSafety]);
}

#[test]
fn a_committed_entry_removed_or_never_had() {
    let states: [State<'_>; 3] =
        [(0, Follower, 1, 1, &[(1, 10)]), (0, Follower, 2, 1, &[]), (1, Follower, 2, 3, &[])];
    assert_eq!(broken(&states), [Property::StateMachineSafety, Property::StateMachineSafety]);
}

#[test]
fn terms_and_commit_indexes_that_go_back() {
    let states: [State<'_>; 3] = [
        (0, Follower, 2, 1, &[(1, 10)]),
        (0, Follower, 1, 1, &[(1, 10)]),
        (0, Follower, 1, 0, &[(1, 10)]),
    ];
    assert_eq!(broken(&states), [Property::Monotonicity, Property::Monotonicity]);
}

#[test]
fn an_entry_changed_in_place_is_found_in_the_end() {
    let mut monitor = RaftMonitor::new(1);
    let state = |first| Fake {
        role: Follower,
        term: 2,
        commit: 0,
        log: vec![(1, first), (2, 20)],
        compacted: 0,
    };
    monitor.observe(0, NodeId(0), &state(10));
    monitor.observe(1, NodeId(0), &state(99));
    monitor.compare_whole_log(2, NodeId(0), &state(99));
    assert_eq!(monitor.into_violations().len(), 1);
}

#[test]
fn a_snapshot_stands_for_what_was_committed() {
    let log = vec![(1, 10), (1, 11), (2, 20)];
    let state = |commit, compacted, log: &[(u64, u64)]| Fake {
        role: Follower,
        term: 2,
        commit,
        log: log.to_vec(),
        compacted,
    };
    let mut monitor = RaftMonitor::new(3);
    monitor.observe(0, NodeId(0), &state(3, 0, &log));
    // One replica compacts its own log; another, with a different tail, is sent the snapshot.
    monitor.observe(1, NodeId(0), &state(3, 2, &log));
    monitor.observe(1, NodeId(1), &state(0, 0, &[(1, 10), (1, 99)]));
    monitor.observe(2, NodeId(1), &state(3, 3, &log));
    monitor.compare_whole_log(3, NodeId(0), &state(3, 2, &log));
    monitor.violations.retain(|found| found.property.rules() == Rules::Safety);
    assert_eq!(
        monitor.violations.iter().map(|v| v.property).collect::<Vec<_>>(),
        [Property::LogMatching]
    );
    // A third has a snapshot of entries that were never committed.
    let longer = [&log[..], &[(2, 21)]].concat();
    monitor.observe(4, NodeId(2), &state(4, 4, &longer));
    assert_eq!(monitor.into_violations()[1].property, Property::StateMachineSafety);
}

/// Returns the marks that these states reach.
fn reached(states: &[State<'_>]) -> Vec<&'static str> {
    let mut monitor = RaftMonitor::new(5);
    for &(node, role, term, commit, log) in states {
        let window = Fake { role, term, commit, log: log.to_vec(), compacted: 0 };
        monitor.observe(0, NodeId(node), &window);
    }
    monitor.marks().names().collect()
}

#[test]
fn two_candidates_in_a_term_are_a_split_vote() {
    let one_after_the_other: [State<'_>; 3] =
        [(0, Candidate, 1, 0, &[]), (1, Candidate, 2, 0, &[]), (0, Candidate, 3, 0, &[])];
    assert_eq!(reached(&one_after_the_other), [""; 0]);
    let split: [State<'_>; 3] =
        [(0, Candidate, 1, 0, &[]), (0, Leader, 1, 0, &[]), (1, Candidate, 1, 0, &[])];
    assert_eq!(reached(&split), ["two candidates in a term"]);
}

#[test]
fn a_leader_that_is_replaced_loses_what_was_not_committed() {
    let mut states: Vec<State<'_>> =
        vec![(0, Leader, 1, 1, &[(1, 10)]), (0, Follower, 2, 1, &[(1, 10)])];
    assert_eq!(reached(&states), [""; 0]);
    // It removes the entries when it learns of the new leader.
    states.insert(1, (0, Leader, 1, 1, &[(1, 10), (1, 11)]));
    assert_eq!(reached(&states), ["deposed with uncommitted", "log truncated"]);
    // Or later.
    states.insert(2, (0, Follower, 2, 1, &[(1, 10), (1, 11)]));
    assert_eq!(reached(&states), ["deposed with uncommitted", "log truncated"]);
}

#[test]
fn an_entry_is_committed_in_its_own_term_or_by_a_later_leader() {
    let own: [State<'_>; 2] = [(0, Leader, 1, 0, &[(1, 10)]), (0, Leader, 1, 1, &[(1, 10)])];
    assert_eq!(reached(&own), [""; 0]);
    let later: [State<'_>; 3] = [
        (0, Leader, 1, 0, &[(1, 10)]),
        (1, Leader, 2, 0, &[(1, 10), (2, 20)]),
        (1, Leader, 2, 2, &[(1, 10), (2, 20)]),
    ];
    assert_eq!(reached(&later), ["old-term entry committed"]);
    // The first entry seen at that position was another one.
    let besides: [State<'_>; 4] = [
        (2, Leader, 1, 0, &[(1, 10)]),
        (0, Leader, 2, 0, &[(2, 30)]),
        (1, Leader, 3, 0, &[(2, 30), (3, 20)]),
        (1, Leader, 3, 2, &[(2, 30), (3, 20)]),
    ];
    assert_eq!(reached(&besides), ["old-term entry committed"]);
}

/// Returns a follower in a term that has committed all of its log.
fn follower(term: u64, log: &[(u64, u64)]) -> Fake {
    let commit = log.len() as u64;
    Fake { role: Follower, term, commit, log: log.to_vec(), compacted: 0 }
}

/// Returns what a monitor found of some rules, in words.
fn found(monitor: RaftMonitor, rules: Rules) -> Vec<String> {
    let all = monitor.into_violations();
    let found = all.into_iter().filter(|found| found.property.rules() == rules);
    found.map(|found| format!("{}: {} {}", found.property, found.node, found.what)).collect()
}

const NODE: NodeId = NodeId(0);
const OTHER: NodeId = NodeId(1);

/// Returns what is found when a replica with these entries made a promise, and restarts with another state.
fn restarted(promise: Promise, with: &Fake, vote: Vote, is_damaged: bool) -> Vec<String> {
    let mut monitor = RaftMonitor::new(1);
    let before = Fake { commit: 0, ..follower(3, &[(1, 10), (3, 11)]) };
    monitor.observe(0, NODE, &before);
    monitor.promised(1, NODE, OTHER, promise);
    monitor.restarted(NODE, is_damaged);
    let with = Fake { commit: 0, log: with.log.clone(), ..*with };
    monitor.observe(2, NODE, &Open(with, 0, vote));
    found(monitor, Rules::Promises)
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let promise = Promise::Stored { term: 3, index: 2 };
    let with =
        |term, log: &[(u64, u64)]| restarted(promise, &follower(term, log), Vote::None, false);
    let kept: [(u64, u64); 3] = [(1, 10), (3, 11), (3, 12)];
    assert_eq!(with(3, &kept[..2]), [""; 0]);
    assert_eq!(with(4, &kept), [""; 0], "more is no harm");
    let lost = ["durability: 0000 acknowledged entry 2 of term 3, and starts without it"];
    assert_eq!(with(3, &kept[..1]), lost);
    assert_eq!(with(3, &[(1, 99), (3, 11)]), lost, "an entry before it is another one");
    assert_eq!(with(2, &kept), ["durability: 0000 was in term 3, and starts in term 2"]);
    assert_eq!(restarted(promise, &follower(0, &[]), Vote::None, true), [""; 0], "a damaged disk");
}

#[test]
fn what_was_removed_since_is_no_promise() {
    let mut monitor = RaftMonitor::new(1);
    monitor.observe(0, NODE, &Fake { commit: 0, ..follower(1, &[(1, 10), (1, 11)]) });
    monitor.promised(1, NODE, OTHER, Promise::Stored { term: 1, index: 2 });
    let shorter = Fake { commit: 0, ..follower(2, &[(1, 10)]) };
    monitor.observe(2, NODE, &shorter);
    monitor.restarted(NODE, false);
    monitor.observe(3, NODE, &shorter);
    assert_eq!(found(monitor, Rules::Promises), [""; 0]);
}

#[test]
fn an_entry_that_is_not_there_is_not_acknowledged() {
    let mut monitor = RaftMonitor::new(1);
    monitor.observe(0, NODE, &follower(1, &[(1, 10)]));
    monitor.promised(1, NODE, OTHER, Promise::Stored { term: 1, index: 2 });
    let lie = ["durability: 0000 acknowledges entry 2, which it does not have"];
    assert_eq!(found(monitor, Rules::Promises), lie);
}

#[test]
fn a_vote_is_kept_through_a_restart() {
    let with = |promise, vote| restarted(promise, &follower(3, &[]), vote, false);
    let (given, own) = (Promise::Votes(3), Promise::Stands(3));
    assert_eq!(with(given, Vote::For(OTHER)), [""; 0]);
    assert_eq!(with(own, Vote::For(NODE)), [""; 0]);
    assert_eq!(with(given, Vote::Hidden), [""; 0], "it is not shown");
    let lost =
        |whom| format!("durability: 0000 voted for {whom} in term 3, and starts without that vote");
    assert_eq!(with(given, Vote::None), [lost(OTHER)]);
    assert_eq!(with(own, Vote::For(OTHER)), [lost(NODE)]);
}

#[test]
fn a_vote_stays_a_vote_within_a_term() {
    let seen = |votes: &[(u64, Vote)]| {
        let mut monitor = RaftMonitor::new(1);
        for &(term, vote) in votes {
            monitor.observe(0, NODE, &Open(follower(term, &[]), 0, vote));
        }
        found(monitor, Rules::Promises)
    };
    assert_eq!(seen(&[(1, Vote::None), (1, Vote::For(OTHER)), (2, Vote::For(NODE))]), [""; 0]);
    let now = |who| format!("one vote a term: 0000 voted for 0001 in term 1, and {who}");
    assert_eq!(seen(&[(1, Vote::For(OTHER)), (1, Vote::For(NODE))]), [now("now for 0000")]);
    assert_eq!(seen(&[(1, Vote::For(OTHER)), (1, Vote::None)]), [now("has no vote now")]);
    // Or by what it says, where the window does not show it.
    let mut monitor = RaftMonitor::new(1);
    monitor.promised(0, NODE, OTHER, Promise::Votes(1));
    monitor.promised(0, NODE, NODE, Promise::Votes(2));
    monitor.promised(0, NODE, OTHER, Promise::Votes(2));
    let twice = ["one vote a term: 0000 votes for 0001 in term 2, after it voted for 0000"];
    assert_eq!(found(monitor, Rules::Promises), twice);
}

#[test]
fn a_leader_commits_entries_of_its_own_term() {
    let entry: [(u64, u64); 2] = [(1, 10), (2, 11)];
    let commits = |commit| {
        let mut monitor = RaftMonitor::new(1);
        let leader = |commit| Fake { role: Leader, commit, ..follower(2, &entry) };
        monitor.observe(0, NODE, &leader(0));
        monitor.observe(1, NODE, &leader(commit));
        found(monitor, Rules::Commits)
    };
    assert_eq!(commits(2), [""; 0]);
    let old = "0000 leads term 2, and commits up to entry 1, which is of term 1";
    assert_eq!(commits(1), [format!("commits of the leader's own term: {old}")]);
}

#[test]
fn a_majority_has_what_is_committed_first() {
    let commits = |others: u16| {
        let mut monitor = RaftMonitor::new(4);
        let log: [(u64, u64); 1] = [(1, 10)];
        (1..=others).for_each(|id| {
            monitor.observe(0, NodeId(id), &Fake { commit: 0, ..follower(1, &log) });
        });
        monitor.observe(1, NODE, &Fake { role: Leader, ..follower(1, &log) });
        found(monitor, Rules::Commits)
    };
    assert_eq!(commits(2), [""; 0]);
    assert_eq!(
        commits(1),
        ["commits by a majority: 0000 commits entry 1, which 2 of 4 replicas have"]
    );
}

#[test]
fn what_is_committed_is_applied_and_what_is_compacted_is_committed() {
    let state = |commit, compacted, applied| {
        let mut monitor = RaftMonitor::new(1);
        let log: [(u64, u64); 2] = [(1, 10), (1, 11)];
        let state = Fake { commit, compacted, ..follower(1, &log) };
        monitor.observe(0, NODE, &Open(state, applied, Vote::None));
        found(monitor, Rules::Commits)
    };
    assert_eq!(state(2, 1, 2), [""; 0]);
    let rule = "application up to the commit index: 0000";
    assert_eq!(state(2, 0, 1), [format!("{rule} committed up to 2, and applied up to 1")]);
    assert_eq!(
        state(1, 2, 1),
        [format!("{rule} has a snapshot up to entry 2, and committed up to 1")]
    );
}
