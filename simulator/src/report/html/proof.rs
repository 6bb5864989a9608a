//! The operations that prove a finding, and the replicas that answered them: of a lost value, the one that acknowledged
//! it and the one that lacks it.

use linearizability::{Evidence, Violation};
use serde::Serialize;
use simulation::Nanos;
use simulation::api::Outcome;
use simulation::evidence::Storm;
use simulation::picture::{Attempt, Picture};

/// An operation of a proof.
#[derive(Debug, Serialize)]
pub(super) struct ProofOperation {
    /// Its number in the text.
    pub number: u32,
    pub client: u32,
    pub call: String,
    pub invoke: Nanos,
    pub returned: Option<Nanos>,
    /// The attempt that it was.
    pub attempt: Option<usize>,
    /// The words that stand at the replica that answered.
    pub mark: String,
}

/// Returns the words that stand at the replica that answered an operation of a proof.
pub(super) fn mark(violation: &Violation, operation: &Evidence) -> String {
    if !operation.call.starts_with("get") {
        return "acknowledged".to_owned();
    }
    match missed(violation, operation) {
        None => "answered".to_owned(),
        Some(before) if before.call.starts_with("get") => format!("lacks what {} read", before.id),
        Some(before) => format!("lacks what {} wrote", before.id),
    }
}

/// The operation whose value a get should have seen: it had returned before. Only the get that ends the proof lacks
/// anything; those before it may have been right.
fn missed<'v>(violation: &'v Violation, get: &Evidence) -> Option<&'v Evidence> {
    let operations = &violation.operations;
    let gets = operations.iter().filter(|it| it.call.starts_with("get"));
    let last = gets.max_by_key(|it| it.returned)?;
    if last.id != get.id {
        return None;
    }
    let edge = violation.edges.iter().find(|edge| edge.after == get.id)?;
    operations.iter().find(|it| it.id == edge.before)
}

/// Returns the put that acknowledged what a storm asks for, if there was one, and the storm's own request.
pub(super) fn of_storm(picture: &Picture, key: &str, storm: &Storm) -> Vec<ProofOperation> {
    let is_key = |attempt: &Attempt| picture.text(attempt.key) == key;
    let all = || picture.attempts.iter().enumerate().filter(|(_, attempt)| is_key(attempt));
    let is_its = |attempt: &Attempt| attempt.put.is_none() == storm.is_get;
    let first = all().find(|(_, attempt)| attempt.sent == storm.since && is_its(attempt));
    let Some((_, first)) = first else { return Vec::new() };
    let is_own = |attempt: &Attempt| attempt.request == first.request && attempt.reply.is_some();
    let Some((place, last)) = all().rfind(|(_, attempt)| is_own(attempt)) else {
        return Vec::new();
    };
    let acknowledged = |attempt: &Attempt| {
        let reply = attempt.reply.filter(|reply| reply.outcome == Outcome::Completed);
        attempt.put.is_some() && reply.is_some_and(|reply| reply.at <= storm.since)
    };
    let put = all().rfind(|(_, attempt)| acknowledged(attempt));
    let put = put.filter(|_| storm.is_get && storm.turned_away.fails);
    let mut operations = Vec::new();
    if let Some((place, put)) = put {
        let value = picture.text(put.put.unwrap_or(put.key));
        let call = format!("put({})", beginning(value));
        let mark = "acknowledged".to_owned();
        operations.push(operation(1, call, (place, put), put.sent, mark));
    }
    let how = if storm.turned_away.fails { "fail" } else { "redirect" };
    let what = if storm.is_get { "get" } else { "put" };
    let call = format!("{what}, {} times", simulation::text::thousands(storm.asked));
    let lacks = if operations.is_empty() { "" } else { ": lacks what 1 wrote" };
    let number = operations.len() as u32 + 1;
    let mark = format!("answers `{how}`{lacks}");
    operations.push(operation(number, call, (place, last), storm.since, mark));
    operations
}

/// Long generated values are told apart by their beginning, as in the timeline.
fn beginning(value: &str) -> String {
    let most = if value.chars().count() > 16 { 8 } else { 16 };
    value.chars().take(most).collect()
}

fn operation(
    number: u32,
    call: String,
    (place, attempt): (usize, &Attempt),
    invoke: Nanos,
    mark: String,
) -> ProofOperation {
    ProofOperation {
        number,
        client: attempt.client.0.into(),
        call,
        invoke,
        returned: attempt.reply.map(|reply| reply.at),
        attempt: Some(place),
        mark,
    }
}
