//! What a replica says, whichever clock it lives by: its datagrams, as messages and answers.

use crate::external::wire::{self, Datagram, Heard};
use crate::node::{NodeId, Outbox, Setup};

/// A replica that sends more datagrams than this in one run floods the network with what nobody
/// counts: the scenario's own limit on messages comes long before.
const MOST_DATAGRAMS: u64 = 200_000;

/// Listens to one replica.
#[derive(Debug)]
pub(super) struct Ear {
    setup: Setup,
    /// The port it said hello from: where it is to be reached.
    pub port: Option<u16>,
    /// Whom it named as the leader last.
    pub leader: Option<NodeId>,
    /// How many datagrams it has sent.
    pub heard: u64,
}

impl Ear {
    pub fn new(setup: Setup) -> Self {
        Ear { setup, port: None, leader: None, heard: 0 }
    }

    /// Counts a datagram; says why the replica must end, if it is one too many.
    pub fn count(&mut self) -> Option<String> {
        self.heard += 1;
        let floods = || format!("floods the network: {MOST_DATAGRAMS} datagrams");
        (self.heard == MOST_DATAGRAMS).then(floods)
    }

    /// Takes a datagram that came from a port.
    pub fn take(&mut self, from: u16, payload: &[u8], out: &mut Outbox<Datagram>) {
        match wire::read(payload, self.setup.replicas) {
            Ok((leader, heard)) => {
                match heard {
                    Heard::Hello => return self.port = Some(from),
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
}
