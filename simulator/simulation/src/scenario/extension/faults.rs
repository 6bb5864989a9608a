//! The faults of a scenario: like those of a plan, but for what the plan draws.

use serde::{Deserialize, Serialize};

use crate::scenario::{Nanos, Ratio};

/// A number, or a range (both ends included, `low <= high`) from which the plan draws it uniformly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn<T> {
    /// The least.
    pub low: T,
    /// The greatest.
    pub high: T,
}

impl<T: Copy> Drawn<T> {
    /// A number that is not drawn.
    pub const fn just(value: T) -> Self {
        Self { low: value, high: value }
    }
}

impl Drawn<u32> {
    pub(crate) fn is_zero(&self) -> bool {
        self.high == 0
    }
}

/// A range of durations whose ends are drawn, `min.high <= max.low`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnSpan {
    /// The shortest.
    pub min: Drawn<Nanos>,
    /// The longest.
    pub max: Drawn<Nanos>,
}

/// A fault of our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// How often it happens, 0 to 1000, each time with draws of its own.
    pub count: Drawn<u32>,
    /// When it begins, counted from the end of `start_wait`; 0 to `lifetime`.
    pub at: Drawn<Nanos>,
    /// When it ends.
    pub lasts: Lasts,
    /// What happens.
    pub kind: FaultKind,
}

/// When a fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lasts {
    /// It happens, and that is that.
    Once,
    /// It lasts so long. The lower bound is at least 1 ns.
    For(Drawn<Nanos>),
    /// It lasts until then, on the same clock as [`Fault::at`] and always later than it.
    Until(Drawn<Nanos>),
}

/// The faults the course's format lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Something is wrong with some links between replicas.
    Links {
        /// Which.
        links: Links,
        /// Which types of message; all if empty.
        messages: Vec<String>,
        /// What is wrong.
        effect: LinkFault,
    },
    /// Something is wrong with some replicas.
    Nodes {
        /// Which.
        who: Vec<Target>,
        /// What is wrong.
        effect: NodeFault,
    },
    /// A bare majority and the rest are separated, as in the course; a new partition replaces the
    /// one before.
    Partition {
        /// The leader is put in the majority.
        keep_leader: bool,
    },
}

/// What a fault of ours is called in a file.
pub(in crate::scenario) const FAULTS: [&str; 20] = [
    "cut",
    "isolate",
    "ring",
    "bridge",
    "partition",
    "lose",
    "delay",
    "duplicate",
    "corrupt",
    "clog",
    "throttle",
    "kill",
    "crash",
    "pause",
    "freeze",
    "slow",
    "slow_sync",
    "full_disk",
    "flip_bit",
    "clock",
];

impl FaultKind {
    /// What a file calls it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Partition { .. } => "partition",
            Self::Links { effect, links, .. } => match (effect, links) {
                (LinkFault::Cut, Links::OneWay { .. }) => "cut",
                (LinkFault::Cut, Links::Around(_)) => "isolate",
                (LinkFault::Cut, Links::OutsideRing) => "ring",
                (LinkFault::Cut, Links::AcrossBridge) => "bridge",
                (LinkFault::Lose { .. }, _) => "lose",
                (LinkFault::Delay { .. }, _) => "delay",
                (LinkFault::Duplicate { .. }, _) => "duplicate",
                (LinkFault::Corrupt { .. }, _) => "corrupt",
                (LinkFault::Clog, _) => "clog",
                (LinkFault::Throttle { .. }, _) => "throttle",
            },
            Self::Nodes { effect, .. } => match effect {
                NodeFault::Kill => "kill",
                NodeFault::Crash => "crash",
                NodeFault::Pause => "pause",
                NodeFault::Freeze => "freeze",
                NodeFault::Slow { .. } => "slow",
                NodeFault::SlowSync { .. } => "slow_sync",
                NodeFault::FullDisk => "full_disk",
                NodeFault::FlipBit => "flip_bit",
                NodeFault::Clock { .. } => "clock",
            },
        }
    }
}

/// Links between replicas; those of a [`LinkPattern`](crate::plan::LinkPattern).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Links {
    /// From each of some to each of others, not back.
    OneWay {
        /// The senders.
        from: Vec<Target>,
        /// The receivers.
        to: Vec<Target>,
    },
    /// To and from each of these.
    Around(Vec<Target>),
    /// All but those of a ring, in an order that the plan draws.
    OutsideRing,
    /// All between two halves that only one replica reaches both, drawn by the plan.
    AcrossBridge,
}

/// What links do to messages; a [`LinkEffect`](crate::plan::LinkEffect) to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkFault {
    /// They lose them all.
    Cut,
    /// They lose some.
    Lose {
        /// How likely each is lost.
        chance: Drawn<Ratio>,
    },
    /// They delay them.
    Delay {
        /// How long, drawn for each.
        delay: DrawnSpan,
        /// The half-life of a tail on top of it; none if 0.
        tail: Drawn<Nanos>,
        /// Whether they stay in order.
        fifo: bool,
    },
    /// They deliver some twice.
    Duplicate {
        /// How likely each is.
        chance: Drawn<Ratio>,
        /// How much later the copy arrives.
        delay: DrawnSpan,
    },
    /// They change bits of some.
    Corrupt {
        /// How likely each is changed.
        chance: Drawn<Ratio>,
    },
    /// They hold them back until the end.
    Clog,
    /// They carry only so many bytes a second.
    Throttle {
        /// How many, at least 1.
        bytes_per_second: Drawn<u64>,
    },
}

/// What happens to a replica; a [`NodeEffect`](crate::plan::NodeEffect) to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NodeFault {
    /// It dies for good.
    Kill,
    /// It dies, and starts again at the end.
    Crash,
    /// It does nothing until the end; its clock goes on.
    Pause,
    /// It does nothing until the end; its clock stands still.
    Freeze,
    /// Each step takes it so long.
    Slow {
        /// Nanoseconds for each input.
        step: Drawn<Nanos>,
    },
    /// Making something durable takes so long, drawn each time.
    SlowSync {
        /// The range.
        sync: DrawnSpan,
    },
    /// Its disk is full: it dies when it next writes, and starts again at the end.
    FullDisk,
    /// A bit on its disk changes.
    FlipBit,
    /// Its clock goes wrong.
    Clock {
        /// By how many parts per million it runs too fast, -900,000 to 1,000,000.
        rate_ppm: Drawn<i32>,
        /// How far it jumps ahead at the start.
        jump: Drawn<Nanos>,
    },
}

impl NodeFault {
    /// Whether its victims never come back, or may refuse to.
    pub(crate) const fn is_for_good(&self) -> bool {
        matches!(self, Self::Kill | Self::FlipBit)
    }
}

/// Replicas a scenario's fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// One that the plan draws; of several in a fault, each another one.
    Any,
    /// Those that a plan can name.
    These(Selector),
}

/// Replicas a fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// One replica by its number; replica 10 is `"000A"` in the file.
    Replica(u16),
    /// The replica last named as leader when the fault begins.
    Leader,
    /// The replica that last became a candidate, while it still is one.
    Candidate,
    /// The follower whose log is the most up-to-date (Raft §5.4.1), the first of equals.
    Newest,
    /// Every replica but the leader.
    Followers,
    /// Every replica.
    All,
}

impl Selector {
    /// How many of so many replicas it selects at most.
    pub(crate) fn most(self, replicas: u16) -> u16 {
        match self {
            Self::Replica(_) | Self::Leader | Self::Candidate | Self::Newest => 1,
            Self::Followers => replicas - 1,
            Self::All => replicas,
        }
    }
}
