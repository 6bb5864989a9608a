//! Tests of elections under loss, and of the rules that keep them from doing harm.

use replica::{
    AppendEntries, Config, DropReason, Message, NodeId, Outputs, Replica, RequestVote, Role,
};

use crate::cluster::{Cluster, MS, SECOND};

/// A fixed, cheap source of random numbers for the network.
pub(crate) fn luck(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    }
}

/// Drops a percentage of the messages.
pub(crate) fn lose(cluster: &mut Cluster, percent: u64, seed: u64) {
    let mut luck = luck(seed);
    cluster.lose = Box::new(move |_| luck() % 100 < percent);
}

#[test]
fn a_single_replica_leads_itself_and_serves() {
    let mut cluster = Cluster::new(1);
    cluster.run_until_leader();
    cluster.put(0, "m1", "a", "1");
    cluster.get(0, "g1", "a");
    assert!(cluster.outcome("m1").is_some() && cluster.outcome("g1").is_some());
    cluster.run_for(60 * SECOND);
    assert_eq!((cluster.sent, cluster.replicas[0].role()), (0, Role::Leader));
}

#[test]
fn with_30_percent_loss_a_leader_is_elected_soon_after_the_first_timeout() {
    let mut delays: Vec<_> = (0..200)
        .map(|seed| {
            let mut cluster = Cluster::with(5, Config::default(), seed);
            lose(&mut cluster, 30, seed + 1);
            cluster.run_while(|cluster| cluster.sent == 0);
            let called = cluster.now;
            cluster.run_until_leader();
            cluster.now.saturating_sub(called)
        })
        .collect();
    delays.sort_unstable();
    assert!(delays[100] < 200 * MS, "median {} ms", delays[100] / MS);
    assert!(delays[180] < 600 * MS, "90 % {} ms", delays[180] / MS);
}

#[test]
fn followers_of_a_living_leader_help_nobody_else() {
    let mut cluster = Cluster::led(3, Config::default());
    for pre in [true, false] {
        let request = RequestVote { term: 2, pre, last_index: 99, last_term: 1 };
        let before = cluster.sent;
        cluster.act(1, |replica, now, out| {
            replica.on_message(now, NodeId(2), Message::RequestVote(request), out);
        });
        assert_eq!((cluster.sent, cluster.replicas[1].term()), (before, 1));
    }
    let ignored = cluster.replicas[1].counters().dropped(DropReason::LeaderAlive);
    assert_eq!(ignored, 2);
}

#[test]
fn an_idle_leader_stays_in_spite_of_30_percent_loss() {
    let mut terms = 0;
    let mut sent = 0;
    for seed in 1..=20 {
        let mut cluster = Cluster::led(5, Config::default());
        lose(&mut cluster, 30, seed);
        let before = cluster.sent;
        cluster.run_for(30 * SECOND);
        terms += cluster.replicas.iter().map(|r| r.term() - 1).max().unwrap_or(0);
        sent += cluster.sent - before;
    }
    assert!(terms <= 2, "{terms} new terms in ten minutes");
    assert!(sent / 20 < 1000, "{} messages in 30 s", sent / 20);
}

#[test]
fn a_minority_makes_little_noise() {
    let mut cluster = Cluster::led(5, Config::default());
    cluster.partition(&[&[0, 1, 2], &[3, 4]]);
    cluster.run_for(10 * SECOND);
    assert_eq!((cluster.leaders(), cluster.replicas[3].term()), (vec![0], 1));
    let quiet = {
        let mut cluster = Cluster::led(5, Config::default());
        cluster.run_for(10 * SECOND);
        cluster.sent
    };
    assert!(cluster.sent < 2 * quiet, "{} instead of {quiet}", cluster.sent);
}

#[test]
fn a_late_copy_of_a_dead_leader_s_message_puts_off_no_election() {
    let config = Config::default();
    let election_timeout = config.election_timeout;
    let mut follower = Replica::new(config, NodeId(1), &[NodeId(0), NodeId(2)], 7, 0);
    let heartbeat = |stamp| {
        Message::AppendEntries(AppendEntries {
            term: 1,
            prev_index: 0,
            prev_term: 0,
            entries: Vec::new(),
            commit: 0,
            stamp,
        })
    };
    let mut out = Outputs::default();
    follower.on_message(10 * MS, NodeId(0), heartbeat(20), &mut out);
    let due = follower.next_wakeup();
    assert!(due >= 10 * MS + election_timeout);
    follower.on_message(900 * MS, NodeId(0), heartbeat(20), &mut out);
    follower.on_message(900 * MS, NodeId(0), heartbeat(19), &mut out);
    assert_eq!(follower.next_wakeup(), due, "a copy, and one that was overtaken");
    assert_eq!(out.messages.len(), 3, "they are answered all the same");
    follower.on_message(900 * MS, NodeId(0), heartbeat(21), &mut out);
    assert_eq!(follower.next_wakeup(), due + 890 * MS);
}
