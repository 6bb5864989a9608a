//! Gets: leases, ReadIndex, and what happens when neither will do.

use replica::{Config, Outcome, ReadMode, Role};

use crate::cluster::{Cluster, MS, SECOND};

#[test]
fn gets_under_a_lease_cost_no_messages() {
    let mut cluster = Cluster::led(5, Config::default());
    let before = cluster.sent;
    for i in 0..100 {
        cluster.get(0, &format!("g{i}"), "k");
        assert_eq!(
            cluster.outcome(&format!("g{i}")),
            Some(&Outcome::Got { value: None })
        );
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
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(10 * MS);
    let certain = cluster.now;
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.only_timers_of(&[0]);
    cluster.run_until(certain + 1370 * MS);
    cluster.get(0, "g1", "k");
    assert_eq!(cluster.outcome("g1"), None);
    cluster.heal();
    cluster.run_for(90 * MS);
    assert_eq!(
        cluster.outcome("g1"),
        Some(&Outcome::Got {
            value: Some("v".into())
        })
    );
    assert_eq!(
        (cluster.replicas[0].role(), cluster.replicas[0].term()),
        (Role::Leader, 1)
    );
}

#[test]
fn read_index_costs_a_round_that_waiting_gets_share() {
    let config = Config {
        read_mode: ReadMode::ReadIndex,
        ..Config::default()
    };
    let mut cluster = Cluster::led(5, config);
    let before = cluster.sent;
    cluster.get(0, "g0", "k");
    for i in 1..50 {
        cluster.get(0, &format!("g{i}"), "k");
    }
    assert!(cluster.responses.is_empty());
    cluster.run_for(10 * MS);
    assert_eq!(cluster.responses.len(), 50);
    assert_eq!(
        cluster.sent - before,
        8,
        "one round for the first, one for the others"
    );
}

#[test]
fn gets_of_a_deposed_leader_go_to_the_next_one() {
    let config = Config {
        read_mode: ReadMode::ReadIndex,
        ..Config::default()
    };
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
