//! Tests of client requests (8): redirects, execution at most once, and no endless redirects.

use replica::{Config, DropReason, NodeId, Outcome, Role};

use crate::cluster::{Cluster, MS, SECOND};

fn redirect_to(leader: u16) -> Option<Outcome> {
    Some(Outcome::Redirect { leader: Some(NodeId(leader)) })
}

const ANYBODY: Option<Outcome> = Some(Outcome::Redirect { leader: None });

#[test]
fn a_put_is_answered_only_when_it_is_committed_and_applied() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "v");
    assert_eq!((cluster.outcome("m1"), cluster.replicas[0].store().len()), (None, 0));
    cluster.run_for(2 * MS);
    assert_eq!(cluster.outcome("m1"), Some(&Outcome::Done));
    assert_eq!(cluster.replicas[0].store().len(), 1);
}

#[test]
fn a_follower_redirects_once_then_holds_until_it_hears_from_the_leader() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(1, "m1", "k", "v");
    assert_eq!(cluster.outcome("m1").cloned(), redirect_to(0));
    cluster.put(1, "m2", "k", "v");
    assert_eq!(cluster.outcome("m2"), None, "the same wish is back at once");
    cluster.put(1, "m3", "k", "other");
    assert_eq!(cluster.outcome("m3"), None, "the leader is in doubt, for everybody");
    cluster.put(2, "m4", "k", "other");
    assert_eq!(cluster.outcome("m4").cloned(), redirect_to(0), "but only here");
    cluster.run_for(750 * MS);
    for id in ["m2", "m3"] {
        assert_eq!(cluster.outcome(id).cloned(), redirect_to(0), "a heartbeat came");
    }
    cluster.put(1, "m5", "k", "v");
    assert_eq!(cluster.outcome("m5").cloned(), None, "the first wish is still remembered");
}

#[test]
fn after_the_death_of_the_leader_requests_wait_for_the_next_one() {
    let mut cluster = Cluster::led(5, Config::default());
    cluster.kill(0);
    let mut bounces = 0;
    // A client that is redirected to a killed replica asks the next living one, as often as necessary.
    for round in 0..20 {
        let id = format!("m{round}");
        cluster.put(1 + round % 4, &id, "k", "v");
        match cluster.outcome(&id) {
            Some(_) => bounces += 1,
            None => break,
        }
    }
    assert_eq!(bounces, 4, "once at each follower");
    let leader = cluster.run_until_leader();
    cluster.run_for(10 * MS);
    let answer = cluster.outcome("m4").cloned();
    assert_eq!(answer, if leader == 1 { Some(Outcome::Done) } else { redirect_to(leader as u16) });
}

#[test]
fn a_request_without_a_leader_waits_and_is_served_by_whoever_wins() {
    let mut cluster = Cluster::new(3);
    cluster.run_for(SECOND);
    for replica in 0..3 {
        cluster.put(replica, &format!("m{replica}"), "k", "v");
        cluster.get(replica, &format!("g{replica}"), "k");
    }
    let leader = cluster.run_until_leader();
    cluster.run_for(10 * MS);
    for replica in 0..3 {
        let (put, get) = (format!("m{replica}"), format!("g{replica}"));
        if replica == leader {
            assert_eq!(cluster.outcome(&put), Some(&Outcome::Done));
            assert_eq!(cluster.outcome(&get), Some(&Outcome::Got { value: Some("v".into()) }));
        } else {
            assert_eq!(cluster.outcome(&put).cloned(), redirect_to(leader as u16));
            assert_eq!(cluster.outcome(&get).cloned(), redirect_to(leader as u16));
        }
    }
}

#[test]
fn waiting_is_bounded_in_time_and_number() {
    let config = Config { hold_limit: 2, ..Config::default() };
    let mut cluster = Cluster::with(3, config, 1);
    cluster.partition(&[&[0], &[1], &[2]]);
    for id in ["m1", "m2", "m3"] {
        cluster.put(0, id, "k", "v");
    }
    assert_eq!(cluster.replicas[0].counters().dropped(DropReason::NoRoom), 1);
    cluster.run_for(2 * SECOND - MS);
    assert_eq!(cluster.outcome("m1"), None);
    cluster.run_for(MS);
    assert_eq!(cluster.outcome("m1").cloned(), ANYBODY);
    assert_eq!(cluster.outcome("m2").cloned(), ANYBODY);
    cluster.run_for(10 * SECOND);
    assert_eq!(cluster.outcome("m3"), None, "there was no room");
}

#[test]
fn a_copy_of_a_request_is_dropped_whatever_became_of_the_first() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "1");
    cluster.put(0, "m1", "k", "1");
    cluster.run_for(10 * MS);
    cluster.put(0, "m1", "k", "1");
    cluster.put(1, "m2", "k", "2");
    cluster.put(1, "m2", "k", "2");
    cluster.run_for(SECOND);
    assert_eq!(cluster.responses.len(), 2);
    assert_eq!(cluster.replicas[0].log().last_index(), 2);
    let dropped = |i: usize| cluster.replicas[i].counters().dropped(DropReason::DuplicateRequest);
    assert_eq!((dropped(0), dropped(1)), (2, 1));
}

#[test]
fn a_copy_that_reaches_the_next_leader_is_applied_once() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "1");
    cluster.put(0, "m2", "k", "2");
    cluster.run_for(SECOND);
    cluster.kill(0);
    let leader = cluster.run_until_leader();
    cluster.responses.clear();
    cluster.put(leader, "m1", "k", "1");
    cluster.run_for(10 * MS);
    let value = cluster.replicas[leader].store().get("k").map(std::string::ToString::to_string);
    assert_eq!(value.as_deref(), Some("2"));
}

#[test]
fn what_is_too_large_for_a_datagram_fails() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", &"v".repeat(50_000));
    assert_eq!(cluster.outcome("m1"), Some(&Outcome::Fail));
    cluster.put(0, "m2", "k", &"\u{1}".repeat(9_000));
    assert_eq!(cluster.outcome("m2"), Some(&Outcome::Fail), "escapes count");
    cluster.put(0, "m3", "k", &"v".repeat(49_000));
    cluster.run_for(10 * MS);
    assert_eq!(cluster.outcome("m3"), Some(&Outcome::Done));
}

#[test]
fn a_deposed_leader_still_answers_the_put_that_survives_it() {
    let mut cluster = Cluster::led(3, Config::default());
    // The entry reaches 0001, but its answer is dropped, and so is everything else.
    cluster.lose = Box::new(|packet| packet.to == 0 || packet.to == 2);
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(1600 * MS);
    assert_ne!(cluster.replicas[0].role(), Role::Leader);
    assert_eq!(cluster.outcome("m1"), None);
    cluster.heal();
    cluster.only_timers_of(&[1]);
    cluster.run_until_leader();
    cluster.timers_of_all();
    cluster.run_for(SECOND);
    assert_eq!((cluster.leaders(), cluster.outcome("m1")), (vec![1], Some(&Outcome::Done)));
}

#[test]
fn a_deposed_leader_sends_on_the_put_that_did_not_survive() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(5 * SECOND);
    assert_eq!(cluster.outcome("m1"), None);
    cluster.heal();
    cluster.run_for(3 * SECOND);
    let leader = cluster.leaders()[0] as u16;
    assert_eq!(cluster.outcome("m1").cloned(), redirect_to(leader));
    assert!(cluster.replicas.iter().all(|replica| replica.store().is_empty()));
}

#[test]
fn all_puts_of_a_deposed_leader_are_sent_on_at_once() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.partition(&[&[0], &[1, 2]]);
    for i in 0..9 {
        cluster.put(0, &format!("m{i}"), "k", "v");
    }
    cluster.run_for(5 * SECOND);
    cluster.heal();
    cluster.run_for(3 * SECOND);
    let leader = cluster.leaders()[0] as u16;
    assert_eq!(cluster.replicas[0].log().last_index(), 2, "its no-op, and nothing at most places");
    for i in 0..9 {
        assert_eq!(cluster.outcome(&format!("m{i}")).cloned(), redirect_to(leader), "m{i}");
    }
}

#[test]
fn an_isolated_leader_takes_only_so_many_puts() {
    let config = Config { uncommitted_limit: 3, ..Config::default() };
    let mut cluster = Cluster::led(3, config);
    cluster.partition(&[&[0], &[1, 2]]);
    for i in 0..5 {
        cluster.put(0, &format!("m{i}"), "k", "v");
    }
    assert_eq!(cluster.replicas[0].log().last_index(), 4);
    cluster.heal();
    cluster.run_for(SECOND);
    let done = (0..5).filter(|i| cluster.outcome(&format!("m{i}")) == Some(&Outcome::Done));
    assert_eq!(done.count(), 5, "the others waited");
}
