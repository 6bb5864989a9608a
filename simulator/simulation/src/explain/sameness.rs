//! The rule by which runs fail in the same way: by the same check, and about the same thing.
//!
//! A check alone is too little. Where most runs of a scenario fail, they fail by the same check, each about another
//! key; to ask when *this* failure was decided is to ask when this key, this entry, this term was lost.

use std::collections::BTreeSet;
use std::fmt;

use crate::Nanos;
use crate::api::NodeId;
use crate::check::{Check, CheckName, Verdict};
use crate::evidence::Evidence;
use crate::failure::Failure;
use crate::invariants::{Contested, SafetyViolation};
use crate::text::beginning;
use linearizability::{Action, Budget, Call, History, Recorder, Returned, check};

/// The conditions under which a run fails in the same way as another.
#[derive(Clone, Debug)]
pub(super) struct Sameness<'f> {
    failure: &'f Failure,
    matter: Matter,
    /// When the failure is first to be seen.
    pub shown_at: Nanos,
}

/// The thing that a failure is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Matter {
    /// Values of a key, some of which were put, that cannot have been there in any order.
    Values { key: String, puts: Vec<Put> },
    /// The entry or term on which two replicas disagree.
    Contested(Contested),
    /// A replica that died.
    Replica(NodeId),
    /// A replica that never stops turning requests away, with a `fail` or with a redirect.
    Storm { by: NodeId, fails: bool },
    /// All that the check watches, or the subject of the failure.
    Check,
}

/// A put, by what another run has in common with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Put {
    client: u32,
    invoke: u64,
    value: String,
}

impl<'f> Sameness<'f> {
    /// Returns what is to be shown again, by the run of the failure itself; `None` if that run does not fail so.
    pub(super) fn of(failure: &'f Failure, evidence: &Evidence, verdict: &Verdict) -> Option<Self> {
        let found = failure.shown_by(verdict)?;
        let (matter, shown_at) = of_check(evidence, found);
        let shown_at = shown_at.min(evidence.ended);
        let sameness = Sameness { failure, matter, shown_at };
        if sameness.is_shown(evidence, verdict) {
            return Some(sameness);
        }
        // What does not know its own run again, such as a history of which most was dropped, is no help.
        Some(Sameness { matter: Matter::Check, ..sameness })
    }

    /// Returns true if a run fails in the same way, be it that something worse is wrong, too.
    pub(super) fn is_shown(&self, evidence: &Evidence, verdict: &Verdict) -> bool {
        let Some(found) = self.failure.found_in(verdict) else { return false };
        match &self.matter {
            Matter::Values { key, puts } => {
                found.violation.is_some() && contradicts(&evidence.history, key, puts)
            }
            Matter::Contested(contested) => {
                let rules = self.failure.check.rules();
                let mut breaches = evidence.raft.iter().flatten();
                breaches.any(|breach| {
                    Some(breach.property.rules()) == rules && breach.contested == *contested
                })
            }
            Matter::Replica(node) => evidence.crashes.iter().any(|crash| crash.node == *node),
            Matter::Storm { by, fails } => {
                let turned_away = evidence.storms.iter().map(|storm| storm.turned_away);
                turned_away.into_iter().any(|it| (it.by, it.fails) == (*by, *fails))
            }
            Matter::Check => true,
        }
    }
}

/// The check, and the thing that the failure is about.
impl fmt::Display for Sameness<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.failure.check;
        match &self.matter {
            Matter::Values { key, puts } => {
                let names: Vec<_> = puts.iter().map(|put| beginning(&put.value, 8)).collect();
                let (key, names) = (beginning(key, 8), names.join(" or "));
                if puts.is_empty() {
                    write!(f, "{check}, about key {key}")
                } else {
                    write!(f, "{check}, about key {key} and the put of {names}")
                }
            }
            Matter::Contested(Contested::Term(term)) => write!(f, "{check}, about term {term}"),
            Matter::Contested(Contested::Entry { index, .. }) => {
                write!(f, "{check}, about entry {index} of the log")
            }
            Matter::Contested(Contested::Replica(node)) | Matter::Replica(node) => {
                write!(f, "{check}, about replica {node}")
            }
            Matter::Storm { by, fails: true } => write!(f, "{check}, {by} answers `fail`"),
            Matter::Storm { by, .. } => write!(f, "{check}, {by} redirects"),
            Matter::Check => match self.failure.subject {
                Some(_) => write!(f, "{check}, about the same bound"),
                None => write!(f, "{check}"),
            },
        }
    }
}

fn of_check(evidence: &Evidence, found: &Check) -> (Matter, Nanos) {
    // The operations of a service of one's own are known by words alone.
    if let Some(violation) = found.violation.as_ref().filter(|_| evidence.own.is_none()) {
        let history = &evidence.history;
        let operations = violation.operations.iter();
        let ids = operations.map(|it| &history.operations()[it.id as usize]);
        let values: BTreeSet<_> = ids
            .flat_map(|operation| match operation.action {
                Action::Get { value } => vec![value],
                Action::Put { value } => vec![value],
                Action::Cas { from, to, .. } => vec![from, to],
            })
            .collect();
        let key_of = |id: u32| history.operations()[id as usize].key;
        let key = violation.operations.first().map(|it| key_of(it.id));
        let puts = history.operations().iter().filter(|it| {
            Some(it.key) == key && it.action.written().is_some_and(|value| values.contains(&value))
        });
        let puts = puts.filter_map(|it| put(history, it)).collect();
        // The proof cuts long names.
        let key = key.map_or_else(String::new, |key| history.key_name(key).to_owned());
        return (Matter::Values { key, puts }, violation.lost_at);
    }
    match found.name {
        CheckName::RaftSafety | CheckName::RaftPromises | CheckName::RaftCommits => {
            let first = found.name.violation(evidence);
            let of = |breach: &SafetyViolation| (Matter::Contested(breach.contested), breach.at);
            first.map_or((Matter::Check, evidence.ended), of)
        }
        CheckName::NoCrash => match evidence.crashes.first() {
            Some(first) => (Matter::Replica(first.node), first.at),
            None => (Matter::Check, evidence.ended),
        },
        CheckName::NoRetryStorm => {
            let shown_at = evidence.storm_at.unwrap_or(evidence.ended);
            match evidence.storms.first().map(|worst| worst.turned_away) {
                Some(it) => (Matter::Storm { by: it.by, fails: it.fails }, shown_at),
                None => (Matter::Check, shown_at),
            }
        }
        CheckName::Progress => {
            (Matter::Check, evidence.stall().map_or(evidence.ended, |stall| stall.until))
        }
        _ => (Matter::Check, evidence.ended),
    }
}

fn put(history: &History, operation: &linearizability::Operation) -> Option<Put> {
    let value = history.value_text(operation.action.written()?)?.to_owned();
    Some(Put { client: operation.client, invoke: operation.invoke, value })
}

/// Returns true if a key's history contradicts itself about one of these puts; of anything, where there are none.
///
/// The checker proves one violation. If that is about others, these are left out, and it looks again: without a value
/// that contradicts another, what is left still contradicts itself if it did before.
fn contradicts(history: &History, key: &str, puts: &[Put]) -> bool {
    let mut left_out = BTreeSet::new();
    loop {
        let part = of_key(history, key, &left_out);
        let linearizability::Verdict::NotLinearizable(violation) = check(&part, Budget::default())
        else {
            return false;
        };
        let operations = violation.operations.iter().map(|it| &part.operations()[it.id as usize]);
        let written: Vec<_> = operations.clone().filter_map(|it| put(&part, it)).collect();
        if puts.is_empty() || written.iter().any(|put| puts.contains(put)) {
            return true;
        }
        let before = left_out.len();
        left_out.extend(written.into_iter().map(|put| put.value));
        if left_out.len() == before {
            return false;
        }
    }
}

/// The operations on a key, without those on some values.
fn of_key(history: &History, key: &str, left_out: &BTreeSet<String>) -> History {
    let mut recorder = Recorder::new();
    let name = recorder.key(key);
    let operations = history.operations().iter();
    for operation in operations.filter(|it| history.key_name(it.key) == key) {
        let texts = match operation.action {
            Action::Put { value } | Action::Get { value } => [history.value_text(value), None],
            Action::Cas { from, to, .. } => [history.value_text(from), history.value_text(to)],
        };
        if texts.iter().flatten().any(|text| left_out.contains(*text)) {
            continue;
        }
        let mut value = |text: Option<&str>| {
            text.map_or(linearizability::ValueId::MISSING, |text| recorder.value(text))
        };
        let (first, second) = (value(texts[0]), value(texts[1]));
        let (call, answer) = match operation.action {
            Action::Put { .. } => (Call::Put { key: name, value: first }, Returned::Put),
            Action::Get { .. } => (Call::Get { key: name }, Returned::Got(first)),
            Action::Cas { ok, .. } => {
                let call = Call::Cas { key: name, from: first, to: second };
                (call, Returned::Cas(ok.unwrap_or_default()))
            }
        };
        let id = recorder.invoke(operation.client, call, operation.invoke);
        if let Some(at) = operation.returned() {
            recorder.returned(id, answer, at);
        }
    }
    recorder.finish()
}
