//! The course's part of a scenario file.
//!
//! The parser is stricter than the course's simulator where that one would stop later or silently do something else:
//! quoted numbers, a missing metric, a repeated field and sizes beyond reason are errors here. Otherwise it is as
//! lenient: unknown fields and fractions of whole numbers only cause warnings.

use super::extension::{self, Size, fault_names};
use super::{Benchmarks, Event, EventKind, Extension, Limits, Scenario};
use crate::json::{Field, Object, Range, ScenarioError, Warning, did_you_mean, unknown_name};
use crate::units::{Nanos, Ratio, SECOND};

/// The lifetime of a scenario: at most eleven days of virtual time. More is a mistake, and sums of times stay far from
/// overflow.
const LIFETIME: Range = Range { unit: " s", ..Range::count(5, 1_000_000) };

/// The course's bound of `max_packets`, and so also of `requests`, which must not be greater.
const MAX_PACKETS: u64 = 900_000;

/// The largest tier in its unit. As a number of seconds or of messages it means "no limit".
const MAX_TIER: u64 = 1_000_000_000 * SECOND;

/// The fields of [`Limits`], in their order.
const LIMITS: [&str; 4] = [
    "maximum_get_fail_fraction",
    "maximum_put_fail_fraction",
    "maximum_get_generation_fail_fraction",
    "maximum_appends_batched_fraction",
];

const TIERS: &str = "three numbers: [bonus, full, partial]";

/// Reads a scenario from the root of its file.
pub(super) fn scenario(
    name: &str,
    root: &Field<'_>,
) -> Result<(Scenario, Vec<Warning>), ScenarioError> {
    let mut warnings = Vec::new();
    let mut top = root.object()?;

    let field = top.require("lifetime", "the seconds for which requests are sent, 5 or more")?;
    let lifetime = SECOND * truncated(&field, LIFETIME, &mut warnings)?;
    let field = top.require("replicas", "how many replicas, 3 to 21")?;
    let replicas = truncated(&field, Range::count(3, 21), &mut warnings)?;
    let field = top.require("requests", "how many requests the clients send")?;
    let requests = truncated(&field, Range::count(0, MAX_PACKETS), &mut warnings)?;
    let wait = Range::seconds(0, lifetime);
    let packets = Range::count(requests, MAX_PACKETS);

    let field = top.require("tests", "an object with `benchmarks`")?;
    let (benchmarks, limits) = tests(&field, &mut warnings)?;
    let replicas = replicas as u16;

    let (extension, size) = top.or_default(
        "simulator",
        |it| extension::extension(it, replicas, lifetime, &mut warnings),
        (Extension::default(), Size::default()),
    )?;
    let scenario = Scenario {
        name: name.to_owned(),
        path: None,
        lifetime,
        replicas,
        requests: requests as u32,
        seed: top.or_default("seed", |it| seed(it, &mut warnings), None)?,
        mix: top.or_default("mix", Field::ratio, Ratio::from_ppb(800_000_000))?,
        start_wait: top.or_default("start_wait", |it| it.number_in(wait), 5 * SECOND)?,
        end_wait: top.or_default("end_wait", |it| it.number_in(wait), 2 * SECOND)?,
        drops: top.or_default("drops", Field::ratio, Ratio::ZERO)?,
        max_packets: top.or_default("max_packets", |it| it.number_in(packets), 20_000)?,
        events: top.or_default("events", |it| events(it, lifetime, &mut warnings), vec![])?,
        benchmarks,
        limits,
        extension,
    };
    let scenario = size.apply(scenario);
    warn_of_misplaced_limits(&mut top, &mut warnings);
    warn_of_unknown(top, &mut warnings);
    warnings.sort_by_key(|warning| (warning.place.line, warning.place.column));
    Ok((scenario, warnings))
}

/// Reads a whole number. A fraction only causes a warning, because the course's simulator truncates it.
fn truncated(
    field: &Field<'_>,
    range: Range,
    warnings: &mut Vec<Warning>,
) -> Result<u64, ScenarioError> {
    let scaled = field.number(range.places)?;
    let value = u64::try_from(scaled.floor).ok();
    let value = value
        .filter(|value| (range.low..=range.high).contains(value))
        .ok_or_else(|| field.out_of_range(range))?;
    if scaled.floor != scaled.ceil {
        let found = field.shown();
        warnings.push(field.warning(format!(
            "{found} is not whole; the original takes it as {value}, and so do we"
        )));
    }
    Ok(value)
}

/// Reads the seed. The course passes any value to Python's generator. A valid seed is used as it is; for any other
/// value a seed is derived from its text, so that the file still loads and stays reproducible.
fn seed(field: &Field<'_>, warnings: &mut Vec<Warning>) -> Result<Option<u64>, ScenarioError> {
    match field.text.as_bytes() {
        b"null" => return Ok(None),
        [b'{' | b'[', ..] => return Err(field.wrong_type("a whole number, 0 or more")),
        _ => {}
    }
    if let Ok(seed) = field.text.parse() {
        return Ok(Some(seed));
    }
    let seed = fnv1a(field.text.as_bytes());
    let found = field.shown();
    warnings.push(
        field.warning(format!(
            "{found} is not a whole number from 0 to 2^64-1, taken as seed {seed}"
        )),
    );
    Ok(Some(seed))
}

/// Returns the 64-bit FNV-1a hash, which is short and never changes.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn events(
    field: &Field<'_>,
    lifetime: Nanos,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Event>, ScenarioError> {
    let mut events = Vec::new();
    for item in field.list("a list of events")? {
        let mut object = item.object()?;
        let kind = event_kind(&object.require("type", "an event, such as \"kill_leader\"")?)?;
        let time = object.require("time", "the seconds after `start_wait`")?;
        let at = time.number_in(Range::seconds(0, lifetime))?;
        warn_of_unknown(object, warnings);
        events.push(Event { at, kind });
    }
    events.sort_by_key(|event| event.at);
    Ok(events)
}

fn event_kind(field: &Field<'_>) -> Result<EventKind, ScenarioError> {
    let name = field.string()?;
    if let Some(kind) = EventKind::ALL.into_iter().find(|kind| kind.name() == name) {
        return Ok(kind);
    }
    if fault_names().any(|fault| fault == name) {
        let message =
            format!("`{name}` is not an event of the course, move it to `simulator.events`");
        return Err(field.error(message));
    }
    let known = EventKind::ALL.map(EventKind::name);
    Err(unknown_name(field, "event", &name, &known))
}

fn tests(
    field: &Field<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(Benchmarks, Limits), ScenarioError> {
    let mut tests = field.object()?;
    let field = tests.require("benchmarks", "an object with the tiers of the four metrics")?;
    let mut metrics = field.object()?;
    let mut metric = |name, places| tiers(&metrics.require(name, TIERS)?, places, warnings);
    let benchmarks = Benchmarks {
        total_msgs: metric("total_msgs", 0)?,
        failures: metric("failures", 0)?,
        duplicates: metric("duplicates", 0)?,
        median_latency: metric("median_latency", 9)?,
    };
    metrics.no_more()?;

    let default = Limits::default();
    let [get_fail, put_fail, generation_fail, batched] = LIMITS;
    let mut limit = |name, default| tests.or_default(name, Field::ratio, default);
    let limits = Limits {
        maximum_get_fail_fraction: limit(get_fail, default.maximum_get_fail_fraction)?,
        maximum_put_fail_fraction: limit(put_fail, default.maximum_put_fail_fraction)?,
        maximum_get_generation_fail_fraction: limit(
            generation_fail,
            default.maximum_get_generation_fail_fraction,
        )?,
        maximum_appends_batched_fraction: limit(batched, default.maximum_appends_batched_fraction)?,
    };
    warn_of_unknown(tests, warnings);
    Ok((benchmarks, limits))
}

fn tiers(
    field: &Field<'_>,
    places: u32,
    warnings: &mut Vec<Warning>,
) -> Result<[u64; 3], ScenarioError> {
    let range = Range { places, ..Range::count(0, MAX_TIER) };
    let mut tiers = Vec::new();
    for item in field.list(TIERS)? {
        item.number_in(range)?;
        tiers.push(item.number(places)?.ceil as u64);
    }
    let tiers = <[u64; 3]>::try_from(tiers).map_err(|tiers| {
        field.error(format!("found a list of {}, expected {TIERS}", tiers.len()))
    })?;
    if !tiers.is_sorted() {
        let found = field.shown();
        warnings.push(field.warning(format!("{found} does not ascend, so a tier is out of reach")));
    }
    Ok(tiers)
}

/// Warns of limits next to `tests` instead of in it, as in five of the course's own files.
fn warn_of_misplaced_limits(top: &mut Object<'_>, warnings: &mut Vec<Warning>) {
    for field in LIMITS.into_iter().filter_map(|name| top.take(name)) {
        let message = "the original ignores it here, and so do we; it belongs under `tests`";
        warnings.push(Warning { place: field.key_place(), message: message.to_owned() });
    }
}

/// Warns of unknown fields. The course's simulator ignores them, so a file may contain any.
fn warn_of_unknown(object: Object<'_>, warnings: &mut Vec<Warning>) {
    for (field, suggestion) in object.unknown() {
        let hint = did_you_mean(suggestion);
        let message = format!("unknown field{hint} The original ignores it, and so do we");
        warnings.push(Warning { place: field.key_place(), message });
    }
}
