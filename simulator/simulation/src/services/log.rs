//! A log.

use crate::api::{Draw, Service};
use linearizability::model::Model;
use linearizability::model::log::{self, Answer, Op};

/// A log of numbers: clients append to it, which answers the position, and read all of it.
///
/// Each number that is appended is another one.
#[derive(Clone, Copy, Debug)]
pub struct Log;

impl Service for Log {
    type Op = Op<u64>;
    type Answer = Answer<u64>;
    type State = Vec<u64>;

    fn draw(draw: &mut Draw<'_, Self>) -> Op<u64> {
        if draw.is_read() { Op::Read } else { Op::Append(draw.number) }
    }

    fn apply(log: &mut Vec<u64>, op: &Op<u64>) -> Answer<u64> {
        match op {
            Op::Read => Answer::Elements(log.clone()),
            Op::Append(element) => {
                log.push(*element);
                Answer::Position(log.len() - 1)
            }
        }
    }

    fn model() -> impl Model<Op = Op<u64>, Answer = Answer<u64>> {
        log::Log::default()
    }

    fn is_read(op: &Op<u64>) -> bool {
        *op == Op::Read
    }

    fn final_reads() -> Vec<Op<u64>> {
        vec![Op::Read]
    }

    fn describe(op: &Op<u64>) -> String {
        match op {
            Op::Read => "read".to_owned(),
            Op::Append(element) => format!("append({element})"),
        }
    }

    fn describe_answer(answer: &Answer<u64>) -> String {
        match answer {
            Answer::Done => "ok".to_owned(),
            Answer::Position(position) => format!("at {position}"),
            Answer::Elements(elements) => format!("{elements:?}"),
        }
    }
}
