//! Messages and requests as columns.

use serde::Serialize;

use simulation::picture::{Attempt, Fate, Outcome, Passage, Picture, Reply};

use super::differences::differences;

/// Messages between replicas.
#[derive(Debug, Default, Serialize)]
pub(super) struct Messages {
    sent: Vec<i64>,
    /// The time from then until it arrived or was dropped.
    took: Vec<u64>,
    from: Vec<u16>,
    to: Vec<u16>,
    kind: Vec<usize>,
    text: Vec<usize>,
    fate: Vec<u8>,
}

impl Messages {
    pub(super) fn of(picture: &Picture) -> Messages {
        let all = || picture.messages.iter();
        Messages {
            sent: differences(all().map(|message| message.sent)),
            took: all().map(|message| message.arrived.saturating_sub(message.sent)).collect(),
            from: all().map(|message| message.from.0).collect(),
            to: all().map(|message| message.to.0).collect(),
            kind: all().map(|message| message.kind.index()).collect(),
            text: all().map(|message| message.text.index()).collect(),
            fate: all().map(fate).collect(),
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
    pub sent: Vec<i64>,
    /// The time from then until the answer.
    pub took: Vec<i64>,
    /// The request that it is an attempt of.
    pub request: Vec<u32>,
    pub client: Vec<u32>,
    /// 0 get, 1 put, 2 compare-and-set.
    pub kind: Vec<u8>,
    pub key: Vec<i64>,
    /// The value to be written, or the value that a get returned.
    pub value: Vec<i64>,
    pub to: Vec<i64>,
    /// The replica that answered.
    pub by: Vec<i64>,
    /// 0 no answer, 1 done, 2 redirected, 3 failed.
    pub outcome: Vec<u8>,
    /// True if the network lost the request or its answer.
    pub lost: Vec<u8>,
    /// Answers that the client had no use for.
    pub ignored: Vec<u32>,
}

impl Attempts {
    pub(super) fn of(picture: &Picture) -> Attempts {
        let all = || picture.attempts.iter();
        Attempts {
            sent: differences(all().map(|attempt| attempt.sent)),
            took: all().map(took).collect(),
            request: all().map(|attempt| attempt.request).collect(),
            client: all().map(|attempt| u32::from(attempt.client.0)).collect(),
            kind: all().map(|attempt| u8::from(attempt.put.is_some())).collect(),
            key: all().map(|attempt| attempt.key.index() as i64).collect(),
            value: all().map(value).collect(),
            to: all().map(|attempt| i64::from(attempt.to.0)).collect(),
            by: all().map(|it| it.reply.map_or(-1, |reply| i64::from(reply.by.0))).collect(),
            outcome: all().map(|attempt| outcome(attempt.reply)).collect(),
            lost: all().map(|attempt| u8::from(attempt.is_lost)).collect(),
            ignored: all().map(|attempt| attempt.ignored).collect(),
        }
    }
}

fn took(attempt: &Attempt) -> i64 {
    attempt.reply.map_or(-1, |reply| reply.at.saturating_sub(attempt.sent) as i64)
}

fn value(attempt: &Attempt) -> i64 {
    let value = attempt.put.or(attempt.reply.and_then(|reply| reply.value));
    value.map_or(-1, |value| value.index() as i64)
}

fn outcome(reply: Option<Reply>) -> u8 {
    match reply.map(|reply| reply.outcome) {
        None => 0,
        Some(Outcome::Done) => 1,
        Some(Outcome::Redirected) => 2,
        Some(Outcome::Failed) => 3,
    }
}
