//! Our own part of a scenario file: the object `"simulator"`.
//!
//! Nobody but us reads it, so whatever is unknown in it is an error: a slip must not quietly turn a
//! fault off.

use super::json::{Field, Range};
use super::object::{Object, did_you_mean, nearest, unknown_name};
use super::{Clocks, Selector, Span, Workload, WorkloadKind};
use super::{EventKind, Extension, Fault, FaultKind, Nanos, Network, Ratio, SECOND, ScenarioError};

/// The faults that `simulator.events` can hold.
pub(super) const FAULTS: [&str; 1] = ["cut"];

/// No message is under way for longer than this.
const MAX_DELAY: Range = Range::microseconds(0, 60 * SECOND);

const SPAN: &str = "two numbers: [shortest, longest]";

/// Reads the object; `replicas` and `lifetime` bound the faults.
pub(super) fn extension(
    field: &Field<'_>,
    replicas: u16,
    lifetime: Nanos,
) -> Result<Extension, ScenarioError> {
    let mut object = field.object()?;
    let extension = Extension {
        about: object.or_default("about", |it| about(it).map(Some), None)?,
        network: object.or_default("network", network, Network::default())?,
        workload: object.or_default("workload", workload, Workload::default())?,
        clocks: Clocks::default(),
        buggify: false,
        faults: object.or_default("events", |it| faults(it, replicas, lifetime), vec![])?,
    };
    object.no_more()?;
    Ok(extension)
}

fn about(field: &Field<'_>) -> Result<String, ScenarioError> {
    let about = field.string()?;
    if about.chars().any(char::is_control) {
        return Err(field.error("expected one line without control characters"));
    }
    Ok(about)
}

fn network(field: &Field<'_>) -> Result<Network, ScenarioError> {
    let mut object = field.object()?;
    let mut network = Network::default();
    if let Some(field) = object.take("router_us") {
        network.router = field.number_in(MAX_DELAY)?;
    }
    if let Some(field) = object.take("delay_us") {
        network.delay = span(&field)?;
    }
    if let Some(field) = object.take("fifo") {
        network.fifo = field.boolean()?;
    }
    let duplicate = object.take("duplicate");
    if let Some(field) = &duplicate {
        network.duplicate = field.ratio()?;
    }
    if let Some(field) = object.take("duplicate_delay_us") {
        network.duplicate_delay = span(&field)?;
        if duplicate.is_none() {
            return Err(field.error("has no effect without `duplicate`, the probability of a copy"));
        }
    }
    object.no_more()?;
    Ok(network)
}

fn span(field: &Field<'_>) -> Result<Span, ScenarioError> {
    let items = field.list(SPAN)?;
    let [min, max] = items.as_slice() else {
        return Err(field.error(format!("found a list of {}, expected {SPAN}", items.len())));
    };
    let span = Span { min: min.number_in(MAX_DELAY)?, max: max.number_in(MAX_DELAY)? };
    if span.min > span.max {
        return Err(
            field.error(format!("{} is the wrong way round, expected {SPAN}", field.shown()))
        );
    }
    Ok(span)
}

fn workload(field: &Field<'_>) -> Result<Workload, ScenarioError> {
    let mut object = field.object()?;
    let mut workload = Workload::default();
    if let Some(field) = object.take("clients") {
        workload.clients = field.whole_in(Range::count(1, 1000))? as u16;
    }
    workload.kind = workload_kind(&mut object)?;
    object.no_more()?;
    Ok(workload)
}

fn workload_kind(object: &mut Object<'_>) -> Result<WorkloadKind, ScenarioError> {
    if let Some(field) = object.take("kind") {
        match field.string()?.as_str() {
            "course" => {}
            "contend" => {
                let keys = keys(object)?;
                let roam = object.or_default("roam", Field::ratio, Ratio::ZERO)?;
                return Ok(WorkloadKind::Contend { keys, roam });
            }
            unknown => {
                return Err(unknown_name(&field, "kind", unknown, &["course", "contend"]));
            }
        }
    }
    match object.take("keys").or_else(|| object.take("roam")) {
        Some(field) => Err(field.error("has no effect unless `kind` is \"contend\"")),
        None => Ok(WorkloadKind::Course),
    }
}

fn keys(object: &mut Object<'_>) -> Result<u32, ScenarioError> {
    let field = object.require("keys", "how many keys the clients share, 1 to 100000")?;
    Ok(field.whole_in(Range::count(1, 100_000))? as u32)
}

fn faults(field: &Field<'_>, replicas: u16, lifetime: Nanos) -> Result<Vec<Fault>, ScenarioError> {
    let mut faults = Vec::new();
    for item in field.list("a list of faults")? {
        faults.push(fault(&item, replicas, lifetime)?);
    }
    faults.sort_by_key(|fault| fault.at);
    Ok(faults)
}

fn fault(field: &Field<'_>, replicas: u16, lifetime: Nanos) -> Result<Fault, ScenarioError> {
    let mut object = field.object()?;
    let kind = object.require("type", "a fault, such as \"cut\"")?;
    let name = kind.string()?;
    let time = object.require("time", "the seconds after `start_wait`")?;
    let at = time.number_in(Range::seconds(0, lifetime))?;
    let kind = match name.as_str() {
        "cut" => cut(&mut object, at, replicas, lifetime)?,
        course if EventKind::ALL.iter().any(|kind| kind.name() == course) => {
            let message =
                format!("`{course}` is an event of the course, move it to the top-level `events`");
            return Err(kind.error(message));
        }
        unknown => return Err(unknown_name(&kind, "fault", unknown, &FAULTS)),
    };
    object.no_more()?;
    Ok(Fault { at, kind })
}

fn cut(
    object: &mut Object<'_>,
    at: Nanos,
    replicas: u16,
    lifetime: Nanos,
) -> Result<FaultKind, ScenarioError> {
    let heals = object.require("until", "when the cut heals, in seconds after `start_wait`")?;
    let until = heals.number_in(Range::seconds(0, lifetime))?;
    if until <= at {
        return Err(heals.error(format!("{} is not after `time`", heals.shown())));
    }
    let from = selectors(&object.require("from", "the senders, such as \"leader\"")?, replicas)?;
    let receivers = object.require("to", "the receivers, such as \"followers\"")?;
    let to = selectors(&receivers, replicas)?;
    match (from.as_slice(), to.as_slice()) {
        ([from @ (Selector::Replica(_) | Selector::Leader)], [to]) if from == to => {
            Err(receivers.error("the same replica as `from`, so nothing would be cut"))
        }
        _ => Ok(FaultKind::Cut { until, from, to }),
    }
}

/// One selector, or a list of them.
fn selectors(field: &Field<'_>, replicas: u16) -> Result<Vec<Selector>, ScenarioError> {
    if !field.text.starts_with('[') {
        return Ok(vec![selector(field, replicas)?]);
    }
    let items = field.list("a list of replicas")?;
    if items.is_empty() {
        return Err(field.error("an empty list selects nothing, name a replica or \"all\""));
    }
    items.iter().map(|item| selector(item, replicas)).collect()
}

fn selector(field: &Field<'_>, replicas: u16) -> Result<Selector, ScenarioError> {
    let name = field.string()?;
    match name.as_str() {
        "leader" => return Ok(Selector::Leader),
        "candidate" => return Ok(Selector::Candidate),
        "newest" => return Ok(Selector::Newest),
        "followers" => return Ok(Selector::Followers),
        "all" => return Ok(Selector::All),
        _ => {}
    }
    match (0..replicas).find(|id| format!("{id:04X}") == name) {
        Some(id) => Ok(Selector::Replica(id)),
        None => {
            let last = replicas - 1;
            let hint = did_you_mean(nearest(&name, ["leader", "followers", "all"]));
            Err(field.error(format!(
                "{} selects no replica{hint} Expected \"leader\", \"followers\", \"all\" or an id \
                 from \"0000\" to \"{last:04X}\"",
                field.shown()
            )))
        }
    }
}
