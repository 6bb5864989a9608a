//! The coverage marks of the bundled replica: rare events of the protocol, and inputs that it dropped for a reason that
//! occurs in a correct cluster under faults.

use replica::{Counters, DropReason, Rare};

/// The counter from which a mark is read.
enum Source {
    Turn(Rare),
    Dropped(DropReason),
}

use Source::{Dropped, Turn};

const MARKS: [(&str, Source); 24] = [
    ("vote refused: old log", Turn(Rare::VoteRefusedOldLog)),
    ("vote refused: given", Turn(Rare::VoteRefusedGiven)),
    ("vote refused: leader", Dropped(DropReason::LeaderAlive)),
    ("vote asked again", Turn(Rare::VoteAskedAgain)),
    ("pre-vote in vain", Turn(Rare::PreVoteInVain)),
    ("candidate behind", Turn(Rare::CandidateBehind)),
    ("quorum lost", Turn(Rare::QuorumLost)),
    ("old leader told", Turn(Rare::OldLeaderTold)),
    ("leader's message no news", Turn(Rare::LeaderNotNews)),
    ("stale message dropped", Dropped(DropReason::Stale)),
    ("conflict backed up", Turn(Rare::ConflictBackedUp)),
    ("put applied only once", Turn(Rare::PutAppliedOnce)),
    ("put displaced", Turn(Rare::PutDisplaced)),
    ("put held for room", Turn(Rare::PutHeldForRoom)),
    ("request copy dropped", Dropped(DropReason::DuplicateRequest)),
    ("read by lease", Turn(Rare::LeaseRead)),
    ("read by ReadIndex", Turn(Rare::ReadIndexRead)),
    ("read awaited the no-op", Turn(Rare::ReadAwaitedNoop)),
    ("request held", Turn(Rare::RequestHeld)),
    ("request held in vain", Turn(Rare::RequestHeldInVain)),
    ("leader doubted", Turn(Rare::LeaderDoubted)),
    ("snapshot taken", Turn(Rare::SnapshotTaken)),
    ("snapshot sent", Turn(Rare::SnapshotSent)),
    ("snapshot part misfits", Dropped(DropReason::OutOfOrder)),
];

/// The names of the marks.
pub(super) const NAMES: [&str; MARKS.len()] = {
    let mut names = [""; MARKS.len()];
    let mut number = 0;
    while number < MARKS.len() {
        names[number] = MARKS[number].0;
        number += 1;
    }
    names
};

/// Returns the marks that a replica has reached, one bit each.
pub(super) fn reached(counters: &Counters) -> u64 {
    let count = |source: &Source| match source {
        Turn(turn) => counters.rare(*turn),
        Dropped(reason) => counters.dropped(*reason),
    };
    let bit =
        |(number, (_, source)): (usize, &(&str, Source))| u64::from(count(source) > 0) << number;
    MARKS.iter().enumerate().map(bit).sum()
}
