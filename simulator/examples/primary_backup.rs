//! A state machine of your own under test: a primary that answers before it replicates.
//!
//! This is the smallest complete [`System`]: copy the file, replace the protocol, run it.
//!
//! ```text
//! cargo run --release --example primary_backup [SCENARIO [SEED [PAGE]]]
//! ```
//!
//! The protocol is the one that most people write first. The primary applies a put, answers the client *at once*, and
//! tells the backups afterwards. When the backups have not heard from the primary for a while, the next one in line
//! takes over. It is fast, it answers everything, and it loses acknowledged data: a client is told `ok`, the message
//! to the backup is dropped, the primary is killed, and the next primary does not have the value.
//!
//! The harness says which operations prove it, which seed shows it again, and how few requests and faults it takes.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use simulation::api::{
    Answer, KeyValue, Message, MessageRole, Node, NodeId, Op, Outbox, Request, Response, Setup,
    System,
};
use simulation::check::{CheckName, judge};
use simulation::engine::{self, Options};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::shrink::{Effort, shrink, to_the_end};
use simulation::units::Nanos;
use simulator::files::load_scenario;
use simulator::report::{self, Outcome};

const MILLISECOND: Nanos = 1_000_000;

/// The interval at which the primary says that it lives.
const HEARTBEAT: Nanos = 300 * MILLISECOND;

/// The silence after which a backup takes the next in line for the primary.
const PATIENCE: Nanos = 1_000 * MILLISECOND;

/// 1. A message between replicas.
#[derive(Clone)]
pub(crate) enum Word {
    /// The primary lives.
    Alive { primary: NodeId },
    /// The primary has written this value.
    Written { primary: NodeId, key: Arc<str>, value: Arc<str> },
}

/// A fingerprint tells messages apart in the run's digest, a role says which faults strike them …
impl Message for Word {
    fn fingerprint(&self) -> u64 {
        match self {
            Word::Alive { primary } => u64::from(primary.0),
            Word::Written { primary, .. } => 1 << 16 | u64::from(primary.0),
        }
    }

    fn role(&self) -> MessageRole {
        match self {
            Word::Alive { .. } => MessageRole::Heartbeat,
            Word::Written { .. } => MessageRole::Append,
        }
    }
}

/// … and the text is their form in a timeline.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Alive { primary } => write!(f, "alive, primary {primary}"),
            Word::Written { key, value, .. } => write!(f, "written {key} = {value}"),
        }
    }
}

/// 2. A replica: plain state, no clock, no socket, no randomness of its own.
pub(crate) struct Replica {
    setup: Setup,
    primary: NodeId,
    store: BTreeMap<Arc<str>, Arc<str>>,
    /// The time at which a primary says that it lives, or a backup loses patience.
    alarm: Nanos,
}

impl Replica {
    fn is_primary(&self) -> bool {
        self.primary == self.setup.id
    }

    fn tell_all(&self, word: &Word, out: &mut Outbox<Word>) {
        self.setup.peers().for_each(|peer| out.send(peer, word.clone()));
    }
}

/// 3. The reactions of a replica: to messages, to requests, to the passing of time.
impl Node for Replica {
    type Message = Word;
    type Service = KeyValue;

    fn message(&mut self, now: Nanos, _from: NodeId, word: Word, _out: &mut Outbox<Word>) {
        let (Word::Alive { primary } | Word::Written { primary, .. }) = word;
        // The line of succession only moves forward; an old primary steps back.
        if primary < self.primary {
            return;
        }
        self.primary = primary;
        self.alarm = now + PATIENCE;
        if let Word::Written { key, value, .. } = word {
            self.store.insert(key, value);
        }
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Word>) {
        let answer = match request.op {
            _ if !self.is_primary() => Answer::Redirect,
            Op::Get { key } => Answer::Value(self.store.get(&key).cloned()),
            Op::Put { key, value } => {
                self.store.insert(key.clone(), value.clone());
                // The fault: these messages may be dropped, and the client is told `ok` all the same.
                self.tell_all(&Word::Written { primary: self.primary, key, value }, out);
                self.alarm = now + HEARTBEAT;
                Answer::Done
            }
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Word>) {
        if now < self.alarm {
            return;
        }
        if !self.is_primary() {
            self.primary = NodeId((self.primary.0 + 1) % self.setup.replicas);
        }
        if self.is_primary() {
            self.tell_all(&Word::Alive { primary: self.primary }, out);
            self.alarm = now + HEARTBEAT;
        } else {
            self.alarm = now + PATIENCE;
        }
    }

    fn next_wakeup(&self) -> Nanos {
        self.alarm
    }

    fn leader(&self) -> Option<NodeId> {
        Some(self.primary)
    }
}

/// 4. The system: how a replica starts.
pub(crate) struct PrimaryBackup;

impl System for PrimaryBackup {
    type Node = Replica;

    fn name(&self) -> &str {
        "primary-backup that answers before it replicates"
    }

    /// It speaks the course's protocol, so that a scenario's bounds on messages and answers are meant for it, too.
    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, now: Nanos) -> Replica {
        let alarm = if setup.id == NodeId(0) { now + HEARTBEAT } else { now + PATIENCE };
        Replica { setup, primary: NodeId(0), store: BTreeMap::new(), alarm }
    }
}

/// 5. Goes from seed to plan, run, evidence and verdict, until a seed fails.
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/advanced-2.json");
    let path = arguments.next().unwrap_or_else(|| default.to_owned());
    let seeds = match arguments.next().map(|seed| seed.parse::<u64>()) {
        None => 1..101,
        Some(Ok(seed)) => seed..seed.saturating_add(1),
        Some(Err(error)) => {
            eprintln!("the seed must be a whole number: {error}");
            return ExitCode::from(2);
        }
    };
    let page = arguments.next().map(PathBuf::from);
    let scenario = match load_scenario(Path::new(&path)) {
        Ok((scenario, _warnings)) => scenario,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    for seed in seeds {
        let plan = Plan::new(&scenario, seed);
        let evidence = engine::run(&PrimaryBackup, &plan, Options::default());
        let verdict = judge(&plan, &evidence);
        let name = &scenario.name;
        println!("{name} seed {seed}: {}, digest {}", verdict.class.name(), evidence.digest);
        let shown =
            verdict.checks.iter().filter(|check| !check.ok || check.name == CheckName::Course);
        for check in shown {
            println!("  {}: {}", check.name, check.detail.replace('\n', "\n    "));
        }
        if let Some(failure) = Failure::of(&PrimaryBackup, &plan, &evidence, &verdict) {
            show_smallest(&failure, page.as_deref());
            return ExitCode::from(verdict.class.exit_status());
        }
    }
    ExitCode::SUCCESS
}

/// 6. Shows the failure once more, without the parts that it does not need.
fn show_smallest(failure: &Failure, page: Option<&Path>) {
    let shrunk = match shrink(&PrimaryBackup, failure, Effort::default(), &mut to_the_end) {
        Ok(shrunk) => shrunk,
        Err(not_reproduced) => return eprintln!("{not_reproduced}"),
    };
    println!("\nThe smallest plan that fails in the same way, after {} runs:\n", shrunk.runs);
    let mut stdout = io::stdout().lock();
    let mut out = report::layout::Page::of_stdout(&mut stdout);
    let written = report::plan::write(&mut out, &shrunk.failure.plan);
    if let Err(error) = written.and_then(|()| out.flush()) {
        return eprintln!("the output could not be written: {error}");
    }
    println!("\n  {}: {}", shrunk.failure.check, shrunk.failure.reason);
    if let Some(page) = page
        && let Err(error) = draw(shrunk.failure.plan, page)
    {
        eprintln!("{}: it could not be written: {error}", page.display());
    }
}

/// 7. Draws a plan's run as a page.
fn draw(plan: Plan, page: &Path) -> io::Result<()> {
    let evidence =
        engine::run(&PrimaryBackup, &plan, Options { picture: true, ..Options::default() });
    let verdict = judge(&plan, &evidence);
    let replay_command = "cargo run --release --example primary_backup".to_owned();
    let outcome = Outcome { plan, replay_command, environment: None, evidence, verdict };
    let mut file = BufWriter::new(File::create(page)?);
    report::html::write(&mut file, &outcome)?;
    file.flush()
}
