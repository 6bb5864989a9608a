//! The receiver of one replica's datagrams, in virtual time and in real time.
//!
//! It turns datagrams into messages and answers.

use crate::wire::{self, Datagram, Heard};
use simulation::Nanos;
use simulation::api::{NodeId, ProcessOutbox, Setup};

/// Limit on a replica's datagrams that are neither messages nor answers to requests.
///
/// A replica that exceeds it floods the network, and no other limit would count these datagrams: the scenario limits
/// messages, and only the number of requests limits answers.
const MOST_UNASKED: u64 = 200_000;

/// The receiver of one replica's datagrams.
#[derive(Debug)]
pub(super) struct Inbound {
    setup: Setup,
    /// The port from which the replica said hello, and at which it receives.
    pub port: Option<u16>,
    /// The replica that it last named as the leader.
    pub leader: Option<NodeId>,
    /// The number of datagrams that the replica has sent.
    pub heard: u64,
    /// The number of requests that the replica was sent.
    asked: u64,
    /// The number of its datagrams that were not messages to other replicas.
    told: u64,
}

impl Inbound {
    pub(crate) fn new(setup: Setup) -> Self {
        Inbound { setup, port: None, leader: None, heard: 0, asked: 0, told: 0 }
    }

    /// Counts a request that is sent to the replica, which it may answer.
    pub(crate) fn asked(&mut self) {
        self.asked += 1;
    }

    /// Counts a datagram that is not a message to another replica.
    ///
    /// If it exceeds the limit, returns the reason for which the replica must end.
    pub(crate) fn told(&mut self) -> Option<String> {
        self.told += 1;
        let floods =
            || format!("floods the network: {MOST_UNASKED} datagrams that nobody asked for");
        (self.told >= self.asked + MOST_UNASKED).then(floods)
    }

    /// Takes a datagram that left a port at a time.
    ///
    /// If it exceeds the limit, returns the reason for which the replica must end.
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
