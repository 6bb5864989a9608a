//! Tests of the shipped models: their laws, and the search with them against brute force over all orders.

use std::fmt::Debug;

use linearizability::model::{Model, Observation, check, order};
use linearizability::model::{counter, key_value, lock, log, mutex, queue, register, set};
use linearizability::{Budget, Verdict};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A model with a few of its operations and answers.
struct Sample<M: Model> {
    model: M,
    ops: Vec<M::Op>,
    answers: Vec<M::Answer>,
}

type Calls<M> = Vec<Observation<<M as Model>::Op, <M as Model>::Answer>>;

impl<M: Model> Sample<M>
where
    M::Op: Clone,
    M::Answer: Clone,
    M::State: Debug,
{
    fn step(&self, state: &M::State, op: &M::Op, answer: Option<&M::Answer>) -> Vec<M::State> {
        self.model.step(state, op, answer).into_iter().collect()
    }

    /// Returns calls that follow each other, most of them with an answer that is right.
    fn sequence(&self, rng: &mut impl Rng) -> Vec<(M::Op, Option<M::Answer>)> {
        let mut state = self.model.initial();
        (0..rng.random_range(1..=6))
            .filter_map(|_| {
                let op = self.ops[rng.random_range(0..self.ops.len())].clone();
                let answers = self.answers.iter();
                let right = answers.filter(|&it| !self.step(&state, &op, Some(it)).is_empty());
                let right: Vec<&M::Answer> = right.collect();
                let is_answered = !right.is_empty() && rng.random_bool(0.7);
                let answer = is_answered.then(|| right[rng.random_range(0..right.len())].clone());
                let after = self.step(&state, &op, answer.as_ref());
                // It may also wait and never return, as the acquisition of a mutex that is held.
                state = after.get(rng.random_range(0..after.len().max(1)))?.clone();
                Some((op, answer))
            })
            .collect()
    }

    /// Returns the states that may follow a sequence of calls; none if it is not legal.
    fn after<'c>(
        &self,
        calls: impl IntoIterator<Item = &'c (M::Op, Option<M::Answer>)>,
    ) -> Vec<M::State>
    where
        M: 'c,
    {
        calls.into_iter().fold(vec![self.model.initial()], |states, (op, answer)| {
            states.iter().flat_map(|state| self.step(state, op, answer.as_ref())).collect()
        })
    }

    fn keeps_its_laws(&self, rng: &mut impl Rng) {
        let mut left_out = 0;
        let mut states = vec![self.model.initial()];
        for _ in 0..3_000 {
            let calls = self.sequence(rng);
            for (place, (op, _)) in calls.iter().enumerate() {
                let enables = |(later, answer): &(M::Op, Option<M::Answer>)| {
                    self.model.enables(op, later, answer.as_ref())
                };
                if !calls[place + 1..].iter().any(enables) {
                    let rest = calls[..place].iter().chain(&calls[place + 1..]);
                    assert!(!self.after(rest).is_empty(), "without {place} of {calls:?}");
                    left_out += 1;
                }
            }
            self.keeps_what_is_lost(&calls);
            states.extend(self.after(&calls).into_iter().take(1));
            states.dedup();
            states.truncate(200);
        }
        assert!(left_out > 100, "only {left_out} calls were of no use");
        for op in &self.ops {
            for answer in &self.answers {
                let legal = states.iter().map(|state| (state, self.step(state, op, Some(answer))));
                let legal: Vec<_> = legal.filter(|(_, after)| !after.is_empty()).collect();
                for (state, after) in &legal {
                    if self.model.observes(op, answer) {
                        assert_eq!(**after, [(*state).clone()], "{op:?} {answer:?}");
                    }
                    if self.model.overwrites(op, answer) {
                        assert_eq!(*after, legal[0].1, "{op:?} {answer:?}");
                    }
                }
            }
        }
    }

    /// Checks that no answer of a legal sequence is lost before it, unless a call between them escapes and enables it.
    fn keeps_what_is_lost(&self, calls: &[(M::Op, Option<M::Answer>)]) {
        for (place, (op, answer)) in calls.iter().enumerate() {
            let Some(answer) = answer else { continue };
            for start in (0..=place).rev() {
                for state in self.after(&calls[..start]) {
                    assert!(
                        !self.model.is_lost(&state, op, answer),
                        "{start} {place} of {calls:?}"
                    );
                }
                let escapes = |(other, others): &(M::Op, Option<M::Answer>)| {
                    self.model.escapes(other, others.as_ref())
                        && self.model.enables(other, op, Some(answer))
                };
                if start > 0 && escapes(&calls[start - 1]) {
                    break;
                }
            }
        }
    }

    /// Returns concurrent calls; in some of them one call is another one.
    fn history(&self, rng: &mut impl Rng) -> Calls<M> {
        let calls = self.sequence(rng);
        let span = [2, 8, 20][rng.random_range(0..3)];
        let spoiled = rng.random_range(0..=2 * calls.len());
        let observed = |(place, (op, answer)): (usize, (M::Op, Option<M::Answer>))| {
            let effect = 10 * place as u64;
            let invoke = effect.saturating_sub(rng.random_range(0..span));
            let end = effect + rng.random_range(0..span);
            let (op, answer) = if place == spoiled {
                let answer = self.answers[rng.random_range(0..self.answers.len())].clone();
                let is_other = rng.random_bool(0.5);
                let other = self.ops[rng.random_range(0..self.ops.len())].clone();
                (if is_other { other } else { op }, Some(answer))
            } else {
                (op, answer)
            };
            match answer {
                Some(answer) => Observation::answered(place as u32, op, invoke, answer, end),
                None => Observation::pending(place as u32, op, invoke),
            }
        };
        calls.into_iter().enumerate().map(observed).collect()
    }

    fn agrees_with_brute_force(&self, rng: &mut impl Rng) {
        let (mut legal, mut violated, mut given) = (0, 0, 0);
        for number in 0..1_500 {
            let calls = self.history(rng);
            let expected = is_legal(&self.model, &calls, 0, &self.model.initial());
            match check(&self.model, &calls, Budget::default()) {
                Verdict::Linearizable => {
                    assert!(expected, "case {number} is a violation: {calls:?}");
                    let order = order(&self.model, &calls, Budget::default()).expect("it is legal");
                    let calls = order.iter().map(|&id| {
                        let answer = calls[id].answer.as_ref().map(|it| it.answer.clone());
                        (calls[id].op.clone(), answer)
                    });
                    assert!(!self.after(&calls.collect::<Vec<_>>()).is_empty());
                    legal += 1;
                }
                Verdict::NotLinearizable(violation) => {
                    assert!(!expected, "case {number} is legal: {calls:?}");
                    let proof = violation.operations.iter().map(|it| calls[it.id as usize].clone());
                    let mut proof: Vec<_> = proof.collect();
                    let mut states = vec![self.model.initial()];
                    if violation.given.is_some() {
                        states = self.given(&mut proof);
                        given += 1;
                    }
                    for state in &states {
                        let is_legal = is_legal(&self.model, &proof, 0, state);
                        assert!(!is_legal, "case {number}: from {state:?} {proof:?} {calls:?}");
                    }
                    violated += 1;
                }
                verdict => panic!("case {number}: {verdict:?}"),
            }
        }
        assert!(legal > 150 && violated > 100, "{legal} legal, {violated} violated");
        assert!(given > 0 || !self.tells(), "no proof begins with a state that is given");
    }

    /// Returns true if there is an answer that tells the state.
    fn tells(&self) -> bool {
        self.ops.iter().any(|op| self.answers.iter().any(|it| self.model.overwrites(op, it)))
    }

    /// Takes away the call that a proof begins with; returns the states that may follow it. What overlaps it may have
    /// any answer, unless it changed nothing.
    fn given(&self, proof: &mut Calls<M>) -> Vec<M::State> {
        let first = proof.remove(0);
        let overlaps = |call: &Observation<_, _>| Some(call.invoke) <= first.returned();
        proof.retain(|call| {
            let answer = call.answer.as_ref().filter(|_| overlaps(call));
            answer.is_none_or(|it| !self.model.observes(&call.op, &it.answer))
        });
        proof.iter_mut().filter(|call| overlaps(call)).for_each(|call| call.answer = None);
        let mut states = vec![self.model.initial()];
        for place in 0..200 {
            let Some(state) = states.get(place).cloned() else { break };
            for op in &self.ops {
                for after in self.step(&state, op, None) {
                    if !states.contains(&after) {
                        states.push(after);
                    }
                }
            }
        }
        let answer = first.answer.as_ref().map(|answered| &answered.answer);
        states.iter().flat_map(|state| self.step(state, &first.op, answer)).collect()
    }
}

/// Tries every order, by depth-first search over the sets of calls that have taken effect.
fn is_legal<M: Model>(
    model: &M,
    calls: &[Observation<M::Op, M::Answer>],
    done: u32,
    state: &M::State,
) -> bool {
    let left = |id: usize| done >> id & 1 == 0;
    if (0..calls.len()).all(|id| !left(id) || calls[id].answer.is_none()) {
        return true;
    }
    (0..calls.len()).filter(|&id| left(id)).any(|id| {
        let call = &calls[id];
        let is_late = |other: &Observation<M::Op, M::Answer>| {
            other.returned().is_some_and(|end| end < call.invoke)
        };
        let answer = call.answer.as_ref().map(|answered| &answered.answer);
        !(0..calls.len()).any(|other| left(other) && is_late(&calls[other]))
            && model
                .step(state, &call.op, answer)
                .into_iter()
                .any(|state| is_legal(model, calls, done | 1 << id, &state))
    })
}

fn test<M: Model>(seed: u64, model: M, ops: Vec<M::Op>, answers: Vec<M::Answer>)
where
    M::Op: Clone,
    M::Answer: Clone,
    M::State: Debug,
{
    let sample = Sample { model, ops, answers };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    sample.keeps_its_laws(&mut rng);
    sample.agrees_with_brute_force(&mut rng);
}

/// Returns all lists of up to three of the numbers 1 and 2.
fn lists() -> Vec<Vec<u8>> {
    let mut lists = vec![Vec::new()];
    for first in 0..lists.capacity().max(7) {
        let Some(list) = lists.get(first).filter(|list| list.len() < 3).cloned() else { break };
        lists.extend([1, 2].map(|element| [&list[..], &[element]].concat()));
    }
    lists
}

#[test]
fn registers() {
    use register::{Answer, Op, Register};
    let swap = |from, to| Op::Swap { from, to };
    let ops = vec![Op::Read, Op::Write(1), Op::Write(2), swap(0, 1), swap(1, 2), swap(2, 0)];
    let answers = vec![
        Answer::Written,
        Answer::Swapped(true),
        Answer::Swapped(false),
        Answer::Value(0),
        Answer::Value(1),
        Answer::Value(2),
    ];
    test(31, Register { initial: 0 }, ops, answers);
}

#[test]
fn key_value_stores() {
    use key_value::{Answer, KeyValue, Op};
    let ops = vec![
        Op::get("k"),
        Op::get("k"),
        Op::put("k", "a"),
        Op::put("k", ""),
        Op::delete("k"),
        Op::append("k", "a"),
        Op::append("k", "b"),
        Op::swap("k", None, "a"),
        Op::swap("k", Some("a"), "b"),
        Op::swap("k", Some("ab"), "aa"),
        Op::get_and_set("k", "a"),
        Op::get_and_set("k", "ab"),
    ];
    let mut answers =
        vec![Answer::Done, Answer::Swapped(true), Answer::Swapped(false), Answer::Value(None)];
    for list in lists() {
        answers.push(Answer::value(
            list.iter().map(|it| ["a", "b"][*it as usize - 1]).collect::<String>(),
        ));
    }
    test(32, KeyValue::default(), ops, answers);
}

#[test]
fn locks() {
    use lock::{Answer, Lock, Op};
    let acquire = |owner| Op::Acquire { lock: "l".to_owned(), owner };
    let release = |owner, token| Op::Release { lock: "l".to_owned(), owner, token };
    let ops = vec![
        acquire(1),
        acquire(2),
        release(1, 0),
        release(1, 1),
        release(2, 1),
        release(2, 2),
        release(1, 3),
    ];
    let mut answers = vec![Answer::Busy, Answer::Released(true), Answer::Released(false)];
    answers.extend((0..5).map(Answer::Acquired));
    test(33, Lock, ops, answers);
}

#[test]
fn queues() {
    use queue::{Answer, Op, Queue};
    let ops = vec![Op::Enqueue(1), Op::Enqueue(2), Op::Dequeue, Op::Dequeue];
    let answers =
        vec![Answer::Done, Answer::Taken(None), Answer::Taken(Some(1)), Answer::Taken(Some(2))];
    test(34, Queue::default(), ops, answers);
}

#[test]
fn counters() {
    use counter::{Answer, Counter, Op};
    let ops = vec![Op::Add(1), Op::Add(-1), Op::Add(2), Op::Read, Op::Read];
    let mut answers = vec![Answer::Done];
    answers.extend((-3..6).map(Answer::Value));
    test(35, Counter::default(), ops, answers);
}

#[test]
fn logs() {
    use log::{Answer, Log, Op};
    let ops = vec![Op::Append(1), Op::Append(2), Op::Read];
    let mut answers = vec![Answer::Done, Answer::Position(0), Answer::Position(2)];
    answers.extend(lists().into_iter().map(Answer::Elements));
    test(36, Log::default(), ops, answers);
}

#[test]
fn sets() {
    use set::{Answer, Op, Set};
    let ops =
        vec![Op::Add(1), Op::Add(2), Op::Remove(1), Op::Contains(1), Op::Contains(2), Op::Read];
    let mut answers = vec![Answer::Done, Answer::Had(true), Answer::Had(false)];
    answers.extend([vec![], vec![1], vec![2], vec![2, 1]].map(Answer::elements));
    test(37, Set::default(), ops, answers);
}

#[test]
fn mutexes() {
    use mutex::{Done, Mutex, Op};
    test(38, Mutex, vec![Op::Acquire, Op::Release], vec![Done]);
}
