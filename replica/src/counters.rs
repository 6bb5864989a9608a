//! How many inputs a replica dropped, and why.

/// Why an input was dropped. Nothing here is an error of the replica that counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The sender is not another member of the cluster.
    Stranger,
    /// A term so far ahead that no elections can have led there.
    AbsurdTerm,
    /// What no replica or client writes: a datagram that cannot be read or whose checksum is wrong; fields that contradict
    /// each other, terms that decrease, indices beyond any log.
    Malformed,
    /// It would have replaced a committed entry.
    ContradictsCommitted,
    /// A second leader of our own term.
    SecondLeader,
    /// Entries or parts of a snapshot acknowledged that were never sent, or a stamp that was never issued.
    NeverSent,
    /// A part of a snapshot that does not continue what is here.
    OutOfOrder,
    /// From an earlier term or leadership, or an answer that nobody waits for any more.
    Stale,
    /// A vote asked for while a leader is alive (thesis 4.2.3).
    LeaderAlive,
    /// A copy of a request already seen.
    DuplicateRequest,
    /// A request whose sender cannot be a client.
    BadClient,
    /// A request that found as many waiting as may wait.
    NoRoom,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [DropReason; 12] = [
        DropReason::Stranger,
        DropReason::AbsurdTerm,
        DropReason::Malformed,
        DropReason::ContradictsCommitted,
        DropReason::SecondLeader,
        DropReason::NeverSent,
        DropReason::OutOfOrder,
        DropReason::Stale,
        DropReason::LeaderAlive,
        DropReason::DuplicateRequest,
        DropReason::BadClient,
        DropReason::NoRoom,
    ];
}

/// How many inputs were dropped, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    dropped: [u64; DropReason::ALL.len()],
}

impl Counters {
    /// How many inputs were dropped for this reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    pub(crate) fn drop(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }
}
