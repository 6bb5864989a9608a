//! The schedule: a plan's requests and faults, ordered by time.

use crate::Nanos;
use crate::plan::{Plan, PlannedFault, PlannedRequest};

/// A planned request or fault.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'p> {
    Request(&'p PlannedRequest),
    Fault(&'p PlannedFault),
}

/// The remaining items. The schedule only refers to the plan, so its size does not depend on the plan's.
#[derive(Debug)]
pub(super) struct Schedule<'p> {
    requests: Turns<'p, PlannedRequest>,
    faults: Turns<'p, PlannedFault>,
}

impl<'p> Schedule<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Schedule {
            requests: Turns::new(&plan.requests, |request| request.at),
            faults: Turns::new(&plan.faults, |fault| fault.at),
        }
    }

    /// Returns the time of the next item.
    #[inline]
    pub(super) fn next_at(&self) -> Option<Nanos> {
        let request = self.requests.peek().map(|request| request.at);
        let fault = self.faults.peek().map(|fault| fault.at);
        request.into_iter().chain(fault).min()
    }

    /// Removes and returns the next item. At equal times requests come first, as in the course, where rounding makes
    /// every request a few microseconds early.
    pub(super) fn next(&mut self) -> Option<Item<'p>> {
        let fault_at = self.faults.peek().map_or(Nanos::MAX, |fault| fault.at);
        match self.requests.peek() {
            Some(request) if request.at <= fault_at => {
                self.requests.next += 1;
                Some(Item::Request(request))
            }
            _ => {
                let fault = self.faults.peek()?;
                self.faults.next += 1;
                Some(Item::Fault(fault))
            }
        }
    }

    /// Removes all remaining items.
    pub(super) fn clear(&mut self) {
        self.requests.next = self.requests.items.len();
        self.faults.next = self.faults.items.len();
    }
}

/// The items of one list, ordered by time, then by their order in the list.
#[derive(Debug)]
struct Turns<'p, T> {
    items: &'p [T],
    /// The indexes of the items in order; `None` if the list is in order already, as in plans that were not edited.
    order: Option<Vec<usize>>,
    next: usize,
}

impl<'p, T> Turns<'p, T> {
    fn new(items: &'p [T], at: impl Fn(&T) -> Nanos) -> Self {
        let order = (!items.is_sorted_by_key(&at)).then(|| {
            let mut order: Vec<usize> = (0..items.len()).collect();
            order.sort_by_key(|&place| at(&items[place]));
            order
        });
        Turns { items, order, next: 0 }
    }

    #[inline]
    fn peek(&self) -> Option<&'p T> {
        match &self.order {
            None => self.items.get(self.next),
            Some(order) => order.get(self.next).map(|&place| &self.items[place]),
        }
    }
}
