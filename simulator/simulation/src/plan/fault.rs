//! What can go wrong on purpose.
//!
//! Each fault names its victims, what it does to them, and when that ends. Where victims are roles
//! ("the leader"), the run decides who that is at the moment the fault strikes; where they are drawn
//! by chance, the plan has drawn them already.

use serde::{Deserialize, Serialize};

use crate::Nanos;
use crate::scenario::{Delay, Ratio, Selector, Span};

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it strikes.
    pub at: Nanos,
    /// What happens.
    pub fault: Fault,
}

/// What can go wrong. Where a fault picks replicas at random, `order` is the order in which it
/// considers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// Kills the replica that the network takes for the leader; clients forget their leader.
    /// Does nothing while none is known.
    KillLeader,
    /// Kills another living replica.
    KillNonLeader {
        /// The first that lives and does not lead is killed.
        order: Vec<u16>,
    },
    /// Splits the cluster in a bare majority and the rest.
    Partition {
        /// The leader is put in the majority (course: `part_easy`). Otherwise nobody looks where
        /// it is, and clients forget it (`part_hard`).
        keep_leader: bool,
        /// The majority is filled from the front.
        order: Vec<u16>,
    },
    /// Ends the partition.
    Heal,
    /// Something is wrong with some links.
    Links {
        /// Which.
        links: LinkPattern,
        /// Which messages, by [`Message::kind`](crate::api::Message::kind); all if empty. The
        /// bundled replica's are listed in [`bundled`](crate::bundled).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        messages: Vec<String>,
        /// What is wrong.
        effect: LinkEffect,
        /// When it ends.
        until: Nanos,
    },
    /// Something is wrong with some replicas.
    Nodes {
        /// Which.
        who: Vec<Selector>,
        /// What is wrong.
        effect: NodeEffect,
        /// When it ends; without meaning for what happens once.
        until: Nanos,
        /// Source of its choices.
        dice: u64,
    },
}

impl Fault {
    /// When it ends, for one that lasts.
    pub fn until(&self) -> Option<Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn until_mut(&mut self) -> Option<&mut Nanos> {
        match self {
            Fault::Links { until, .. } | Fault::Nodes { until, .. } => Some(until),
            _ => None,
        }
    }
}

/// Links between replicas, each with a direction. Replicas are chosen at the moment the fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkPattern {
    /// From each of some to each of others, not back.
    OneWay {
        /// The senders.
        from: Vec<Selector>,
        /// The receivers.
        to: Vec<Selector>,
    },
    /// To and from each of these.
    Around(Vec<Selector>),
    /// All but those of a ring in which each replica reaches its nearest neighbours, just enough for
    /// a majority: everybody sees one, and no two see the same (Jepsen's "majorities ring").
    OutsideRing(Vec<u16>),
    /// All between two halves of the others; the first alone reaches both (Jepsen's "bridge").
    AcrossBridge(Vec<u16>),
}

/// What links do to messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkEffect {
    /// They lose them all.
    Cut,
    /// They lose some; none where the plan lists what is lost ([`Losses::Listed`]).
    ///
    /// [`Losses::Listed`]: crate::plan::Losses::Listed
    Lose {
        /// How likely each is lost.
        chance: Ratio,
    },
    /// They delay them.
    Delay {
        /// How long, drawn for each.
        delay: Delay,
        /// Whether they stay in order: those that are delayed, and those that follow before the last
        /// of them has arrived.
        fifo: bool,
    },
    /// They deliver some twice.
    Duplicate {
        /// How likely each is.
        chance: Ratio,
        /// How much later the copy arrives.
        delay: Span,
    },
    /// They change bits of some; what the receiver makes of that is the message's own business
    /// ([`Message::corrupted`](crate::api::Message::corrupted)).
    Corrupt {
        /// How likely each is changed.
        chance: Ratio,
    },
    /// They hold them all back, and release them, in order, when this ends.
    Clog,
    /// They carry only so many bytes a second ([`Message::size`](crate::api::Message::size)); what
    /// does not fit waits its turn, at most until this ends.
    Throttle {
        /// How many, at least 1.
        bytes_per_second: u64,
    },
}

/// What happens to a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NodeEffect {
    /// It dies for good.
    Kill,
    /// It dies, and starts again at the end with what was durable.
    Crash,
    /// It does nothing until the end; what arrives waits. Its clock goes on (a long garbage
    /// collection, a starved process).
    Pause,
    /// It does nothing until the end, and its clock stands still (a suspended virtual machine).
    Freeze,
    /// Each step takes it so long.
    Slow {
        /// Nanoseconds for each input.
        step: Nanos,
    },
    /// Making something durable takes so long, drawn each time.
    SlowSync {
        /// The range.
        sync: Span,
    },
    /// Its disk takes nothing more: it dies when it next writes, and starts again at the end.
    FullDisk,
    /// A bit on its disk changes, not in what was written last.
    FlipBit,
    /// Its clock goes wrong.
    Clock {
        /// By how many parts per million it runs too fast (or, negative, too slow), -900,000 to
        /// 1,000,000.
        rate_ppm: i32,
        /// How far it jumps ahead at the start.
        jump: Nanos,
    },
}
