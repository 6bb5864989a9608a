//! Tests of the costs of replication, and of its tolerance of faults.

use replica::{
    AppendEntries, Command, Config, Entry, Message, NodeId, Outcome, Outputs, Replica, Role,
};

use crate::cluster::{Cluster, MS, SECOND};
use crate::elections::lose;

/// Returns the number of messages for `puts` puts, one every 50 ms.
fn cost(cluster: &mut Cluster, puts: u64) -> u64 {
    let before = cluster.sent;
    for i in 0..puts {
        cluster.put(0, &format!("m{i}"), "k", &format!("{i}"));
        cluster.run_for(50 * MS);
    }
    assert!((0..puts).all(|i| cluster.outcome(&format!("m{i}")) == Some(&Outcome::Done)));
    cluster.sent - before
}

#[test]
fn a_put_costs_a_bare_majority_and_nothing_else() {
    assert_eq!(cost(&mut Cluster::led(5, Config::default()), 100), 400);
    assert_eq!(cost(&mut Cluster::led(3, Config::default()), 100), 200);
}

#[test]
fn dead_followers_cost_a_probe_now_and_then() {
    let mut cluster = Cluster::led(5, Config::default());
    cluster.kill(3);
    cluster.kill(4);
    let messages = cost(&mut cluster, 200);
    assert!((800..840).contains(&messages), "{messages} messages for 200 puts in 10 s");
}

#[test]
fn an_idle_cluster_sends_a_heartbeat_to_each_follower_every_h() {
    let mut cluster = Cluster::led(5, Config::default());
    let before = cluster.sent;
    cluster.run_for(60 * SECOND);
    let rounds = 60 * SECOND / (750 * MS);
    assert_eq!(cluster.sent - before, rounds * 4 * 2);
}

#[test]
fn everybody_has_every_entry_after_a_while() {
    let mut cluster = Cluster::led(5, Config::default());
    cost(&mut cluster, 7);
    cluster.run_for(2 * SECOND);
    for replica in &cluster.replicas {
        assert_eq!(replica.applied_index(), 8);
        assert_eq!(replica.store().get("k").map(|value| &**value), Some("6"));
    }
}

#[test]
fn puts_come_through_30_percent_loss_at_a_fair_price() {
    let mut cluster = Cluster::led(5, Config::default());
    lose(&mut cluster, 30, 7);
    let before = cluster.sent;
    for i in 0..300 {
        cluster.put(0, &format!("m{i}"), "k", "v");
        cluster.run_for(100 * MS);
    }
    cluster.run_for(SECOND);
    let done = (0..300).filter(|i| cluster.outcome(&format!("m{i}")) == Some(&Outcome::Done));
    assert_eq!((done.count(), cluster.replicas[0].role()), (300, Role::Leader));
    let sent = cluster.sent - before;
    assert!(sent < 300 * 9, "{sent} messages");
}

#[test]
fn a_follower_far_behind_catches_up_in_full_datagrams() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.partition(&[&[0, 1], &[2]]);
    let value = "v".repeat(10_000);
    for i in 0..30 {
        cluster.put(0, &format!("m{i}"), &format!("k{i}"), &value);
        cluster.run_for(10 * MS);
    }
    cluster.heal();
    let before = cluster.sent;
    cluster.run_for(1500 * MS);
    assert_eq!(cluster.replicas[2].log().last_index(), 31);
    // Thirty entries, of which three fit into 32 KiB: ten messages and their answers, and some heartbeats.
    assert!(cluster.sent - before < 40, "{}", cluster.sent - before);
}

#[test]
fn an_isolated_leader_does_not_flood() {
    let mut cluster = Cluster::led(5, Config::default());
    cluster.partition(&[&[0], &[1, 2, 3, 4]]);
    cluster.only_timers_of(&[0]);
    let before = cluster.sent;
    for i in 0..20 {
        cluster.put(0, &format!("m{i}"), "k", "v");
        cluster.run_for(75 * MS);
    }
    assert_eq!(cluster.replicas[0].role(), Role::Follower);
    assert!(cluster.sent - before < 60, "{}", cluster.sent - before);
}

#[test]
fn the_order_of_the_peers_does_not_matter() {
    let story = |ids: [u16; 5]| {
        let mut cluster = Cluster::new(5);
        for replica in 0..5 {
            let peers = ids.map(NodeId);
            let id = NodeId(replica);
            cluster.replicas[usize::from(replica)] =
                Replica::new(Config::default(), id, &peers, 1, 0);
        }
        cluster.run_until_leader();
        (cluster.now, cluster.leaders(), cluster.sent)
    };
    assert_eq!(story([0, 1, 2, 3, 4]), story([4, 2, 0, 3, 1]));
}

#[test]
fn a_follower_commits_only_what_it_knows_to_be_the_leaders() {
    let ids = [NodeId(0), NodeId(1), NodeId(2)];
    let mut follower = Replica::new(Config::default(), ids[0], &ids, 1, 0);
    let mut append = |from: usize, term, prev, entries: Vec<u64>, commit| {
        let entries = entries.into_iter().map(|term| Entry { term, command: Command::Noop });
        let message = AppendEntries {
            term,
            prev_index: prev,
            prev_term: prev.min(1),
            entries: entries.collect(),
            commit,
            stamp: 1,
        };
        let message = Message::AppendEntries(message);
        follower.on_message(0, ids[from], message, &mut Outputs::default());
        follower.commit_index()
    };
    assert_eq!(append(1, 1, 0, vec![1, 1], 0), 0);
    assert_eq!(append(2, 2, 1, vec![], 2), 1, "entry 2 may be another one there");
    assert_eq!(append(2, 2, 1, vec![2], 2), 2);
}
