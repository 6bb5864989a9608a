//! Tests of gets: leases, ReadIndex, and the case in which neither works.

use replica::{Config, Outcome, ReadMode, Role};

use crate::cluster::{Cluster, MS, SECOND};

#[test]
fn gets_under_a_lease_cost_no_messages() {
    let mut cluster = Cluster::led(5, Config::default());
    let before = cluster.sent;
    for i in 0..100 {
        cluster.get(0, &format!("g{i}"), "k");
        assert_eq!(cluster.outcome(&format!("g{i}")), Some(&Outcome::Got { value: None }));
    }
    assert_eq!(cluster.sent, before);
}

#[test]
fn a_lease_ends_before_anybody_else_can_lead() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(10 * MS);
    let certain = cluster.now;
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.only_timers_of(&[0]);
    cluster.run_until(certain + 1320 * MS);
    cluster.get(0, "within", "k");
    assert!(cluster.outcome("within").is_some());
    cluster.run_until(certain + 1360 * MS);
    cluster.get(0, "after", "k");
    assert!(cluster.outcome("after").is_none());
}

#[test]
fn a_get_without_a_lease_is_answered_as_soon_as_a_majority_is_back() {
    // A short lease, so that it ends some time before the leader steps down.
    let config = Config { clock_drift_percent: 50, ..Config::default() };
    let mut cluster = Cluster::led(3, config);
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(10 * MS);
    let certain = cluster.now;
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.only_timers_of(&[0]);
    cluster.run_until(certain + 800 * MS);
    cluster.get(0, "g1", "k");
    assert_eq!(cluster.outcome("g1"), None);
    cluster.heal();
    cluster.run_for(400 * MS);
    assert_eq!(cluster.outcome("g1"), Some(&Outcome::Got { value: Some("v".into()) }));
    assert_eq!((cluster.replicas[0].role(), cluster.replicas[0].term()), (Role::Leader, 1));
}

#[test]
fn read_index_costs_a_round_that_waiting_gets_share() {
    let config = Config { read_mode: ReadMode::ReadIndex, ..Config::default() };
    let mut cluster = Cluster::led(5, config);
    let before = cluster.sent;
    cluster.get(0, "g0", "k");
    for i in 1..50 {
        cluster.get(0, &format!("g{i}"), "k");
    }
    assert!(cluster.responses.is_empty());
    cluster.run_for(10 * MS);
    assert_eq!(cluster.responses.len(), 50);
    assert_eq!(cluster.sent - before, 8, "one round for the first, one for the others");
}

#[test]
fn gets_of_a_deposed_leader_go_to_the_next_one() {
    let config = Config { read_mode: ReadMode::ReadIndex, ..Config::default() };
    let mut cluster = Cluster::led(3, config);
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.get(0, "g1", "k");
    cluster.run_for(2 * SECOND);
    assert_ne!(cluster.replicas[0].role(), Role::Leader);
    assert_eq!(cluster.outcome("g1"), None, "held");
    cluster.heal();
    cluster.run_for(SECOND);
    let leader = cluster.leaders()[0];
    let leader = Some(cluster.replicas[leader].id());
    assert_eq!(cluster.outcome("g1"), Some(&Outcome::Redirect { leader }));
}

#[test]
fn a_new_leader_answers_no_get_before_it_knows_what_is_committed() {
    for read_mode in [ReadMode::Lease, ReadMode::ReadIndex] {
        let config = Config { read_mode, ..Config::default() };
        let mut cluster = Cluster::led(3, config);
        // 0001 stores the put but does not learn that it is committed; 0002 has not received it.
        cluster.partition(&[&[0, 1], &[2]]);
        cluster.put(0, "m1", "k", "v");
        cluster.run_for(2 * MS);
        assert_eq!(cluster.outcome("m1"), Some(&Outcome::Done));
        cluster.kill(0);
        cluster.heal();
        cluster.only_timers_of(&[1]);
        cluster.run_for(SECOND);
        cluster.get(1, "g1", "k");
        cluster.get(1, "g2", "k");
        assert_eq!(cluster.run_until_leader(), 1);
        assert!(cluster.replicas[1].store().is_empty());
        cluster.run_for(20 * MS);
        let got = Outcome::Got { value: Some("v".into()) };
        assert_eq!(cluster.outcome("g2"), Some(&got));
    }
}
