//! The ranges that a plan's fields must be in before it may run. [`Plan::new`] makes only valid plans; a file may
//! contain anything.

use crate::Nanos;
use crate::api::{MessageRole, bundled_types};
use crate::bounds::{Bounds, LATEST, LONGEST_DELAY, PlanError};
use crate::faults::check_selectors;
use crate::plan::{Fault, Losses, Plan, PlannedFault};
use crate::scenario::{MOST_PACKETS, MOST_REQUESTS, MOST_TIMEOUTS, Progress};
use crate::text::nearest;
use crate::trace::Actor;
use crate::units::SECOND;

/// The longest start of a replica, in nanoseconds.
const LONGEST_START_UP: Nanos = 10 * SECOND;

/// The largest number of faults: far more than a scenario could ask for.
const MOST_FAULTS: u64 = 900_000;

/// The most branches: each may be a continuation of another.
const MOST_BRANCHES: u64 = 1_000;

/// The most items in the list of what is withheld.
const MOST_WITHHELD: u64 = 1_000;

impl Plan {
    /// Checks that every number is in its range, so that the engine can run the plan.
    ///
    /// # Errors
    ///
    /// Returns the first field that is out of range.
    pub fn check(&self) -> Result<(), PlanError> {
        let bounds = Bounds::new(self.replicas);
        if self.scenario.chars().any(char::is_control) {
            return Err(bounds.error("scenario", "a name has no control characters".to_owned()));
        }
        bounds.range("replicas", self.replicas, 1, 64)?;
        bounds.range("clients", self.clients, 1, 1000)?;
        self.workload.check(&bounds.of("workload"))?;
        self.check_start_ups(&bounds)?;
        bounds.range("loop_wait", self.loop_wait, 0, LONGEST_DELAY)?;
        bounds.range("end", self.end, 0, LATEST)?;
        bounds.range("max_messages", self.max_messages, 0, MOST_PACKETS)?;
        let network = bounds.of("network");
        network.range("router", self.network.router, 0, LONGEST_DELAY)?;
        network.span("delay", self.network.delay)?;
        network.span("duplicate_delay", self.network.duplicate_delay)?;
        network.span("clients.delay", self.network.clients.delay)?;
        network.span("clients.duplicate_delay", self.network.clients.duplicate_delay)?;
        if let Some(Progress::Within(timeouts)) = self.progress {
            bounds.range("progress.within", timeouts, 1, MOST_TIMEOUTS)?;
        }
        self.check_branches(&bounds)?;
        bounds.length("requests", self.requests.len(), MOST_REQUESTS)?;
        bounds.length("faults", self.faults.len(), MOST_FAULTS)?;
        for (number, request) in self.requests.iter().enumerate() {
            let bounds = bounds.of(format_args!("requests[{number}]"));
            bounds.range("at", request.at, 0, LATEST)?;
            bounds.range("client", request.client, 0, self.clients - 1)?;
            request.to.map_or(Ok(()), |to| bounds.replica("to", to))?;
        }
        for (number, planned) in self.faults.iter().enumerate() {
            check_fault(&bounds.of(format_args!("faults[{number}]")), planned)?;
        }
        self.check_withheld(&bounds)?;
        self.check_losses(&bounds)
    }

    fn check_withheld(&self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.length("withheld", self.withheld.len(), MOST_WITHHELD)?;
        for (number, withheld) in self.withheld.iter().enumerate() {
            let bounds = bounds.of(format_args!("withheld[{number}]"));
            bounds.range("at", withheld.at, 0, LATEST)?;
            bounds.range("until", withheld.until, withheld.at, LATEST)?;
            let ends = [("from", withheld.from), ("to", Some(withheld.to))];
            for (field, actor) in ends {
                match actor {
                    Some(Actor::Node(node)) => bounds.replica(field, node.0)?,
                    Some(Actor::Client(client)) => {
                        bounds.range(field, client.0, 0, self.clients - 1)?;
                    }
                    Some(Actor::World) => {
                        let what = "expected a replica or a client".to_owned();
                        return Err(bounds.error(field, what));
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn check_start_ups(&self, bounds: &Bounds) -> Result<(), PlanError> {
        let (count, replicas) = (self.start_ups.len(), usize::from(self.replicas));
        if count != 0 && count != replicas {
            let what = format!(
                "there are {count} of them, expected one for each of {replicas} replicas, or none"
            );
            return Err(bounds.error("start_ups", what));
        }
        let of = |(number, &start_up): (usize, &Nanos)| {
            bounds.range(format_args!("start_ups[{number}]"), start_up, 0, LONGEST_START_UP)
        };
        self.start_ups.iter().enumerate().try_for_each(of)
    }

    fn check_branches(&self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.length("branches", self.branches.len(), MOST_BRANCHES)?;
        let mut earliest = 0;
        for (number, branch) in self.branches.iter().enumerate() {
            let bounds = bounds.of(format_args!("branches[{number}]"));
            bounds.range("at", branch.at, earliest, LATEST)?;
            earliest = branch.at;
        }
        Ok(())
    }

    fn check_losses(&self, bounds: &Bounds) -> Result<(), PlanError> {
        let Losses::Listed(list) = &self.losses else {
            return Ok(());
        };
        for (number, lost) in list.iter().enumerate() {
            let bounds = bounds.of(format_args!("losses.listed[{number}]"));
            bounds.replica("from", lost.from)?;
            bounds.replica("to", lost.to)?;
            bounds.range("nth", lost.nth, 1, u32::MAX)?;
        }
        Ok(())
    }
}

fn check_fault(bounds: &Bounds, planned: &PlannedFault) -> Result<(), PlanError> {
    bounds.range("at", planned.at, 0, LATEST)?;
    let bounds = bounds.of("fault");
    match &planned.fault {
        Fault::KillLeader | Fault::Heal => Ok(()),
        Fault::KillNonLeader { order } | Fault::Partition { order, .. } => {
            bounds.replicas("order", order)
        }
        Fault::Links { links, messages, fault, until } => {
            bounds.range("until", *until, 0, LATEST)?;
            check_kinds(&bounds, messages)?;
            links.check(&bounds)?;
            fault.check(&bounds.of("effect"))
        }
        Fault::Nodes { who, fault, until, .. } => {
            bounds.range("until", *until, 0, LATEST)?;
            check_selectors(&bounds, "who", who)?;
            fault.check(&bounds.of("effect"))
        }
    }
}

/// Checks the roles and types of messages of a fault. A misspelt name of a type that the bundled replica sends is an
/// error, because it would turn the fault off.
fn check_kinds(bounds: &Bounds, kinds: &[String]) -> Result<(), PlanError> {
    for (number, kind) in kinds.iter().enumerate() {
        let error = |what: String| Err(bounds.error(format_args!("messages[{number}]"), what));
        if kind.chars().any(char::is_control) {
            let what = "a type of message has no control characters";
            return error(what.to_owned());
        }
        if MessageRole::named(kind).is_some() {
            continue;
        }
        if let Some(meant) = nearest(kind, bundled_types()) {
            let what = format!("unknown type of message \"{kind}\", did you mean `{meant}`?");
            return error(what);
        }
    }
    Ok(())
}
