//! The times and limits of a replica.

use crate::time::Nanos;

const MILLISECOND: Nanos = 1_000_000;

/// Times and limits of a replica. All members of a cluster should have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// E, the election timeout (5.2), ns.
    ///
    /// A follower starts an election after a random time in [E, 2E) without a leader. For E after it last heard from a
    /// leader, it votes for no other candidate. All members must have the same value, because leases depend on it.
    pub election_timeout: Nanos,
    /// H, ns: the longest time without a message to a follower before it gets a heartbeat. Well below E.
    pub heartbeat: Nanos,
    /// R, ns: the shortest time after which an unanswered message counts as missed.
    ///
    /// The leader waits longer if round trips take longer.
    pub retry: Nanos,
    /// The way in which leaders answer gets.
    pub read_mode: ReadMode,
    /// Largest difference in speed between two members' clocks, in percent. Leases are shorter by this share.
    pub clock_drift_percent: u32,
    /// Longest wait of a request for a leader, ns; longer than an election usually takes.
    ///
    /// A request that has waited this long is redirected.
    pub hold: Nanos,
    /// Upper bound on requests that wait for a leader, and on gets that wait.
    ///
    /// Further ones are dropped.
    pub hold_limit: usize,
    /// Least number of latest request ids that are remembered; further copies of these are dropped.
    pub seen_limit: usize,
    /// Upper bound on a leader's uncommitted entries, and on puts that wait to be committed.
    ///
    /// Further puts wait like requests without a leader.
    pub uncommitted_limit: usize,
    /// Upper bound on the entries in one message, bytes as encoded; a single entry may exceed it.
    pub batch_bytes: usize,
    /// Largest put, bytes as encoded. A larger one is answered with a fail: no datagram could carry it.
    pub command_bytes: usize,
    /// Least number of entries applied between two snapshots.
    ///
    /// In any case, as many entries as there are keys are applied before. So the cost of a snapshot per put does not
    /// depend on the size of the store, and the log is not larger than the store.
    pub snapshot_after: u64,
    /// Bytes of applied entries, as encoded, after which a snapshot is also taken.
    ///
    /// In any case, as many bytes as all keys and values have are applied before. The limit that is reached first
    /// counts.
    pub snapshot_after_bytes: usize,
    /// Number of entries before a snapshot's end that the log keeps for slow followers.
    pub trailing_entries: u64,
    /// Upper bound on the part of a snapshot that one message carries, bytes as encoded.
    pub chunk_bytes: usize,
    /// Largest snapshot that is accepted from a leader, bytes.
    ///
    /// It bounds the memory of a partly received snapshot.
    pub snapshot_bytes: usize,
}

/// The way in which a leader verifies before a get that it still leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// By a lease (thesis 6.4.1), which needs no messages, but is safe only while clocks drift apart by less than
    /// [`Config::clock_drift_percent`]. Without a lease the leader uses ReadIndex.
    Lease,
    /// By answers of a majority after the get arrived (thesis 6.4): a round of messages, which waiting gets share. Safe
    /// with any clocks.
    ReadIndex,
}

impl Default for Config {
    /// Returns E = 1.5 s, H = 0.75 s, R = 4 ms: for a local network on which few messages matter more than a fast
    /// fail-over.
    fn default() -> Self {
        Config {
            election_timeout: 1500 * MILLISECOND,
            heartbeat: 750 * MILLISECOND,
            retry: 4 * MILLISECOND,
            read_mode: ReadMode::Lease,
            clock_drift_percent: 10,
            hold: 2000 * MILLISECOND,
            hold_limit: 1024,
            seen_limit: 2_048,
            uncommitted_limit: 16_384,
            batch_bytes: 32 * 1024,
            command_bytes: 50_000,
            snapshot_after: 8192,
            snapshot_after_bytes: 16 << 20,
            trailing_entries: 1024,
            chunk_bytes: 32 * 1024,
            snapshot_bytes: 1 << 30,
        }
    }
}

impl Config {
    /// How long a lease lasts from the moment the message that won it was sent, ns.
    pub(crate) fn lease(&self) -> Nanos {
        let kept = 100u64.saturating_sub(self.clock_drift_percent.into());
        self.election_timeout / 100 * kept
    }

    /// The age of the quorum's support at which the leader goes after it, ns.
    pub(crate) fn renew_after(&self) -> Nanos {
        self.election_timeout / 5 * 3
    }

    /// Returns the time after which a candidate first repeats its request to members that did not answer, ns.
    pub(crate) fn vote_retry(&self) -> Nanos {
        (self.election_timeout / 32).max(self.retry)
    }

    /// Returns the longest wait for an answer before its message counts as dropped, ns.
    pub(crate) fn retry_cap(&self) -> Nanos {
        (self.election_timeout / 4).max(self.retry)
    }
}
