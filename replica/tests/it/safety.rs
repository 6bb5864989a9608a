//! Tests by random runs on a faulty network: they are always safe, and live once the network heals.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use replica::{Config, Nanos, Op, Outcome, ReadMode, Role};

use crate::cluster::{Cluster, MS, SECOND};
use crate::elections::{lose, luck};

/// Checks the safety properties of Figure 3 that are visible at one time.
fn invariants(cluster: &Cluster) {
    let mut leaders = BTreeMap::new();
    let furthest = cluster.replicas.iter().max_by_key(|replica| replica.commit_index());
    let furthest = furthest.expect("a cluster is not empty");
    for replica in &cluster.replicas {
        if replica.role() == Role::Leader {
            let other = leaders.insert(replica.term(), replica.id());
            assert_eq!(other, None, "two leaders in term {}", replica.term());
        }
        let committed = replica.commit_index();
        assert!(replica.applied_index() == replica.commit_index());
        // Earlier steps checked the beginning of the log, and new entries are at its end.
        for index in committed.saturating_sub(20).max(1)..=committed {
            let entries = (replica.log().entry(index), furthest.log().entry(index));
            if let (Some(entry), Some(other)) = entries {
                assert_eq!(entry, other, "State Machine Safety");
            }
        }
    }
}

/// A put, and the time at which it was sent.
struct AskedPut {
    at: Nanos,
    key: String,
    id: String,
}

/// Runs with loss, reordering, partitions, clocks of different speeds and optionally crashes, then on a healed network.
fn run(size: u16, reads: ReadMode, loss: u64, crashes: bool, seed: u64) {
    let mut config = Config { read_mode: reads, batch_bytes: 400, ..Config::default() };
    if crashes {
        config = Config { snapshot_after: 6, trailing_entries: 2, chunk_bytes: 40, ..config };
    }
    let mut cluster = Cluster::with(size, config, seed);
    let mut random = luck(seed + 1);
    let mut delays = luck(seed + 2);
    cluster.check = invariants;
    cluster.delay = Box::new(move || (delays() % 40) * MS);
    for speed in &mut cluster.speed {
        *speed = 96 + random() % 9;
    }
    let mut puts = Vec::new();
    for round in 0..60 {
        match random() % 6 {
            0 => cluster.partition(&[&[0, 1], &[2, 3, 4]]),
            1 => cluster.partition(&[&[0, 3, 4], &[1, 2]]),
            2 => cluster.heal(),
            _ => lose(&mut cluster, loss, seed + round),
        }
        if crashes {
            let replica = (random() % u64::from(size)) as usize;
            match random() % 9 {
                0 => cluster.restart(replica),
                1 | 2 => cluster.crash_next = Some((replica, (random() % 4) as usize)),
                _ => {}
            }
        }
        for request in 0..random() % 4 {
            let replica = (random() % u64::from(size)) as usize;
            let key = format!("k{}", random() % 3);
            let id = format!("{round}-{request}");
            let op = match random() % 2 {
                0 => Op::Get { key: key.into() },
                _ => {
                    let (at, id) = (cluster.now, id.clone());
                    puts.push(AskedPut { at, key: key.clone(), id: id.clone() });
                    Op::Put { key: key.into(), value: id.into() }
                }
            };
            cluster.ask(replica, 0x20, &id, op);
        }
        cluster.run_for(random() % 700 * MS);
    }
    cluster.heal();
    cluster.delay = Box::new(|| MS);
    cluster.run_for(12 * SECOND);
    converged(&mut cluster);
    nothing_is_lost(&cluster, &puts);
}

/// Checks that a key's final value is that of a put that may have happened, and that no later acknowledged put
/// replaced.
fn nothing_is_lost(cluster: &Cluster, puts: &[AskedPut]) {
    let done_at = |id: &str| {
        let response = cluster.responses.iter().find(|(_, _, response)| &*response.id == id)?;
        (response.2.outcome == Outcome::Done).then_some(response.0)
    };
    let keys: BTreeSet<_> = puts.iter().map(|put| &put.key).collect();
    for key in keys {
        let value = cluster.replicas[0].store().get(key);
        let end = match value {
            Some(id) => {
                let never = matches!(cluster.outcome(id), Some(Outcome::Redirect { .. }));
                assert!(!never, "{id} was sent elsewhere, yet it happened");
                done_at(id)
            }
            None => Some(0),
        };
        let lost = puts.iter().find(|put| {
            put.key == *key && done_at(&put.id).is_some() && end.is_some_and(|end| put.at > end)
        });
        assert!(lost.is_none(), "{} was lost: {key} has {value:?}", lost.unwrap().id);
    }
}

/// Checks that there is one leader and one log, and that a fresh request is answered.
fn converged(cluster: &mut Cluster) {
    let leaders = cluster.leaders();
    assert_eq!(leaders.len(), 1);
    cluster.put(leaders[0], "last", "k", "v");
    cluster.run_for(2 * SECOND);
    assert_eq!(cluster.outcome("last"), Some(&Outcome::Done));
    for replica in &cluster.replicas {
        let log = cluster.replicas[0].log();
        assert_eq!(replica.log().last_index(), log.last_index());
        assert_eq!(replica.log().last_term(), log.last_term());
        assert_eq!(replica.commit_index(), replica.log().last_index());
        let first = &cluster.replicas[0];
        assert!(replica.store().iter().eq(first.store().iter()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bad_networks_break_nothing(
        five in any::<bool>(),
        lease in any::<bool>(),
        loss in 0u64..50,
        seed in any::<u32>(),
    ) {
        let reads = if lease { ReadMode::Lease } else { ReadMode::ReadIndex };
        run(if five { 5 } else { 3 }, reads, loss, false, seed.into());
    }

    #[test]
    fn crashes_break_nothing(
        five in any::<bool>(),
        lease in any::<bool>(),
        loss in 0u64..30,
        seed in any::<u32>(),
    ) {
        let reads = if lease { ReadMode::Lease } else { ReadMode::ReadIndex };
        run(if five { 5 } else { 3 }, reads, loss, true, seed.into());
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let story = |seed| {
        let mut cluster = Cluster::with(5, Config::default(), seed);
        lose(&mut cluster, 20, seed);
        cluster.run_for(20 * SECOND);
        (cluster.sent, cluster.leaders(), cluster.replicas[0].term())
    };
    assert_eq!(story(5), story(5));
    assert_ne!(story(5), story(6));
}
