//! The clients' memory of requests: all recent ones, and older ones that still matter. So the length of a run is not
//! bounded by memory.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use super::Clients;
use crate::bounded_log::{BoundedLog, REMEMBERED};
use crate::engine::books::Book;

/// The latest items and some older ones, by their numbers.
#[derive(Debug)]
pub(super) struct Memory<T> {
    latest: BoundedLog<T>,
    kept: BTreeMap<usize, T>,
}

impl<T> Memory<T> {
    pub(super) fn with_capacity(items: usize) -> Self {
        Memory { latest: BoundedLog::with_capacity(items), kept: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, item: T) {
        self.latest.push(item);
    }

    /// Returns the number of items ever added.
    pub(super) fn len(&self) -> usize {
        self.latest.len()
    }

    pub(super) fn get(&self, number: usize) -> Option<&T> {
        self.latest.get(number).or_else(|| self.kept.get(&number))
    }

    /// Returns all remembered items, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.values().chain(self.latest.iter().map(|(_, item)| item))
    }

    /// Returns the remembered items before a number, for modification.
    pub(super) fn before(&mut self, number: usize) -> impl Iterator<Item = &mut T> {
        let kept = self.kept.iter_mut().map(|(number, item)| (*number, item));
        let all = kept.chain(self.latest.iter_mut());
        all.take_while(move |(place, _)| *place < number).map(|(_, item)| item)
    }

    pub(super) fn is_long(&self) -> bool {
        self.latest.is_long()
    }

    /// Forgets the old items for which `matters` returns false.
    fn forget(&mut self, mut matters: impl FnMut(&T) -> bool) {
        self.kept.retain(|_, item| matters(item));
        let old = self.latest.forget_before(self.latest.len() - REMEMBERED);
        self.kept.extend(old.filter(|(_, item)| matters(item)));
    }
}

/// Panics if the item was forgotten.
impl<T> Index<usize> for Memory<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: usize) -> &T {
        match self.latest.get(number) {
            Some(item) => item,
            None => &self.kept[&number],
        }
    }
}

impl<T> IndexMut<usize> for Memory<T> {
    #[inline]
    fn index_mut(&mut self, number: usize) -> &mut T {
        match self.latest.get_mut(number) {
            Some(item) => item,
            None => self.kept.get_mut(&number).expect("it was not forgotten"),
        }
    }
}

impl<B: Book> Clients<B> {
    /// Forgets old requests and old attempts that were answered.
    #[cold]
    pub(super) fn forget(&mut self) {
        if self.attempts.is_long() {
            self.attempts.forget(|attempt| attempt.outcome.is_none());
        }
        if self.requests.is_long() {
            let book = &mut self.book;
            self.requests.forget(|asked| {
                book.forget(&asked.wish);
                !asked.answered
            });
        }
    }

    /// Returns true if a number identifies an attempt that was forgotten.
    pub(super) fn has_forgotten(&self, attempt: u64) -> bool {
        let Ok(number) = usize::try_from(attempt) else { return false };
        let request = self.attempts.get(number).map(|attempt| attempt.request as usize);
        number < self.attempts.len()
            && request.is_none_or(|request| self.requests.get(request).is_none())
    }
}
