//! The Raft paper (and Ongaro's thesis) section by section, as transcripts in the folder `snapshots`.

use replica::{Command, Config, Message, Outcome, ReadMode, Role};

use crate::cluster::{Cluster, MS, SECOND};

fn tell(cluster: &mut Cluster, title: &str) {
    cluster.telling = true;
    cluster.title(title);
}

#[test]
fn raft_5_2_election() {
    let mut cluster = Cluster::new(3);
    tell(&mut cluster, "The first timeout of three runs out");
    cluster.run_until_leader();
    cluster.run_for(10 * MS);

    tell(&mut cluster, "Followers that hear nothing else get heartbeats");
    cluster.run_for(750 * MS);

    tell(&mut cluster, "The leader dies, and another one is elected");
    let leader = cluster.leaders()[0];
    cluster.kill(leader);
    cluster.run_until_leader();
    cluster.run_for(10 * MS);
    cluster.check_story("5_2_election");
}

#[test]
fn raft_5_3_replication() {
    let mut cluster = Cluster::led(5, Config::default());
    tell(&mut cluster, "Puts go to a bare majority, in rotation: four messages each");
    cluster.put(0, "m1", "a", "1");
    cluster.run_for(50 * MS);
    cluster.put(0, "m2", "b", "2");
    cluster.run_for(50 * MS);

    tell(&mut cluster, "One follower does not answer: after R the leader asks one more");
    cluster.partition(&[&[0, 2, 3, 4]]);
    cluster.put(0, "m3", "c", "3");
    cluster.run_for(50 * MS);
    assert_eq!(cluster.outcome("m3"), Some(&Outcome::Done));
    cluster.check_story("5_3_replication");
}

#[test]
fn raft_5_3_fast_back_up() {
    let mut cluster = Cluster::led(3, Config::default());
    tell(&mut cluster, "A leader cut off takes three puts that nobody else gets");
    cluster.partition(&[&[0], &[1, 2]]);
    for (id, key) in [("m1", "a"), ("m2", "b"), ("m3", "c")] {
        cluster.put(0, id, key, "old");
    }
    cluster.telling = false;
    cluster.run_for(4 * SECOND);
    let second = cluster.leaders()[0];
    for (id, key) in [("n1", "a"), ("n2", "b"), ("n3", "c")] {
        cluster.put(second, id, key, "new");
    }
    cluster.run_for(SECOND);

    tell(
        &mut cluster,
        "It is back when its successor dies; the third leader backs up a whole term at once",
    );
    cluster.heal();
    cluster.kill(second);
    let third = cluster.run_until_leader();
    cluster.run_for(10 * MS);
    assert_eq!(
        cluster.replicas[0].log(),
        cluster.replicas[third].log(),
        "the puts of the first leader never happened"
    );
    assert!(matches!(cluster.outcome("m3"), Some(Outcome::Redirect { .. })));
    cluster.check_story("5_3_fast_back_up");
}

#[test]
fn raft_5_4_1_vote_restriction() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.partition(&[&[0, 1], &[2]]);
    cluster.put(0, "m1", "a", "1");
    cluster.run_for(100 * MS);
    tell(&mut cluster, "0002 lacks a committed entry; the leader dies");
    cluster.kill(0);
    cluster.heal();
    cluster.only_timers_of(&[2]);
    cluster.run_for(3500 * MS);
    assert_eq!(cluster.replicas[2].role(), Role::PreCandidate);

    tell(&mut cluster, "Only 0001, which has it, can be elected");
    cluster.only_timers_of(&[1]);
    assert_eq!(cluster.run_until_leader(), 1);
    cluster.run_for(10 * MS);
    cluster.check_story("5_4_1_vote_restriction");
}

/// The leader gets no answers and steps down; its followers forget it.
fn step_down(cluster: &mut Cluster) {
    cluster.telling = false;
    cluster.partition(&[]);
    cluster.run_while(|cluster| !cluster.leaders().is_empty());
    cluster.only_timers_of(&[]);
    cluster.run_for(2 * SECOND);
}

#[test]
fn raft_5_4_2_figure_8() {
    // One entry per message, so that an old entry can be sent without the no-op of the new term.
    let config = Config { batch_bytes: 1, ..Config::default() };
    let mut cluster = Cluster::led(5, config);
    cluster.only_timers_of(&[0]);
    tell(&mut cluster, "(a) 0000 leads in term 1 and stores entry 2 on 0001 only");
    cluster.partition(&[&[0, 1], &[2, 3, 4]]);
    cluster.put(0, "m1", "x", "1");
    cluster.run_for(10 * MS);
    step_down(&mut cluster);

    tell(
        &mut cluster,
        "(b) 0004 is elected for term 2 by 0002 and 0003; its entry 2 reaches nobody",
    );
    cluster.only_timers_of(&[4]);
    cluster.lose = Box::new(|packet| {
        packet.from < 2 || packet.to < 2 || matches!(packet.message, Message::AppendEntries(_))
    });
    cluster.run_until_leader();
    step_down(&mut cluster);

    tell(
        &mut cluster,
        "(c) 0000 is back for term 3 and spreads its old entry 2, not yet its no-op, entry 3",
    );
    cluster.only_timers_of(&[0]);
    let mut met_before = [false; 5];
    cluster.lose = Box::new(move |packet| {
        let no_op = match &packet.message {
            Message::AppendEntries(m) => m.entries.iter().any(|entry| entry.term == 3),
            _ => false,
        };
        // 0002 and 0003 receive it once: by answering that they lack the entry before, they ask for entry 2.
        let first = no_op && !std::mem::replace(&mut met_before[packet.to], true);
        let useful = first && (packet.to == 2 || packet.to == 3);
        packet.from == 4 || packet.to == 4 || (no_op && !useful)
    });
    cluster.run_until_leader();
    cluster.run_for(45 * MS);
    let stored = (0..4).filter(|&i| cluster.replicas[i].log().term_at(2) == Some(1));
    assert_eq!(stored.count(), 4, "a majority stores it");
    assert!(cluster.replicas.iter().all(|r| r.commit_index() == 1), "but it is not committed");
    step_down(&mut cluster);

    tell(&mut cluster, "(d) 0004 leads again and replaces it everywhere");
    cluster.only_timers_of(&[4]);
    cluster.heal();
    cluster.run_until_leader();
    cluster.run_for(20 * MS);
    for replica in &cluster.replicas {
        assert_eq!(replica.log().entry(2).map(|entry| entry.term), Some(2));
        assert_eq!(replica.log().entry(2).map(|entry| &entry.command), Some(&Command::Noop));
    }
    assert_eq!(cluster.outcome("m1"), None, "another member might still have brought it back");
    tell(&mut cluster, "Only when the replacement is committed, the old put can never happen");
    cluster.run_for(750 * MS);
    assert!(matches!(cluster.outcome("m1"), Some(Outcome::Redirect { .. })));
    cluster.check_story("5_4_2_figure_8");
}

#[test]
fn raft_thesis_9_6_pre_vote() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.lose = Box::new(|packet| packet.to == 2);
    cluster.only_timers_of(&[0, 2]);
    cluster.run_while(|cluster| cluster.replicas[2].role() != Role::PreCandidate);
    tell(
        &mut cluster,
        "0002 has not heard from the leader for long; it asks, but its term does not grow",
    );
    cluster.run_for(100 * MS);
    tell(&mut cluster, "The next time it asks, the leader's answer arrives, and it follows");
    cluster.heal();
    cluster.run_while(|cluster| cluster.replicas[2].role() == Role::PreCandidate);
    cluster.run_for(MS);
    assert_eq!((cluster.leaders(), cluster.replicas[2].term()), (vec![0], 1));
    cluster.check_story("thesis_9_6_pre_vote");
}

#[test]
fn raft_thesis_6_2_check_quorum() {
    let mut cluster = Cluster::led(5, Config::default());
    tell(&mut cluster, "A leader that hears from nobody asks around, and steps down after E");
    cluster.partition(&[&[0], &[1, 2, 3, 4]]);
    cluster.put(0, "m1", "a", "1");
    cluster.only_timers_of(&[0]);
    cluster.run_while(|cluster| cluster.replicas[0].role() == Role::Leader);
    assert_eq!(cluster.replicas[0].leader(), None);
    cluster.check_story("thesis_6_2_check_quorum");
}

#[test]
fn raft_thesis_6_4_1_lease() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "a", "1");
    cluster.run_for(10 * MS);
    tell(&mut cluster, "With a lease, gets cost nothing");
    cluster.get(0, "g1", "a");
    cluster.get(0, "g2", "b");
    tell(&mut cluster, "Cut off, the leader answers for as long as nobody else can lead");
    cluster.partition(&[&[0], &[1, 2]]);
    cluster.telling = false;
    cluster.run_for(1300 * MS);
    cluster.telling = true;
    cluster.get(0, "g3", "a");
    cluster.run_for(100 * MS);
    tell(
        &mut cluster,
        "Without a lease a get waits, is held when the leader steps down, and sent to the new one",
    );
    cluster.get(0, "g4", "a");
    cluster.telling = false;
    cluster.run_for(1400 * MS);
    cluster.heal();
    cluster.telling = true;
    cluster.run_while(|cluster| cluster.outcome("g4").is_none());
    assert!(matches!(cluster.outcome("g4"), Some(Outcome::Redirect { leader: Some(_) })));
    cluster.check_story("thesis_6_4_1_lease");
}

#[test]
fn raft_thesis_6_4_read_index() {
    let config = Config { read_mode: ReadMode::ReadIndex, ..Config::default() };
    let mut cluster = Cluster::led(5, config);
    tell(&mut cluster, "A get asks a majority; gets that come meanwhile share the next round");
    cluster.get(0, "g1", "a");
    cluster.run_for(MS);
    cluster.get(0, "g2", "a");
    cluster.get(0, "g3", "a");
    cluster.run_for(10 * MS);
    assert!(["g1", "g2", "g3"].iter().all(|id| cluster.outcome(id).is_some()));
    cluster.check_story("thesis_6_4_read_index");
}

#[test]
fn raft_8_clients() {
    let mut cluster = Cluster::led(3, Config::default());
    tell(&mut cluster, "A follower knows where to go");
    cluster.put(1, "m1", "a", "1");
    tell(&mut cluster, "A copy of a request is dropped");
    cluster.put(1, "m1", "a", "1");
    tell(
        &mut cluster,
        "The leader dies; a client that comes back is held until there is another one",
    );
    cluster.kill(0);
    cluster.put(1, "m2", "a", "1");
    cluster.run_until_leader();
    cluster.run_for(10 * MS);
    assert!(cluster.outcome("m2").is_some());
    cluster.check_story("8_clients");
}
