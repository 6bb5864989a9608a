//! The answered calls that have not taken effect yet, and those of them that may do so next.

use super::part::{Answer, NONE};

/// A doubly linked list of the calls that have not taken effect, in order of invocation, which takes back its removals.
pub(super) struct Open {
    next: Vec<u32>,
    previous: Vec<u32>,
    /// A bit for each call that has taken effect.
    taken: Vec<u64>,
    /// The first call, in order of returns, that has not taken effect.
    pub due: usize,
    /// The number of words of `taken` in use.
    high: usize,
}

impl Open {
    pub(super) fn new(answers: &[Answer]) -> Self {
        let end = answers.len();
        let mut order: Vec<u32> = (0..end as u32).collect();
        order.sort_unstable_by_key(|&number| (answers[number as usize].invoke, number));
        let mut list = Open {
            next: vec![end as u32; end + 1],
            previous: vec![end as u32; end + 1],
            taken: vec![0; end / 64 + 1],
            due: 0,
            high: 0,
        };
        let mut last = end;
        for number in order {
            list.next[last] = number;
            list.previous[number as usize] = last as u32;
            last = number as usize;
        }
        list.next[last] = end as u32;
        list.previous[end] = last as u32;
        list
    }

    /// Returns the number of calls; in the list it stands for its end.
    pub(super) fn end(&self) -> usize {
        self.previous.len() - 1
    }

    /// Returns the first call that has not taken effect, in order of invocation.
    pub(super) fn first(&self) -> usize {
        self.next[self.end()] as usize
    }

    pub(super) fn after(&self, number: usize) -> usize {
        self.next[number] as usize
    }

    fn is_taken(&self, number: usize) -> bool {
        self.taken[number / 64] >> (number % 64) & 1 == 1
    }

    /// Returns true if a call may take effect next: no call that is left returned before it.
    pub(super) fn may_take(&self, number: usize, answers: &[Answer]) -> bool {
        number != self.end() && answers[number].invoke <= answers[self.due].at
    }

    /// Returns true if an equal call that returned earlier may take effect next.
    pub(super) fn has_earlier_twin(&self, number: usize, answers: &[Answer]) -> bool {
        let mut twin = answers[number].previous;
        while twin != NONE && twin as usize >= self.due {
            if !self.is_taken(twin as usize) && self.may_take(twin as usize, answers) {
                return true;
            }
            twin = answers[twin as usize].previous;
        }
        false
    }

    pub(super) fn take(&mut self, number: usize) {
        let (before, after) = (self.previous[number], self.next[number]);
        self.next[before as usize] = after;
        self.previous[after as usize] = before;
        self.taken[number / 64] |= 1 << (number % 64);
        self.high = self.high.max(number / 64 + 1);
        while self.due < self.end() && self.is_taken(self.due) {
            self.due += 1;
        }
    }

    /// Takes back the latest [`take`](Self::take) that was not taken back yet.
    pub(super) fn put_back(&mut self, number: usize) {
        let (before, after) = (self.previous[number], self.next[number]);
        self.next[before as usize] = number as u32;
        self.previous[after as usize] = number as u32;
        self.taken[number / 64] &= !(1 << (number % 64));
        self.due = self.due.min(number);
        while self.high > 0 && self.taken[self.high - 1] == 0 {
            self.high -= 1;
        }
    }

    /// Adds the words that tell which calls have taken effect.
    pub(super) fn write_key(&self, key: &mut Vec<u64>) {
        key.push(self.due as u64);
        let first = (self.due / 64).min(self.high);
        key.extend_from_slice(&self.taken[first..self.high]);
    }
}
