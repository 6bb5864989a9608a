//! Locks with fencing tokens.

use std::collections::BTreeMap;

use crate::api::{Draw, Service};
use linearizability::model::Model;
use linearizability::model::lock::{self, Answer, Op};

/// The names of the locks that clients ask for.
const NAMES: [&str; 2] = ["a", "b"];

/// Locks by name, each with at most one owner at a time, and with fencing tokens that grow.
///
/// A client that acquired a lock mostly releases it next, with the token that it got.
#[derive(Clone, Copy, Debug)]
pub struct Locks;

/// Every lock that was ever acquired: its owner with the token, if it has one, and its next token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Owners(BTreeMap<String, Owner>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Owner {
    holder: Option<(u32, u64)>,
    next: u64,
}

impl Service for Locks {
    type Op = Op;
    type Answer = Answer;
    type State = Owners;

    fn draw(draw: &mut Draw<'_, Self>) -> Op {
        let client = u32::from(draw.client.0);
        let releases = draw.below(4) > 0;
        match draw.last {
            Some((Op::Acquire { lock, owner }, Answer::Acquired(token))) if releases => {
                Op::Release { lock: lock.clone(), owner: *owner, token: *token }
            }
            _ => {
                let name = NAMES[draw.below(NAMES.len() as u64) as usize];
                Op::Acquire { lock: name.to_owned(), owner: client }
            }
        }
    }

    fn apply(owners: &mut Owners, op: &Op) -> Answer {
        let (Op::Acquire { lock, .. } | Op::Release { lock, .. }) = op;
        let entry = owners.0.entry(lock.clone()).or_default();
        match op {
            Op::Acquire { .. } if entry.holder.is_some() => Answer::Busy,
            Op::Acquire { owner, .. } => {
                let token = entry.next;
                *entry = Owner { holder: Some((*owner, token)), next: token + 1 };
                Answer::Acquired(token)
            }
            Op::Release { owner, token, .. } => {
                let is_owner = entry.holder == Some((*owner, *token));
                if is_owner {
                    entry.holder = None;
                }
                Answer::Released(is_owner)
            }
        }
    }

    fn model() -> impl Model<Op = Op, Answer = Answer> {
        lock::Lock
    }

    fn key(op: &Op) -> Option<String> {
        let (Op::Acquire { lock, .. } | Op::Release { lock, .. }) = op;
        Some(lock.clone())
    }

    fn describe(op: &Op) -> String {
        match op {
            Op::Acquire { lock, owner } => format!("acquire({lock}) by {owner}"),
            Op::Release { lock, owner, token } => {
                format!("release({lock}, token {token}) by {owner}")
            }
        }
    }

    fn describe_answer(answer: &Answer) -> String {
        match answer {
            Answer::Acquired(token) => format!("token {token}"),
            Answer::Busy => "busy".to_owned(),
            Answer::Released(true) => "released".to_owned(),
            Answer::Released(false) => "not the owner".to_owned(),
        }
    }
}
