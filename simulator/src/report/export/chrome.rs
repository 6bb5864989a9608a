//! A run as trace events in JSON, which Perfetto (`ui.perfetto.dev`) and Chrome draw.
//!
//! Replicas, clients and faults are processes there, and each of their members is a thread. A message is an arrow from
//! a short slice at its sender to one at its receiver.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{fate, has_arrived};
use crate::report::Outcome;
use simulation::Nanos;
use simulation::api::Outcome as Meaning;
use simulation::picture::Picture;
use simulation::trace::Actor;

/// The processes, by their numbers.
const FAULTS: u32 = 1;
const REPLICAS: u32 = 2;
const CLIENTS: u32 = 3;
const NAMES: [(u32, &str); 3] = [(FAULTS, "faults"), (REPLICAS, "replicas"), (CLIENTS, "clients")];

/// The length of the slices at the ends of an arrow, in nanoseconds.
const END: Nanos = 1_000;

/// Writes a run that was made with its trace and its picture.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let mut events = Events::default();
    if let Some(picture) = &outcome.evidence.picture {
        events.faults(picture, outcome.evidence.ended);
        events.messages(picture);
        events.requests(picture, outcome.evidence.ended);
        events.roles(picture, outcome.evidence.ended);
    }
    events.instants(outcome);
    // Viewers expect the events in the order of time; what is around others comes first.
    events.timed.sort_by_key(|(at, length, _)| (*at, std::cmp::Reverse(*length)));
    writeln!(out, "{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [")?;
    for name in events.names() {
        writeln!(out, "{name},")?;
    }
    for (_, _, event) in &events.timed {
        writeln!(out, "{event},")?;
    }
    let (name, seed) = (&outcome.plan.scenario, outcome.plan.seed);
    let title = format!("{name}, seed {seed}: {}", outcome.verdict.class.name());
    let labels = json!({"labels": title});
    writeln!(
        out,
        "{}",
        json!({"ph": "M", "name": "process_labels", "pid": REPLICAS, "args": labels})
    )?;
    writeln!(out, "]}}")
}

/// Events as they are collected.
#[derive(Default)]
struct Events {
    /// Events, with their times and their lengths.
    timed: Vec<(Nanos, Nanos, Value)>,
    /// The threads, by process and number.
    threads: BTreeSet<(u32, u64)>,
}

/// Returns a time in microseconds.
fn micros(time: Nanos) -> f64 {
    time as f64 / 1e3
}

impl Events {
    /// Adds a slice of time.
    fn slice(
        &mut self,
        (pid, tid): (u32, u64),
        name: &str,
        from: Nanos,
        length: Nanos,
        args: Value,
    ) {
        self.threads.insert((pid, tid));
        let event = json!({
            "ph": "X", "pid": pid, "tid": tid, "name": name, "args": args,
            "ts": micros(from), "dur": micros(length),
        });
        self.timed.push((from, length, event));
    }

    fn faults(&mut self, picture: &Picture, end: Nanos) {
        for fault in &picture.faults {
            let thread = fault.node.map_or(0, |node| u64::from(node.0) + 1);
            let until = fault.until.unwrap_or(end);
            let args = json!({"what": picture.text(fault.text)});
            let length = until.saturating_sub(fault.from);
            self.slice((FAULTS, thread), picture.text(fault.name), fault.from, length, args);
        }
    }

    fn messages(&mut self, picture: &Picture) {
        for (id, message) in picture.messages.iter().enumerate() {
            let (kind, text) = (picture.text(message.kind), picture.text(message.text));
            let (from, to) = (u64::from(message.from.0), u64::from(message.to.0));
            let args = json!({"what": text, "to": message.to.to_string()});
            let name = format!("{kind}{}", fate(message));
            self.slice((REPLICAS, from), &name, message.sent, END, args);
            if !has_arrived(message) {
                continue;
            }
            let args = json!({"what": text, "from": message.from.to_string()});
            self.slice((REPLICAS, to), &name, message.arrived, END, args);
            for (phase, thread, at) in [("s", from, message.sent), ("f", to, message.arrived)] {
                let arrow = json!({
                    "ph": phase, "pid": REPLICAS, "tid": thread, "ts": micros(at), "id": id,
                    "name": kind, "cat": "message", "bp": "e",
                });
                self.timed.push((at, 0, arrow));
            }
        }
    }

    fn requests(&mut self, picture: &Picture, end: Nanos) {
        for attempt in &picture.attempts {
            let key = picture.text(attempt.key);
            let name = match attempt.put {
                Some(value) => format!("put({key}, {})", picture.text(value)),
                None => format!("get({key})"),
            };
            let answer = attempt.reply.map_or("none", |reply| match reply.outcome {
                Meaning::Completed => "ok",
                Meaning::Redirected => "redirect",
                Meaning::Failed => "fail",
            });
            let value = attempt.reply.and_then(|reply| reply.value).map(|it| picture.text(it));
            let args = json!({"to": attempt.to.to_string(), "answer": answer, "value": value});
            let until = attempt.reply.map_or(end, |reply| reply.at);
            let length = until.saturating_sub(attempt.sent);
            let thread = u64::from(attempt.client.0);
            self.slice((CLIENTS, thread), &name, attempt.sent, length, args);
        }
    }

    /// Adds the roles of replicas, each from one state to the next that differs.
    fn roles(&mut self, picture: &Picture, end: Nanos) {
        let nodes: BTreeSet<_> = picture.states.iter().map(|state| state.node).collect();
        for node in nodes {
            let role = |state: &simulation::picture::State| {
                let raft = state.raft.filter(|_| state.is_running)?;
                Some(format!("{} of term {}", raft.role, raft.term))
            };
            let states = picture.states.iter().filter(|state| state.node == node);
            let mut roles: Vec<_> = states.map(|state| (state.at, role(state))).collect();
            roles.dedup_by(|next, before| next.1 == before.1);
            for (place, (at, role)) in roles.iter().enumerate() {
                let until = roles.get(place + 1).map_or(end, |(next, _)| *next);
                if let Some(role) = role {
                    let thread = (REPLICAS, u64::from(node.0));
                    self.slice(thread, role, *at, until.saturating_sub(*at), json!({}));
                }
            }
        }
    }

    /// Adds what happens at a moment and is no traffic.
    fn instants(&mut self, outcome: &Outcome) {
        for event in outcome.evidence.trace.iter().filter(|event| !event.kind.is_traffic()) {
            let (pid, tid) = match event.who {
                Actor::Node(node) => (REPLICAS, u64::from(node.0)),
                Actor::Client(client) => (CLIENTS, u64::from(client.0)),
                Actor::World => (FAULTS, 0),
            };
            self.threads.insert((pid, tid));
            let instant = json!({
                "ph": "i", "s": "t", "pid": pid, "tid": tid, "ts": micros(event.at_ns),
                "name": event.kind.name(), "args": {"what": event.what},
            });
            self.timed.push((event.at_ns, 0, instant));
        }
    }

    /// Returns the events that name processes and threads.
    fn names(&self) -> Vec<Value> {
        let name = |kind: &str, pid: u32, tid: u64, name: String| {
            let args = json!({"name": name});
            json!({"ph": "M", "name": kind, "pid": pid, "tid": tid, "args": args})
        };
        let processes = NAMES.map(|(pid, title)| name("process_name", pid, 0, title.to_owned()));
        let threads = self.threads.iter().map(|&(pid, tid)| {
            let title = match (pid, tid) {
                (FAULTS, 0) => "network".to_owned(),
                (FAULTS, node) => format!("{:04X}", node - 1),
                (REPLICAS, node) => format!("{node:04X}"),
                (_, client) => format!("c{client}"),
            };
            name("thread_name", pid, tid, title)
        });
        processes.into_iter().chain(threads).collect()
    }
}
