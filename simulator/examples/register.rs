//! A register that many can write, without a leader, and the same one with a step left out.
//!
//! This is the algorithm of Attiya, Bar-Noy and Dolev ("Sharing memory robustly in message-passing
//! systems", 1995), with the timestamps that Lynch and Shvartsman gave it for several writers (1997).
//!
//! ```text
//! cargo run --release --example register [SCENARIO [SEED]]
//! ```
//!
//! Every replica holds a value for each key, and a timestamp that says how new the value is. A client asks any
//! replica, and that one does the work, in two rounds. A round is over when a majority has answered:
//!
//! ```text
//!            first round: ask               second round: store
//!   put      which timestamp do you hold?   the new value, with a greater timestamp
//!   get      what do you hold?              the newest value that came back
//! ```
//!
//! The second round of a put is plain. That of a get looks like a waste: why should a read write? Because
//! a put may be half done. If its value has reached one replica of three, one get may see it and the next
//! one, which asks the other two, may not: time would run backwards. A get that first stores what it is
//! about to return cannot be overtaken like that.
//!
//! Without [`Register::writes_back`] a get leaves that round out. The mistake shows only where some messages are lost
//! at the wrong moment. The right register passes 200 seeds; the wrong one fails with one of them, and of its 400
//! requests two or three are left that prove it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use simulation::Nanos;
use simulation::api::{
    Answer, KeyValue, Message, MessageRole, Node, NodeId, Op, Outbox, Request, Response, Setup,
    System,
};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::scenario::Scenario;
use simulation::shrink::{Effort, shrink, to_the_end};
use simulator::files::load_scenario;
use simulator::report;

/// What is run unless the command line names a scenario: clients that share two keys, and a network that loses
/// every tenth message. A put costs eight messages here, more than with a leader.
pub(crate) const SCENARIO: &str = r#"{
  "lifetime": 20,
  "replicas": 3,
  "requests": 400,
  "mix": 0.6,
  "drops": 0.1,
  "tests": {
    "benchmarks": {
      "total_msgs": [4000, 5000, 10000],
      "failures": [1, 2, 401],
      "duplicates": [1, 2, 3],
      "median_latency": [0.01, 0.1, 1]
    }
  },
  "simulator": { "workload": { "kind": "contend", "clients": 6, "keys": 2, "roam": 1.0 } }
}"#;

/// A round whose messages may be lost sends them again after this time.
const PATIENCE: Nanos = 200_000_000;

/// 1. How new a value is: its number, and for equal numbers the replica that wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp {
    number: u64,
    writer: u16,
}

/// A value and its timestamp. Before the first put of a key there is no value.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    timestamp: Timestamp,
    value: Option<Arc<str>>,
}

/// 2. What the replicas say to each other. The number of the round tells which question an answer belongs to.
#[derive(Clone)]
pub(crate) enum Word {
    /// What do you hold?
    Ask { round: u64, key: Arc<str> },
    /// This.
    Hold { round: u64, stored: Stored },
    /// Store this, unless you hold something newer.
    Store { round: u64, key: Arc<str>, stored: Stored },
    /// I hold that, or something newer.
    Done { round: u64 },
}

/// The fingerprint tells a message apart in the run's digest, the role says which faults strike it …
impl Message for Word {
    fn fingerprint(&self) -> u64 {
        let (kind, round, Timestamp { number, writer }) = match self {
            Word::Ask { round, .. } => (0, round, Timestamp::default()),
            Word::Hold { round, stored } => (1, round, stored.timestamp),
            Word::Store { round, stored, .. } => (2, round, stored.timestamp),
            Word::Done { round } => (3, round, Timestamp::default()),
        };
        kind << 62 | round << 40 | number << 16 | u64::from(writer)
    }

    fn role(&self) -> MessageRole {
        match self {
            Word::Ask { .. } => MessageRole::Read,
            Word::Hold { .. } => MessageRole::ReadAcknowledgement,
            Word::Store { .. } => MessageRole::Append,
            Word::Done { .. } => MessageRole::Acknowledge,
        }
    }
}

/// … and how it reads in a timeline.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Ask { round, key } => write!(f, "ask {key}, round {round}"),
            Word::Hold { round, stored } => write!(f, "hold {stored}, round {round}"),
            Word::Store { round, key, stored } => {
                write!(f, "store {key} = {stored}, round {round}")
            }
            Word::Done { round } => write!(f, "done, round {round}"),
        }
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Timestamp { number, writer } = self.timestamp;
        write!(f, "{} ({number}.{writer})", self.value.as_deref().unwrap_or("nothing"))
    }
}

/// 3. A replica: what it stores, and the rounds that it has begun.
pub(crate) struct Replica {
    setup: Setup,
    writes_back: bool,
    store: BTreeMap<Arc<str>, Stored>,
    rounds: BTreeMap<u64, Round>,
    last_round: u64,
}

/// A round under way.
struct Round {
    client: Request,
    key: Arc<str>,
    /// The next action once a majority has answered.
    stage: Stage,
    /// The first round: the newest that was heard of. The second: what is stored.
    newest: Stored,
    answered: BTreeSet<NodeId>,
    again_at: Nanos,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Ask,
    Store,
}

impl Replica {
    fn held(&self, key: &Arc<str>) -> Stored {
        self.store.get(key).cloned().unwrap_or_default()
    }

    /// Stores a value, unless there is a newer one.
    fn keep(&mut self, key: Arc<str>, stored: Stored) {
        let held = self.store.entry(key).or_default();
        if held.timestamp < stored.timestamp {
            *held = stored;
        }
    }

    /// Begins a round. The replica itself is the first to answer.
    fn begin(
        &mut self,
        now: Nanos,
        client: Request,
        stage: Stage,
        newest: Stored,
        out: &mut Outbox<Word>,
    ) {
        let (Op::Get { key } | Op::Put { key, .. }) = &client.op;
        let key = key.clone();
        if stage == Stage::Store {
            self.keep(key.clone(), newest.clone());
        }
        self.last_round += 1;
        let number = self.last_round;
        let (answered, again_at) = (BTreeSet::from([self.setup.id]), now);
        self.rounds.insert(number, Round { client, key, stage, newest, answered, again_at });
        self.send_round(now, number, out);
        self.end_if_answered(now, number, out);
    }

    /// Sends the messages of a round to all who have not answered.
    fn send_round(&mut self, now: Nanos, number: u64, out: &mut Outbox<Word>) {
        let Some(round) = self.rounds.get_mut(&number) else { return };
        round.again_at = now + PATIENCE;
        let key = || round.key.clone();
        for peer in self.setup.peers().filter(|peer| !round.answered.contains(peer)) {
            let word = match round.stage {
                Stage::Ask => Word::Ask { round: number, key: key() },
                Stage::Store => {
                    Word::Store { round: number, key: key(), stored: round.newest.clone() }
                }
            };
            out.send(peer, word);
        }
    }

    /// A replica has answered; what it holds may be the newest.
    fn answered(
        &mut self,
        now: Nanos,
        number: u64,
        from: NodeId,
        held: Option<Stored>,
        out: &mut Outbox<Word>,
    ) {
        // A late answer, to a round that is over, changes nothing.
        let Some(round) = self.rounds.get_mut(&number) else { return };
        round.answered.insert(from);
        if let Some(held) = held.filter(|held| held.timestamp > round.newest.timestamp) {
            round.newest = held;
        }
        self.end_if_answered(now, number, out);
    }

    /// Ends a round that a majority has answered: another one follows, or the client gets its answer.
    fn end_if_answered(&mut self, now: Nanos, number: u64, out: &mut Outbox<Word>) {
        let majority = usize::from(self.setup.replicas) / 2 + 1;
        let is_over = |round: &Round| round.answered.len() >= majority;
        if !self.rounds.get(&number).is_some_and(is_over) {
            return;
        }
        let Some(Round { client, key, stage, newest, .. }) = self.rounds.remove(&number) else {
            return;
        };
        let answer = match (stage, &client.op) {
            (Stage::Ask, Op::Put { value, .. }) => {
                // What it holds itself may have become newer meanwhile, through another put.
                let latest = newest.timestamp.max(self.held(&key).timestamp);
                let timestamp = Timestamp { number: latest.number + 1, writer: self.setup.id.0 };
                let stored = Stored { timestamp, value: Some(value.clone()) };
                return self.begin(now, client, Stage::Store, stored, out);
            }
            (Stage::Ask, Op::Get { .. }) if self.writes_back => {
                return self.begin(now, client, Stage::Store, newest, out);
            }
            (_, Op::Get { .. }) => Answer::Value(newest.value),
            (Stage::Store, Op::Put { .. }) => Answer::Done,
        };
        out.respond(Response { client: client.client, id: client.id, answer });
    }
}

/// 4. How it reacts: to messages, to requests, to the passing of time.
impl Node for Replica {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, now: Nanos, from: NodeId, word: Word, out: &mut Outbox<Word>) {
        match word {
            Word::Ask { round, key } => {
                out.send(from, Word::Hold { round, stored: self.held(&key) });
            }
            Word::Store { round, key, stored } => {
                self.keep(key, stored);
                out.send(from, Word::Done { round });
            }
            Word::Hold { round, stored } => self.answered(now, round, from, Some(stored), out),
            Word::Done { round } => self.answered(now, round, from, None, out),
        }
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Word>) {
        let (Op::Get { key } | Op::Put { key, .. }) = &request.op;
        let held = self.held(key);
        self.begin(now, request, Stage::Ask, held, out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        let due = self.rounds.iter().filter(|(_, round)| round.again_at <= now);
        let due: Vec<u64> = due.map(|(number, _)| *number).collect();
        due.into_iter().for_each(|number| self.send_round(now, number, out));
    }

    fn next_wakeup(&self) -> Nanos {
        self.rounds.values().map(|round| round.again_at).min().unwrap_or(Nanos::MAX)
    }

    /// There is none: clients ask any replica.
    fn leader(&self) -> Option<NodeId> {
        None
    }
}

/// 5. How to start one.
#[derive(Clone, Copy)]
pub(crate) struct Register {
    /// True if a get stores what it is about to return. One that does not is wrong.
    pub writes_back: bool,
}

impl System for Register {
    type Node = Replica;

    fn name(&self) -> &str {
        if self.writes_back { "register" } else { "register whose gets write nothing back" }
    }

    fn start(&self, setup: Setup, _now: Nanos) -> Replica {
        let (store, rounds) = (BTreeMap::new(), BTreeMap::new());
        Replica { setup, writes_back: self.writes_back, store, rounds, last_round: 0 }
    }
}

/// 6. Both registers, each until a seed fails.
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let scenario = match arguments.next() {
        None => Scenario::parse("register", SCENARIO).map(|(scenario, _warnings)| scenario),
        Some(path) => load_scenario(Path::new(&path)).map(|(scenario, _warnings)| scenario),
    };
    let scenario = match scenario {
        Ok(scenario) => scenario,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let seeds = match arguments.next().map(|seed| seed.parse::<u64>()) {
        None => 1..201,
        Some(Ok(seed)) => seed..seed.saturating_add(1),
        Some(Err(error)) => {
            eprintln!("the seed must be a whole number: {error}");
            return ExitCode::from(2);
        }
    };
    let mut right_fails = false;
    for register in [Register { writes_back: true }, Register { writes_back: false }] {
        let name = System::name(&register);
        let find = |seed| Failure::find(&register, &Plan::new(&scenario, seed));
        match seeds.clone().find_map(find) {
            None => println!("{name}: seeds {} to {} pass", seeds.start, seeds.end - 1),
            Some(failure) => {
                println!("{name}: seed {} fails", failure.plan.seed);
                println!("  {}", failure.finding().replace('\n', "\n    "));
                right_fails |= register.writes_back;
                show_smallest(&register, &failure);
            }
        }
    }
    ExitCode::from(u8::from(right_fails))
}

/// 7. The failure again, without all that it does not need.
fn show_smallest(register: &Register, failure: &Failure) {
    let shrunk = match shrink(register, failure, Effort::default(), &mut to_the_end) {
        Ok(shrunk) => shrunk,
        Err(not_reproduced) => return eprintln!("{not_reproduced}"),
    };
    println!("\nThe smallest plan that fails in the same way, after {} runs:\n", shrunk.runs);
    let mut stdout = std::io::stdout().lock();
    let mut page = report::layout::Page::of_stdout(&mut stdout);
    let written = report::plan::write(&mut page, &shrunk.failure.plan);
    if let Err(error) = written.and_then(|()| page.flush()) {
        return eprintln!("the output could not be written: {error}");
    }
    println!("\n  {}: {}", shrunk.failure.check, shrunk.failure.reason);
}
