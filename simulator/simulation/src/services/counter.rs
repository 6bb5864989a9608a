//! A counter.

use crate::api::{Draw, Service};
use linearizability::model::Model;
use linearizability::model::counter::{self, Answer, Op};

/// A counter that begins at 0: clients add to it and read it.
#[derive(Clone, Copy, Debug)]
pub struct Counter;

impl Service for Counter {
    type Op = Op;
    type Answer = Answer;
    type State = i64;

    fn draw(draw: &mut Draw<'_, Self>) -> Op {
        if draw.is_read() { Op::Read } else { Op::Add(1 + draw.below(9) as i64) }
    }

    fn apply(count: &mut i64, op: &Op) -> Answer {
        match op {
            Op::Read => Answer::Value(*count),
            Op::Add(number) => {
                *count = count.wrapping_add(*number);
                Answer::Done
            }
        }
    }

    fn model() -> impl Model<Op = Op, Answer = Answer> {
        counter::Counter::default()
    }

    fn is_read(op: &Op) -> bool {
        *op == Op::Read
    }

    fn final_reads() -> Vec<Op> {
        vec![Op::Read]
    }

    fn describe(op: &Op) -> String {
        match op {
            Op::Read => "read".to_owned(),
            Op::Add(number) => format!("add({number})"),
        }
    }

    fn describe_answer(answer: &Answer) -> String {
        match answer {
            Answer::Done => "ok".to_owned(),
            Answer::Value(value) => value.to_string(),
        }
    }
}
