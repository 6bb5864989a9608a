//! The messages between nodes.

use std::fmt;

use crate::api::MessageRole;
use crate::digest::Digest;

/// A message that the network carries between nodes. `Display` is its text in a timeline.
pub trait Message: Clone + fmt::Display {
    /// Returns a number that depends on the content and goes into the run's digest.
    ///
    /// A cheap number is better than a complete one: type, term and position are enough to notice that two runs differ.
    /// The default takes the message's text, which is dear.
    fn fingerprint(&self) -> u64 {
        let mut digest = Digest::new();
        digest.text(&self.to_string());
        digest.value()
    }

    /// Returns the message's type: the system's own name, by which faults can select messages of this system.
    fn kind(&self) -> &'static str {
        ""
    }

    /// Returns the message's role, by which faults select messages of any system (all votes, all acknowledgements).
    ///
    /// The default is the role that has the name of the type ([`MessageRole::named`]), and otherwise
    /// [`MessageRole::Other`].
    fn role(&self) -> MessageRole {
        MessageRole::named(self.kind()).unwrap_or(MessageRole::Other)
    }

    /// Returns the size on the wire in bytes, for links with limited bandwidth.
    fn size(&self) -> u64 {
        100
    }

    /// Returns the message's part in an election, as far as the message shows it.
    ///
    /// Called only for systems without a [`RaftWindow`](crate::api::RaftWindow), which shows the election itself.
    fn ballot(&self) -> Option<Ballot> {
        None
    }

    /// Returns what the message lets others count on: that its sender has stored something.
    ///
    /// Called only for systems with a [`RaftWindow`](crate::api::RaftWindow), for every message that is sent. The
    /// monitor tells if a sender restarts without it.
    fn promise(&self) -> Option<Promise> {
        None
    }

    /// Returns the message after a change of some bits, chosen by `dice`.
    ///
    /// Returns `None` if the receiver notices the change, for example by a checksum, and drops the message.
    fn corrupted(&self, dice: u64) -> Option<Self> {
        let _ = dice;
        None
    }
}

/// What a message of a Raft replica lets others count on, although its sender may crash (Raft, figure 2, persistent
/// state). Each names the sender's term, which counts in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The sender is in this term.
    Term(u64),
    /// The sender stands for election in this term, and so votes for itself.
    Stands(u64),
    /// The sender votes for the receiver in this term.
    Votes(u64),
    /// The sender has stored all entries up to a position.
    Stored {
        /// The sender's term.
        term: u64,
        /// The position.
        index: u64,
    },
}

impl Promise {
    /// Returns the sender's term.
    pub fn term(self) -> u64 {
        match self {
            Promise::Term(term)
            | Promise::Stands(term)
            | Promise::Votes(term)
            | Promise::Stored { term, .. } => term,
        }
    }
}

/// A message's part in an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// The sender stands for election and asks for votes.
    Stands {
        /// The term of the election, if the message states it.
        term: Option<u64>,
    },
    /// The sender gives the receiver its vote, or refuses it.
    Votes {
        /// True if the vote is given.
        granted: bool,
    },
}
