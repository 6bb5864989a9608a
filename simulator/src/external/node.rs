//! A process in virtual time as a node of the engine.

use std::io;

use crate::Nanos;
use crate::external::ear::Ear;
use crate::external::process::{Process, Turn};
use crate::external::wire::{self, Datagram};
use crate::external::{HELLO_WITHIN, no_hello};
use crate::node::{Node, NodeId, Outbox, Request, Setup};

/// A running executable.
#[derive(Debug)]
pub struct ExternalNode {
    setup: Setup,
    /// The process, while it lives.
    process: Option<Process>,
    /// Until when all its threads wait. Its first turn is due at once.
    wakeup: Nanos,
    ear: Ear,
    died: Option<String>,
}

impl ExternalNode {
    pub(super) fn new(setup: Setup, process: io::Result<Process>) -> Self {
        let died = process.as_ref().err().map(|error| format!("could not be started: {error}"));
        let process = process.ok();
        ExternalNode { setup, process, wakeup: 0, ear: Ear::new(setup), died }
    }

    /// Lets the process run until all its threads wait again.
    fn run(&mut self, now: Nanos, datagram: Option<&[u8]>, out: &mut Outbox<Datagram>) {
        let Some(process) = &mut self.process else { return };
        let arrived = datagram.and_then(|payload| Some((self.ear.port?, payload)));
        let Turn { sent, outcome } = process.resume(now, arrived);
        process.lines(|line| out.print(line));
        for datagram in sent.iter() {
            self.hear(&datagram, out);
        }
        match outcome {
            Ok(until) => self.wakeup = until,
            Err(why) => self.die(why),
        }
        if self.ear.port.is_none() && now >= HELLO_WITHIN && self.died.is_none() {
            self.die(no_hello());
        }
    }

    /// Takes what the process sent.
    fn hear(&mut self, datagram: &preload::protocol::Datagram<'_>, out: &mut Outbox<Datagram>) {
        if let Some(why) = self.ear.count() {
            self.die(why);
        }
        if datagram.to != wire::port_for(self.setup.id) {
            return out.malformed(format!(
                "a datagram to port {}, where nobody listens: everything goes to the simulator's",
                datagram.to
            ));
        }
        self.ear.take(datagram.from, datagram.payload, out);
    }

    fn die(&mut self, why: String) {
        let why = match &self.process {
            Some(process) => process.with_last_words(why),
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
        match self.ear.port {
            None if self.process.is_some() => self.wakeup.min(HELLO_WITHIN),
            _ => self.wakeup,
        }
    }

    fn leader(&self) -> Option<NodeId> {
        self.ear.leader
    }

    fn died(&self) -> Option<&str> {
        self.died.as_deref()
    }

    fn stop(&mut self) {
        self.process = None;
    }
}
