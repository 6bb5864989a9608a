//! The story of a failure, told from evidence: each sentence says what was seen, and nothing is guessed.

use super::{Change, Decisive, Needed, Sibling};
use crate::Nanos;
use crate::check::Check;
use crate::elections::Leadership;
use crate::evidence::Evidence;
use crate::invariants::{Contested, SafetyViolation};
use crate::seconds::moment;
use crate::text::beginning;
use crate::trace::{Actor, Kind, TraceEvent};
use linearizability::Violation;

/// The most sentences.
const MOST: usize = 10;

/// A sentence, when it plays, and how much it matters: the lower, the more.
struct Sentence {
    at: Nanos,
    rank: u32,
    text: String,
}

/// The events that decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps<'e> {
    pub first: Option<&'e Decisive>,
    pub further: &'e [Decisive],
    pub needed: Option<&'e Needed>,
}

impl<'e> Steps<'e> {
    fn all(self) -> impl Iterator<Item = &'e Decisive> {
        self.first.into_iter().chain(self.further)
    }
}

/// Tells the story of a run that fails, by time.
pub(super) fn tell(
    evidence: &Evidence,
    found: &Check,
    shown_at: Nanos,
    steps: Steps<'_>,
    sibling: Option<&Sibling>,
) -> Vec<String> {
    let decisive = steps.first;
    let mut all = Vec::new();
    match &found.violation {
        Some(violation) => of_violation(&mut all, evidence, violation),
        None => of_breach(&mut all, evidence, found, shown_at),
    }
    let first = all.iter().map(|it| it.at).chain(steps.all().map(|it| it.at)).min();
    let since = first.unwrap_or(shown_at);
    all.extend(leaders(evidence, since, shown_at));
    let decided_by: Vec<_> = steps.all().filter_map(first_told).collect();
    all.extend(faults(evidence, since, shown_at, &decided_by));
    all.extend(decisive.map(decided));
    all.extend(steps.further.iter().map(decided_further));
    all.extend(steps.needed.map(needed));
    all.extend(sibling.and_then(spared));
    all.sort_by_key(|it| it.rank);
    all.truncate(MOST);
    all.sort_by_key(|it| (it.at, it.rank));
    all.into_iter().map(|it| it.text).collect()
}

/// Tells the operations of a proof, and how they contradict each other.
fn of_violation(all: &mut Vec<Sentence>, evidence: &Evidence, violation: &Violation) {
    // A service of one's own may have no keys.
    let of_key = match violation.key.as_str() {
        "" if evidence.own.is_some() => String::new(),
        key => format!(" of key {}", beginning(key, 8)),
    };
    for operation in &violation.operations {
        let (client, call) = (operation.client, &operation.call);
        let asking = on_the_way(evidence, operation.invoke, client);
        all.extend(asking.map(|event| Sentence { at: event.at_ns, rank: 2, text: said(event) }));
        let asked = moment(operation.invoke);
        let Some(returned) = operation.returned else {
            let text = format!("At {asked} c{client} asked {call}{of_key}, without an answer.");
            all.push(Sentence { at: operation.invoke, rank: 2, text });
            continue;
        };
        let answer = answer_at(evidence, returned, operation.client);
        let answer = answer.map_or_else(|| call.clone(), |event| event.what.clone());
        let text = format!(
            "c{client} asked at {asked} and was answered at {}: {answer}.",
            moment(returned)
        );
        all.push(Sentence { at: operation.invoke, rank: 2, text });
    }
    let name = |id: u32| violation.operations.iter().find(|it| it.id == id);
    let orders = violation.edges.iter().filter_map(|edge| {
        let [before, after] = [name(edge.before)?, name(edge.after)?];
        let [before, after] = [before, after].map(|it| format!("c{} {}", it.client, it.call));
        Some(format!("{before} had returned before {after} began"))
    });
    let orders = orders.collect::<Vec<_>>().join(", and ");
    let text = match orders.as_str() {
        "" => format!("No order explains these operations{of_key}."),
        orders => format!("No order explains these operations{of_key}: {orders}."),
    };
    all.push(Sentence { at: AT_THE_END, rank: 1, text });
    let at = moment(violation.lost_at);
    // The smallest proof may need operations that came later.
    let needs_later = violation.operations.iter().any(|it| it.returned > Some(violation.lost_at));
    let text = if needs_later {
        format!("The answers until {at} alone have no legal order either.")
    } else {
        format!("From {at} on the clients' answers could not be explained any more.")
    };
    all.push(Sentence { at: violation.lost_at, rank: 1, text });
}

/// The time of a sentence that sums up what comes before.
const AT_THE_END: Nanos = Nanos::MAX - 1;

/// Returns what became of a client's request as it was sent: that it had been turned away elsewhere, was copied or
/// lost.
fn on_the_way(evidence: &Evidence, at: Nanos, client: u32) -> impl Iterator<Item = &TraceEvent> {
    let odd = |event: &&TraceEvent| matches!(event.kind, Kind::Retry | Kind::Altered | Kind::Lost);
    of_client(evidence, at, client).filter(odd)
}

/// Returns what a client does at a time.
fn of_client(evidence: &Evidence, at: Nanos, client: u32) -> impl Iterator<Item = &TraceEvent> {
    let from = evidence.trace.partition_point(|event| event.at_ns < at);
    let then = evidence.trace[from..].iter().take_while(move |event| event.at_ns == at);
    then.filter(move |event| matches!(event.who, Actor::Client(id) if u32::from(id.0) == client))
}

/// Returns the answer that a client got at a time.
fn answer_at(evidence: &Evidence, at: Nanos, client: u32) -> Option<&TraceEvent> {
    let mut answers = of_client(evidence, at, client).filter(|event| event.kind == Kind::Answer);
    let first = answers.next()?;
    // Of several at once it is unknown which is meant.
    answers.next().is_none().then_some(first)
}

/// Tells what a monitor or a check saw.
fn of_breach(all: &mut Vec<Sentence>, evidence: &Evidence, found: &Check, shown_at: Nanos) {
    let breach = found.name.violation(evidence);
    let Some(SafetyViolation { at, node, property, contested, committed, what }) =
        breach.filter(|breach| breach.at == shown_at)
    else {
        let text = format!("At {} it could be seen: {}.", moment(shown_at), found.reason());
        return all.push(Sentence { at: shown_at, rank: 0, text });
    };
    if let (Contested::Entry { index, .. }, Some(first)) = (contested, committed) {
        let (by, term, when) = (first.node, first.term, moment(first.at));
        let text = format!("{by} was the first to commit entry {index}, in term {term} at {when}.");
        all.push(Sentence { at: first.at, rank: 0, text });
    }
    let text =
        format!("At {} it could be seen that {property} was broken: {node} {what}.", moment(*at));
    all.push(Sentence { at: *at, rank: 0, text });
}

/// Tells who led: at the beginning, and from then on, the latest first.
fn leaders(evidence: &Evidence, since: Nanos, until: Nanos) -> Vec<Sentence> {
    let all = evidence.elections.leaderships.iter();
    let matters = |led: &&Leadership| led.from <= until && led.until.is_none_or(|end| end > since);
    let known: Vec<&Leadership> = all.filter(matters).collect();
    let told = known.iter().rev().take(3).chain(known.first().filter(|_| known.len() > 3));
    let sentence = |led: &&Leadership| {
        let term = led.term.map(|term| format!(" term {term}")).unwrap_or_default();
        let end = match (led.until, led.is_gone) {
            (None, _) => " on".to_owned(),
            (Some(end), false) => format!(" until {}", moment(end)),
            (Some(end), true) => format!(" until {}, when it stopped", moment(end)),
        };
        let inferred = if evidence.raft.is_some() { "led" } else { "named itself the leader of" };
        let inferred = if term.is_empty() { "named itself the leader" } else { inferred };
        let (node, from) = (led.node, moment(led.from));
        Sentence {
            at: led.from,
            rank: 4,
            text: format!("{node} {inferred}{term} from {from}{end}."),
        }
    };
    told.map(sentence).collect()
}

/// Tells the latest faults between two moments, but for the one that decided.
fn faults(
    evidence: &Evidence,
    since: Nanos,
    until: Nanos,
    decided_by: &[&TraceEvent],
) -> Vec<Sentence> {
    let between = evidence.trace.iter().filter(|event| (since..=until).contains(&event.at_ns));
    let faults = between.filter(|event| event.kind == Kind::Fault && !decided_by.contains(event));
    let mut latest: Vec<&TraceEvent> = faults.collect();
    let first = latest.len().saturating_sub(3);
    let told = latest.drain(first..);
    told.map(|event| Sentence { at: event.at_ns, rank: 5, text: said(event) }).collect()
}

/// Returns the event of the decisive moment that says most: the first that is no message.
fn first_told(decisive: &Decisive) -> Option<&TraceEvent> {
    let told = decisive.events.iter().find(|event| event.kind != Kind::Message);
    told.or(decisive.events.first())
}

/// Tells which event decided.
fn decided(decisive: &Decisive) -> Sentence {
    let [before, after] = [decisive.before, decisive.after].map(|share| share.percent());
    let what = first_told(decisive).map(words).unwrap_or_default();
    let text = if decisive.is_clear {
        format!(
            "This decided, at {}: {what}. Just before it {before} % of all ways to go on fail in the \
             same way, just after it {after} %.",
            moment(decisive.at)
        )
    } else {
        format!(
            "No single event decided; most did, at {}: {what}, from {before} % to {after} % of all ways to go on.",
            moment(decisive.at)
        )
    };
    Sentence { at: decisive.at, rank: 0, text }
}

/// Tells which other event made the failure more likely.
fn decided_further(step: &Decisive) -> Sentence {
    let [before, after] = [step.before, step.after].map(|share| share.percent());
    let what = first_told(step).map(words).unwrap_or_default();
    let of = if step.by_chance {
        "all ways to go on with the same requests and faults"
    } else {
        "all ways to go on"
    };
    let at = moment(step.at);
    let text = format!(
        "This mattered, too, at {at}: {what}. It raised the share from {before} % to {after} % of {of}."
    );
    Sentence { at: step.at, rank: 0, text }
}

/// Tells which change would have averted the failure.
fn needed(step: &Needed) -> Sentence {
    let [as_it_was, changed] = [step.as_it_was, step.changed].map(|share| share.percent());
    let what = words(&step.event);
    let had = match &step.change {
        Change::Withheld => "it had not arrived".to_owned(),
        Change::KindWithheld(kind) => {
            let to = step.event.with.map(|to| to.to_string()).unwrap_or_default();
            format!("{to} had received no {kind} from then on")
        }
        Change::Delivered => "it had arrived".to_owned(),
    };
    let text = format!(
        "This was needed last, at {}: {what}. If {had}, {changed} % of the ways to go on would have failed in the \
         same way, in place of {as_it_was} %.",
        moment(step.at)
    );
    Sentence { at: step.at, rank: 0, text }
}

/// Tells what the run that escapes does in place of the failure's.
fn spared(sibling: &Sibling) -> Option<Sentence> {
    let (failing, passing) = (sibling.failing.first(), sibling.escaping.first());
    let instead = match (failing, passing) {
        (Some(here), Some(there)) => format!("{}; here: {}", words(there), words(here)),
        (None, Some(there)) => words(there),
        (Some(here), None) => format!("nothing; here: {}", words(here)),
        (None, None) => return None,
    };
    let at = moment(sibling.parts_at);
    let which = if sibling.passes { "A run that passes" } else { "A run that escapes this" };
    let text = format!("{which} is the same until {at}, and then has this: {instead}.");
    Some(Sentence { at: Nanos::MAX, rank: 1, text })
}

/// Returns an event as a sentence.
fn said(event: &TraceEvent) -> String {
    format!("At {}: {}.", moment(event.at_ns), words(event))
}

/// Returns who did what, as the timeline says it.
fn words(event: &TraceEvent) -> String {
    match event.who {
        Actor::World => event.what.clone(),
        who => format!("{who} {}", event.what),
    }
}
