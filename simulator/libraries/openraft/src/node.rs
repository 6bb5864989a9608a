//! A replica that is driven by the library's tasks.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use kit::calls::Calls;
use kit::commands::{Command, fingerprint};
use kit::executor::{self, Executor};
use kit::held::Held;
use openraft::error::{
    Fatal, NetworkError, RPCError, RaftError, ReplicationClosed, StreamingError,
};
use openraft::network::RPCOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use openraft::{
    Config, EmptyNode, MessageSummary, Raft, RaftNetwork, RaftNetworkFactory, SnapshotPolicy,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use simulation::Nanos;
use simulation::api::{
    Answer, Ballot, DecidedLog, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Setup, System,
};

use crate::disk::{Disk, Meta, Snapshot, Types, Vote};

const MILLISECOND: Nanos = 1_000_000;

/// The time after which a request that has no answer is proposed again.
const PATIENCE: Nanos = 500 * MILLISECOND;

/// The library, in one of the ways in which it is used.
pub(crate) struct Library {
    pub name: &'static str,
    /// True if gets are answered from the store, once the leader is confirmed; otherwise they are entries of the log.
    pub reads_by_index: bool,
}

/// The configuration. A snapshot is made often where rare states are wanted.
fn config(setup: Setup) -> Arc<Config> {
    let every = if setup.buggify { 16 } else { 256 };
    Arc::new(Config {
        heartbeat_interval: 75,
        election_timeout_min: 250,
        election_timeout_max: 500,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(every),
        max_in_snapshot_log_to_keep: every / 4,
        ..Config::default()
    })
}

impl System for Library {
    type Node = Replica;

    fn name(&self) -> &str {
        self.name
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        Replica::new(self, setup, now, Disk::default())
    }

    fn recover(&self, setup: Setup, now: Nanos, file: &mut Vec<u8>) -> Result<Replica, String> {
        Ok(Replica::new(self, setup, now, Disk::read(file)?))
    }
}

/// A message: a call of the library's network, the answer to one, or a command for the leader.
#[derive(Clone)]
pub(crate) struct Word {
    kind: &'static str,
    call: u64,
    body: Rc<str>,
    text: Rc<str>,
    ballot: Option<Ballot>,
}

impl Word {
    fn new(kind: &'static str, call: u64, body: &impl Serialize, text: String) -> Self {
        let body = serde_json::to_string(body).expect("all keys are texts").into();
        Word { kind, call, body, text: text.into(), ballot: None }
    }

    fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).expect("messages are not changed on their way")
    }
}

impl Message for Word {
    fn fingerprint(&self) -> u64 {
        fingerprint(format!("{} {} {}", self.kind, self.call, self.body).as_bytes())
    }

    /// The names of the bundled replica's messages, and so their roles, where they have the same part.
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn size(&self) -> u64 {
        self.body.len() as u64
    }

    fn ballot(&self) -> Option<Ballot> {
        self.ballot
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.text)
    }
}

/// The way of messages out of the library, and of answers into it.
#[derive(Clone)]
struct Wire {
    calls: Calls<Word>,
    out: Rc<RefCell<Vec<(NodeId, Word)>>>,
}

impl Wire {
    fn send(&self, to: u64, word: Word) {
        self.out.borrow_mut().push((node_of(to), word));
    }

    /// Calls a replica. There is no answer if a message is lost; the library gives up by itself.
    async fn call<T: DeserializeOwned>(
        &self,
        to: u64,
        kind: &'static str,
        body: &impl Serialize,
        text: String,
    ) -> T {
        let call = self.calls.begin();
        let mut word = Word::new(kind, call.number(), body, text);
        if kind == "requestVote" {
            word.ballot = Some(Ballot::Stands { term: None });
        }
        self.send(to, word);
        call.await.read()
    }
}

impl RaftNetworkFactory<Types> for Wire {
    type Network = Link;

    async fn new_client(&mut self, to: u64, _node: &EmptyNode) -> Link {
        Link { to, wire: self.clone() }
    }
}

/// The library's link to a replica.
struct Link {
    to: u64,
    wire: Wire,
}

type Called<T> = Result<T, RPCError<u64, EmptyNode, RaftError<u64>>>;

impl RaftNetwork<Types> for Link {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        _option: RPCOption,
    ) -> Called<AppendEntriesResponse<u64>> {
        let kind = if rpc.entries.is_empty() { "heartbeat" } else { "appendEntries" };
        Ok(self.wire.call(self.to, kind, &rpc, rpc.summary()).await)
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        _option: RPCOption,
    ) -> Called<VoteResponse<u64>> {
        Ok(self.wire.call(self.to, "requestVote", &rpc, rpc.summary()).await)
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        _cancel: impl Future<Output = ReplicationClosed> + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<u64>, StreamingError<Types, Fatal<u64>>> {
        let text = format!("{vote}, up to {:?}", snapshot.meta.last_log_id);
        let body = (vote, &snapshot.meta, &*snapshot.snapshot);
        let answer = self.wire.call(self.to, "installSnapshot", &body, text);
        // Other calls are given up by the library, this one by its network.
        let patience = Nanos::try_from(option.hard_ttl().as_nanos()).unwrap_or(Nanos::MAX);
        let answer = executor::timeout_at(executor::now().saturating_add(patience), answer).await;
        answer.map_err(|elapsed| NetworkError::new(&elapsed).into())
    }
}

/// A replica.
pub(crate) struct Replica {
    id: u64,
    reads_by_index: bool,
    raft: Raft<Types>,
    disk: Disk,
    wire: Wire,
    held: Held,
    executor: Executor,
}

impl Replica {
    fn new(library: &Library, setup: Setup, now: Nanos, disk: Disk) -> Self {
        let id = u64::from(setup.id.0);
        let mut executor = Executor::new(now, setup.seed);
        let wire = Wire { calls: Calls::new(now), out: Rc::default() };
        let made = Raft::new(id, config(setup), wire.clone(), disk.clone(), disk.clone());
        let made = executor.spawn(made);
        executor.run(now);
        let raft = made.take().expect("it waits for nothing").expect("the storage gives no error");
        let members: BTreeMap<u64, EmptyNode> =
            (0..u64::from(setup.replicas)).map(|id| (id, EmptyNode {})).collect();
        let initialized = raft.clone();
        // It is an error where the replica was started before.
        executor.spawn(async move { initialized.initialize(members).await.is_ok() });
        let held = Held::new(PATIENCE);
        Replica { id, reads_by_index: library.reads_by_index, raft, disk, wire, held, executor }
    }

    /// Asks the library to execute a request. If it drops that, the request is asked for again later.
    fn ask(&mut self, now: Nanos, request: &Request) {
        let Some(leader) = self.raft.metrics().borrow().current_leader else { return };
        let command = Command::from(request);
        match &request.op {
            Op::Get { key } if self.reads_by_index => {
                let (raft, disk, wire, key) =
                    (self.raft.clone(), self.disk.clone(), self.wire.clone(), key.to_string());
                let is_own = leader == self.id;
                let value = async move {
                    if is_own {
                        read(raft, disk, key).await
                    } else {
                        wire.call(leader, "read", &key, key.clone()).await
                    }
                };
                let disk = self.disk.clone();
                self.executor.spawn(async move {
                    let value = executor::timeout_at(now + PATIENCE, value).await;
                    if let Ok(Some(value)) = value {
                        let answer = Answer::Value(value.map(Arc::from));
                        disk.content().executed.push((command.name, answer));
                    }
                });
            }
            _ if leader == self.id => self.write(command.to_bytes()),
            op => {
                let word = Word::new("propose", 0, &command.to_bytes(), op.key().to_string());
                self.wire.send(leader, word);
            }
        }
    }

    /// Asks the library for a write. The answer comes from the state machine, here or at the replica that asked.
    fn write(&self, command: Vec<u8>) {
        let raft = self.raft.clone();
        self.executor.spawn(async move { raft.client_write_ff(command).await.is_ok() });
    }

    /// Answers a call by what a future gives, if it gives something.
    fn serve<T: Serialize, E>(
        &self,
        from: NodeId,
        call: u64,
        kind: &'static str,
        answer: impl Future<Output = Result<T, E>> + 'static,
        describe: impl Fn(&T) -> (String, Option<Ballot>) + 'static,
    ) {
        let wire = self.wire.clone();
        self.executor.spawn(async move {
            if let Ok(answer) = answer.await {
                let (text, ballot) = describe(&answer);
                let word = Word { ballot, ..Word::new(kind, call, &answer, text) };
                wire.send(u64::from(from.0), word);
            }
        });
    }

    /// Runs the library's tasks, and sends what they have to send.
    fn settle(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        self.executor.run(now);
        if let Err(error) = &self.raft.metrics().borrow().running_state {
            panic!("the library has stopped: {error}");
        }
        for (name, answer) in self.disk.content().executed.drain(..) {
            self.held.answer(name, answer, out);
        }
        for (to, word) in self.wire.out.borrow_mut().drain(..) {
            out.send(to, word);
        }
        match self.disk.take_record() {
            Some((true, record)) => out.replace(&record),
            Some((false, record)) => out.append(&record),
            None => {}
        }
    }
}

/// Reads a value once the leader is confirmed; `None` if it is not.
async fn read(raft: Raft<Types>, disk: Disk, key: String) -> Option<Option<String>> {
    raft.ensure_linearizable().await.ok()?;
    match disk.content().store.get(&key) {
        Answer::Value(value) => Some(value.map(|value| value.to_string())),
        _ => None,
    }
}

fn node_of(id: u64) -> NodeId {
    NodeId(id as u16)
}

impl Node for Replica {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, now: Nanos, from: NodeId, word: Word, out: &mut Outbox<Word>) {
        let (raft, call) = (self.raft.clone(), word.call);
        match word.kind {
            "appendEntries" | "heartbeat" => {
                let rpc = word.read();
                let answer = async move { raft.append_entries(rpc).await };
                self.serve(from, call, "appended", answer, |answer| (answer.to_string(), None));
            }
            "requestVote" => {
                let rpc = word.read();
                let answer = async move { raft.vote(rpc).await };
                self.serve(from, call, "vote", answer, |answer| {
                    let granted = answer.vote_granted;
                    (format!("{granted}, {}", answer.summary()), Some(Ballot::Votes { granted }))
                });
            }
            "installSnapshot" => {
                let (vote, meta, data): (Vote, Meta, Vec<u8>) = word.read();
                let snapshot = Snapshot { meta, snapshot: Box::new(data) };
                let answer = async move { raft.install_full_snapshot(vote, snapshot).await };
                self.serve(from, call, "appended", answer, |answer| (answer.to_string(), None));
            }
            "read" => {
                let (disk, key) = (self.disk.clone(), word.read());
                let answer = async move { read(raft, disk, key).await.map(Some).ok_or(()) };
                self.serve(from, call, "readAnswer", answer, |_| (String::new(), None));
            }
            "propose" => self.write(word.read()),
            _ => self.wire.calls.answer(call, word),
        }
        self.settle(now, out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Word>) {
        if self.held.add(now, request.clone()) {
            self.ask(now, &request);
        }
        self.settle(now, out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        for request in self.held.due(now) {
            self.ask(now, &request);
        }
        self.settle(now, out);
    }

    fn next_wakeup(&self) -> Nanos {
        self.executor.next_wakeup().min(self.held.next_wakeup())
    }

    fn leader(&self) -> Option<NodeId> {
        self.raft.metrics().borrow().current_leader.map(node_of)
    }

    fn reseed(&mut self, seed: u64) {
        self.executor.reseed(seed);
    }

    fn decided_log(&self) -> Option<&dyn DecidedLog> {
        Some(self)
    }
}

/// What is applied is decided. The file says how far, and the library applies it again when it starts.
impl DecidedLog for Replica {
    fn decided(&self) -> u64 {
        self.disk.content().applied()
    }

    fn hash(&self, position: u64) -> Option<u64> {
        self.disk.content().hash(position - 1)
    }

    fn first(&self) -> u64 {
        self.disk.content().purged() + 1
    }

    fn is_durable(&self) -> bool {
        true
    }

    fn summary(&self) -> String {
        let raft = self.raft.metrics();
        let raft = raft.borrow();
        let (role, vote) = (raft.state, raft.vote);
        format!("{role:?}, vote {vote}, applied {}, last {:?}", self.decided(), raft.last_log_index)
    }
}
