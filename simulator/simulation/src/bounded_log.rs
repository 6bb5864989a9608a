//! A list that forgets its beginning: what keeps the memory of a long run within bounds.

use std::ops::{Index, IndexMut};

/// How many of the latest items those keep whole that forget. Far more than a scenario of the course
/// ever has, and soon reached by a run of millions of requests.
pub(crate) const REMEMBERED: usize = 1 << 18;

/// A list whose items keep their numbers when those before them are forgotten.
#[derive(Clone, Debug)]
pub(crate) struct BoundedLog<T> {
    /// How many were forgotten.
    first: usize,
    items: Vec<T>,
}

impl<T> BoundedLog<T> {
    /// Returns an empty one with room for `items`, or for all that will be remembered at a time.
    pub(crate) fn with_capacity(items: usize) -> Self {
        BoundedLog { first: 0, items: Vec::with_capacity(items.min(2 * REMEMBERED)) }
    }

    /// Returns an empty one whose first item has the number `first`.
    pub(crate) fn after(first: usize) -> Self {
        BoundedLog { first, items: Vec::new() }
    }

    /// How many there were, those that are forgotten included.
    pub(crate) fn len(&self) -> usize {
        self.first + self.items.len()
    }

    /// The number of the first one that is remembered.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// Returns whether it is time to forget some items.
    pub(crate) fn is_long(&self) -> bool {
        self.items.len() >= 2 * REMEMBERED
    }

    /// Adds an item at the end.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// The item of a number, if it exists and is not forgotten.
    #[inline]
    pub(crate) fn get(&self, number: usize) -> Option<&T> {
        self.items.get(number.checked_sub(self.first)?)
    }

    /// The same, to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.items.get_mut(number.checked_sub(self.first)?)
    }

    /// The last item.
    pub(crate) fn last(&self) -> Option<&T> {
        self.items.last()
    }

    /// Takes the last item away.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    /// Drops the items from a number on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.items.truncate(len.saturating_sub(self.first));
    }

    /// What is remembered, with its numbers.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(place, item)| (self.first + place, item))
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        let first = self.first;
        self.items.iter_mut().enumerate().map(move |(place, item)| (first + place, item))
    }

    /// Forgets the items before a number, and hands them out.
    pub(crate) fn forget_before(&mut self, number: usize) -> impl Iterator<Item = (usize, T)> {
        let first = self.first;
        let count = number.saturating_sub(first).min(self.items.len());
        self.first += count;
        self.items.drain(..count).enumerate().map(move |(place, item)| (first + place, item))
    }
}

impl<T> Default for BoundedLog<T> {
    fn default() -> Self {
        BoundedLog { first: 0, items: Vec::new() }
    }
}

/// Panics on one that is forgotten.
impl<T> Index<usize> for BoundedLog<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: usize) -> &T {
        &self.items[number - self.first]
    }
}

impl<T> IndexMut<usize> for BoundedLog<T> {
    #[inline]
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut self.items[number - self.first]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outlive_what_is_forgotten() {
        let mut tail = BoundedLog::default();
        (0..6).for_each(|item| tail.push(item * 10));
        assert_eq!(tail.forget_before(2).collect::<Vec<_>>(), [(0, 0), (1, 10)]);
        assert_eq!((tail.len(), tail.first(), tail.get(1), tail.get(2)), (6, 2, None, Some(&20)));
        assert_eq!(tail.forget_before(1).count(), 0);
        tail[2] += 1;
        tail.truncate(4);
        tail.push(7);
        assert_eq!(tail.iter().collect::<Vec<_>>(), [(2, &21), (3, &30), (4, &7)]);
        tail.truncate(1);
        assert_eq!((tail.len(), tail.last()), (2, None));
    }
}
