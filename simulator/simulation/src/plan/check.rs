//! What a plan must be before it may run. [`Plan::new`] makes no other; a file may hold anything.

use std::fmt;

use crate::Nanos;
use crate::plan::{Fault, LinkEffect, LinkPattern, Losses, NodeEffect, Plan};
use crate::scenario::{
    Drawn, MESSAGES, MOST_PACKETS, MOST_REQUESTS, SECOND, Selector, Span, WorkloadKind, nearest,
};

/// No event of a plan is later: the longest scenario (11 days) and its waits.
const LATEST: Nanos = 3_000_000 * SECOND;

/// No message is under way for longer.
const LONGEST_DELAY: Nanos = 60 * SECOND;

/// No replica takes longer to start.
const LONGEST_START_UP: Nanos = 10 * SECOND;

/// The most faults: far more than a scenario could ask for.
const MOST_FAULTS: u64 = 900_000;

/// Why a plan cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The field of the plan as JSON, such as `faults[2].fault.order`.
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
        if let WorkloadKind::Contend { keys, value_bytes: Drawn { low, high }, .. } = self.workload
        {
            range("workload.contend.keys", keys, 1, 100_000)?;
            range("workload.contend.value_bytes.high", high, 0, 60_000)?;
            range("workload.contend.value_bytes.low", low, 0, high)?;
        }
        self.check_start_ups()?;
        range("loop_wait", self.loop_wait, 0, LONGEST_DELAY)?;
        range("end", self.end, 0, LATEST)?;
        range("max_messages", self.max_messages, 0, MOST_PACKETS)?;
        range("network.router", self.network.router, 0, LONGEST_DELAY)?;
        span("network.delay", self.network.delay)?;
        span("network.duplicate_delay", self.network.duplicate_delay)?;
        span("network.clients.delay", self.network.clients.delay)?;
        span("network.clients.duplicate_delay", self.network.clients.duplicate_delay)?;
        at_most("requests", self.requests.len(), MOST_REQUESTS)?;
        at_most("faults", self.faults.len(), MOST_FAULTS)?;
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

    fn check_start_ups(&self) -> Result<(), PlanError> {
        let (count, replicas) = (self.start_ups.len(), usize::from(self.replicas));
        if count != 0 && count != replicas {
            let what = format!(
                "there are {count} of them, expected one for each of {replicas} replicas, or none"
            );
            return Err(error("start_ups", what));
        }
        let of = |(number, &start_up): (usize, &Nanos)| {
            range(&format!("start_ups[{number}]"), start_up, 0, LONGEST_START_UP)
        };
        self.start_ups.iter().enumerate().try_for_each(of)
    }

    fn check_fault(&self, number: usize, fault: &Fault) -> Result<(), PlanError> {
        let field = |name: &str| format!("faults[{number}].fault.{name}");
        let replica = |name: &str, id: u16| range(&field(name), id, 0, self.replicas - 1);
        let selected = |name: &str, who: &[Selector]| {
            who.iter().try_for_each(|selector| match selector {
                Selector::Replica(id) => replica(name, *id),
                _ => Ok(()),
            })
        };
        match fault {
            Fault::KillLeader | Fault::Heal => Ok(()),
            Fault::KillNonLeader { order } | Fault::Partition { order, .. } => {
                order.iter().try_for_each(|&id| replica("order", id))
            }
            Fault::Links { links, messages, effect, until } => {
                range(&field("until"), *until, 0, LATEST)?;
                check_kinds(&field("messages"), messages)?;
                match links {
                    LinkPattern::OneWay { from, to } => {
                        selected("links", from).and_then(|()| selected("links", to))?
                    }
                    LinkPattern::Around(who) => selected("links", who)?,
                    LinkPattern::OutsideRing(order) | LinkPattern::AcrossBridge(order) => {
                        order.iter().try_for_each(|&id| replica("links", id))?;
                    }
                }
                link_effect(&field("effect"), effect)
            }
            Fault::Nodes { who, effect, until, .. } => {
                range(&field("until"), *until, 0, LATEST)?;
                selected("who", who)?;
                node_effect(&field("effect"), effect)
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

fn link_effect(field: &str, effect: &LinkEffect) -> Result<(), PlanError> {
    match effect {
        LinkEffect::Delay { delay, .. } => {
            span(&format!("{field}.delay.delay.span"), delay.span)?;
            range(&format!("{field}.delay.delay.tail"), delay.tail, 0, LONGEST_DELAY)
        }
        LinkEffect::Duplicate { delay, .. } => span(&format!("{field}.duplicate.delay"), *delay),
        LinkEffect::Throttle { bytes_per_second } => {
            let field = format!("{field}.throttle.bytes_per_second");
            range(&field, *bytes_per_second, 1, 1_000_000_000_000)
        }
        LinkEffect::Cut
        | LinkEffect::Lose { .. }
        | LinkEffect::Corrupt { .. }
        | LinkEffect::Clog => Ok(()),
    }
}

fn node_effect(field: &str, effect: &NodeEffect) -> Result<(), PlanError> {
    match effect {
        NodeEffect::Slow { step } => range(&format!("{field}.slow.step"), *step, 0, LONGEST_DELAY),
        NodeEffect::SlowSync { sync } => span(&format!("{field}.slow_sync.sync"), *sync),
        NodeEffect::Clock { rate_ppm, jump } => {
            range(&format!("{field}.clock.rate_ppm"), *rate_ppm, -900_000, 1_000_000)?;
            range(&format!("{field}.clock.jump"), *jump, 0, LATEST)
        }
        NodeEffect::Kill
        | NodeEffect::Crash
        | NodeEffect::Pause
        | NodeEffect::Freeze
        | NodeEffect::FullDisk
        | NodeEffect::FlipBit => Ok(()),
    }
}

/// A slip in the name of a message that the bundled replica knows would quietly turn a fault off.
fn check_kinds(field: &str, kinds: &[String]) -> Result<(), PlanError> {
    for (number, kind) in kinds.iter().enumerate() {
        let field = format!("{field}[{number}]");
        if kind.chars().any(char::is_control) {
            return Err(error(&field, "a type of message has no control characters".to_owned()));
        }
        if let Some(meant) = nearest(kind, MESSAGES).filter(|meant| meant != kind) {
            let what = format!("unknown type of message \"{kind}\", did you mean `{meant}`?");
            return Err(error(&field, what));
        }
    }
    Ok(())
}

fn error(field: &str, message: String) -> PlanError {
    PlanError { field: field.to_owned(), message }
}

fn at_most(list: &str, length: usize, most: u64) -> Result<(), PlanError> {
    match length as u64 <= most {
        true => Ok(()),
        false => Err(error(list, format!("there are {length} of them, expected {most} at most"))),
    }
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
