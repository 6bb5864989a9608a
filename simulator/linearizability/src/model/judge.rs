//! The verdict on the calls of a service, key by key.

use std::borrow::Cow;
use std::collections::HashMap;

use super::definition::{Model, Observation};
use super::part::{Part, sort_by_stamp};
use super::proof;
use super::search::{self, Outcome};
use super::shrink;
use crate::history::TimeUnit;
use crate::verdict::{Budget, Edge, Evidence, Kind, Verdict, Violation};

/// The largest number of steps to make a proof smaller. Without hints of the model a proof may need most of a history,
/// and more steps would only show that.
const PROOF_STEPS: u64 = 30_000;

/// Checks the calls of each key, and reports the earliest violation.
///
/// The calls may be in any order. `budget` bounds the search for each key.
pub fn check<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    budget: Budget,
) -> Verdict {
    check_in(model, calls, TimeUnit::Nanoseconds, budget)
}

/// Checks calls whose stamps have this unit.
pub(crate) fn check_in<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    unit: TimeUnit,
    budget: Budget,
) -> Verdict {
    let parts = parts(model, calls);
    let Decided { illegal, undecided } = decide_all(model, calls, &parts, budget);
    let lost = illegal.into_iter().map(|(place, stuck)| {
        let of_key: Vec<_> = parts[place].iter().map(|&id| &calls[id]).collect();
        (shrink::lost_at(model, &of_key, stuck, budget.steps), place)
    });
    if let Some((at, place)) = lost.min() {
        let violation = violation(model, calls, &parts[place], at, unit, budget);
        return Verdict::NotLinearizable(Box::new(violation));
    }
    match undecided.first() {
        Some(&place) => {
            Verdict::Unknown { key: key_of(model, calls, &parts[place]), steps: budget.steps }
        }
        None => Verdict::Linearizable,
    }
}

/// The findings about the keys, by their positions.
struct Decided {
    /// Those without a legal order, each with the number of answers that can be ordered.
    illegal: Vec<(usize, usize)>,
    undecided: Vec<usize>,
}

/// The number of steps of the first round for each key.
const FIRST: u64 = 1_000;

/// The factor between the steps of a round and those of the next one.
const GROWTH: u64 = 8;

/// Decides the keys in rounds with more and more steps, until one has no legal order.
///
/// So a key that takes long does not keep the violation of another one from being found.
fn decide_all<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    parts: &[Vec<usize>],
    budget: Budget,
) -> Decided {
    let mut decided = Decided { illegal: Vec::new(), undecided: (0..parts.len()).collect() };
    let mut most = FIRST.min(budget.steps);
    for round in 0.. {
        let Decided { illegal, undecided } = &mut decided;
        undecided.retain(|&place| {
            let of_key: Vec<_> = parts[place].iter().map(|&id| &calls[id]).collect();
            match if round == 0 { model.shortcut(&of_key) } else { None } {
                Some(true) => return false,
                Some(false) => {
                    illegal.push((place, 0));
                    return false;
                }
                None => {}
            }
            let mut steps = most;
            match search::search(model, &Part::new(model, &of_key), &mut steps) {
                Outcome::Legal(_) => false,
                Outcome::Illegal { stuck } => {
                    illegal.push((place, stuck));
                    false
                }
                Outcome::OutOfBudget => true,
            }
        });
        if !illegal.is_empty() || undecided.is_empty() || most == budget.steps {
            break;
        }
        most = most.saturating_mul(GROWTH).min(budget.steps);
    }
    decided
}

/// Returns true if every key has a legal order of its calls, `None` if the budget is too small to tell.
///
/// It takes less time than [`check`] where there is none, because it seeks no proof.
pub fn is_linearizable<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    budget: Budget,
) -> Option<bool> {
    let Decided { illegal, undecided } = decide_all(model, calls, &parts(model, calls), budget);
    match (illegal.is_empty(), undecided.is_empty()) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

/// Returns a legal order of the calls, as their positions, key after key.
///
/// Calls without an outcome that need not have taken effect are left out.
///
/// # Errors
/// Returns the verdict if there is no legal order, or if the budget is too small to find one.
pub fn order<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    budget: Budget,
) -> Result<Vec<usize>, Verdict> {
    let mut order = Vec::new();
    for part in parts(model, calls) {
        let of_key: Vec<_> = part.iter().map(|&id| &calls[id]).collect();
        let mut steps = budget.steps;
        match search::search(model, &Part::new(model, &of_key), &mut steps) {
            Outcome::Legal(found) => order.extend(found.into_iter().map(|place| part[place])),
            Outcome::Illegal { .. } => return Err(check(model, calls, budget)),
            Outcome::OutOfBudget => {
                let key = key_of(model, calls, &part);
                return Err(Verdict::Unknown { key, steps: budget.steps - steps });
            }
        }
    }
    Ok(order)
}

/// The result of a search with a limited number of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A legal order: positions among the calls.
    Legal(Vec<usize>),
    /// There is no legal order. Contains the number of answers that can be ordered.
    Illegal {
        stuck: usize,
    },
    OutOfBudget,
}

/// Decides the calls of one key, and subtracts the steps from `steps`.
pub(crate) fn decide<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    steps: &mut u64,
) -> Decision {
    let calls: Vec<_> = calls.iter().collect();
    match search::search(model, &Part::new(model, &calls), steps) {
        Outcome::Legal(order) => Decision::Legal(order),
        Outcome::Illegal { stuck } => Decision::Illegal { stuck },
        Outcome::OutOfBudget => Decision::OutOfBudget,
    }
}

/// Returns the stamp of the first return after which the calls of one key, which have no legal order, have none.
pub(crate) fn lost_at<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    stuck: usize,
    budget: u64,
) -> u64 {
    shrink::lost_at(model, &calls.iter().collect::<Vec<_>>(), stuck, budget)
}

/// Returns true if the calls of one key have a legal order, `None` if the steps are not enough.
pub(crate) fn is_legal<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    steps: &mut u64,
) -> Option<bool> {
    let calls: Vec<_> = calls.iter().collect();
    match search::search(model, &Part::new(model, &calls), steps) {
        Outcome::Legal(_) => Some(true),
        Outcome::Illegal { .. } => Some(false),
        Outcome::OutOfBudget => None,
    }
}

/// Returns the positions of the calls of each key, in the order in which the keys first appear.
fn parts<M: Model>(model: &M, calls: &[Observation<M::Op, M::Answer>]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (id, call) in calls.iter().enumerate() {
        let place = *places.entry(model.key(&call.op)).or_insert_with(|| {
            parts.push(Vec::new());
            parts.len() - 1
        });
        parts[place].push(id);
    }
    parts
}

fn key_of<M: Model>(model: &M, calls: &[Observation<M::Op, M::Answer>], part: &[usize]) -> String {
    part.first().map_or_else(String::new, |&id| model.key(&calls[id].op).into_owned())
}

/// Returns the proof that the calls of a key, which have no legal order from the return at `at` on, violate the model.
fn violation<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    part: &[usize],
    at: u64,
    unit: TimeUnit,
    budget: Budget,
) -> Violation {
    let of_key: Vec<_> = part.iter().map(|&id| &calls[id]).collect();
    let found = proof::find(model, &of_key, at, budget.steps.min(PROOF_STEPS));
    let given = found.given.map(|place| part[place] as u32);
    let mut proof: Vec<usize> =
        found.given.into_iter().chain(found.calls).map(|place| part[place]).collect();
    // The given call stays first; the others follow in order of invocation.
    sort_by_stamp(&mut proof[usize::from(given.is_some())..], &|id| calls[id].invoke);
    let evidence = |&id: &usize| {
        let call = &calls[id];
        let answer = call.answer.as_ref().map(|answered| &answered.answer);
        Evidence {
            id: id as u32,
            client: call.client,
            call: in_one_line(&model.describe(&call.op, answer)),
            invoke: call.invoke,
            returned: call.returned(),
        }
    };
    let spans: Vec<Span> =
        proof.iter().map(|&id| (id as u32, calls[id].invoke, calls[id].returned())).collect();
    Violation {
        key: key_of(model, calls, part),
        kind: Kind::NoOrder,
        given,
        operations: proof.iter().map(evidence).collect(),
        edges: direct_edges(&spans),
        lost_at: at,
        unit,
    }
}

/// A call's position, and the stamps of its invocation and its return.
type Span = (u32, u64, Option<u64>);

/// Returns the pairs of calls of which one returned before the other began, with none between them.
fn direct_edges(spans: &[Span]) -> Vec<Edge> {
    let precedes = |a: &Span, b: &Span| a.2.is_some_and(|at| at < b.1);
    let mut edges = Vec::new();
    for before in spans {
        for after in spans {
            let between = |c: &Span| precedes(before, c) && precedes(c, after);
            if precedes(before, after) && !spans.iter().any(between) {
                edges.push((before.2, before.0, after.0));
            }
        }
    }
    edges.sort_unstable();
    edges.into_iter().map(|(_, before, after)| Edge { before, after, orders: None }).collect()
}

/// Returns a text without control characters, and without its middle if it is long.
fn in_one_line(text: &str) -> String {
    const WIDEST: usize = 40;
    let plain = |c: char| if c.is_control() { '·' } else { c };
    let count = text.chars().count();
    if count <= WIDEST {
        return text.chars().map(plain).collect();
    }
    let half = WIDEST / 2;
    let start = text.chars().take(half);
    let end = text.chars().skip(count - half + 1);
    start.chain(['…']).chain(end).map(plain).collect()
}
