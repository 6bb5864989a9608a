//! What the network carries between nodes.

use std::fmt;

/// What the network carries between nodes. `Display` is how a message reads in a timeline.
pub trait Message: Clone + fmt::Display {
    /// A number that depends on the content, folded into the run's digest. Cheap beats complete:
    /// type, term and position are enough to notice that two runs went apart.
    fn fingerprint(&self) -> u64;

    /// Its type, by which a fault can pick messages (all votes, all acknowledgements).
    fn kind(&self) -> &'static str {
        ""
    }

    /// How long it is on the wire, bytes: a link with a limited bandwidth takes its time for it.
    fn size(&self) -> u64 {
        100
    }

    /// What it has to do with an election, as far as can be told from it. Asked only where no
    /// [`RaftWindow`](crate::api::RaftWindow) shows who is elected.
    fn ballot(&self) -> Option<Ballot> {
        None
    }

    /// What a receiver makes of it after some of its bits were changed on the way, drawn from
    /// `dice`. `None` when it notices and drops it, as one with checksums does.
    fn corrupted(&self, dice: u64) -> Option<Self> {
        let _ = dice;
        None
    }
}

/// What a message says of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// Its sender stands for election, and asks for votes.
    Stands {
        /// In this term, if it says so.
        term: Option<u64>,
    },
    /// Its sender gives its receiver a vote, or refuses it.
    Votes {
        /// Whether it gives it.
        granted: bool,
    },
}
