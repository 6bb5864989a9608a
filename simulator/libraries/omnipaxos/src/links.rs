//! Links as the library expects them: messages arrive once and in order, or a session ends.
//!
//! The library's documentation asks for links such as those of TCP: where a connection has broken and is there again,
//! both ends call `reconnected`. The network of the harness loses, delays and copies single messages. So each message
//! has a number. One that overtakes others waits for them. If they do not come, the session ends, which the other end
//! is told.

use std::collections::BTreeMap;
use std::mem;

use simulation::Nanos;
use simulation::api::NodeId;

/// The time for which a message waits for those that it has overtaken.
const PATIENCE: Nanos = 500_000_000;

/// The numbers that a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The time at which the sender was started, which tells its lives apart.
    since: Nanos,
    /// The number of the message on its link.
    number: u64,
    /// The number of sessions that the sender has seen end on the way back.
    ended: u64,
}

/// One end of the link to a replica.
struct End<M> {
    sent: u64,
    ended: u64,
    /// The life of the other end, once it has sent something, and what it has told last.
    since: Option<Nanos>,
    told: u64,
    delivered: u64,
    /// The messages that have overtaken others, with the times of their arrival.
    waiting: BTreeMap<u64, (Nanos, u64, M)>,
    /// True if a new session begins with the next message.
    is_new: bool,
}

/// A replica's ends of all its links.
pub(crate) struct Links<M> {
    since: Nanos,
    ends: BTreeMap<NodeId, End<M>>,
}

/// A message in its order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delivery<M> {
    /// True if a new session begins with it.
    pub is_reconnected: bool,
    pub content: M,
}

impl<M> Links<M> {
    pub(crate) fn new(since: Nanos) -> Self {
        Links { since, ends: BTreeMap::new() }
    }

    /// Returns the numbers of the next message to a replica.
    pub(crate) fn stamp(&mut self, to: NodeId) -> Stamp {
        let since = self.since;
        let end = self.ends.entry(to).or_default();
        end.sent += 1;
        Stamp { since, number: end.sent, ended: end.ended }
    }

    /// Returns the messages whose turn has come with an arriving one.
    pub(crate) fn arrived(
        &mut self,
        now: Nanos,
        from: NodeId,
        stamp: Stamp,
        content: M,
    ) -> Vec<Delivery<M>> {
        let end = self.ends.entry(from).or_default();
        if end.since.is_none_or(|since| since < stamp.since) {
            end.is_new = end.since.is_some() || stamp.number > 1;
            end.since = Some(stamp.since);
            (end.delivered, end.told) = (stamp.number - 1, 0);
            end.waiting.clear();
        }
        if end.since > Some(stamp.since) || stamp.number <= end.delivered {
            return Vec::new();
        }
        end.waiting.insert(stamp.number, (now, stamp.ended, content));
        let mut deliveries = Vec::new();
        while let Some(first) = end.waiting.first_entry() {
            let is_next = *first.key() == end.delivered + 1;
            if !is_next && now < first.get().0 + PATIENCE {
                break;
            }
            if !is_next {
                end.ended += 1;
                end.is_new = true;
            }
            let (number, (_, told, content)) = first.remove_entry();
            end.delivered = number;
            let is_told = mem::replace(&mut end.told, told) != told;
            let is_reconnected = mem::take(&mut end.is_new) || is_told;
            deliveries.push(Delivery { is_reconnected, content });
        }
        deliveries
    }
}

impl<M> Default for End<M> {
    fn default() -> Self {
        End {
            sent: 0,
            ended: 0,
            since: None,
            told: 0,
            delivered: 0,
            waiting: BTreeMap::new(),
            is_new: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn in_order(numbers: &[u64]) -> Vec<Delivery<u64>> {
        let delivery = |&content| Delivery { is_reconnected: false, content };
        numbers.iter().map(delivery).collect()
    }

    #[test]
    fn what_overtakes_waits_and_copies_are_dropped() {
        let (mut at_a, mut at_b) = (Links::<u64>::new(5), Links::new(5));
        let sent: Vec<Stamp> = (0..3).map(|_| at_a.stamp(B)).collect();
        assert_eq!(at_b.arrived(1, A, sent[0], 0), in_order(&[0]));
        assert_eq!(at_b.arrived(2, A, sent[2], 2), in_order(&[]));
        assert_eq!(at_b.arrived(3, A, sent[1], 1), in_order(&[1, 2]));
        assert_eq!(at_b.arrived(4, A, sent[2], 2), in_order(&[]));
    }

    #[test]
    fn a_missing_message_ends_the_session_at_both_ends() {
        let (mut at_a, mut at_b) = (Links::new(5), Links::new(5));
        let sent: Vec<Stamp> = (0..4).map(|_| at_a.stamp(B)).collect();
        at_b.arrived(1, A, sent[0], 0);
        assert_eq!(at_b.arrived(2, A, sent[2], 2), []);
        let after = at_b.arrived(3 + PATIENCE, A, sent[3], 3);
        assert_eq!(after[0], Delivery { is_reconnected: true, content: 2 });
        assert_eq!(after[1], Delivery { is_reconnected: false, content: 3 });
        let told = at_a.arrived(9, B, at_b.stamp(A), 4);
        assert_eq!(told, [Delivery { is_reconnected: true, content: 4 }]);
    }

    #[test]
    fn a_restart_ends_the_session() {
        let (mut at_a, mut at_b) = (Links::<u64>::new(5), Links::new(5));
        at_b.arrived(1, A, at_a.stamp(B), 0);
        let mut restarted = Links::<u64>::new(9);
        let first = at_b.arrived(2, A, restarted.stamp(B), 1);
        assert_eq!(first, [Delivery { is_reconnected: true, content: 1 }]);
        assert_eq!(at_b.arrived(3, A, at_a.stamp(B), 2), []);
    }
}
