//! The codec as a part of the run: some messages, requests and answers go through their datagrams.
//!
//! To encode and decode all of them would take longer than the rest of a run. So a replica takes one of many
//! ([`MESSAGES`], [`REQUESTS`], [`ANSWERS`]), beginning with one that its seed chooses. A codec that gives back what it
//! was given changes nothing about a run; one that does not stops the replica.

use std::fmt;

use replica::wire::{self, Incoming};
use replica::{Message, NodeId, Op, Outcome, Request, Response};
use serde_json::{Value, json};

use crate::rng::Dice;

/// The number of messages of a replica of which one goes through the codec.
const MESSAGES: usize = 512;

/// The same for the requests that it receives, and for its answers.
const REQUESTS: usize = 32;
const ANSWERS: usize = 256;

/// The salt of the dice that draw the first datagram from a node's seed.
const FIRST: u64 = 0xC0;

/// The choice of one of many datagrams.
#[derive(Debug)]
struct Sample {
    stride: usize,
    /// The number of datagrams before the next one that is chosen.
    left: usize,
}

impl Sample {
    fn new(stride: usize, dice: &mut Dice) -> Self {
        Sample { stride, left: dice.below(stride) }
    }

    /// Counts a datagram, and returns true if it is chosen.
    #[inline]
    fn is_due(&mut self) -> bool {
        let is_due = self.left == 0;
        self.left = if is_due { self.stride - 1 } else { self.left - 1 };
        is_due
    }
}

/// Returns the beginning of a value for a report. A message may have many entries.
fn short(value: &impl fmt::Debug) -> String {
    const LONGEST: usize = 200;
    let text = format!("{value:?}");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The codec of one replica.
#[derive(Debug)]
pub(super) struct Codec {
    id: NodeId,
    messages: Sample,
    requests: Sample,
    answers: Sample,
    /// A buffer that is reused for datagrams.
    datagram: Vec<u8>,
}

impl Codec {
    /// Returns the codec of a replica with a seed.
    pub(super) fn new(id: NodeId, seed: u64) -> Self {
        let mut dice = Dice::new(seed, FIRST);
        let mut sample = |stride| Sample::new(stride, &mut dice);
        let (messages, requests, answers) = (sample(MESSAGES), sample(REQUESTS), sample(ANSWERS));
        Codec { id, messages, requests, answers, datagram: Vec::new() }
    }

    /// Returns a message as its receiver reads it.
    ///
    /// # Panics
    ///
    /// If that is not the message that was sent.
    #[inline]
    pub(super) fn message(&mut self, to: NodeId, leader: Option<NodeId>, sent: Message) -> Message {
        if self.messages.is_due() { self.pass(to, leader, sent) } else { sent }
    }

    #[cold]
    fn pass(&mut self, to: NodeId, leader: Option<NodeId>, sent: Message) -> Message {
        wire::encode_message(&mut self.datagram, self.id, to, leader, &sent);
        match wire::decode(&self.datagram, to) {
            Ok(Incoming::Message { from, message }) if (from, &message) == (self.id, &sent) => {
                message
            }
            Ok(read) => panic!("its codec made {} of the message {}", short(&read), short(&sent)),
            Err(error) => {
                panic!(
                    "its codec made of the message {} what it cannot read: {error}",
                    short(&sent)
                )
            }
        }
    }

    /// Returns a request as the replica reads it from a client's datagram.
    ///
    /// # Panics
    ///
    /// If that is not the request that was sent.
    #[inline]
    pub(super) fn request(&mut self, sent: Request) -> Request {
        if self.requests.is_due() { self.read(sent) } else { sent }
    }

    #[cold]
    fn read(&mut self, sent: Request) -> Request {
        let (src, dst, leader) = (sent.client.to_string(), self.id.to_string(), "FFFF");
        let (id, key) = (&*sent.id, &**sent.op.key());
        let datagram = match &sent.op {
            Op::Get { .. } => {
                json!({"src": src, "dst": dst, "leader": leader, "type": "get", "MID": id, "key": key})
            }
            Op::Put { value, .. } => json!({
                "src": src, "dst": dst, "leader": leader, "type": "put", "MID": id, "key": key, "value": &**value,
            }),
        };
        match wire::decode(datagram.to_string().as_bytes(), self.id) {
            Ok(Incoming::Request(request)) if request == sent => request,
            Ok(read) => panic!("its codec made {} of the request {}", short(&read), short(&sent)),
            Err(error) => panic!("its codec cannot read the request {}: {error}", short(&sent)),
        }
    }

    /// Checks that a client reads the answer that is sent.
    ///
    /// # Panics
    ///
    /// If it reads another one.
    #[inline]
    pub(super) fn answer(&mut self, leader: Option<NodeId>, answer: &Response) {
        if self.answers.is_due() {
            self.show(leader, answer);
        }
    }

    #[cold]
    fn show(&mut self, leader: Option<NodeId>, answer: &Response) {
        wire::encode_response(&mut self.datagram, self.id, leader, answer);
        let read: Option<Value> = serde_json::from_slice(&self.datagram).ok();
        let (kind, value, named) = match &answer.outcome {
            Outcome::Got { value } => ("ok", Some(value.as_deref().unwrap_or_default()), leader),
            Outcome::Done => ("ok", None, leader),
            Outcome::Fail => ("fail", None, leader),
            Outcome::Redirect { leader } => ("redirect", None, *leader),
        };
        let expected = [
            ("src", Some(self.id.to_string())),
            ("dst", Some(answer.client.to_string())),
            ("leader", Some(named.unwrap_or(NodeId::EVERYBODY).to_string())),
            ("type", Some(kind.to_owned())),
            ("MID", Some(answer.id.to_string())),
            ("value", value.map(str::to_owned)),
        ];
        let text = |field: &str| Some(read.as_ref()?.get(field)?.as_str()?.to_owned());
        if let Some((field, _)) = expected.iter().find(|(field, value)| text(field) != *value) {
            let datagram = String::from_utf8_lossy(&self.datagram);
            let (answer, datagram) = (short(answer), short(&datagram));
            panic!("its codec wrote another `{field}` of the answer {answer}: {datagram}");
        }
    }
}

#[cfg(test)]
mod tests {
    use replica::{AppendResult, Appended};

    use super::*;

    fn message(stamp: u64) -> Message {
        Message::Appended(Appended { term: 3, stamp, result: AppendResult::Match(7) })
    }

    #[test]
    fn one_of_many_is_chosen_and_the_seed_chooses_the_first() {
        let first = |seed: u64| {
            let mut sample = Sample::new(16, &mut Dice::new(seed, FIRST));
            let due: Vec<usize> = (0..100).filter(|_| sample.is_due()).collect();
            assert!(due.windows(2).all(|pair| pair[1] - pair[0] == 16), "{due:?}");
            due[0]
        };
        assert!((0..100).map(first).any(|place| place != first(0)));
    }

    #[test]
    fn all_come_back_as_they_were() {
        let mut codec = Codec::new(NodeId(1), 0);
        for stamp in 0..300 {
            assert_eq!(codec.message(NodeId(2), None, message(stamp)), message(stamp));
            let (client, id) = (NodeId(21), "É\"\\\n".into());
            let op = Op::Put { key: "Ä".into(), value: "".into() };
            let request = Request { client, id, op };
            assert_eq!(codec.request(request.clone()), request);
            let outcome = Outcome::Got { value: (stamp > 150).then(|| "ö\u{0}".into()) };
            codec.answer(Some(NodeId(0)), &Response { client, id: request.id, outcome });
        }
    }
}
