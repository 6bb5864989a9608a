//! The event queue: everything that is going to happen, by (time, sequence number).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::Nanos;

/// A priority queue of events with two lanes. Events of equal time come out in the order they
/// were put in, whichever lane they took.
///
/// Most events pass through one serial router, which finishes them in the order they came. They
/// need no heap: [`EventQueue::push_in_order`] appends them to a queue in constant time, and
/// [`EventQueue::pop`] takes the earlier of the two fronts. What is left for the heap (timers,
/// the agenda) is a handful of events.
#[derive(Debug)]
pub(crate) struct EventQueue<E> {
    lane: VecDeque<(Key, E)>,
    heap: BinaryHeap<Reverse<Keyed<E>>>,
    sequence: u64,
}

type Key = (Nanos, u64);

#[derive(Debug)]
struct Keyed<E>(Key, E);

impl<E> EventQueue<E> {
    pub fn new() -> Self {
        EventQueue { lane: VecDeque::new(), heap: BinaryHeap::new(), sequence: 0 }
    }

    /// Adds an event that is not before any other added by this method.
    #[inline]
    pub fn push_in_order(&mut self, at: Nanos, event: E) {
        debug_assert!(self.lane.back().is_none_or(|((last, _), _)| *last <= at));
        let key = self.key(at);
        self.lane.push_back((key, event));
    }

    /// Adds an event at any time.
    #[inline]
    pub fn push(&mut self, at: Nanos, event: E) {
        let key = self.key(at);
        self.heap.push(Reverse(Keyed(key, event)));
    }

    /// Takes the next event and its time.
    #[inline]
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        let from_heap = match (self.lane.front(), self.heap.peek()) {
            (Some((lane, _)), Some(Reverse(Keyed(heap, _)))) => heap < lane,
            (lane, _) => lane.is_none(),
        };
        if from_heap {
            self.heap.pop().map(|Reverse(Keyed((at, _), event))| (at, event))
        } else {
            self.lane.pop_front().map(|((at, _), event)| (at, event))
        }
    }

    /// Lets the chosen events in the heap come out now, in their order.
    pub fn hurry(&mut self, now: Nanos, chosen: impl Fn(&E) -> bool) {
        let mut later = std::mem::take(&mut self.heap).into_vec();
        later.sort_unstable();
        for Reverse(Keyed(key, event)) in later.into_iter().rev() {
            match key.0 > now && chosen(&event) {
                true => self.push(now, event),
                false => self.heap.push(Reverse(Keyed(key, event))),
            }
        }
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Nanos> {
        let lane = self.lane.front().map(|((at, _), _)| *at);
        let heap = self.heap.peek().map(|Reverse(Keyed((at, _), _))| *at);
        lane.into_iter().chain(heap).min()
    }

    fn key(&mut self, at: Nanos) -> Key {
        self.sequence += 1;
        (at, self.sequence)
    }
}

impl<E> Ord for Keyed<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<E> PartialOrd for Keyed<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Keyed<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for Keyed<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_come_out_as_they_went_in_whatever_the_lane() {
        let mut queue = EventQueue::new();
        queue.push(5, "a");
        queue.push_in_order(5, "b");
        queue.push(5, "c");
        queue.push_in_order(7, "e");
        queue.push(6, "d");
        assert_eq!(queue.next_at(), Some(5));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [(5, "a"), (5, "b"), (5, "c"), (6, "d"), (7, "e")]);
    }

    #[test]
    fn hurried_events_come_out_at_once_and_in_order() {
        let mut queue = EventQueue::new();
        for (at, event) in [(9, "held 2"), (4, "now"), (8, "held 1"), (9, "held 3"), (6, "wait")] {
            queue.push(at, event);
        }
        queue.hurry(4, |event| event.starts_with("held"));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [(4, "now"), (4, "held 1"), (4, "held 2"), (4, "held 3"), (6, "wait")]);
    }
}
