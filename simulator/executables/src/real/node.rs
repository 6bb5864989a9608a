//! A process in real time as a node of the engine.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use crate::hello::{HELLO_WITHIN, no_hello};
use crate::inbound::Inbound;
use crate::process_state::ProcessState;
use crate::real::Listener;
use crate::real::look::Look;
use crate::real::process::Process;
use crate::wire::{self, Datagram};
use simulation::Nanos;
use simulation::api::{KeyValue, Node, NodeId, Outbox, ProcessOutbox, Request, Setup};

/// The time between two looks at a process, at its output and whether it lives.
const LOOK_INTERVAL: Nanos = 100_000_000;

/// The looks between two looks at the kernel's data, which take longer.
const LOOKS: u32 = 5;

/// A running executable.
pub(super) struct RealTimeNode {
    setup: Setup,
    pub(crate) state: ProcessState<Process>,
    inbound: Inbound,
    /// The time at which the process was started.
    started: Nanos,
    next_look: Nanos,
    looks: u32,
    look: Look,
    listener: Option<Arc<Listener>>,
}

impl RealTimeNode {
    pub(super) fn new(
        setup: Setup,
        now: Nanos,
        process: io::Result<Process>,
        listener: Option<Arc<Listener>>,
    ) -> Self {
        RealTimeNode {
            setup,
            state: ProcessState::new(process),
            inbound: Inbound::new(setup),
            started: now,
            next_look: now,
            looks: 0,
            look: Look::default(),
            listener,
        }
    }

    /// Sends a datagram. Before the replica's hello the datagram is dropped, because the replica's port is not known.
    fn send(&self, datagram: &[u8]) {
        if let (Some(process), Some(port)) = (self.state.process(), self.inbound.port) {
            process.send(port, datagram);
        }
    }

    /// Takes the next datagram that the process has sent, if there is one.
    ///
    /// Takes only one, so that the other replicas have their turn.
    fn hear(&mut self, now: Nanos, out: &mut ProcessOutbox<Datagram>) -> bool {
        let received = self.state.process_mut().and_then(Process::receive);
        let Some((from, datagram)) = received else { return false };
        if let Some(why) = self.inbound.take(now, from, datagram, out) {
            self.state.die(why);
        }
        true
    }

    /// Takes the lines that the process has printed.
    fn read(&mut self, now: Nanos, out: &mut ProcessOutbox<Datagram>) {
        let Some(process) = self.state.process_mut() else { return };
        let (listener, id) = (&self.listener, self.setup.id);
        process.lines(|line| {
            if let Some(listener) = listener {
                listener(now, id, &line);
            }
            out.print(line);
        });
    }

    /// Looks at the process, and kills it with a finding if it breaks a rule.
    fn look(&mut self, now: Nanos, out: &mut ProcessOutbox<Datagram>) {
        let Some(process) = self.state.process_mut() else { return };
        if let Some(how) = process.ended() {
            // Datagrams that were sent before the end count.
            while self.hear(now, out) {}
            return self.state.die(how);
        }
        if self.inbound.port.is_none() && now >= self.started + HELLO_WITHIN {
            return self.state.die(no_hello());
        }
        self.looks += 1;
        if self.looks.is_multiple_of(LOOKS)
            && let Some(port) = self.inbound.port
            && let Some(why) = self.look.find(process.id(), port, self.inbound.heard)
        {
            self.state.die(why);
        }
    }

    /// Returns the descriptor that is readable when the process has sent something.
    pub(crate) fn source(&self) -> Option<BorrowedFd<'_>> {
        self.state.process().map(Process::source)
    }

    /// Pauses the process, or lets it go on.
    pub(crate) fn pause(&mut self, paused: bool) {
        if let Some(process) = self.state.process_mut() {
            process.pause(paused);
        }
    }
}

impl Node for RealTimeNode {
    type Message = Datagram;
    type Service = KeyValue;

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
        self.inbound.asked();
        self.send(&wire::write_request(&self.setup, &request));
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        let out = out.process();
        self.hear(now, out);
        if now >= self.next_look {
            self.next_look = now + LOOK_INTERVAL;
            self.read(now, out);
            self.look(now, out);
        }
    }

    fn next_wakeup(&self) -> Nanos {
        if self.state.process().is_some() { self.next_look } else { Nanos::MAX }
    }

    fn leader(&self) -> Option<NodeId> {
        self.inbound.leader
    }
}

impl fmt::Debug for RealTimeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RealTimeNode { setup, state, inbound, .. } = self;
        let mut shown = f.debug_struct("RealTimeNode");
        shown
            .field("setup", setup)
            .field("state", state)
            .field("inbound", inbound)
            .finish_non_exhaustive()
    }
}
