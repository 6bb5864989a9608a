//! A queue.

use std::collections::VecDeque;

use crate::api::{Draw, Service};
use linearizability::model::Model;
use linearizability::model::queue::{self, Answer, Op};

/// The number of elements that are taken out at the end of a run.
const TAKEN_AT_THE_END: usize = 16;

/// A queue of numbers, first in, first out.
///
/// Each number that is enqueued is another one. Clients enqueue and dequeue equally often, so that the queue stays
/// short.
#[derive(Clone, Copy, Debug)]
pub struct Queue;

impl Service for Queue {
    type Op = Op<u64>;
    type Answer = Answer<u64>;
    type State = VecDeque<u64>;

    fn draw(draw: &mut Draw<'_, Self>) -> Op<u64> {
        if draw.below(2) == 0 { Op::Dequeue } else { Op::Enqueue(draw.number) }
    }

    fn apply(queue: &mut VecDeque<u64>, op: &Op<u64>) -> Answer<u64> {
        match op {
            Op::Dequeue => Answer::Taken(queue.pop_front()),
            Op::Enqueue(element) => {
                queue.push_back(*element);
                Answer::Done
            }
        }
    }

    fn model() -> impl Model<Op = Op<u64>, Answer = Answer<u64>> {
        queue::Queue::default()
    }

    fn final_reads() -> Vec<Op<u64>> {
        vec![Op::Dequeue; TAKEN_AT_THE_END]
    }

    fn describe(op: &Op<u64>) -> String {
        match op {
            Op::Dequeue => "dequeue".to_owned(),
            Op::Enqueue(element) => format!("enqueue({element})"),
        }
    }

    fn describe_answer(answer: &Answer<u64>) -> String {
        match answer {
            Answer::Done => "ok".to_owned(),
            Answer::Taken(Some(element)) => element.to_string(),
            Answer::Taken(None) => "nothing".to_owned(),
        }
    }
}
