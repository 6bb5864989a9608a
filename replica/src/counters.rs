//! Counters of a replica: inputs that it dropped, and rare states that it reached.

/// The reason for which an input was dropped; never an error of the replica that counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The sender is not another member of the cluster.
    Stranger,
    /// A term so far ahead that no elections can have led there.
    AbsurdTerm,
    /// An input that no replica or client sends: an unreadable datagram, a wrong checksum, fields that contradict each
    /// other, decreasing terms, or indices beyond any log.
    Malformed,
    /// An entry or a snapshot that contradicts a committed entry.
    ContradictsCommitted,
    /// A message from a second leader of the replica's own term.
    SecondLeader,
    /// An acknowledgement of entries or parts of a snapshot that were never sent, or of a stamp that was never issued.
    NeverSent,
    /// A part of a snapshot that does not continue the received ones.
    OutOfOrder,
    /// A message of an earlier term or leadership, or an answer that is no longer awaited.
    Stale,
    /// A vote asked for while a leader is alive (thesis 4.2.3).
    LeaderAlive,
    /// A copy of a request already seen.
    DuplicateRequest,
    /// A request whose sender cannot be a client.
    BadClient,
    /// A request that would have to wait although the limit of waiting requests is reached.
    NoRoom,
}

impl DropReason {
    /// All reasons, in the order of their declaration.
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

/// A rare state of the protocol, reached only under some fault.
///
/// Tests that never reach one have not tested it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rare {
    /// Refused a vote, or did not answer, because the candidate's log is behind (5.4.1).
    VoteRefusedOldLog,
    /// Refused a vote because another candidate of that term already had it (5.2).
    VoteRefusedGiven,
    /// Asked members that had not answered for their votes again.
    VoteAskedAgain,
    /// Found no majority in a pre-vote, and tried once more (thesis 9.6).
    PreVoteInVain,
    /// Learned from a refusal that its own term is behind.
    CandidateBehind,
    /// Stopped leading because no majority answered for an election timeout (thesis 6.2).
    QuorumLost,
    /// Told an old leader that it is deposed.
    OldLeaderTold,
    /// Received a leader's message that was a copy, or arrived after a later one.
    LeaderNotNews,
    /// Went back to the position at which a follower's log agrees (end of 5.3).
    ConflictBackedUp,
    /// Found a put in the log that was applied before, and skipped it (8).
    PutAppliedOnce,
    /// Redirected the client of a put whose position in the log another entry took.
    PutDisplaced,
    /// Let a put wait because too many entries are uncommitted.
    PutHeldForRoom,
    /// Answered a get by the lease (thesis 6.4.1).
    LeaseRead,
    /// Answered a get after a round of messages (thesis 6.4).
    ReadIndexRead,
    /// Let a get wait for the no-op of a new leader's term (8).
    ReadAwaitedNoop,
    /// Let a request wait for a leader.
    RequestHeld,
    /// Redirected a request that had waited for a leader in vain.
    RequestHeldInVain,
    /// Received a request again from a client that it had redirected to the leader.
    LeaderDoubted,
    /// Took a snapshot (7).
    SnapshotTaken,
    /// Sent a part of a snapshot (7).
    SnapshotSent,
}

impl Rare {
    /// All rare states, in the order of their declaration.
    pub const ALL: [Rare; 20] = [
        Rare::VoteRefusedOldLog,
        Rare::VoteRefusedGiven,
        Rare::VoteAskedAgain,
        Rare::PreVoteInVain,
        Rare::CandidateBehind,
        Rare::QuorumLost,
        Rare::OldLeaderTold,
        Rare::LeaderNotNews,
        Rare::ConflictBackedUp,
        Rare::PutAppliedOnce,
        Rare::PutDisplaced,
        Rare::PutHeldForRoom,
        Rare::LeaseRead,
        Rare::ReadIndexRead,
        Rare::ReadAwaitedNoop,
        Rare::RequestHeld,
        Rare::RequestHeldInVain,
        Rare::LeaderDoubted,
        Rare::SnapshotTaken,
        Rare::SnapshotSent,
    ];
}

/// Counts of dropped inputs by reason, and of rare states reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    dropped: [u64; DropReason::ALL.len()],
    rare: [u64; Rare::ALL.len()],
}

impl Counters {
    /// Returns the number of inputs dropped for a reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    /// Returns the number of times that a rare state was reached.
    pub fn rare(&self, turn: Rare) -> u64 {
        self.rare[turn as usize]
    }

    pub(crate) fn note(&mut self, turn: Rare) {
        self.rare[turn as usize] += 1;
    }

    pub(crate) fn drop(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }
}
