//! Crashes, recovery, and snapshots.

use replica::wire::encode_message;
use replica::{
    AppendResult, Appended, Config, DropReason, Durable, DurableState, InstallSnapshot, Message,
    Nanos, NodeId, Op, Outcome, Outputs, Replica, Request, RequestVote, Role,
};

use crate::cluster::{Cluster, MS, Packet, SECOND};

/// Returns a configuration with small and frequent snapshots, so that a few puts cause them.
fn small_snapshots() -> Config {
    Config { snapshot_after: 4, trailing_entries: 1, chunk_bytes: 40, ..Config::default() }
}

fn puts(cluster: &mut Cluster, leader: usize, numbers: std::ops::Range<u32>) {
    for number in numbers {
        cluster.put(
            leader,
            &format!("m{number}"),
            &format!("k{}", number % 3),
            &number.to_string(),
        );
        cluster.run_while(|cluster| cluster.outcome(&format!("m{number}")).is_none());
        assert_eq!(cluster.outcome(&format!("m{number}")), Some(&Outcome::Done));
    }
}

fn tell(cluster: &mut Cluster, title: &str) {
    cluster.telling = true;
    cluster.title(title);
}

#[test]
fn raft_7_install_snapshot() {
    let mut cluster = Cluster::led(3, small_snapshots());
    cluster.kill(2);
    puts(&mut cluster, 0, 0..5);
    assert_eq!(cluster.replicas[0].snapshot_index(), 4);
    assert_eq!(cluster.replicas[0].log().first_index(), 4, "one entry trails");
    tell(&mut cluster, "0002 lacks entries that the leader has compacted away; a part is lost");
    cluster.restart(2);
    let mut first = true;
    cluster.lose = Box::new(move |packet| {
        let part = matches!(&packet.message, Message::InstallSnapshot(part) if part.offset > 0);
        part && std::mem::take(&mut first)
    });
    cluster.run_while(|cluster| cluster.replicas[2].applied_index() < 6);
    assert_eq!(cluster.replicas[2].snapshot_index(), 4);
    assert!(cluster.replicas[2].store().iter().eq(cluster.replicas[0].store().iter()));
    cluster.check_story("7_install_snapshot");
}

#[test]
fn raft_recovery() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "a", "1");
    cluster.run_for(700 * MS);
    cluster.partition(&[&[0, 1], &[2]]);
    cluster.run_for(1600 * MS);
    tell(&mut cluster, "0001 crashes with an entry on its disk, before it can answer");
    cluster.partition(&[&[0, 1], &[2]]);
    cluster.crash_next = Some((1, 1));
    cluster.put(0, "m2", "a", "2");
    cluster.run_while(|cluster| cluster.crash_next.is_some());
    assert_eq!(cluster.replicas[1].log().last_index(), 3, "it still has the entry");
    assert_eq!(cluster.replicas[1].applied_index(), 0, "and learns again what is committed");
    tell(&mut cluster, "The leader crashes; 0001, just started, helps nobody to power for E");
    cluster.kill(0);
    cluster.heal();
    let started = cluster.now;
    cluster.only_timers_of(&[2]);
    cluster.run_while(|cluster| cluster.replicas[2].role() != Role::PreCandidate);
    cluster.run_for(100 * MS);
    assert!(cluster.now < started + 1500 * MS, "{}", cluster.now - started);
    tell(&mut cluster, "Then it is elected, and what its disk kept is committed");
    cluster.only_timers_of(&[1]);
    cluster.run_until_leader();
    cluster.run_for(10 * MS);
    cluster.get(1, "g1", "a");
    cluster.run_for(10 * MS);
    assert_eq!(cluster.outcome("g1"), Some(&Outcome::Got { value: Some("2".into()) }));
    cluster.check_story("recovery");
}

#[test]
fn a_cluster_survives_the_crash_of_all_its_members() {
    let mut cluster = Cluster::led(5, small_snapshots());
    puts(&mut cluster, 0, 0..11);
    for replica in 0..5 {
        cluster.restart(replica);
    }
    let leader = cluster.run_until_leader();
    cluster.run_for(SECOND);
    for replica in &cluster.replicas {
        let keys = ["k0", "k1", "k2"]
            .map(|key| replica.store().get(key).map(std::string::ToString::to_string));
        assert_eq!(keys, ["9", "10", "8"].map(|value| Some(value.to_owned())));
    }
    puts(&mut cluster, leader, 11..12);
}

#[test]
fn a_request_applied_before_a_snapshot_is_not_applied_again() {
    let mut cluster = Cluster::led(3, small_snapshots());
    puts(&mut cluster, 0, 0..11);
    cluster.kill(0);
    cluster.restart(1);
    cluster.restart(2);
    let leader = cluster.run_until_leader();
    cluster.responses.clear();
    cluster.put(leader, "m6", "k0", "6");
    cluster.run_for(10 * MS);
    assert_eq!(cluster.outcome("m6"), Some(&Outcome::Done));
    assert_eq!(cluster.replicas[leader].store().get("k0").map(|value| &**value), Some("9"));
}

#[test]
fn what_did_not_reach_the_disk_is_forgotten() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.crash_next = Some((0, 0));
    cluster.put(0, "m1", "k", "v");
    assert_eq!(cluster.replicas[0].log().last_index(), 1);
    cluster.run_until_leader();
    cluster.run_for(SECOND);
    assert_eq!(cluster.outcome("m1"), None);
    assert!(cluster.replicas.iter().all(|replica| replica.store().is_empty()));
}

#[test]
fn nothing_is_persisted_when_nothing_changes() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.get(0, "g", "k");
    let disks = cluster.disks.clone();
    let mut out = Outputs::default();
    for replica in &mut cluster.replicas {
        replica.on_timer(cluster.now + 600 * MS, &mut out);
    }
    assert!(out.persist.is_empty() && disks == cluster.disks, "{:?}", out.persist);
}

#[test]
fn a_vote_is_durable_before_it_is_cast_and_is_not_given_twice() {
    let ids = [NodeId(0), NodeId(1), NodeId(2)];
    let ask =
        Message::RequestVote(RequestVote { term: 1, pre: false, last_index: 0, last_term: 0 });
    let mut out = Outputs::default();
    let mut voter = Replica::new(Config::default(), ids[0], &ids, 1, 0);
    voter.on_message(1, ids[1], ask.clone(), &mut out);
    assert_eq!(out.messages.len(), 1);
    let mut disk = DurableState::default();
    for record in &out.persist {
        assert_eq!(disk.apply(record), Ok(()));
    }
    let mut voter = Replica::recover(Config::default(), ids[0], &ids, 1, 0, disk);
    out.clear();
    voter.on_message(1600 * MS, ids[2], ask.clone(), &mut out);
    assert_eq!((voter.voted_for(), out.messages.len()), (Some(ids[1]), 0));
    voter.on_message(1600 * MS, ids[1], ask, &mut out);
    assert_eq!(out.messages.len(), 1, "the same vote may be repeated");
}

#[test]
fn a_member_started_again_helps_nobody_to_power_for_e() {
    let ids = [NodeId(0), NodeId(1), NodeId(2)];
    let mut disk = DurableState::default();
    assert_eq!(disk.apply(&Durable::Term { term: 1, voted_for: None }), Ok(()));
    let start = |disk| Replica::recover(Config::default(), ids[0], &ids, 1, 7 * SECOND, disk);
    let answers = |replica: &mut Replica, now| {
        let mut out = Outputs::default();
        for pre in [true, false] {
            let ask = RequestVote { term: 2, pre, last_index: 9, last_term: 1 };
            replica.on_message(now, ids[1], Message::RequestVote(ask), &mut out);
        }
        out.messages.len()
    };
    let mut replica = start(disk);
    assert_eq!(answers(&mut replica, 8500 * MS - 1), 0, "it may support a lease");
    assert_eq!((replica.term(), replica.counters().dropped(DropReason::LeaderAlive)), (1, 2));
    assert_eq!(answers(&mut replica, 8500 * MS), 2);
    let mut replica = start(DurableState::default());
    assert_eq!(answers(&mut replica, 7 * SECOND), 2, "a new member supports nobody");
}

#[test]
fn a_member_alone_leads_at_once() {
    let mut replica = Replica::new(Config::default(), NodeId(0), &[], 1, 5);
    let mut out = Outputs::default();
    assert_eq!(replica.next_wakeup(), 5);
    replica.on_timer(5, &mut out);
    assert_eq!((replica.role(), replica.commit_index()), (Role::Leader, 1));
    let kinds = out.persist.iter().map(|record| matches!(record, Durable::Append { .. }));
    assert_eq!(kinds.collect::<Vec<_>>(), [false, true], "a term, then its no-op");
}

#[test]
fn the_log_stays_short_for_ever() {
    let mut cluster = Cluster::led(3, small_snapshots());
    puts(&mut cluster, 0, 0..100);
    cluster.run_for(SECOND);
    for replica in &cluster.replicas {
        let log = replica.log();
        assert_eq!(log.last_index(), 101);
        assert!(replica.snapshot_index() > 101 - 4);
        assert!(log.entries().len() <= 5, "{} entries", log.entries().len());
    }
}

#[test]
fn a_large_entry_counts_by_its_bytes() {
    let config = Config { snapshot_after_bytes: 10_000, ..Config::default() };
    let mut cluster = Cluster::led(3, config);
    cluster.put(0, "m1", "k", &"v".repeat(6_000));
    cluster.run_for(10 * MS);
    assert_eq!(cluster.replicas[0].snapshot_index(), 0);
    cluster.put(0, "m2", "k", &"v".repeat(6_000));
    cluster.run_for(10 * MS);
    assert_eq!(cluster.replicas[0].snapshot_index(), 3);
}

#[test]
fn a_dead_follower_costs_no_parts_of_a_snapshot() {
    let mut cluster = Cluster::led(3, small_snapshots());
    cluster.kill(2);
    puts(&mut cluster, 0, 0..40);
    cluster.run_for(5 * SECOND);
    cluster.lose = Box::new(|packet| {
        assert!(!matches!(packet.message, Message::InstallSnapshot(_)), "nobody reads it");
        false
    });
    cluster.run_for(10 * SECOND);
    cluster.heal();
    cluster.restart(2);
    cluster.run_for(2 * SECOND);
    assert_eq!(cluster.replicas[2].applied_index(), 41);
}

#[test]
fn a_transfer_goes_on_where_it_was_cut_off() {
    let mut cluster = Cluster::led(3, Config { chunk_bytes: 10, ..small_snapshots() });
    cluster.kill(2);
    puts(&mut cluster, 0, 0..5);
    cluster.restart(2);
    let far = |packet: &Packet| match &packet.message {
        Message::InstallSnapshot(part) => part.offset >= 20,
        _ => false,
    };
    cluster.lose = Box::new(move |packet| packet.to == 2 && far(packet));
    cluster.run_while(|cluster| cluster.sent < 60);
    cluster.partition(&[&[0, 1], &[2]]);
    cluster.run_for(5 * SECOND);
    assert_eq!(cluster.replicas[2].applied_index(), 0);
    cluster.heal();
    cluster.run_for(3 * SECOND);
    assert_eq!(cluster.replicas[2].applied_index(), 6);
}

#[test]
fn each_part_fits_a_datagram() {
    let config = Config { snapshot_after: 4, trailing_entries: 0, ..Config::default() };
    let mut cluster = Cluster::led(3, config);
    cluster.kill(2);
    for (put, text) in ["\u{1}", "\"", "é", "v"].into_iter().enumerate() {
        let value = text.repeat(48_000 / escaped(text));
        cluster.put(0, &format!("m{put}"), &format!("k{put}"), &value);
        cluster.run_for(100 * MS);
    }
    cluster.restart(2);
    cluster.lose = Box::new(|packet| {
        let mut datagram = Vec::new();
        encode_message(&mut datagram, NodeId(0), NodeId(2), None, &packet.message);
        let part = matches!(packet.message, Message::InstallSnapshot(_));
        assert!(!part || datagram.len() < 34_000, "{} bytes", datagram.len());
        false
    });
    cluster.run_while(|cluster| cluster.replicas[2].applied_index() < 5);
    assert!(cluster.replicas[2].store().iter().eq(cluster.replicas[0].store().iter()));
}

/// Returns the number of bytes of a text in JSON.
fn escaped(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len() - 2
}

/// Returns a part of a snapshot of key `k`, from the leader of term 5.
fn part(index: u64, offset: u64, data: &str, done: bool) -> InstallSnapshot {
    let data = data.into();
    InstallSnapshot { term: 5, last_index: index, last_term: 4, offset, data, done, stamp: 1 }
}

/// Returns a follower's answer to a part, and the reason that it counts.
fn answer(
    replica: &mut Replica,
    part: InstallSnapshot,
    counted: DropReason,
) -> (Option<AppendResult>, u64) {
    let before = replica.counters().dropped(counted);
    let mut out = Outputs::default();
    replica.on_message(1, NodeId(1), Message::InstallSnapshot(part), &mut out);
    let answer = out.messages.pop().map(|(_, message)| match message {
        Message::Appended(Appended { result, .. }) => result,
        other => panic!("{other:?}"),
    });
    (answer, replica.counters().dropped(counted) - before)
}

#[test]
fn parts_that_do_not_fit_are_counted_and_do_no_harm() {
    let config = Config { snapshot_bytes: 100, ..Config::default() };
    let mut follower = Replica::new(config, NodeId(0), &[NodeId(1), NodeId(2)], 1, 0 as Nanos);
    let text = "9 4 0 0 1 1:k1:v";
    let (ahead, lost) = (AppendResult::Received(8), AppendResult::Received(0));
    let order = DropReason::OutOfOrder;
    assert_eq!(answer(&mut follower, part(9, 8, &text[8..], true), order), (Some(lost), 1));
    assert_eq!(answer(&mut follower, part(9, 0, &text[..8], false), order), (Some(ahead), 0));
    assert_eq!(answer(&mut follower, part(9, 0, &text[..8], false), order), (Some(ahead), 1));
    assert_eq!(
        answer(&mut follower, part(9, u64::MAX - 1, "x", false), DropReason::Malformed),
        (None, 1)
    );
    for nonsense in [
        part(0, 0, "x", false),
        part(u64::MAX, 0, "x", false),
        part(9, 8, "", false),
        part(9, 8, &"x".repeat(93), false),
        part(9, 0, &"x".repeat(70_000), false),
        InstallSnapshot { last_term: 6, ..part(9, 8, "x", false) },
        InstallSnapshot { last_term: 0, ..part(9, 8, "x", false) },
    ] {
        assert_eq!(answer(&mut follower, nonsense, DropReason::Malformed), (None, 1));
    }
    let garbage = part(9, 8, "rubbish", true);
    assert_eq!(answer(&mut follower, garbage, DropReason::Malformed), (None, 1));
    assert_eq!((follower.applied_index(), follower.store().len()), (0, 0));
    // The text of another snapshot is not accepted for this one.
    let wrong = part(8, 0, text, true);
    assert_eq!(answer(&mut follower, wrong, DropReason::Malformed), (None, 1));

    let whole = part(9, 0, text, true);
    let installed = Some(AppendResult::Match(9));
    assert_eq!(answer(&mut follower, whole.clone(), order), (installed, 0));
    assert_eq!((follower.applied_index(), follower.log().first_index()), (9, 10));
    assert_eq!(follower.store().get("k").map(|value| &**value), Some("v"));
    assert_eq!(answer(&mut follower, whole, order), (installed, 0), "a copy is old news");
    let other = InstallSnapshot { last_term: 3, ..part(9, 0, text, true) };
    assert_eq!(answer(&mut follower, other, DropReason::ContradictsCommitted), (None, 1));
}

#[test]
fn a_late_copy_of_a_dead_leader_s_part_sends_nobody_away() {
    let mut follower = Replica::new(Config::default(), NodeId(0), &[NodeId(1), NodeId(2)], 1, 0);
    let order = DropReason::OutOfOrder;
    let first = part(9, 0, "9 4 0 0 ", false);
    assert_eq!(answer(&mut follower, first.clone(), order), (Some(AppendResult::Received(8)), 0));
    let mut out = Outputs::default();
    let later = follower.next_wakeup();
    follower.on_timer(later, &mut out);
    assert_eq!((follower.role(), follower.leader()), (Role::PreCandidate, None));
    let key = "k".into();
    let request = Request { client: NodeId(99), id: "m1".into(), op: Op::Get { key } };
    follower.on_request(later, request, &mut out);
    follower.on_message(later, NodeId(1), Message::InstallSnapshot(first), &mut out);
    assert!(out.responses.is_empty(), "it waits for a leader: {:?}", out.responses);
}
