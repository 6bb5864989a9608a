//! Faults in words, as timelines and plans show them.

use std::fmt;

use crate::api::NodeId;
use crate::plan::{Fault, LinkEffect, LinkPattern, NodeEffect};
use crate::scenario::Selector;
use crate::seconds::seconds;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(self))
    }
}

fn words(fault: &Fault) -> String {
    match fault {
        Fault::KillLeader => "the leader is killed".to_owned(),
        Fault::KillNonLeader { .. } => "a replica that does not lead is killed".to_owned(),
        Fault::Partition { keep_leader: true, .. } => {
            "a partition begins, the leader in the majority".to_owned()
        }
        Fault::Partition { keep_leader: false, .. } => "a partition begins".to_owned(),
        Fault::Heal => "the partition ends".to_owned(),
        Fault::Links { links, messages, effect, until } => {
            let (links, until) = (pattern(links), seconds(*until));
            let what = match messages.as_slice() {
                [] => "messages".to_owned(),
                kinds => format!("{} messages", kinds.join(" and ")),
            };
            format!("{what} {links} {} until {until}", link_effect(effect))
        }
        Fault::Nodes { who, effect, until, .. } => {
            node_effect(&names(who), effect, &seconds(*until))
        }
    }
}

fn pattern(links: &LinkPattern) -> String {
    let ids = |order: &[u16]| {
        order.iter().map(|&id| NodeId(id).to_string()).collect::<Vec<_>>().join(" ")
    };
    match links {
        LinkPattern::OneWay { from, to } if from == to && **from == [Selector::All] => {
            "between all".to_owned()
        }
        LinkPattern::OneWay { from, to } => format!("from {} to {}", names(from), names(to)),
        LinkPattern::Around(who) => format!("to and from {}", names(who)),
        LinkPattern::OutsideRing(order) => format!("outside of the ring {}", ids(order)),
        LinkPattern::AcrossBridge(order) => match order.split_first() {
            Some((bridge, rest)) => {
                let (left, right) = rest.split_at(rest.len() / 2);
                format!("between {} and {} but for {}", ids(left), ids(right), NodeId(*bridge))
            }
            None => "across the bridge".to_owned(),
        },
    }
}

fn link_effect(effect: &LinkEffect) -> String {
    match effect {
        LinkEffect::Cut => "are cut off".to_owned(),
        LinkEffect::Lose { chance } => format!("are lost with chance {chance}"),
        LinkEffect::Delay { delay, fifo } => {
            let (min, max) = (seconds(delay.span.min), seconds(delay.span.max));
            let tail = match delay.tail {
                0 => String::new(),
                tail => format!(" and a tail of half-life {}", seconds(tail)),
            };
            let order = if *fifo { ", in order," } else { "" };
            format!("are delayed by {min} to {max}{tail}{order}")
        }
        LinkEffect::Duplicate { chance, .. } => format!("arrive twice with chance {chance}"),
        LinkEffect::Corrupt { chance } => format!("are corrupted with chance {chance}"),
        LinkEffect::Clog => "are held back".to_owned(),
        LinkEffect::Throttle { bytes_per_second } => {
            format!("go through at {bytes_per_second} bytes a second")
        }
    }
}

fn node_effect(who: &str, effect: &NodeEffect, until: &str) -> String {
    match effect {
        NodeEffect::Kill => format!("{who} is killed"),
        NodeEffect::Crash => format!("{who} crashes, and starts again at {until}"),
        NodeEffect::Pause => format!("{who} is paused until {until}"),
        NodeEffect::Freeze => format!("{who} is frozen until {until}, and its clock with it"),
        NodeEffect::Slow { step } => {
            format!("{who} takes {} for each step until {until}", seconds(*step))
        }
        NodeEffect::SlowSync { sync } => {
            let (min, max) = (seconds(sync.min), seconds(sync.max));
            format!("the disk of {who} takes {min} to {max} for a sync until {until}")
        }
        NodeEffect::FullDisk => format!("the disk of {who} is full until {until}"),
        NodeEffect::FlipBit => format!("a bit on the disk of {who} flips"),
        NodeEffect::Clock { rate_ppm, jump } => {
            let ahead = match jump {
                0 => String::new(),
                jump => format!("jumps {} ahead and ", seconds(*jump)),
            };
            format!("the clock of {who} {ahead}runs {rate_ppm:+} ppm off until {until}")
        }
    }
}

fn names(selectors: &[Selector]) -> String {
    let name = |selector: &Selector| match selector {
        Selector::Replica(id) => NodeId(*id).to_string(),
        Selector::Leader => "the leader".to_owned(),
        Selector::Candidate => "the candidate".to_owned(),
        Selector::Newest => "the newest follower".to_owned(),
        Selector::Followers => "every other replica".to_owned(),
        Selector::All => "every replica".to_owned(),
    };
    selectors.iter().map(name).collect::<Vec<_>>().join(" and ")
}
