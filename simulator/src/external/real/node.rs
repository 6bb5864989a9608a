//! A process in real time as a node of the engine.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use crate::Nanos;
use crate::external::ear::Ear;
use crate::external::real::Listener;
use crate::external::real::look::Look;
use crate::external::real::process::Process;
use crate::external::wire::{self, Datagram};
use crate::external::{HELLO_WITHIN, no_hello};
use crate::node::{Node, NodeId, Outbox, Request, Setup};

/// Between two looks at a process: what it prints, whether it lives.
const LOOK_INTERVAL: Nanos = 100_000_000;

/// Between two looks at it with the kernel's eyes, which cost more: so many of the others.
const LOOKS: u32 = 5;

/// A running executable.
pub struct RealTimeNode {
    setup: Setup,
    /// The process, while it lives.
    process: Option<Process>,
    ear: Ear,
    next_look: Nanos,
    looks: u32,
    look: Look,
    listener: Option<Arc<Listener>>,
    died: Option<String>,
}

impl RealTimeNode {
    pub(super) fn new(
        setup: Setup,
        now: Nanos,
        process: io::Result<Process>,
        listener: Option<Arc<Listener>>,
    ) -> Self {
        let died = process.as_ref().err().map(|error| format!("could not be started: {error}"));
        RealTimeNode {
            setup,
            process: process.ok(),
            ear: Ear::new(setup),
            next_look: now,
            looks: 0,
            look: Look::default(),
            listener,
            died,
        }
    }

    /// A datagram before its hello is lost: nobody knows where to send it.
    fn send(&self, datagram: &[u8]) {
        if let (Some(process), Some(port)) = (&self.process, self.ear.port) {
            process.send(port, datagram);
        }
    }

    /// Takes the next datagram that it has sent, if there is one; the others have their turn before
    /// the one after.
    fn hear(&mut self, out: &mut Outbox<Datagram>) -> bool {
        let received = self.process.as_mut().and_then(Process::receive);
        let Some((from, datagram)) = received else { return false };
        let flood = self.ear.count();
        self.ear.take(from, datagram, out);
        if let Some(why) = flood {
            self.die(why);
        }
        true
    }

    /// Takes what it has printed.
    fn read(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        let Some(process) = &mut self.process else { return };
        let (listener, id) = (&self.listener, self.setup.id);
        process.lines(|line| {
            if let Some(listener) = listener {
                listener(now, id, &line);
            }
            out.print(line);
        });
    }

    /// Looks whether all is well with it.
    fn look(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        let Some(process) = &mut self.process else { return };
        if let Some(how) = process.ended() {
            // What it said before it ended is said.
            while self.hear(out) {}
            return self.die(how);
        }
        if self.ear.port.is_none() && now >= HELLO_WITHIN {
            return self.die(no_hello());
        }
        self.looks += 1;
        if self.looks.is_multiple_of(LOOKS)
            && let Some(port) = self.ear.port
            && let Some(why) = self.look.find(process.id(), port, self.ear.heard)
        {
            self.die(why);
        }
    }

    fn die(&mut self, why: String) {
        let why = match &self.process {
            Some(process) => process.with_last_words(why),
            None => why,
        };
        self.died.get_or_insert(why);
        self.process = None;
    }
}

impl Node for RealTimeNode {
    type Message = Datagram;

    fn message(
        &mut self,
        _now: Nanos,
        _from: NodeId,
        message: Datagram,
        _out: &mut Outbox<Datagram>,
    ) {
        self.send(message.bytes());
    }

    fn request(&mut self, _now: Nanos, request: Request, _out: &mut Outbox<Datagram>) {
        self.send(&wire::write_request(&self.setup, &request));
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        self.hear(out);
        if now >= self.next_look {
            self.next_look = now + LOOK_INTERVAL;
            self.read(now, out);
            self.look(now, out);
        }
    }

    fn next_wakeup(&self) -> Nanos {
        if self.process.is_some() { self.next_look } else { Nanos::MAX }
    }

    fn leader(&self) -> Option<NodeId> {
        self.ear.leader
    }

    fn died(&self) -> Option<&str> {
        self.died.as_deref()
    }

    fn source(&self) -> Option<BorrowedFd<'_>> {
        self.process.as_ref().map(Process::source)
    }

    fn pause(&mut self, paused: bool) {
        if let Some(process) = &mut self.process {
            process.pause(paused);
        }
    }

    fn stop(&mut self) {
        self.process = None;
    }
}

impl fmt::Debug for RealTimeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RealTimeNode { setup, process, ear, died, .. } = self;
        let mut shown = f.debug_struct("RealTimeNode");
        shown.field("setup", setup).field("process", process).field("ear", ear);
        shown.field("died", died).finish_non_exhaustive()
    }
}
