//! Tests that violate each invariant once.

use super::*;

/// A replica as the monitor sees it: role, term, commit index, and the log as (term, content).
struct Fake {
    role: Role,
    term: u64,
    commit: u64,
    log: Vec<(u64, u64)>,
    /// The last position in a snapshot.
    compacted: u64,
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
    monitor.into_violations()
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
