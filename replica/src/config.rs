//! What can be chosen about a replica.

use crate::time::Nanos;

const MILLISECOND: Nanos = 1_000_000;

/// Times and limits of a replica. All members of a cluster should have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// E, the election timeout (5.2), ns. A follower calls for an election after a random time in [E, 2E)
    /// without a leader; within E of hearing from one it helps nobody else to power. Must be the same
    /// everywhere: leases rest on it.
    pub election_timeout: Nanos,
    /// H, ns: a follower to which nothing was sent for so long gets a heartbeat. Well below E.
    pub heartbeat: Nanos,
    /// R, ns: the shortest time after which a message without an answer counts as missed. Longer where round trips are.
    pub retry: Nanos,
    /// How leaders answer gets.
    pub read_mode: ReadMode,
    /// By how many percent two members' clocks may differ in speed. A lease is this much shorter than E.
    pub clock_drift_percent: u32,
    /// How long a request waits for a leader before it is sent away, ns. Longer than an election usually takes.
    pub hold: Nanos,
    /// How many requests may wait for a leader, and how many gets for a quorum; further ones are dropped.
    pub hold_limit: usize,
    /// How many request ids are remembered: a second copy of one of them is dropped.
    pub seen_limit: usize,
    /// How many entries a leader keeps that are not committed yet, and how many puts of our clients may wait for that;
    /// further puts wait like requests without a leader.
    pub uncommitted_limit: usize,
    /// How many bytes of entries, as encoded, one message carries; more only if a single entry is larger.
    pub batch_bytes: usize,
    /// The largest put, as encoded, bytes. A larger one is answered with a fail: no datagram could carry it.
    pub command_bytes: usize,
    /// A snapshot is taken when so many entries were applied since the last one, and at least as many as
    /// there are keys: so a put's share of its cost stays the same however large the store is, and the log is
    /// no larger than the store.
    pub snapshot_after: u64,
    /// The same in bytes of entries, as encoded, and of keys and values: whichever is reached first.
    pub snapshot_after_bytes: usize,
    /// How many of the entries that a snapshot stands for the log keeps, so that a follower a little behind
    /// needs no snapshot.
    pub trailing_entries: u64,
    /// How many bytes of a snapshot, as encoded, one message carries.
    pub chunk_bytes: usize,
    /// The largest snapshot that is accepted from a leader, bytes: what a partly received one can take of the memory.
    pub snapshot_bytes: usize,
}

/// How a leader makes sure that it still leads before it answers a get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// By a lease (6.4.1 of the thesis): no messages, but safe only while clocks drift apart less than
    /// [`Config::clock_drift_percent`]. Without a lease it falls back to ReadIndex.
    Lease,
    /// By hearing from a majority after the get arrived (6.4 of the thesis): a round of messages, shared by
    /// the gets that wait for it; safe with any clocks.
    ReadIndex,
}

impl Default for Config {
    /// E = 1.5 s, H = 0.75 s, R = 4 ms: for a local network on which frugality counts more than a fast fail-over.
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

    /// When a candidate first repeats its question to those who are silent, ns.
    pub(crate) fn vote_retry(&self) -> Nanos {
        (self.election_timeout / 32).max(self.retry)
    }

    /// The longest that an answer is waited for before its message counts as lost, ns.
    pub(crate) fn retry_cap(&self) -> Nanos {
        (self.election_timeout / 4).max(self.retry)
    }
}
