//! The step needed last: the latest datagram without which the failure does not happen, or with which it does not.
//!
//! A curve rises where the failure becomes likely. Often that is a crash or a cut after which the mistake follows
//! nearly surely, so that nothing rises any more where it is made. There the question is another one: the run is made
//! again with one change, the latest first. One message that arrived is withheld; if that is no help, one that was lost
//! arrives, or a client is not turned away. If the run does not fail so, it goes on from there with other draws, with
//! the change and without it, to tell a message that matters from one whose absence only shakes the dice.
//!
//! Where others take the place of each message, such as the votes of an election, all further messages of one kind to
//! one replica are withheld.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::Share;
use super::continuations::{Kept, Way};
use super::curve::Rise;
use super::effort::Effort;
use super::runs::{BrokenOff, Ending, Runs};
use crate::Nanos;
use crate::api::{NodeId, Outcome};
use crate::bounds::LATEST;
use crate::evidence::Evidence;
use crate::picture::{Attempt, Fate, Passage, Picture};
use crate::plan::{Losses, LostMessage, Plan, Withheld};
use crate::trace::{Actor, Kind, TraceEvent};

/// The latest change of a single thing in the failure's run by which it does not fail so.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Needed {
    /// When it changes.
    pub at: Nanos,
    /// The event that is changed.
    pub event: TraceEvent,
    /// The change of it.
    pub change: Change,
    /// The share of continuations that fail in the same way where nothing is changed.
    pub as_it_was: Share,
    /// The same share where it is.
    pub changed: Share,
    /// True if the failure's own run passes with the change.
    pub passes: bool,
    /// The failure's plan with the change.
    #[serde(skip)]
    pub plan: Plan,
}

/// A change of a single thing in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// A datagram that arrived does not.
    Withheld,
    /// No message of this kind arrives at this replica any more.
    KindWithheld(String),
    /// A message that was lost arrives.
    Delivered,
}

/// A change that is tried.
#[derive(Clone, Debug)]
struct Trial {
    at: Nanos,
    from: Option<Actor>,
    to: Actor,
    edit: Edit,
}

/// The edit of the plan that makes a change.
#[derive(Clone, Debug)]
enum Edit {
    Withhold(Withheld),
    Deliver(LostMessage),
}

/// The spans of time in which changes are tried.
#[derive(Clone, Debug)]
pub(super) struct Spans {
    all: Range<Nanos>,
    /// Those of lost messages.
    losses: Range<Nanos>,
}

impl Spans {
    /// Returns the spans from the first rise on, up to where nothing can go otherwise any more. A loss may have been
    /// needed before, where the curve rises because clients ask or are answered: as long as no client asks, nothing of
    /// it can be seen.
    pub(super) fn of(
        rise: Rise,
        another: Option<Rise>,
        trace: &[TraceEvent],
        known: Nanos,
    ) -> Spans {
        let first = another.map_or(rise.before.at, |it| it.before.at.min(rise.before.at));
        let span = rise.before.at..rise.after.at;
        let mut events = trace.iter().filter(|event| span.contains(&event.at_ns));
        let is_of_clients = events.all(|event| matches!(event.who, Actor::Client(_)));
        let first_loss = if is_of_clients { 0 } else { first };
        Spans { all: first..known, losses: first_loss..known }
    }
}

/// The number of runs with a change that are made at once.
const AT_ONCE: usize = 6;

/// A kind of message is rare if it is at most one in this many.
const RARE: usize = 8;

/// Looks for the latest change by which the failure does not happen.
pub(super) fn latest(
    runs: &mut Runs<'_>,
    effort: Effort,
    evidence: &Evidence,
    spans: Spans,
    shown_at: Nanos,
) -> Result<Option<Needed>, BrokenOff> {
    let Some(picture) = evidence.picture.as_ref().filter(|_| effort.trials > 0) else {
        return Ok(None);
    };
    let mut missing = turned_away(picture, shown_at, &spans.all);
    missing.extend(lost(picture, &evidence.losses, &spans.losses));
    let mut found = [arriving(picture, &spans.all), missing];
    for trials in &mut found {
        trials.sort_by_key(|trial| trial.at);
        trials.reverse();
        trials.truncate(effort.trials);
    }
    let ([arriving, missing], kinds) = (found, kinds(picture, &spans.all));
    let most_singles = runs.work + effort.work_left_for_trials(runs.work);
    for (trials, of_kinds) in [(arriving, 0), (missing, 0), (kinds, effort.work_for_trials / 3)] {
        let most_work = most_singles.max(runs.work + of_kinds);
        for some in trials.chunks(AT_ONCE) {
            if runs.work > most_work {
                break;
            }
            let edited =
                |trial: &Trial| trial.applied(runs.continuations.whole(), &evidence.losses);
            let plans: Vec<Plan> = some.iter().map(edited).collect();
            let endings = runs.made(&plans, Plan::clone)?;
            for ((trial, plan), ending) in some.iter().zip(plans).zip(endings) {
                let Some(passes) = ending.escapes() else { continue };
                let Some(event) = trial.event(&evidence.trace) else { continue };
                let [as_it_was, changed] = confirmed(runs, effort, &plan, trial.at)?;
                if changed.interval().1 < as_it_was.interval().0 {
                    let (event, change) = (event.clone(), trial.change());
                    let at = trial.at;
                    return Ok(Some(Needed {
                        at,
                        event,
                        change,
                        as_it_was,
                        changed,
                        passes,
                        plan,
                    }));
                }
            }
        }
    }
    Ok(None)
}

/// Returns the shares of continuations that fail in the same way, without a change and with it, from the moment after
/// it on.
fn confirmed(
    runs: &mut Runs<'_>,
    effort: Effort,
    changed: &Plan,
    at: Nanos,
) -> Result<[Share; 2], BrokenOff> {
    let of = |number| Way { at: at + 1, number, kept: Kept::Plan };
    let ways: Vec<Way> = (0..effort.confirming).map(of).collect();
    let continuations = runs.continuations;
    let mut share = |changed: Option<&Plan>| {
        let plan = |way: &Way| {
            let plan = continuations.plan(*way);
            match changed {
                None => plan,
                Some(Plan { losses, withheld, .. }) => {
                    Plan { losses: losses.clone(), withheld: withheld.clone(), ..plan }
                }
            }
        };
        let endings = runs.made(&ways, plan)?;
        let fails = endings.iter().filter(|it| **it == Ending::Same).count() as u32;
        Ok(Share { fails, of: endings.len() as u32 })
    };
    Ok([share(None)?, share(Some(changed))?])
}

impl Trial {
    /// Withholds what one sends another and that arrives at a moment.
    fn withhold(at: Nanos, from: Actor, to: Actor) -> Trial {
        let withheld = Withheld { at, until: at + 1, from: Some(from), to, kind: None };
        Trial { at, from: Some(from), to, edit: Edit::Withhold(withheld) }
    }

    /// Returns the plan with the change.
    fn applied(&self, plan: &Plan, lost: &[LostMessage]) -> Plan {
        let mut plan = plan.clone();
        match &self.edit {
            Edit::Withhold(withheld) => plan.withheld.push(withheld.clone()),
            Edit::Deliver(delivered) => {
                let others = lost.iter().filter(|it| *it != delivered).copied();
                plan.losses = Losses::Listed(others.collect());
            }
        }
        plan
    }

    fn change(&self) -> Change {
        match &self.edit {
            Edit::Withhold(Withheld { kind: Some(kind), .. }) => Change::KindWithheld(kind.clone()),
            Edit::Withhold(_) => Change::Withheld,
            Edit::Deliver(_) => Change::Delivered,
        }
    }

    /// Returns the event that is changed.
    fn event<'t>(&self, trace: &'t [TraceEvent]) -> Option<&'t TraceEvent> {
        let from = trace.partition_point(|event| event.at_ns < self.at);
        let mut then = trace[from..].iter().take_while(|event| event.at_ns == self.at);
        let kind = match (&self.edit, self.to) {
            (Edit::Deliver(_), _) => Kind::Lost,
            (_, Actor::Node(_)) => Kind::Message,
            _ => return then.find(|event| event.kind == Kind::Retry && event.who == self.to),
        };
        let is_from = |who| self.from.is_none_or(|from| from == who);
        then.find(|it| it.kind == kind && it.with == Some(self.to) && is_from(it.who))
    }
}

/// Returns trials of the messages that arrive, each alone.
fn arriving(picture: &Picture, span: &Range<Nanos>) -> Vec<Trial> {
    arrivals(picture, span)
        .map(|it| Trial::withhold(it.arrived, it.from.into(), it.to.into()))
        .collect()
}

/// Returns trials of the answers that turn a client away, each alone, but for the requests that show the failure.
fn turned_away(picture: &Picture, shown_at: Nanos, span: &Range<Nanos>) -> Vec<Trial> {
    let shows = |request: u32| {
        let mut attempts = picture.attempts.iter().filter(|it| it.request == request);
        attempts.any(|it| it.reply.is_some_and(|reply| reply.at == shown_at))
    };
    let trial = |attempt: &Attempt| {
        let reply = attempt.reply.filter(|it| it.outcome != Outcome::Completed)?;
        let of = || Trial::withhold(reply.at, reply.by.into(), attempt.client.into());
        (span.contains(&reply.at) && !shows(attempt.request)).then(of)
    };
    picture.attempts.iter().filter_map(trial).collect()
}

/// Returns trials of the messages that are lost, each alone.
fn lost(picture: &Picture, lost: &[LostMessage], span: &Range<Nanos>) -> Vec<Trial> {
    let drawn: Vec<&Passage> = picture.messages.iter().filter(|it| it.fate == Fate::Lost).collect();
    if drawn.len() != lost.len() {
        // It is unknown which of them is which.
        return Vec::new();
    }
    let within = drawn.into_iter().zip(lost).filter(|(it, _)| span.contains(&it.arrived));
    let trial = |(message, lost): (&Passage, &LostMessage)| {
        let (from, to) = (Some(message.from.into()), message.to.into());
        Trial { at: message.arrived, from, to, edit: Edit::Deliver(*lost) }
    };
    within.map(trial).collect()
}

/// Returns trials of the rare kinds of messages, each to each replica, from the last arrival in the span on; the latest
/// first.
fn kinds(picture: &Picture, span: &Range<Nanos>) -> Vec<Trial> {
    let mut last = BTreeMap::new();
    for message in arrivals(picture, span) {
        let at = last.entry((message.to, message.kind)).or_insert(message.arrived);
        *at = message.arrived.max(*at);
    }
    let is_rare = |kind| {
        let alike = picture.messages.iter().filter(|it| it.kind == kind).count();
        !picture.text(kind).is_empty() && alike * RARE <= picture.messages.len()
    };
    let rare = last.into_iter().filter(|((_, kind), _)| is_rare(*kind));
    let trial = |((to, kind), at): ((NodeId, _), _)| {
        let (to, kind) = (Actor::from(to), Some(picture.text(kind).to_owned()));
        let withheld = Withheld { at, until: LATEST, from: None, to, kind };
        Trial { at, from: None, to, edit: Edit::Withhold(withheld) }
    };
    let mut all: Vec<Trial> = rare.map(trial).collect();
    all.sort_by_key(|it| it.at);
    all.reverse();
    all
}

/// Returns the messages that arrive in a span.
fn arrivals<'p>(picture: &'p Picture, span: &Range<Nanos>) -> impl Iterator<Item = &'p Passage> {
    let arrives = |it: &&Passage| !matches!(it.fate, Fate::Lost | Fate::CutOff | Fate::Discarded);
    let span = span.clone();
    picture.messages.iter().filter(arrives).filter(move |it| span.contains(&it.arrived))
}
