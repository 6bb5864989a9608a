//! The book of the course's service: gets and puts of keys, and the course's own check of the values.

mod interner;
mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Book, Call};
use crate::api::{Answer, ClientId, NodeId, NodeSet, Op, RequestKind};
use crate::bounded_log::REMEMBERED;
use crate::digest::Digest;
use crate::evidence::{Anomaly, Counts};
use crate::picture::Sketch;
use crate::plan::{Plan, PlannedRequest};
use crate::rng::Dice;
use crate::trace::Actor;
use crate::workloads::{AnyWorkload, CHOOSE_KEY, Choice, KeySpace};
use crate::{Nanos, ServiceHistory};
use linearizability::{Budget, Call as Recorded, KeyId, Recorder, Returned, ValueId};

use interner::{Names, short};

/// The salt of a request's dice for the workload's choice of the first replica.
const CHOOSE_FIRST: u64 = u64::MAX;

/// The keys, values and history of the course's clients.
#[derive(Debug)]
pub struct KeyValueBook {
    workload: AnyWorkload,
    /// The keys of each client with an acknowledged value, oldest first.
    acknowledged: Vec<Vec<u32>>,
    keys: Vec<Key>,
    /// The values by their texts, for texts that do not identify their request.
    values: Names,
    recorder: Recorder,
    /// The length of the history at which it is shortened.
    fold_at: usize,
    /// The number of the request that is being made.
    number: usize,
}

#[derive(Debug)]
struct Key {
    name: Arc<str>,
    /// The key's id in the history.
    id: KeyId,
    /// The value last acknowledged to the client that owns the key.
    acknowledged: Option<ValueId>,
}

impl Book for KeyValueBook {
    type Op = Op;
    type Answer = Answer;
    type Wish = Choice;

    fn new(plan: &Plan, whole_history: bool) -> Self {
        let expected = plan.requests.len();
        let mut book = KeyValueBook {
            workload: plan.workload,
            acknowledged: vec![Vec::new(); usize::from(plan.clients) + 1],
            keys: Vec::new(),
            values: Names::with_capacity(if plan.workload.has_owned_keys() { expected } else { 0 }),
            recorder: Recorder::new(),
            fold_at: if whole_history { usize::MAX } else { REMEMBERED },
            number: 0,
        };
        book.recorder.reserve(expected.min(REMEMBERED));
        plan.workload.begin(&mut book);
        book
    }

    fn choose(&mut self, planned: &PlannedRequest, number: usize) -> Choice {
        self.number = number;
        let client = ClientId(planned.client);
        let mut dice = Dice::new(planned.dice, CHOOSE_KEY);
        let workload = self.workload;
        workload.choose(client, planned.kind, &mut dice, self)
    }

    fn first_replica(&self, planned: &PlannedRequest, living: NodeSet) -> Option<NodeId> {
        self.workload.first_replica(&mut Dice::new(planned.dice, CHOOSE_FIRST), living)
    }

    fn probe(&mut self, of: NodeId, number: usize) -> Choice {
        self.number = number;
        let key = self.new_key(format!("probe-{of}").into());
        Choice { kind: RequestKind::Put, key, value: self.fresh_value(0) }
    }

    /// The final reads are of the keys of which a put was or may have been acknowledged.
    fn final_reads(&self) -> Vec<(u64, Choice)> {
        let shared = !self.workload.has_owned_keys();
        let keys = (0u32..).zip(&self.keys);
        keys.filter(|(_, key)| shared || key.acknowledged.is_some())
            .map(|(key, _)| (u64::from(key), Choice::get(key)))
            .collect()
    }

    /// Both attempts may take effect, and only a value that was written once tells which did. The course's clients
    /// repeat the same value, and still do here.
    fn renew(&mut self, wish: &Choice, attempts: u32, is_probe: bool) -> Choice {
        let is_ours = is_probe || !self.workload.has_owned_keys();
        if wish.kind == RequestKind::Get || !is_ours {
            return *wish;
        }
        let old = self.text(wish.value);
        let text = format!("{old}.{attempts}");
        self.values.index(&old, wish.value);
        Choice { value: self.value_of(&text.into()), ..*wish }
    }

    fn kind(wish: &Choice) -> RequestKind {
        wish.kind
    }

    fn op(&self, wish: &Choice) -> Op {
        let key = self.keys[wish.key as usize].name.clone();
        match wish.kind {
            RequestKind::Get => Op::Get { key },
            RequestKind::Put => Op::Put { key, value: self.text(wish.value) },
        }
    }

    fn answered(
        &mut self,
        call: &Call<'_, Choice>,
        answer: &Answer,
        counts: &mut Counts,
        wish_of: impl Fn(usize) -> Option<Choice>,
    ) -> Result<(), &'static str> {
        let returned = match (call.wish.kind, answer) {
            (RequestKind::Get, Answer::Value(value)) => {
                let value = value.as_ref().filter(|text| !text.is_empty());
                let value = value.map(|text| self.value_id(text, wish_of));
                self.judge_as_the_course_does(call, value, counts);
                Returned::Got(value.unwrap_or(ValueId::MISSING))
            }
            (RequestKind::Get, _) => return Err("is a get, without a value"),
            (RequestKind::Put, _) => {
                self.acknowledge(call, counts);
                Returned::Put
            }
        };
        self.record(call, Some(returned));
        Ok(())
    }

    fn unanswered(&mut self, call: &Call<'_, Choice>) {
        self.record(call, None);
    }

    #[inline]
    fn is_long(&self) -> bool {
        self.recorder.len() >= self.fold_at
    }

    fn fold(&mut self, open: Vec<(Choice, Nanos)>, unanswered: Vec<Choice>) {
        let mut called_since: BTreeMap<KeyId, Nanos> = BTreeMap::new();
        for (wish, at) in open {
            let since = called_since.entry(self.keys[wish.key as usize].id).or_insert(at);
            *since = at.min(*since);
        }
        let mut held: Vec<ValueId> = unanswered.iter().map(|wish| wish.value).collect();
        held.extend(self.keys.iter().filter_map(|key| key.acknowledged));
        let since = |key: KeyId| called_since.get(&key).copied().unwrap_or(Nanos::MAX);
        self.recorder.fold(since, held.into_iter(), Budget::default().steps);
        let recorder = &self.recorder;
        self.values.retain(|text, value| recorder.minted(value) == Some(text));
        self.fold_at = REMEMBERED.max(2 * self.recorder.len());
    }

    /// A get may still return the request's value. Until now it was found by its request, from now on by its text.
    fn forget(&mut self, wish: &Choice) {
        if let Some(text) = self.recorder.minted(wish.value) {
            self.values.index(text, wish.value);
        }
    }

    fn key(&self, wish: &Choice) -> Option<Arc<str>> {
        Some(self.keys[wish.key as usize].name.clone())
    }

    fn describe(&self, wish: &Choice) -> String {
        let key = &self.keys[wish.key as usize].name;
        match wish.kind {
            RequestKind::Get => format!("get({})", short(key)),
            RequestKind::Put => match &*self.text(wish.value) {
                "" => format!("put({}, \"\")", short(key)),
                value => format!("put({}, {})", short(key), short(value)),
            },
        }
    }

    fn describe_answer(answer: &Answer) -> String {
        match answer {
            Answer::Value(Some(value)) if value.is_empty() => "\"\"".to_owned(),
            Answer::Value(Some(value)) => short(value).to_owned(),
            Answer::Value(None) => "nothing".to_owned(),
            Answer::Done | Answer::Fail | Answer::Redirect => "ok".to_owned(),
        }
    }

    fn fold_answer(answer: &Answer, digest: &mut Digest) {
        match answer {
            Answer::Done => digest.word(1),
            Answer::Value(None) => digest.word(2),
            Answer::Value(Some(value)) => digest.text(value),
            Answer::Fail => digest.word(3),
            Answer::Redirect => digest.word(4),
        }
    }

    fn sketch(&self, wish: &Choice) -> Sketch {
        let put = (wish.kind == RequestKind::Put).then(|| self.text(wish.value));
        Sketch { key: self.key(wish), put, call: None }
    }

    fn value_read(answer: &Answer) -> Option<Arc<str>> {
        match answer {
            Answer::Value(value) => value.clone(),
            Answer::Done | Answer::Fail | Answer::Redirect => None,
        }
    }

    fn into_history(self) -> ServiceHistory {
        self.recorder.finish().into()
    }
}

impl KeyValueBook {
    fn record(&mut self, call: &Call<'_, Choice>, returned: Option<Returned>) {
        if call.is_recorded {
            return;
        }
        let key = self.keys[call.wish.key as usize].id;
        let recorded = match call.wish.kind {
            RequestKind::Get => Recorded::Get { key },
            RequestKind::Put => Recorded::Put { key, value: call.wish.value },
        };
        let operation = self.recorder.invoke(u32::from(call.client.0), recorded, call.invoked);
        if let Some(answer) = returned {
            self.recorder.returned(operation, answer, call.returned);
        }
    }

    fn acknowledge(&mut self, call: &Call<'_, Choice>, counts: &mut Counts) {
        let key = &mut self.keys[call.wish.key as usize];
        if key.acknowledged.replace(call.wish.value).is_none() {
            self.acknowledged[usize::from(call.client.0)].push(call.wish.key);
            counts.keys_acknowledged += u64::from(!call.is_probe);
        }
    }

    /// Makes the course's only check of values: a get returns the value that its client last saw acknowledged. It has
    /// meaning only if every key belongs to one client.
    fn judge_as_the_course_does(
        &self,
        call: &Call<'_, Choice>,
        got: Option<ValueId>,
        counts: &mut Counts,
    ) {
        let key = &self.keys[call.wish.key as usize];
        if call.is_probe || !self.workload.has_owned_keys() || got == key.acknowledged {
            return;
        }
        let text = |value: Option<ValueId>| {
            value.map_or_else(|| "nothing".to_owned(), |value| short(&self.text(value)).to_owned())
        };
        let (expected, got, key) = (text(key.acknowledged), text(got), short(&key.name));
        let what = format!("get({key}) returned {got}, last acknowledged was {expected}");
        counts.stale.push(Anomaly { at: call.returned, who: Actor::Client(call.client), what });
    }
}
