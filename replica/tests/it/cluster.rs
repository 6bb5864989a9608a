//! A small deterministic network around a few replicas, which records events as a story.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use replica::{
    AppendResult, Command, Config, DurableState, Entry, Message, Nanos, NodeId, Op, Outcome,
    Outputs, Replica, Request, Response, Role,
};

pub(crate) const MS: Nanos = 1_000_000;
pub(crate) const SECOND: Nanos = 1_000 * MS;

/// A message in flight.
pub(crate) struct Packet {
    pub from: usize,
    pub to: usize,
    pub message: Message,
}

type Rule = Box<dyn FnMut(&Packet) -> bool>;

pub(crate) struct Cluster {
    pub now: Nanos,
    pub replicas: Vec<Replica>,
    /// The persisted state of each replica.
    pub disks: Vec<DurableState>,
    /// The replica whose next input ends in a crash, with the number of records that become durable; nothing is sent.
    pub crash_next: Option<(usize, usize)>,
    config: Config,
    seed: u64,
    /// Decides whether a message is dropped.
    pub lose: Rule,
    /// The delay of each message, ns.
    pub delay: Box<dyn FnMut() -> Nanos>,
    /// The number of messages sent between replicas.
    pub sent: u64,
    /// Every answer, with its time and its replica.
    pub responses: Vec<(Nanos, usize, Response)>,
    /// True while events are recorded in the story.
    pub telling: bool,
    /// Called after each event.
    pub check: fn(&Cluster),
    story: String,
    in_flight: BTreeMap<(Nanos, u64), Packet>,
    sequence: u64,
    dead: BTreeSet<usize>,
    sleepless: Option<Vec<usize>>,
    /// The speed of each clock, in percent of true time.
    pub speed: Vec<u64>,
    /// The greatest applied index of any replica when a get was sent.
    asked_at: BTreeMap<String, u64>,
}

impl Cluster {
    pub(crate) fn new(size: u16) -> Self {
        Self::with(size, Config::default(), 1)
    }

    pub(crate) fn with(size: u16, config: Config, seed: u64) -> Self {
        let ids: Vec<_> = (0..size).map(NodeId).collect();
        Cluster {
            now: 0,
            replicas: ids
                .iter()
                .map(|&id| Replica::new(config.clone(), id, &ids, seed, 0))
                .collect(),
            disks: vec![DurableState::default(); size.into()],
            crash_next: None,
            config,
            seed,
            lose: Box::new(|_| false),
            delay: Box::new(|| MS),
            sent: 0,
            responses: Vec::new(),
            telling: false,
            check: |_| (),
            story: String::new(),
            in_flight: BTreeMap::new(),
            sequence: 0,
            dead: BTreeSet::new(),
            sleepless: None,
            speed: vec![100; size.into()],
            asked_at: BTreeMap::new(),
        }
    }

    /// Returns a cluster whose replica 0 has led for a second.
    pub(crate) fn led(size: u16, config: Config) -> Self {
        let mut cluster = Self::with(size, config, 1);
        cluster.only_timers_of(&[0]);
        cluster.run_until_leader();
        cluster.timers_of_all();
        cluster.run_for(SECOND);
        cluster
    }

    /// Keeps the timeouts of all other replicas from expiring, so that a test can choose the candidate.
    pub(crate) fn only_timers_of(&mut self, replicas: &[usize]) {
        self.sleepless = Some(replicas.to_vec());
    }

    pub(crate) fn timers_of_all(&mut self) {
        self.sleepless = None;
    }

    /// Lets only members of the same group receive each other's messages.
    pub(crate) fn partition(&mut self, groups: &'static [&'static [usize]]) {
        self.lose = Box::new(move |packet| {
            !groups.iter().any(|group| group.contains(&packet.from) && group.contains(&packet.to))
        });
    }

    pub(crate) fn heal(&mut self) {
        self.lose = Box::new(|_| false);
    }

    pub(crate) fn kill(&mut self, replica: usize) {
        self.dead.insert(replica);
        self.tell(format!("{} dies", NodeId(replica as u16)));
    }

    pub(crate) fn leaders(&self) -> Vec<usize> {
        (0..self.replicas.len())
            .filter(|i| !self.dead.contains(i) && self.replicas[*i].role() == Role::Leader)
            .collect()
    }

    pub(crate) fn local(&self, replica: usize) -> Nanos {
        self.now * self.speed[replica] / 100
    }

    /// Returns the time of the next timer, and its replica.
    fn next_timer(&self) -> Option<(Nanos, usize)> {
        (0..self.replicas.len())
            .filter(|i| !self.dead.contains(i))
            .filter(|i| self.sleepless.as_ref().is_none_or(|s| s.contains(i)))
            .map(|i| {
                let due = self.replicas[i].next_wakeup().min(1 << 56);
                ((due * 100).div_ceil(self.speed[i]).max(self.now), i)
            })
            .min()
    }

    /// Handles all events until `end`.
    pub(crate) fn run_until(&mut self, end: Nanos) {
        while self.step(end) {}
        self.now = end;
    }

    pub(crate) fn run_for(&mut self, time: Nanos) {
        self.run_until(self.now + time);
    }

    /// Runs, a millisecond at a time, while a condition holds.
    pub(crate) fn run_while(&mut self, so: impl Fn(&Cluster) -> bool) {
        let end = self.now + 60 * SECOND;
        while so(self) {
            assert!(self.now < end, "still so after a minute");
            self.run_for(MS);
        }
    }

    pub(crate) fn run_until_leader(&mut self) -> usize {
        let end = self.now + 60 * SECOND;
        while self.leaders().is_empty() {
            assert!(self.step(end), "no leader within a minute");
        }
        self.leaders()[0]
    }

    /// Handles one message or timer; returns false if none is left before `end`.
    fn step(&mut self, end: Nanos) -> bool {
        let arrival = self.in_flight.keys().next().copied();
        let timer = self.next_timer();
        match (arrival, timer) {
            (Some(key), timer) if timer.is_none_or(|(due, _)| key.0 <= due) && key.0 <= end => {
                self.now = key.0;
                if let Some(packet) = self.in_flight.remove(&key)
                    && !self.dead.contains(&packet.to)
                {
                    let from = NodeId(packet.from as u16);
                    self.act(packet.to, |replica, now, out| {
                        replica.on_message(now, from, packet.message, out);
                    });
                }
            }
            (_, Some((due, replica))) if due <= end => {
                self.now = due;
                self.act(replica, replica::Replica::on_timer);
            }
            _ => return false,
        }
        true
    }

    /// Sends a client's request to a replica. Ids of gets must be unique.
    pub(crate) fn ask(&mut self, replica: usize, client: u16, id: &str, op: Op) {
        let request = Request { client: NodeId(client), id: id.into(), op };
        self.tell(format!(
            "{} -> {}  {} {id}",
            request.client,
            NodeId(replica as u16),
            op_text(&request.op)
        ));
        let applied = self.replicas.iter().map(Replica::applied_index).max();
        self.asked_at.insert(id.to_owned(), applied.unwrap_or(0));
        self.act(replica, |replica, now, out| {
            replica.on_request(now, request, out);
        });
    }

    pub(crate) fn put(&mut self, replica: usize, id: &str, key: &str, value: &str) {
        let (key, value) = (key.into(), value.into());
        self.ask(replica, 0x15, id, Op::Put { key, value });
    }

    pub(crate) fn get(&mut self, replica: usize, id: &str, key: &str) {
        self.ask(replica, 0x15, id, Op::Get { key: key.into() });
    }

    /// Returns the answer to a request, if there is one. Panics if there are two.
    pub(crate) fn outcome(&self, id: &str) -> Option<&Outcome> {
        let mut found = self.responses.iter().filter(|(_, _, r)| &*r.id == id);
        let first = found.next().map(|(_, _, response)| &response.outcome);
        assert!(found.next().is_none(), "{id} was answered twice");
        first
    }

    /// Passes an input to one replica, and handles its outputs.
    pub(crate) fn act(
        &mut self,
        replica: usize,
        feed: impl FnOnce(&mut Replica, Nanos, &mut Outputs),
    ) {
        let mut out = self.feed(replica, feed);
        let crash = self.crash_next.take_if(|(next, _)| *next == replica);
        if let Some((_, records)) = crash {
            out.persist.truncate(records);
        }
        for record in &out.persist {
            assert_eq!(self.disks[replica].apply(record), Ok(()), "{record:?}");
        }
        if crash.is_some() {
            return self.restart(replica);
        }
        for (to, message) in out.messages {
            self.send(replica, usize::from(to.0), message);
        }
        for response in out.responses {
            self.respond(replica, response);
        }
        (self.check)(self);
    }

    /// Passes an input to one replica, and records its new role in the story.
    fn feed(
        &mut self,
        replica: usize,
        feed: impl FnOnce(&mut Replica, Nanos, &mut Outputs),
    ) -> Outputs {
        let mut out = Outputs::default();
        let now = self.local(replica);
        let before = (self.replicas[replica].role(), self.replicas[replica].term());
        feed(&mut self.replicas[replica], now, &mut out);
        let after = (self.replicas[replica].role(), self.replicas[replica].term());
        if before != after {
            let (role, term) = after;
            self.tell(format!("{}  is {role:?} in term {term}", NodeId(replica as u16)));
        }
        out
    }

    /// Crashes a replica, if it did not crash before, and restarts it from its disk.
    pub(crate) fn restart(&mut self, replica: usize) {
        self.dead.remove(&replica);
        let ids: Vec<_> = (0..self.replicas.len() as u16).map(NodeId).collect();
        let (disk, now) = (self.disks[replica].clone(), self.local(replica));
        self.seed += 1;
        self.replicas[replica] =
            Replica::recover(self.config.clone(), ids[replica], &ids, self.seed, now, disk);
        self.tell(format!("{}  starts again", ids[replica]));
        (self.check)(self);
    }

    fn send(&mut self, from: usize, to: usize, message: Message) {
        self.sent += 1;
        let line =
            format!("{} -> {}  {}", NodeId(from as u16), NodeId(to as u16), message_text(&message));
        let packet = Packet { from, to, message };
        if (self.lose)(&packet) || self.dead.contains(&to) {
            self.tell(line + "  (lost)");
            return;
        }
        self.tell(line);
        self.sequence += 1;
        let arrival = self.now + (self.delay)();
        self.in_flight.insert((arrival, self.sequence), packet);
    }

    /// Checks linearizability: the store that answers a get must be as new as any that existed when the get was sent.
    fn respond(&mut self, replica: usize, response: Response) {
        if let Outcome::Got { .. } = response.outcome {
            let needed = self.asked_at[&*response.id];
            let used = self.replicas[replica].applied_index();
            assert!(used >= needed, "{} was answered from an old store", response.id);
        }
        self.tell(format!(
            "{} -> {}  {} {}",
            NodeId(replica as u16),
            response.client,
            outcome_text(&response.outcome),
            response.id
        ));
        self.responses.push((self.now, replica, response));
    }

    /// Adds a headline to the story.
    pub(crate) fn title(&mut self, text: &str) {
        writeln!(self.story, "{text}").unwrap();
    }

    fn tell(&mut self, line: String) {
        if self.telling {
            let ms = self.now / MS;
            writeln!(self.story, "  {}.{:03}s  {line}", ms / 1000, ms % 1000).unwrap();
        }
    }

    /// Compares the story with the one in the folder `snapshots`.
    pub(crate) fn check_story(&self, name: &str) {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots/raft"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, self.story);
        });
    }
}

fn message_text(message: &Message) -> String {
    match message {
        Message::RequestVote(m) => format!(
            "{} term {} last {}/{}",
            if m.pre { "preVote" } else { "requestVote" },
            m.term,
            m.last_index,
            m.last_term
        ),
        Message::Vote(m) => format!(
            "{} term {} {}",
            if m.pre { "preVoted" } else { "voted" },
            m.term,
            if m.granted { "yes" } else { "no" }
        ),
        Message::AppendEntries(m) => {
            let entries: Vec<_> = (m.prev_index + 1..)
                .zip(&m.entries)
                .map(|(index, entry)| entry_text(index, entry))
                .collect();
            format!(
                "appendEntries term {} prev {}/{} [{}] commit {}",
                m.term,
                m.prev_index,
                m.prev_term,
                entries.join(", "),
                m.commit
            )
        }
        Message::InstallSnapshot(m) => format!(
            "installSnapshot term {} up to {}/{}, bytes {}..{}{}",
            m.term,
            m.last_index,
            m.last_term,
            m.offset,
            m.offset + m.data.len() as u64,
            if m.done { ", done" } else { "" }
        ),
        Message::Appended(m) => match m.result {
            AppendResult::Received(bytes) => {
                format!("appended term {} received {bytes} bytes", m.term)
            }
            AppendResult::Match(index) => format!("appended term {} match {index}", m.term),
            AppendResult::Conflict { term, index } => {
                format!("appended term {} conflict from {index}/{term}", m.term)
            }
        },
    }
}

fn entry_text(index: u64, entry: &Entry) -> String {
    match &entry.command {
        Command::Noop => format!("{index}/{} no-op", entry.term),
        Command::Put(put) => format!("{index}/{} put {}", entry.term, put.key),
    }
}

fn op_text(op: &Op) -> String {
    match op {
        Op::Get { key } => format!("get {key}"),
        Op::Put { key, value } => format!("put {key}={value}"),
    }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Got { value: Some(value) } => format!("ok \"{value}\""),
        Outcome::Got { value: None } => "ok, missing".to_owned(),
        Outcome::Done => "ok".to_owned(),
        Outcome::Fail => "fail".to_owned(),
        Outcome::Redirect { leader: Some(id) } => format!("redirect to {id}"),
        Outcome::Redirect { leader: None } => "redirect to anybody".to_owned(),
    }
}
