//! A process as a node of the engine.

use std::io;

use crate::Nanos;
use crate::external::process::{Process, Turn};
use crate::external::wire::{self, Datagram, Heard};
use crate::node::{Node, NodeId, Outbox, Request, Setup};

/// A replica says hello within this time, or it is taken for dead: the course's clients begin to ask
/// after five seconds.
const HELLO_WITHIN: Nanos = 10_000_000_000;

/// A replica that sends more datagrams than this in one run floods the network with what nobody
/// counts: the scenario's own limit on messages comes long before.
const MOST_DATAGRAMS: u64 = 200_000;

/// A running executable.
#[derive(Debug)]
pub struct ExternalNode {
    setup: Setup,
    /// The process, while it lives.
    process: Option<Process>,
    /// Until when all its threads wait. Its first turn is due at once.
    wakeup: Nanos,
    /// The port it said hello from: where it is to be reached.
    port: Option<u16>,
    leader: Option<NodeId>,
    sent: u64,
    died: Option<String>,
}

impl ExternalNode {
    pub(super) fn new(setup: Setup, process: io::Result<Process>) -> Self {
        let died = process.as_ref().err().map(|error| format!("could not be started: {error}"));
        let process = process.ok();
        ExternalNode { setup, process, wakeup: 0, port: None, leader: None, sent: 0, died }
    }

    /// Lets the process run until all its threads wait again.
    fn run(&mut self, now: Nanos, datagram: Option<&[u8]>, out: &mut Outbox<Datagram>) {
        let Some(process) = &mut self.process else { return };
        let arrived = datagram.and_then(|payload| Some((self.port?, payload)));
        let Turn { sent, outcome } = process.resume(now, arrived);
        process.lines(|line| out.print(line));
        for datagram in sent.iter() {
            self.hear(&datagram, out);
        }
        match outcome {
            Ok(until) => self.wakeup = until,
            Err(why) => self.die(why),
        }
        if self.port.is_none() && now >= HELLO_WITHIN && self.died.is_none() {
            self.die(format!("said no hello within {} s", HELLO_WITHIN / 1_000_000_000));
        }
    }

    /// Takes what the process sent.
    fn hear(&mut self, datagram: &preload::protocol::Datagram<'_>, out: &mut Outbox<Datagram>) {
        self.sent += 1;
        if self.sent == MOST_DATAGRAMS {
            self.die(format!("floods the network: {MOST_DATAGRAMS} datagrams"));
        }
        if datagram.to != wire::port_for(self.setup.id) {
            return out.malformed(format!(
                "a datagram to port {}, where nobody listens: everything goes to the simulator's",
                datagram.to
            ));
        }
        match wire::read(datagram.payload, self.setup.replicas) {
            Ok((leader, heard)) => {
                match heard {
                    Heard::Hello => return self.port = Some(datagram.from),
                    Heard::Message { to: Some(to), message } => out.send(to, message),
                    Heard::Message { to: None, message } => {
                        self.setup.peers().for_each(|peer| out.send(peer, message.clone()));
                    }
                    Heard::Answer(response) => out.respond(response),
                }
                self.leader = leader;
            }
            Err(what) => out.malformed(what),
        }
    }

    fn die(&mut self, why: String) {
        let last_words = self.process.as_ref().and_then(Process::last_words);
        let why = match last_words {
            Some(words) => format!("{why}; its last words: {words}"),
            None => why,
        };
        self.died.get_or_insert(why);
        self.process = None;
        self.wakeup = Nanos::MAX;
    }
}

impl Node for ExternalNode {
    type Message = Datagram;

    fn message(
        &mut self,
        now: Nanos,
        _from: NodeId,
        message: Datagram,
        out: &mut Outbox<Datagram>,
    ) {
        self.run(now, Some(message.bytes()), out);
    }

    fn request(&mut self, now: Nanos, request: Request, out: &mut Outbox<Datagram>) {
        let datagram = wire::write_request(&self.setup, &request);
        self.run(now, Some(&datagram), out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        self.run(now, None, out);
    }

    fn next_wakeup(&self) -> Nanos {
        match self.port {
            None if self.process.is_some() => self.wakeup.min(HELLO_WITHIN),
            _ => self.wakeup,
        }
    }

    fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    fn died(&self) -> Option<&str> {
        self.died.as_deref()
    }
}
