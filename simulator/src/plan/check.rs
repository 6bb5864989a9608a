//! What a plan must be before it may run. [`Plan::new`] makes no other; a file may hold anything.

use std::fmt;

use crate::Nanos;
use crate::plan::{Fault, Losses, Plan};
use crate::scenario::{SECOND, Selector, Span, WorkloadKind};

/// No event of a plan is later: the longest scenario (11 days) and its waits.
const LATEST: Nanos = 3_000_000 * SECOND;

/// No message is under way for longer.
const LONGEST_DELAY: Nanos = 60 * SECOND;

/// The most messages, and the longest list of anything.
const MOST: u64 = 900_000;

/// Why a plan cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The field, such as `faults[2].order`.
    pub field: String,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.message)
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// Checks that every number is in its range, so that the engine can run the plan.
    ///
    /// # Errors
    ///
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.scenario.chars().any(char::is_control) {
            return Err(error("scenario", "a name has no control characters".to_owned()));
        }
        range("replicas", self.replicas, 1, 64)?;
        range("clients", self.clients, 1, 1000)?;
        if let WorkloadKind::Contend { keys, .. } = self.workload {
            range("workload.contend.keys", keys, 1, 100_000)?;
        }
        range("end", self.end, 0, LATEST)?;
        range("max_messages", self.max_messages, 0, MOST)?;
        range("network.router", self.network.router, 0, LONGEST_DELAY)?;
        span("network.delay", self.network.delay)?;
        span("network.duplicate_delay", self.network.duplicate_delay)?;
        range("the number of requests", self.requests.len() as u64, 0, MOST)?;
        range("the number of faults", self.faults.len() as u64, 0, MOST)?;
        for (number, request) in self.requests.iter().enumerate() {
            let field = |name| format!("requests[{number}].{name}");
            range(&field("at"), request.at, 0, LATEST)?;
            range(&field("client"), request.client, 0, self.clients - 1)?;
        }
        for (number, planned) in self.faults.iter().enumerate() {
            range(&format!("faults[{number}].at"), planned.at, 0, LATEST)?;
            self.check_fault(number, &planned.fault)?;
        }
        self.check_losses()
    }

    fn check_fault(&self, number: usize, fault: &Fault) -> Result<(), PlanError> {
        let replica = |field: &str, id: u16| {
            range(&format!("faults[{number}].{field}"), id, 0, self.replicas - 1)
        };
        match fault {
            Fault::KillLeader | Fault::Heal => Ok(()),
            Fault::KillNonLeader { order } | Fault::Partition { order, .. } => {
                order.iter().try_for_each(|&id| replica("order", id))
            }
            Fault::Cut { from, to, until } => {
                range(&format!("faults[{number}].until"), *until, 0, LATEST)?;
                from.iter().chain(to).try_for_each(|selector| match selector {
                    Selector::Replica(id) => replica("from/to", *id),
                    Selector::Leader | Selector::Followers | Selector::All => Ok(()),
                })
            }
        }
    }

    fn check_losses(&self) -> Result<(), PlanError> {
        let Losses::Listed(list) = &self.losses else {
            return Ok(());
        };
        for (number, lost) in list.iter().enumerate() {
            let field = |name| format!("losses.listed[{number}].{name}");
            range(&field("from"), lost.from, 0, self.replicas - 1)?;
            range(&field("to"), lost.to, 0, self.replicas - 1)?;
            range(&field("nth"), lost.nth, 1, u32::MAX)?;
        }
        Ok(())
    }
}

fn error(field: &str, message: String) -> PlanError {
    PlanError { field: field.to_owned(), message }
}

fn range<T: PartialOrd + fmt::Display>(
    field: &str,
    value: T,
    low: T,
    high: T,
) -> Result<(), PlanError> {
    match low <= value && value <= high {
        true => Ok(()),
        false => Err(error(field, format!("{value} is out of range, expected {low} to {high}"))),
    }
}

fn span(field: &str, span: Span) -> Result<(), PlanError> {
    range(&format!("{field}.max"), span.max, 0, LONGEST_DELAY)?;
    range(&format!("{field}.min"), span.min, 0, span.max)
}
