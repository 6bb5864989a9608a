//! A process in virtual time as a node of the engine.

use std::io;

use crate::disk::Disk;
use crate::hello::{HELLO_WITHIN, no_hello};
use crate::inbound::Inbound;
use crate::process::{Process, Turn};
use crate::process_state::ProcessState;
use crate::wire::{self, Datagram};
use simulation::Nanos;
use simulation::api::{KeyValue, Node, NodeId, Outbox, ProcessOutbox, Request, Setup};

/// A running executable.
#[derive(Debug)]
pub(crate) struct ExternalNode {
    setup: Setup,
    pub(crate) state: ProcessState<Process>,
    /// The time at which the process is ready for its first step.
    begins: Nanos,
    /// The time until which all its threads wait. Its first turn is due at once.
    wakeup: Nanos,
    inbound: Inbound,
    /// True if the seed has decided turns of its threads.
    has_drawn_turns: bool,
}

/// The names of the coverage marks that executables have, in the order of their bits.
pub(super) const MARKS: &[&str] = &["turns of threads drawn"];

impl ExternalNode {
    pub(super) fn new(setup: Setup, begins: Nanos, process: io::Result<Process>) -> Self {
        let (state, inbound) = (ProcessState::new(process), Inbound::new(setup));
        ExternalNode { setup, state, begins, wakeup: begins, inbound, has_drawn_turns: false }
    }

    /// Lets the process run until all its threads wait again. Nothing reaches it before it is ready.
    fn run(&mut self, now: Nanos, datagram: Option<&[u8]>, out: &mut Outbox<Datagram>) {
        if now < self.begins {
            return;
        }
        let Some(process) = self.state.process_mut() else { return };
        let arrived = datagram.and_then(|payload| Some((self.inbound.port?, payload)));
        let Turn { sent, outcome } = process.resume(now, arrived);
        process.lines(|line| out.process().print(line));
        self.has_drawn_turns |= process.has_drawn_turns();
        let was_deaf = self.inbound.port.is_none();
        for datagram in sent.iter() {
            self.hear(&datagram, out.process());
        }
        if let (true, Some(_), Some(process)) = (was_deaf, self.inbound.port, self.state.process())
        {
            process.has_begun();
        }
        match outcome {
            Ok(until) => self.wakeup = until,
            Err(why) => self.die(why),
        }
        if self.inbound.port.is_none() && now >= self.begins + HELLO_WITHIN {
            let stand_in = self.state.process().and_then(Process::stand_in);
            let who =
                stand_in.map(|name| format!("; it has started {name}, which takes its place"));
            self.die(no_hello() + &who.unwrap_or_default());
        }
    }

    /// Takes the datagrams that the process sent.
    fn hear(
        &mut self,
        datagram: &crate::preload::protocol::Datagram<'_>,
        out: &mut ProcessOutbox<Datagram>,
    ) {
        let flood = if datagram.to == wire::port_for(self.setup.id) {
            self.inbound.take(datagram.at, datagram.from, datagram.payload, out)
        } else {
            out.malformed(format!(
                "a datagram to port {}, where nobody listens: everything goes to the simulator's",
                datagram.to
            ));
            self.inbound.told()
        };
        if let Some(why) = flood {
            self.die(why);
        }
    }

    /// Returns the disk of the process while it lives, if a crash may restart the replica.
    pub(super) fn disk(&self) -> Option<&Disk> {
        self.state.process().and_then(Process::disk)
    }

    /// Returns the disk of the process while it lives, if a crash may restart the replica.
    pub(super) fn disk_mut(&mut self) -> Option<&mut Disk> {
        self.state.process_mut().and_then(Process::disk_mut)
    }

    /// Returns the id of the replica.
    pub(super) fn id(&self) -> NodeId {
        self.setup.id
    }

    fn die(&mut self, why: String) {
        self.state.die(why);
        self.wakeup = Nanos::MAX;
    }
}

impl Node for ExternalNode {
    type Message = Datagram;
    type Service = KeyValue;

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
        self.inbound.asked();
        let datagram = wire::write_request(&self.setup, &request);
        self.run(now, Some(&datagram), out);
    }

    fn timer(&mut self, now: Nanos, out: &mut Outbox<Datagram>) {
        self.run(now, None, out);
    }

    fn next_wakeup(&self) -> Nanos {
        match self.inbound.port {
            None if self.state.process().is_some() => self.wakeup.min(self.begins + HELLO_WITHIN),
            _ => self.wakeup,
        }
    }

    fn leader(&self) -> Option<NodeId> {
        self.inbound.leader
    }

    fn reached(&self) -> u64 {
        u64::from(self.has_drawn_turns)
    }
}
