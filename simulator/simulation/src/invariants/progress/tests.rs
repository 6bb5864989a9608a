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
    exact.asked(5, NodeId(0), GET);
    assert_eq!(exact.close(15), None);

    let mut longer = monitor();
    longer.asked(5, NodeId(0), GET);
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
    all.asked(0, NodeId(0), PUT);
    all.asked(0, NodeId(1), PUT);
    all.completed(9, PUT);
    all.asked(9, NodeId(1), PUT);
    all.completed(18, PUT);
    assert_eq!(all.close(100), None);

    let mut other = monitor();
    other.asked(0, NodeId(0), PUT);
    other.completed(9, GET);
    assert_eq!(other.close(11).map(|stall| stall.kind), Some(PUT));
}

#[test]
fn a_majority_is_healthy_only_while_its_members_reach_each_other_both_ways() {
    // Whom 0000 does not reach need not answer it; 0001 and 0002 are a majority without it.
    for (asked, expected) in [(0, None), (1, Some(ids(&[1, 2])))] {
        let mut cut = monitor();
        cut.links_struck(0, &links(&[(0, 1), (0, 2)]), 50);
        cut.asked(1, NodeId(asked), PUT);
        assert_eq!(cut.close(40).map(|stall| stall.majority), expected, "{asked}");
    }
}

#[test]
fn the_wait_begins_when_the_majority_is_whole_again() {
    let mut healed = monitor();
    healed.node_struck(0, NodeId(1), Nanos::MAX);
    healed.links_struck(0, &links(&[(0, 2)]), 20);
    healed.asked(3, NodeId(2), PUT);
    healed.links_struck(30, &links(&[(2, 0)]), 31);
    assert_eq!(healed.stall, None, "10 after the cut, before the next one");
    assert_eq!(healed.close(42).map(|stall| stall.since), Some(31));
}

#[test]
fn what_is_seen_before_a_fault_counts() {
    let mut struck = monitor();
    struck.asked(0, NodeId(0), PUT);
    struck.node_struck(11, NodeId(0), 12);
    assert_eq!(struck.close(13).map(|stall| stall.until), Some(11));
}

#[test]
fn a_replica_that_was_struck_may_forget_what_it_was_asked() {
    let mut struck = monitor();
    struck.asked(0, NodeId(0), PUT);
    struck.node_struck(1, NodeId(0), 2);
    assert_eq!(struck.close(100), None);
}

#[test]
fn a_partition_lasts_until_it_is_replaced_or_ends() {
    let mut parted = monitor();
    parted.partitioned(0, Some(set(&[0, 1])));
    parted.asked(0, NodeId(2), GET);
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
    (0..21).for_each(|id| ring.asked(0, NodeId(id), GET));
    assert_eq!(ring.close(99), None, "no majority of a ring reaches each other");
}
