//! A list that forgets its oldest items, so that a long run needs bounded memory.

use std::ops::{Index, IndexMut};

/// The number of latest items that are always kept. It is far more than a scenario of the course ever has; a run of
/// millions of requests soon reaches it.
pub(crate) const REMEMBERED: usize = 1 << 18;

/// A list whose items keep their numbers when those before them are forgotten.
#[derive(Clone, Debug)]
pub(crate) struct BoundedLog<T> {
    /// The number of forgotten items.
    first: usize,
    items: Vec<T>,
}

impl<T> BoundedLog<T> {
    /// Returns an empty list with room for `items` items, or for the most that it ever holds if that is less.
    pub(crate) fn with_capacity(items: usize) -> Self {
        BoundedLog { first: 0, items: Vec::with_capacity(items.min(2 * REMEMBERED)) }
    }

    /// Returns an empty list of which the first `first` items are forgotten.
    pub(crate) fn after(first: usize) -> Self {
        BoundedLog { first, items: Vec::new() }
    }

    /// Returns the number of items, including forgotten ones.
    pub(crate) fn len(&self) -> usize {
        self.first + self.items.len()
    }

    /// Returns the number of the first item that is still held.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// Returns true if the list holds enough items that it should forget some.
    pub(crate) fn is_long(&self) -> bool {
        self.items.len() >= 2 * REMEMBERED
    }

    /// Adds an item at the end.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Returns the item with a number, if it exists and is not forgotten.
    #[inline]
    pub(crate) fn get(&self, number: usize) -> Option<&T> {
        self.items.get(number.checked_sub(self.first)?)
    }

    /// Returns the item with a number for modification, if it exists and is not forgotten.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.items.get_mut(number.checked_sub(self.first)?)
    }

    /// Returns the last item.
    pub(crate) fn last(&self) -> Option<&T> {
        self.items.last()
    }

    /// Removes and returns the last item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    /// Removes the items from number `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.items.truncate(len.saturating_sub(self.first));
    }

    /// Returns the held items with their numbers.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(place, item)| (self.first + place, item))
    }

    /// Returns the held items with their numbers, for modification.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        let first = self.first;
        self.items.iter_mut().enumerate().map(move |(place, item)| (first + place, item))
    }

    /// Forgets the items before a number, and returns them with their numbers.
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

/// Panics if the item is forgotten.
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
