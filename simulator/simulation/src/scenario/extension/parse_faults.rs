//! The parser of the faults in the object `"simulator"`.

use super::faults::{Fault, FaultKind, Lasts, PARTITION, fault_names};
use crate::api::{Clocks, MessageRole, bundled_types};
use crate::faults::{AnyLinkFault, AnyNodeFault, FaultFields, LinkPattern, Target, links, most};
use crate::json::{Field, Range, ScenarioError, Warning, did_you_mean, drawn, unknown_name};
use crate::scenario::EventKind;
use crate::text::nearest;
use crate::units::{Drawn, Nanos};

/// Reads a list of faults; `replicas`, `lifetime` and `clocks` bound them.
pub(super) fn faults(
    field: &Field<'_>,
    replicas: u16,
    lifetime: Nanos,
    clocks: Clocks,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Fault>, ScenarioError> {
    let items = field.list("a list of faults")?;
    let read = |item| fault(FaultFields::new(item, replicas, lifetime, clocks)?, warnings);
    items.iter().map(read).collect()
}

fn fault(mut fields: FaultFields<'_>, warnings: &mut Vec<Warning>) -> Result<Fault, ScenarioError> {
    let lifetime = Range::seconds(0, fields.lifetime);
    let times = |field: &Field<'_>| field.whole_in(Range::count(0, 1000)).map(|times| times as u32);
    let count = fields.drawn_or("count", 1, times)?;
    let expected = "the seconds after `start_wait`";
    let at = fields.drawn("time", expected, |field| field.number_in(lifetime))?;
    let kind = fault_kind(&mut fields, warnings)?;
    let lasts = match &kind {
        FaultKind::Nodes { fault, .. } if fault.low.is_for_good() => Lasts::Once,
        _ => lasts(&mut fields, at)?,
    };
    fields.no_more()?;
    Ok(Fault { count, at, lasts, kind })
}

fn fault_kind(
    fields: &mut FaultFields<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<FaultKind, ScenarioError> {
    let name = fields.kind().string()?;
    if let Some(fault) = link_fault(&name, fields)? {
        let links = LinkPattern::read(&name, fields)?;
        let list = fields.take("messages");
        let messages = list.map(|list| messages(&list, warnings)).transpose()?;
        return Ok(FaultKind::Links { links, messages: messages.unwrap_or_default(), fault });
    }
    if let Some(fault) = AnyNodeFault::read(&name, fields)? {
        return Ok(FaultKind::Nodes { who: victims(fault.low, fields)?, fault });
    }
    if name == PARTITION {
        return Ok(FaultKind::Partition { keep_leader: fields.flag("keep_leader")? });
    }
    if EventKind::ALL.iter().any(|kind| kind.name() == name) {
        let message =
            format!("`{name}` is an event of the course, move it to the top-level `events`");
        return Err(fields.kind().error(message));
    }
    let names: Vec<&str> = fault_names().collect();
    Err(unknown_name(fields.kind(), "fault", &name, &names))
}

/// Reads a fault of links. Some names mean a cut of links in a certain pattern.
fn link_fault(
    name: &str,
    fields: &mut FaultFields<'_>,
) -> Result<Option<Drawn<AnyLinkFault>>, ScenarioError> {
    if LinkPattern::CUTS.contains(&name) {
        return Ok(Some(Drawn::just(links::Cut.into())));
    }
    AnyLinkFault::read(name, fields)
}

fn victims(
    fault: AnyNodeFault,
    fields: &mut FaultFields<'_>,
) -> Result<Vec<Target>, ScenarioError> {
    let who = fields.who()?;
    let (replicas, most) = (fields.replicas, most(&who, fields.replicas));
    let minority = (replicas - 1) / 2;
    if fault.is_for_good() && most > minority {
        return Err(fields.kind().error(format!(
            "would take out {most} of {replicas} replicas for good, expected a minority: {minority} at most"
        )));
    }
    Ok(who)
}

fn lasts(fields: &mut FaultFields<'_>, at: Drawn<Nanos>) -> Result<Lasts, ScenarioError> {
    let Some(until) = fields.take("until") else {
        let expected = "how many seconds it lasts (or `until`, when it ends)";
        let range = Range::seconds(1, fields.lifetime);
        return fields.drawn("lasts", expected, |field| field.number_in(range)).map(Lasts::For);
    };
    if let Some(lasts) = fields.take("lasts") {
        return Err(lasts.error("says the same as `until`, keep one of them"));
    }
    let range = Range::seconds(0, fields.lifetime);
    let ends = drawn(&until, |field| field.number_in(range))?;
    if ends.low <= at.high {
        return Err(until.error(format!("{} is not after `time`", until.shown())));
    }
    Ok(Lasts::Until(ends))
}

fn messages(field: &Field<'_>, warnings: &mut Vec<Warning>) -> Result<Vec<String>, ScenarioError> {
    let items = field.list("a list of roles of messages, such as [\"vote\"]")?;
    if items.is_empty() {
        return Err(field.error("an empty list means no message, leave it out to mean all"));
    }
    items.iter().map(|item| message(item, warnings)).collect()
}

/// Reads a role of messages, or a system's own type. A name close to one of the bundled replica's types is an error;
/// any other name that is no role only causes a warning, since another system may have such a type.
fn message(item: &Field<'_>, warnings: &mut Vec<Warning>) -> Result<String, ScenarioError> {
    let name = item.string()?;
    if MessageRole::named(&name).is_some() {
        return Ok(name);
    }
    let roles: Vec<&str> = MessageRole::all().map(MessageRole::name).collect();
    if nearest(&name, bundled_types()).is_some() {
        let others = bundled_types().filter(|name| !roles.contains(name));
        let known: Vec<&str> = roles.iter().copied().chain(others).collect();
        return Err(unknown_name(item, "type of message", &name, &known));
    }
    let hint = did_you_mean(nearest(&name, roles.iter().copied()));
    warnings.push(item.warning(format!(
        "{} is no role of messages{hint} It is taken for a type that the system under test sends. The roles: `{}`",
        item.shown(),
        roles.join("`, `")
    )));
    Ok(name)
}
