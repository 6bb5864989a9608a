//! The event queue: all pending events, ordered by (time, sequence number).

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use crate::Nanos;

/// A priority queue of events with two lanes. Events with equal times come out in the order in which they were added,
/// whatever their lanes.
///
/// Most events pass through one serial router, which finishes them in the order of their arrival. They need no heap:
/// [`EventQueue::push_in_order`] appends them to a queue in constant time, and [`EventQueue::pop_before`] takes the
/// earlier of the two fronts. Only a handful of events remain for the heap: timers and the schedule.
#[derive(Debug)]
pub(crate) struct EventQueue<E> {
    lane: VecDeque<(Key, E)>,
    /// The times of the events that are not in the lane, with their places in `waiting`.
    heap: BinaryHeap<Reverse<Due>>,
    /// The events of the heap, kept outside of it because they are large and the heap moves its items.
    waiting: Vec<Option<E>>,
    free: Vec<u32>,
    sequence: u64,
}

/// A time in the upper half, and a sequence number in the lower half.
type Key = u128;

/// The time of an event, and its place in `waiting`.
#[derive(Debug)]
struct Due {
    key: Key,
    place: u32,
}

impl<E> EventQueue<E> {
    pub(super) fn new() -> Self {
        EventQueue {
            lane: VecDeque::new(),
            heap: BinaryHeap::new(),
            waiting: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }

    /// Adds an event that is not earlier than any other added by this method.
    #[inline]
    pub(super) fn push_in_order(&mut self, at: Nanos, event: E) {
        debug_assert!(self.lane.back().is_none_or(|(last, _)| time(*last) <= at));
        let key = self.key(at);
        self.lane.push_back((key, event));
    }

    /// Adds an event at any time.
    #[inline]
    pub(super) fn push(&mut self, at: Nanos, event: E) {
        let key = self.key(at);
        let place = match self.free.pop() {
            Some(place) => {
                self.waiting[place as usize] = Some(event);
                place
            }
            None => {
                self.waiting.push(Some(event));
                self.waiting.len() as u32 - 1
            }
        };
        self.heap.push(Reverse(Due { key, place }));
    }

    /// Removes and returns the next event with its time, if it is due before `limit`.
    #[inline]
    pub(super) fn pop_before(&mut self, limit: Nanos) -> Option<(Nanos, E)> {
        let (_, from_heap) = self.first().filter(|(key, _)| time(*key) < limit)?;
        if from_heap {
            let Reverse(Due { key, place }) = self.heap.pop()?;
            self.free.push(place);
            self.waiting[place as usize].take().map(|event| (time(key), event))
        } else {
            self.lane.pop_front().map(|(key, event)| (time(key), event))
        }
    }

    /// Moves the chosen events of the heap to the present, in their order.
    pub(super) fn hurry(&mut self, now: Nanos, chosen: impl Fn(&E) -> bool) {
        let mut later = std::mem::take(&mut self.heap).into_vec();
        later.sort_unstable();
        for Reverse(Due { key, place }) in later.into_iter().rev() {
            let is_chosen =
                time(key) > now && self.waiting[place as usize].as_ref().is_some_and(&chosen);
            let key = if is_chosen { self.key(now) } else { key };
            self.heap.push(Reverse(Due { key, place }));
        }
    }

    /// Returns the time of the next event.
    #[inline]
    pub(super) fn next_at(&self) -> Option<Nanos> {
        self.first().map(|(key, _)| time(key))
    }

    /// Returns the earlier of the two fronts, with true if it is the heap's.
    #[inline]
    fn first(&self) -> Option<(Key, bool)> {
        match (self.lane.front(), self.heap.peek()) {
            (Some((lane, _)), Some(Reverse(heap))) if heap.key < *lane => Some((heap.key, true)),
            (Some((lane, _)), _) => Some((*lane, false)),
            (None, Some(Reverse(heap))) => Some((heap.key, true)),
            (None, None) => None,
        }
    }

    fn key(&mut self, at: Nanos) -> Key {
        self.sequence += 1;
        Key::from(at) << 64 | Key::from(self.sequence)
    }
}

fn time(key: Key) -> Nanos {
    (key >> 64) as Nanos
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Due {}

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
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_before(10)).collect();
        assert_eq!(order, [(5, "a"), (5, "b"), (5, "c"), (6, "d"), (7, "e")]);
    }

    #[test]
    fn hurried_events_come_out_at_once_and_in_order() {
        let mut queue = EventQueue::new();
        for (at, event) in [(9, "held 2"), (4, "now"), (8, "held 1"), (9, "held 3"), (6, "wait")] {
            queue.push(at, event);
        }
        queue.hurry(4, |event| event.starts_with("held"));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_before(10)).collect();
        assert_eq!(order, [(4, "now"), (4, "held 1"), (4, "held 2"), (4, "held 3"), (6, "wait")]);
    }
}
