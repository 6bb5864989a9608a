//! What a replica counts: inputs that it dropped, and rare turns that it took.

/// Why an input was dropped. Nothing here is an error of the replica that counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The sender is not another member of the cluster.
    Stranger,
    /// A term so far ahead that no elections can have led there.
    AbsurdTerm,
    /// What no replica or client writes: a datagram that cannot be read or whose checksum is wrong; fields
    /// that contradict each other, terms that decrease, indices beyond any log.
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

/// A rare turn: a part of the protocol that only some trouble leads to. Tests that never led there have not tested it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rare {
    /// Refused a vote, or said nothing, because the candidate's log is behind ours (5.4.1).
    VoteRefusedOldLog,
    /// Refused a vote because it was given to another candidate of that term (5.2).
    VoteRefusedGiven,
    /// Asked the silent for their votes again.
    VoteAskedAgain,
    /// Found no majority in a dry run, and tried once more (thesis 9.6).
    PreVoteInVain,
    /// Learnt from a refusal that its term is behind.
    CandidateBehind,
    /// Stopped leading because no majority answered for an election timeout (thesis 6.2).
    QuorumLost,
    /// Told an old leader that it is deposed.
    OldLeaderTold,
    /// Heard a leader's message that was no news: a copy, or overtaken by a later one.
    LeaderNotNews,
    /// Backed up to where a follower's log agrees (end of 5.3).
    ConflictBackedUp,
    /// Found a put in the log that was applied before, and skipped it (8).
    PutAppliedOnce,
    /// Redirected the client of a put whose place in the log another entry took.
    PutDisplaced,
    /// Let a put wait because too many entries are not committed.
    PutHeldForRoom,
    /// Answered a get by the lease (thesis 6.4.1).
    LeaseRead,
    /// Answered a get after a round of messages (thesis 6.4).
    ReadIndexRead,
    /// Let a get wait for the no-op of a new leader's term (8).
    ReadAwaitedNoop,
    /// Let a request wait for a leader to be found.
    RequestHeld,
    /// Sent a request elsewhere after it had waited in vain.
    RequestHeldInVain,
    /// Was asked again by a client that its leader had sent back.
    LeaderDoubted,
    /// Took a snapshot (7).
    SnapshotTaken,
    /// Sent a part of a snapshot (7).
    SnapshotSent,
}

impl Rare {
    /// All of them.
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

/// How many inputs were dropped, by reason, and how often each rare turn was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    dropped: [u64; DropReason::ALL.len()],
    rare: [u64; Rare::ALL.len()],
}

impl Counters {
    /// How many inputs were dropped for this reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    /// How often this turn was taken.
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
