//! The parser of the object `"simulator"`, without its faults.
//!
//! Only this simulator reads the object, so an unknown field in it is an error: a misspelt name must not silently turn
//! a fault off.

use super::parse_faults::faults;
use super::progress::{MOST_TIMEOUTS, Progress};
use super::{Budgets, ClientLinks, Extension, Network, Workload};
use crate::api::Clocks;
use crate::faults::{MAX_DELAY, SPAN};
use crate::json::{Field, Object, Range, ScenarioError, Warning, drawn, unknown_name};
use crate::scenario::Scenario;
use crate::units::{Drawn, Nanos, Ratio, SECOND, Span};
use crate::workloads::AnyWorkload;

/// The largest number of requests; a plan with this many takes 2.4 GB.
pub(crate) const MOST_REQUESTS: u64 = 100_000_000;
/// The largest number of replicas, as in the course's part.
const MOST_REPLICAS: u64 = 21;
/// The largest `max_packets`; the engine only counts messages, so it may be large.
pub(crate) const MOST_PACKETS: u64 = 1_000_000_000_000;

/// Reads the object; `replicas` and `lifetime` bound the faults.
pub(in crate::scenario) fn extension(
    field: &Field<'_>,
    replicas: u16,
    lifetime: Nanos,
    warnings: &mut Vec<Warning>,
) -> Result<(Extension, Size), ScenarioError> {
    let mut object = field.object()?;
    let size = object.or_default("size", size, Size::default())?;
    let clocks = object.or_default("clocks", clocks, Clocks::default())?;
    // A fault may name only a replica that there is with every seed.
    let fewest = size.replicas.map_or(replicas, |drawn| drawn.low);
    let faults = |it: &Field<'_>| faults(it, fewest, lifetime, clocks, warnings);
    let extension = Extension {
        about: object.or_default("about", |it| one_line(it).map(Some), None)?,
        replicas: size.replicas,
        network: object.or_default("network", network, Network::default())?,
        workload: object.or_default("workload", workload, Workload::default())?,
        clocks,
        buggify: object.or_default("buggify", Field::boolean, false)?,
        swarm: object.or_default("swarm", Field::boolean, false)?,
        progress: object.or_default("progress", |it| progress(it).map(Some), None)?,
        budgets: object.or_default("budgets", |it| budgets(it).map(Some), None)?,
        faults: object.or_default("events", faults, vec![])?,
    };
    object.no_more()?;
    Ok((extension, size))
}

/// The replacement of the course's `requests` and `max_packets`, whose bounds are those of a run in real time, and of
/// its `replicas`.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::scenario) struct Size {
    load: Option<(u32, u64)>,
    replicas: Option<Drawn<u16>>,
}

impl Size {
    pub(crate) fn apply(self, scenario: Scenario) -> Scenario {
        match self.load {
            Some((requests, max_packets)) => Scenario { requests, max_packets, ..scenario },
            None => scenario,
        }
    }
}

fn size(field: &Field<'_>) -> Result<Size, ScenarioError> {
    let mut object = field.object()?;
    let replicas = |field: &Field<'_>| Ok(field.whole_in(Range::count(1, MOST_REPLICAS))? as u16);
    let replicas = object.or_default("replicas", |field| drawn(field, replicas).map(Some), None)?;
    let mut load = None;
    // A size with the number of replicas alone leaves the load to the course's part.
    if replicas.is_none() || !object.is_empty() {
        let field = object.require("requests", "how many requests the clients send")?;
        let requests = field.whole_in(Range::count(0, MOST_REQUESTS))?;
        let field =
            object.require("max_packets", "after how many messages the scenario ends early")?;
        let max_packets = field.whole_in(Range::count(requests, MOST_PACKETS))?;
        load = Some((requests as u32, max_packets));
    }
    object.no_more()?;
    Ok(Size { load, replicas })
}

fn clocks(field: &Field<'_>) -> Result<Clocks, ScenarioError> {
    match field.string()?.as_str() {
        "bounded" => Ok(Clocks::Bounded),
        "unbounded" => Ok(Clocks::Unbounded),
        unknown => Err(unknown_name(field, "clocks", unknown, &["bounded", "unbounded"])),
    }
}

/// Reads a text for people.
fn one_line(field: &Field<'_>) -> Result<String, ScenarioError> {
    let text = field.string()?;
    if text.chars().any(char::is_control) {
        return Err(field.error("expected one line without control characters"));
    }
    Ok(text)
}

/// Reads the progress that is expected, or the reason for which none is.
fn progress(field: &Field<'_>) -> Result<Progress, ScenarioError> {
    if !field.text.starts_with('"') {
        let within = field.whole_in(Range::count(1, MOST_TIMEOUTS.into()))?;
        return Ok(Progress::Within(within as u32));
    }
    let reason = one_line(field)?;
    if reason.trim().is_empty() {
        return Err(field.error("expected the reason for which no progress is expected"));
    }
    Ok(Progress::Off(reason))
}

/// Reads the budgets beyond the course's four metrics.
fn budgets(field: &Field<'_>) -> Result<Budgets, ScenarioError> {
    const MOST: u64 = 1_000_000;
    let mut object = field.object()?;
    if object.is_empty() {
        return Err(field.error("expected at least one budget, such as `terms`"));
    }
    let number = |field: &Field<'_>| Ok(Some(field.whole_in(Range::count(1, MOST))? as u32));
    let latency = |field: &Field<'_>| field.number_in(Range::seconds(1, 1000 * SECOND)).map(Some);
    let budgets = Budgets {
        leaderless: object.or_default("leaderless", number, None)?,
        terms: object.or_default("terms", number, None)?,
        elections_per_fault: object.or_default("elections_per_fault", number, None)?,
        put_latency: object.or_default("put_latency", latency, None)?,
        repeats: object.or_default("repeats", number, None)?,
    };
    object.no_more()?;
    Ok(budgets)
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
    (network.duplicate, network.duplicate_delay) = duplicates(&mut object)?;
    network.clients = object.or_default("clients", client_links, ClientLinks::default())?;
    object.no_more()?;
    Ok(network)
}

fn client_links(field: &Field<'_>) -> Result<ClientLinks, ScenarioError> {
    let mut object = field.object()?;
    let loss = object.or_default("loss", Field::ratio, Ratio::ZERO)?;
    let delay = object.or_default("delay_us", span, Span::default())?;
    let (duplicate, duplicate_delay) = duplicates(&mut object)?;
    object.no_more()?;
    Ok(ClientLinks { loss, delay, duplicate, duplicate_delay })
}

/// Reads the probability of a second copy, and the range of its delay.
fn duplicates(object: &mut Object<'_>) -> Result<(Ratio, Span), ScenarioError> {
    let chance = object.take("duplicate");
    let delay = object.take("duplicate_delay_us");
    match (chance, delay) {
        (None, None) => Ok(Default::default()),
        (Some(chance), None) => Ok((chance.ratio()?, Span::default())),
        (Some(chance), Some(delay)) => Ok((chance.ratio()?, span(&delay)?)),
        (None, Some(delay)) => {
            Err(delay.error("has no effect without `duplicate`, the probability of a copy"))
        }
    }
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
    if let Some(field) = object.take("burst") {
        workload.burst = field.whole_in(Range::count(1, 10_000))? as u32;
    }
    workload.shared_ids = object.or_default("shared_ids", Field::boolean, false)?;
    object.no_more()?;
    Ok(workload)
}

/// Reads the kind of workload and its fields. A field that belongs to another kind is an error.
fn workload_kind(object: &mut Object<'_>) -> Result<AnyWorkload, ScenarioError> {
    let kind = match object.take("kind") {
        None => AnyWorkload::default(),
        Some(field) => {
            let name = field.string()?;
            let unknown = || unknown_name(&field, "kind", &name, AnyWorkload::NAMES);
            AnyWorkload::read(&name, object)?.ok_or_else(unknown)?
        }
    };
    for &(other, fields) in AnyWorkload::FIELDS.iter().filter(|(other, _)| *other != kind.name()) {
        if let Some(field) = fields.iter().find_map(|name| object.take(name)) {
            return Err(field.error(format!("has no effect unless `kind` is \"{other}\"")));
        }
    }
    Ok(kind)
}
