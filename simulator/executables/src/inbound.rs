//! What a replica says, whichever clock it lives by: its datagrams, as messages and answers.

use crate::wire::{self, Datagram, Heard};
use simulation::Nanos;
use simulation::api::{NodeId, ProcessOutbox, Setup};

/// A replica that says this much more than it was asked, messages to other replicas left aside, floods
/// the network with datagrams that no other limit counts: messages are limited by the scenario, answers only by the
/// requests.
const MOST_UNASKED: u64 = 200_000;

/// Listens to one replica.
#[derive(Debug)]
pub(super) struct Inbound {
    setup: Setup,
    /// The port it said hello from: where it is to be reached.
    pub port: Option<u16>,
    /// Whom it named as the leader last.
    pub leader: Option<NodeId>,
    /// How many datagrams it has sent.
    pub heard: u64,
    /// How many requests were put to it.
    asked: u64,
    /// How many of its datagrams were no messages to other replicas.
    told: u64,
}

impl Inbound {
    pub(crate) fn new(setup: Setup) -> Self {
        Inbound { setup, port: None, leader: None, heard: 0, asked: 0, told: 0 }
    }

    /// A request is put to it, which it may answer.
    pub(crate) fn asked(&mut self) {
        self.asked += 1;
    }

    /// Counts a datagram that is no message to another replica; says why the replica must end, if it
    /// is one too many.
    pub(crate) fn told(&mut self) -> Option<String> {
        self.told += 1;
        let floods =
            || format!("floods the network: {MOST_UNASKED} datagrams that nobody asked for");
        (self.told >= self.asked + MOST_UNASKED).then(floods)
    }

    /// Takes a datagram that left a port at a time; says why the replica must end, if it is one too many.
    pub(crate) fn take(
        &mut self,
        at: Nanos,
        from: u16,
        payload: &[u8],
        out: &mut ProcessOutbox<Datagram>,
    ) -> Option<String> {
        self.heard += 1;
        let (leader, heard) = match wire::read(payload, self.setup.replicas) {
            Ok(read) => read,
            Err(what) => {
                out.malformed(what);
                return self.told();
            }
        };
        match heard {
            Heard::Hello => {
                self.port = Some(from);
                out.ready();
                return self.told();
            }
            Heard::Message { to: Some(to), message } => out.send_naming(at, leader, to, message),
            Heard::Message { to: None, message } => {
                for peer in self.setup.peers() {
                    out.send_naming(at, leader, peer, message.clone());
                }
            }
            Heard::Answer(response) => {
                out.respond_naming(at, leader, response);
                self.leader = leader;
                return self.told();
            }
        }
        self.leader = leader;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbound() -> Inbound {
        Inbound::new(Setup::of(NodeId(0), 3))
    }

    #[test]
    fn a_long_run_is_no_flood() {
        let mut inbound = inbound();
        for _ in 0..2 * MOST_UNASKED {
            inbound.asked();
            assert_eq!(inbound.told(), None);
        }
    }

    #[test]
    fn what_nobody_asked_for_is_a_flood() {
        let mut inbound = inbound();
        inbound.asked();
        for _ in 0..MOST_UNASKED {
            assert_eq!(inbound.told(), None);
        }
        let why = inbound.told().expect("one too many");
        assert_eq!(why, "floods the network: 200000 datagrams that nobody asked for");
    }
}
