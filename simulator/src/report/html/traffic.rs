//! Messages and requests as columns.

use serde::Serialize;

use simulation::api::Outcome;
use simulation::picture::{Attempt, Fate, Passage, Picture, Reply};

use super::columns::{Column, Columns};

/// Messages between replicas.
#[derive(Debug, Default, Serialize)]
pub(super) struct Messages {
    sent: Column,
    /// The time from then until it arrived or was dropped.
    took: Column,
    from: Column,
    to: Column,
    kind: Column,
    text: Column,
    fate: Column,
}

impl Messages {
    pub(super) fn of(columns: &mut Columns, picture: &Picture) -> Messages {
        let all = || picture.messages.iter();
        Messages {
            sent: columns.moments(all().map(|message| message.sent)),
            took: columns.add(all().map(|message| message.arrived.saturating_sub(message.sent))),
            from: columns.add(all().map(|message| message.from.0)),
            to: columns.add(all().map(|message| message.to.0)),
            kind: columns.add(all().map(|message| message.kind.index())),
            text: columns.add(all().map(|message| message.text.index())),
            fate: columns.add(all().map(fate)),
        }
    }
}

fn fate(message: &Passage) -> u8 {
    match message.fate {
        Fate::Late => 1,
        Fate::Copied => 2,
        Fate::Corrupted => 3,
        Fate::Lost => 4,
        Fate::CutOff => 5,
        Fate::Discarded => 6,
        _ => 0,
    }
}

/// Requests of clients, a datagram each. In a number, -1 stands for nothing.
#[derive(Debug, Default, Serialize)]
pub(super) struct Attempts {
    pub sent: Column,
    /// The time from then until the answer.
    pub took: Column,
    /// The request that it is an attempt of.
    pub request: Column,
    pub client: Column,
    /// 0 get, 1 put, 2 compare-and-set, 3 an operation of another service, which the value has in words.
    pub kind: Column,
    pub key: Column,
    /// The value to be written, or the value that a get returned.
    pub value: Column,
    pub to: Column,
    /// The replica that answered.
    pub by: Column,
    /// 0 no answer, 1 done, 2 redirected, 3 failed.
    pub outcome: Column,
    /// True if the network lost the request or its answer.
    pub lost: Column,
    /// Answers that the client had no use for.
    pub ignored: Column,
}

impl Attempts {
    pub(super) fn of(columns: &mut Columns, picture: &Picture) -> Attempts {
        let all = || picture.attempts.iter();
        Attempts {
            sent: columns.moments(all().map(|attempt| attempt.sent)),
            took: columns.add(all().map(took)),
            request: columns.add(all().map(|attempt| attempt.request)),
            client: columns.add(all().map(|attempt| u32::from(attempt.client.0))),
            kind: columns.add(all().map(kind)),
            key: columns.add(all().map(|attempt| attempt.key.index() as i64)),
            value: columns.add(all().map(value)),
            to: columns.add(all().map(|attempt| i64::from(attempt.to.0))),
            by: columns.add(all().map(|it| it.reply.map_or(-1, |reply| i64::from(reply.by.0)))),
            outcome: columns.add(all().map(|attempt| outcome(attempt.reply))),
            lost: columns.add(all().map(|attempt| u8::from(attempt.is_lost))),
            ignored: columns.add(all().map(|attempt| attempt.ignored)),
        }
    }
}

fn kind(attempt: &Attempt) -> u8 {
    match (attempt.call, attempt.put) {
        (Some(_), _) => 3,
        (None, Some(_)) => 1,
        (None, None) => 0,
    }
}

fn took(attempt: &Attempt) -> i64 {
    attempt.reply.map_or(-1, |reply| reply.at.saturating_sub(attempt.sent) as i64)
}

fn value(attempt: &Attempt) -> i64 {
    let answer = attempt.reply.and_then(|reply| reply.value);
    let value = attempt.put.or(answer).or(attempt.call);
    value.map_or(-1, |value| value.index() as i64)
}

fn outcome(reply: Option<Reply>) -> u8 {
    match reply.map(|reply| reply.outcome) {
        None => 0,
        Some(Outcome::Completed) => 1,
        Some(Outcome::Redirected) => 2,
        Some(Outcome::Failed) => 3,
    }
}
