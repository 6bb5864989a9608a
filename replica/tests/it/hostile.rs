//! Tests that a replica neither panics nor loses committed entries on any input.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use replica::{
    AppendEntries, AppendResult, Appended, Command, Config, DropReason, DurableState, Entry,
    InstallSnapshot, Message, NodeId, Op, Outputs, Put, Replica, Request, RequestVote, Role, Vote,
};

use crate::cluster::{Cluster, MS};

/// Relevant numbers: small ones, and the ends of the range.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0u64..8,
        1 => Just(u64::MAX),
        1 => Just(u64::MAX - 1),
        1 => Just(1 << 41),
        1 => Just(1 << 62),
        1 => any::<u64>(),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    (number(), any::<bool>(), "[ab]").prop_map(|(term, noop, text)| {
        let text: Arc<str> = text.into();
        let put = Put::new(NodeId(0x15), text.clone(), text.clone(), text);
        let command = if noop { Command::Noop } else { Command::Put(Arc::new(put)) };
        Entry { term, command }
    })
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    let result = prop_oneof![
        number().prop_map(AppendResult::Match),
        number().prop_map(AppendResult::Received),
        (number(), number()).prop_map(|(term, index)| AppendResult::Conflict { term, index }),
    ];
    prop_oneof![
        (number(), any::<bool>(), number(), number()).prop_map(
            |(term, pre, last_index, last_term)| {
                Message::RequestVote(RequestVote { term, pre, last_index, last_term })
            }
        ),
        (number(), any::<bool>(), any::<bool>())
            .prop_map(|(term, pre, granted)| Message::Vote(Vote { term, pre, granted })),
        (number(), number(), number(), vec(entry(), 0..4), number(), number()).prop_map(
            |(term, prev_index, prev_term, entries, commit, stamp)| {
                Message::AppendEntries(AppendEntries {
                    term,
                    prev_index,
                    prev_term,
                    entries,
                    commit,
                    stamp,
                })
            }
        ),
        (number(), number(), number(), number(), snapshot_text(), any::<bool>(), number())
            .prop_map(|(term, last_index, last_term, offset, data, done, stamp)| {
                Message::InstallSnapshot(InstallSnapshot {
                    term,
                    last_index,
                    last_term,
                    offset,
                    data: data.into(),
                    done,
                    stamp,
                })
            }),
        (number(), number(), result)
            .prop_map(|(term, stamp, result)| Message::Appended(Appended { term, stamp, result })),
    ]
}

/// Returns parts of snapshots, whole snapshots, and texts that are not snapshots.
fn snapshot_text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (0u64..8, 0u64..8).prop_map(|(index, term)| format!("{index} {term} 0 1 1:a1:b")),
        1 => Just("7 3 1 21 2:m1".to_owned()),
        1 => Just("1 1:k1:v".to_owned()),
        1 => ".{0,9}",
    ]
}

#[derive(Debug, Clone)]
enum Input {
    Message(u16, Message),
    Request(u16, Op),
    Timer,
}

fn input() -> impl Strategy<Value = (u64, Input)> {
    let op = ("[abc]", any::<bool>()).prop_map(|(key, get)| {
        let key: Arc<str> = key.into();
        if get { Op::Get { key } } else { Op::Put { value: key.clone(), key } }
    });
    let input = prop_oneof![
        6 => (0u16..5, message()).prop_map(|(from, message)| Input::Message(from, message)),
        2 => (prop_oneof![0u16..4, Just(0x15), Just(0xFFFF)], op)
            .prop_map(|(client, op)| Input::Request(client, op)),
        2 => Just(Input::Timer),
    ];
    let wait = prop_oneof![0..4u64, Just(30 * MS), Just(2000 * MS), Just(u64::MAX / 2)];
    (wait, input)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_upsets_a_replica(inputs in vec(input(), 1..60), timers_first in 0usize..3) {
        let ids = [NodeId(0), NodeId(1), NodeId(2)];
        let mut replica = Replica::new(Config::default(), ids[0], &ids, 1, 0);
        let mut out = Outputs::default();
        let mut disk = DurableState::default();
        let mut now: u64 = 0;
        for _ in 0..timers_first {
            now = replica.next_wakeup();
            replica.on_timer(now, &mut out);
        }
        for (number, (wait, input)) in inputs.into_iter().enumerate() {
            let before = replica.clone();
            now = now.saturating_add(wait);
            match input {
                Input::Message(from, message) => {
                    replica.on_message(now, NodeId(from), message, &mut out);
                }
                Input::Request(client, op) => {
                    let id = number.to_string().into();
                    let request = Request { client: NodeId(client), id, op };
                    replica.on_request(now, request, &mut out);
                }
                Input::Timer => replica.on_timer(now, &mut out),
            }
            prop_assert!(replica.term() >= before.term());
            prop_assert!(replica.commit_index() >= before.commit_index());
            prop_assert!(replica.commit_index() <= replica.log().last_index());
            for index in 1..=before.commit_index() {
                let entry = replica.log().entry(index);
                prop_assert!(entry.is_none_or(|entry| Some(entry) == before.log().entry(index)));
            }
            for record in out.persist.drain(..) {
                prop_assert_eq!(disk.apply(&record), Ok(()));
            }
            let recovered =
                Replica::recover(Config::default(), ids[0], &ids, 1, 0, disk.clone());
            prop_assert_eq!(recovered.term(), replica.term());
            prop_assert_eq!(recovered.voted_for(), replica.voted_for());
            prop_assert_eq!(recovered.snapshot_index(), replica.snapshot_index());
            prop_assert_eq!(recovered.log(), replica.log());
            let terms = replica.log().entries().iter().map(|entry| entry.term);
            prop_assert!(terms.clone().is_sorted() && terms.max() <= Some(replica.term()));
        }
    }
}

fn dropped(replica: &Replica, reason: DropReason) -> u64 {
    replica.counters().dropped(reason)
}

fn feed(cluster: &mut Cluster, replica: usize, from: u16, message: Message) {
    cluster.act(replica, |replica, now, out| {
        replica.on_message(now, NodeId(from), message, out);
    });
}

fn heartbeat(term: u64, prev_index: u64, prev_term: u64) -> AppendEntries {
    AppendEntries { term, prev_index, prev_term, entries: Vec::new(), commit: 0, stamp: 1 }
}

#[test]
fn each_nonsense_is_dropped_for_its_reason() {
    let mut cluster = Cluster::led(3, Config::default());
    cluster.put(0, "m1", "k", "v");
    cluster.run_for(1000 * MS);
    let entry = |term| Entry { term, command: Command::Noop };
    let with = |entries: Vec<Entry>| AppendEntries { entries, ..heartbeat(1, 2, 1) };
    let appends = [
        (heartbeat(1 << 50, 0, 0), DropReason::AbsurdTerm),
        (heartbeat(u64::MAX, 0, 0), DropReason::AbsurdTerm),
        (heartbeat(1, u64::MAX, 1), DropReason::Malformed),
        (heartbeat(1, 0, 1), DropReason::Malformed),
        (with(vec![entry(2)]), DropReason::Malformed),
        (with(vec![entry(0)]), DropReason::Malformed),
        (heartbeat(2, 2, 2), DropReason::ContradictsCommitted),
        (
            AppendEntries { entries: vec![entry(2)], ..heartbeat(2, 1, 1) },
            DropReason::ContradictsCommitted,
        ),
        (heartbeat(0, 0, 0), DropReason::Malformed),
    ];
    let before = cluster.replicas[1].clone();
    for (message, reason) in appends {
        let count = dropped(&cluster.replicas[1], reason);
        feed(&mut cluster, 1, 2, Message::AppendEntries(message));
        assert_eq!(dropped(&cluster.replicas[1], reason), count + 1, "{reason:?}");
    }
    assert_eq!(cluster.replicas[1].log(), before.log());
    assert_eq!(cluster.replicas[1].term(), 1);

    feed(&mut cluster, 1, 1, Message::AppendEntries(heartbeat(1, 0, 0)));
    feed(&mut cluster, 1, 99, Message::AppendEntries(heartbeat(1, 0, 0)));
    assert_eq!(dropped(&cluster.replicas[1], DropReason::Stranger), 2, "ourselves, and nobody");
}

#[test]
fn a_leader_believes_no_answer_to_what_it_never_sent() {
    let mut cluster = Cluster::led(3, Config::default());
    let now = cluster.now;
    // Votes that arrived after those of the majority.
    let late = dropped(&cluster.replicas[0], DropReason::Stale);
    let ack = |term, stamp, index| {
        let result = AppendResult::Match(index);
        Message::Appended(Appended { term, stamp, result })
    };
    feed(&mut cluster, 0, 1, ack(1, now, 77));
    feed(&mut cluster, 0, 1, ack(1, u64::MAX, 1));
    assert_eq!(dropped(&cluster.replicas[0], DropReason::NeverSent), 2);
    feed(&mut cluster, 0, 1, ack(0, now, 1));
    feed(&mut cluster, 0, 1, ack(1, 3, 1));
    feed(&mut cluster, 0, 1, Message::AppendEntries(heartbeat(1, 0, 0)));
    feed(&mut cluster, 0, 1, Message::Vote(Vote { term: 1, pre: false, granted: true }));
    assert_eq!(dropped(&cluster.replicas[0], DropReason::Stale) - late, 3);
    assert_eq!(dropped(&cluster.replicas[0], DropReason::SecondLeader), 1);
    assert_eq!(cluster.replicas[0].role(), Role::Leader);
}

#[test]
fn a_get_at_the_end_of_time_waits() {
    let (mut cluster, mut out) = (Cluster::led(3, Config::default()), Outputs::default());
    let put = Op::Put { key: "k".into(), value: "v".into() };
    for (id, op) in [("p", put), ("g", Op::Get { key: "k".into() })] {
        let request = Request { client: NodeId(99), id: id.into(), op };
        cluster.replicas[0].on_request(u64::MAX, request, &mut out);
    }
    assert!(out.responses.is_empty());
}

#[test]
fn requests_do_not_come_from_replicas() {
    let mut cluster = Cluster::led(3, Config::default());
    for client in [0, 1, 0xFFFF] {
        let key = "k".into();
        cluster.ask(0, client, &format!("g{client}"), Op::Get { key });
    }
    assert_eq!(dropped(&cluster.replicas[0], DropReason::BadClient), 3);
    assert!(cluster.responses.is_empty());
}
