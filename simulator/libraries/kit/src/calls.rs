//! Calls of other replicas, for libraries whose tasks wait for an answer.
//!
//! The network carries messages, which may be lost or copied. A call has a number; the answer comes in a message with
//! the same number. A copy of an answer, or one that comes after the caller has given up, has no effect.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use simulation::Nanos;

/// The calls of a replica that have no answer yet. `R` is the type of the answers.
pub struct Calls<R>(Rc<RefCell<Open<R>>>);

struct Open<R> {
    next: u64,
    slots: BTreeMap<u64, Slot<R>>,
}

/// The answer to a call, and the task that waits for it.
type Slot<R> = (Option<R>, Option<Waker>);

impl<R> Clone for Calls<R> {
    fn clone(&self) -> Self {
        Calls(self.0.clone())
    }
}

impl<R> Calls<R> {
    /// Returns an empty list. The numbers begin with the time of the replica's start, so that an answer to a call
    /// from before a crash is not taken for another one.
    pub fn new(now: Nanos) -> Self {
        Calls(Rc::new(RefCell::new(Open { next: now, slots: BTreeMap::new() })))
    }

    /// Begins a call. It ends when the result is dropped.
    pub fn begin(&self) -> Call<R> {
        let mut open = self.0.borrow_mut();
        let number = open.next;
        open.next += 1;
        open.slots.insert(number, (None, None));
        Call { number, calls: self.clone() }
    }

    /// Answers a call, if a task still waits for it.
    pub fn answer(&self, number: u64, answer: R) {
        if let Some((slot, waker)) = self.0.borrow_mut().slots.get_mut(&number) {
            *slot = Some(answer);
            waker.take().inspect(Waker::wake_by_ref);
        }
    }
}

/// A call that waits for its answer.
pub struct Call<R> {
    number: u64,
    calls: Calls<R>,
}

impl<R> Call<R> {
    /// Returns the number that goes with the question, and comes back with the answer.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl<R> Future for Call<R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let mut open = self.calls.0.borrow_mut();
        let Some((answer, waker)) = open.slots.get_mut(&self.number) else { return Poll::Pending };
        *waker = Some(context.waker().clone());
        answer.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<R> Drop for Call<R> {
    fn drop(&mut self) {
        self.calls.0.borrow_mut().slots.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{Elapsed, Executor, timeout_at};

    #[test]
    fn an_answer_goes_to_its_call_once() {
        let mut executor = Executor::new(0, 1);
        let calls = Calls::new(7);
        let (first, second) = (calls.begin(), calls.begin());
        let numbers = (first.number(), second.number());
        assert_eq!(numbers, (7, 8));
        let late = executor.spawn(async { timeout_at(5, first).await });
        let early = executor.spawn(async { timeout_at(5, second).await });
        executor.run(0);
        calls.answer(numbers.1, "early");
        calls.answer(numbers.1, "copy");
        executor.run(5);
        calls.answer(numbers.0, "late");
        executor.run(6);
        assert_eq!((late.take(), early.take()), (Some(Err(Elapsed)), Some(Ok("copy"))));
        assert!(calls.0.borrow().slots.is_empty());
    }
}
