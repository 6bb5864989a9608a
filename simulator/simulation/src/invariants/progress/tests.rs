use super::*;

const BOUND: Nanos = 10;
const GET: RequestKind = RequestKind::Get;
const PUT: RequestKind = RequestKind::Put;

fn monitor() -> ProgressMonitor {
    ProgressMonitor::new(3, BOUND)
}

fn links(ways: &[(u16, u16)]) -> LinkSet {
    LinkSet::new(3, |from, to| ways.contains(&(from.0, to.0)))
}

fn ids(numbers: &[u16]) -> Vec<NodeId> {
    numbers.iter().copied().map(NodeId).collect()
}

fn set(numbers: &[u16]) -> NodeSet {
    ids(numbers).into_iter().collect()
}

#[test]
fn a_wait_of_the_bound_is_allowed_and_one_more_is_not() {
    let mut exact = monitor();
    exact.asked(5, NodeId(0), GET, 1);
    assert_eq!(exact.close(15), None);

    let mut longer = monitor();
    longer.asked(5, NodeId(0), GET, 2);
    let found = longer.close(16);
    let majority = ids(&[0, 1]);
    assert_eq!(
        found,
        Some(Stall { kind: GET, since: 5, until: 16, asked: NodeId(0), majority }),
        "the first majority of the one that was asked"
    );
}

#[test]
fn an_answer_excuses_all_requests_of_its_kind() {
    let mut all = monitor();
    all.asked(0, NodeId(0), PUT, 3);
    all.asked(0, NodeId(1), PUT, 4);
    all.completed(9, PUT);
    all.asked(9, NodeId(1), PUT, 5);
    all.completed(18, PUT);
    assert_eq!(all.close(100), None);

    let mut other = monitor();
    other.asked(0, NodeId(0), PUT, 6);
    other.completed(9, GET);
    assert_eq!(other.close(11).map(|stall| stall.kind), Some(PUT));
}

#[test]
fn a_majority_is_healthy_only_while_its_members_reach_each_other_both_ways() {
    // Whom 0000 does not reach need not answer it; 0001 and 0002 are a majority without it.
    for (asked, expected) in [(0, None), (1, Some(ids(&[1, 2])))] {
        let mut cut = monitor();
        cut.links_struck(0, &links(&[(0, 1), (0, 2)]), 50);
        cut.asked(1, NodeId(asked), PUT, 7);
        assert_eq!(cut.close(40).map(|stall| stall.majority), expected, "{asked}");
    }
}

#[test]
fn the_wait_begins_when_the_majority_is_whole_again() {
    let mut healed = monitor();
    healed.node_struck(0, NodeId(1), Nanos::MAX);
    healed.links_struck(0, &links(&[(0, 2)]), 20);
    healed.asked(3, NodeId(2), PUT, 8);
    healed.links_struck(30, &links(&[(2, 0)]), 31);
    assert_eq!(healed.stall, None, "10 after the cut, before the next one");
    assert_eq!(healed.close(42).map(|stall| stall.since), Some(31));
}

#[test]
fn what_is_seen_before_a_fault_counts() {
    let mut struck = monitor();
    struck.asked(0, NodeId(0), PUT, 9);
    struck.node_struck(11, NodeId(0), 12);
    assert_eq!(struck.close(13).map(|stall| stall.until), Some(11));
}

#[test]
fn a_replica_that_was_struck_may_forget_what_it_was_asked() {
    let mut struck = monitor();
    struck.asked(0, NodeId(0), PUT, 10);
    struck.node_struck(1, NodeId(0), 2);
    assert_eq!(struck.close(100), None);
}

#[test]
fn a_partition_lasts_until_it_is_replaced_or_ends() {
    let mut parted = monitor();
    parted.partitioned(0, Some(set(&[0, 1])));
    parted.asked(0, NodeId(2), GET, 11);
    parted.partitioned(50, Some(set(&[1, 2])));
    assert_eq!(parted.stall, None, "0002 was alone");
    parted.partitioned(55, None);
    let stall = parted.close(62).unwrap();
    assert_eq!((stall.since, stall.majority), (50, ids(&[1, 2])));
}

#[test]
fn large_clusters_are_searched_quickly() {
    let mut ring = ProgressMonitor::new(21, BOUND);
    let order: Vec<u16> = (0..21).collect();
    ring.links_struck(0, &LinkSet::outside_ring(21, &order), 100);
    (0..21).for_each(|id| ring.asked(0, NodeId(id), GET, id.into()));
    assert_eq!(ring.close(99), None, "no majority of a ring reaches each other");
}

#[test]
fn a_request_that_is_lost_with_its_replica_waits_no_more() {
    // 0001 sends the client to 0000.
    let redirected = || {
        let mut monitor = monitor();
        monitor.asked(0, NodeId(1), PUT, 1);
        monitor.turned_away(PUT, 1);
        monitor
    };
    let mut crashed = redirected();
    crashed.asked(2, NodeId(0), PUT, 1);
    crashed.node_struck(3, NodeId(0), Nanos::MAX);
    assert_eq!(crashed.close(100), None);

    assert_eq!(redirected().close(100), None, "it never reached 0000");

    let mut keeps_it = redirected();
    keeps_it.links_struck(1, &links(&[(1, 0), (2, 0)]), 200);
    keeps_it.asked(2, NodeId(0), PUT, 1);
    let stall = keeps_it.close(100).expect("0000 has no majority, and 0001 sent the client there");
    assert_eq!((stall.asked, stall.since), (NodeId(1), 0));
}

#[test]
fn redirects_in_a_circle_are_no_progress() {
    let mut circle = monitor();
    for time in 0..20 {
        circle.asked(time, NodeId(time as u16 % 2), PUT, 1);
        circle.turned_away(PUT, 1);
    }
    circle.asked(20, NodeId(2), PUT, 1);
    assert_eq!(circle.close(21).map(|stall| stall.since), Some(0));
}

#[test]
fn a_cluster_without_end_is_searched_for_a_while_only() {
    // Each of 64 reaches all but one, so that no 33 reach each other.
    let mut large = ProgressMonitor::new(64, BOUND);
    let apart = LinkSet::new(64, |from, to| from.0.abs_diff(to.0) == 32);
    large.links_struck(0, &apart, 100);
    large.asked(0, NodeId(0), GET, 1);
    assert_eq!(large.close(99), None);
}
