//! The workload: which key a request is about, and which value it writes.

use std::sync::Arc;

use super::{Asked, CHOOSE_KEY, Clients, Key, ROAM, interner};
use crate::Nanos;
use crate::api::NodeSet;
use crate::api::{ClientId, NodeId, Request};
use crate::plan::{PlannedRequest, RequestKind};
use crate::rng::Dice;
use crate::scenario::WorkloadKind;
use linearizability::ValueId;

/// What makes values longer than their name.
const PADDING: char = '.';

impl Clients {
    /// A planned request falls due: decides what is asked, and of whom.
    pub fn ask(
        &mut self,
        now: Nanos,
        planned: &PlannedRequest,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        let client = ClientId(planned.client);
        let mut dice = Dice::new(planned.dice, CHOOSE_KEY);
        match planned.kind {
            RequestKind::Get => self.counts.planned_gets += 1,
            RequestKind::Put => self.counts.planned_puts += 1,
        }
        let (kind, key, value) = match self.workload {
            WorkloadKind::Course => self.choose_own_key(client, planned.kind, &mut dice),
            WorkloadKind::Contend { keys, value_bytes, .. } => {
                let key = dice.below(keys as usize) as u32;
                let choices = (value_bytes.high - value_bytes.low) as usize + 1;
                let bytes = value_bytes.low as usize + dice.below(choices);
                (planned.kind, key, self.unique_value(planned.kind, bytes))
            }
        };
        let dice = planned.dice;
        let to = self.roams(planned.dice, living);
        self.start(now, Asked::new(client, kind, key, value, dice), to, living)
    }

    /// Whom a request is asked of first when its client does not care who leads.
    fn roams(&self, dice: u64, living: NodeSet) -> Option<NodeId> {
        let WorkloadKind::Contend { roam, .. } = self.workload else {
            return None;
        };
        let mut dice = Dice::new(dice, ROAM);
        dice.chance(roam).then(|| living.iter().nth(dice.below(living.len().max(1)))).flatten()
    }

    /// The course's choice: a get reads one of the client's acknowledged keys; a put goes to a new
    /// key or, half of the time, overwrites an acknowledged one.
    fn choose_own_key(
        &mut self,
        client: ClientId,
        kind: RequestKind,
        dice: &mut Dice,
    ) -> (RequestKind, u32, ValueId) {
        let own = &self.clients[usize::from(client.0)].acknowledged;
        if kind == RequestKind::Get && !own.is_empty() {
            return (kind, own[dice.below(own.len())], ValueId::MISSING);
        }
        if kind == RequestKind::Get {
            self.counts.gets_not_generated += 1;
        }
        if own.is_empty() || dice.below(2) == 0 {
            let key = self.new_key(interner::random_key(dice));
            let value = self.value(&interner::successor(&self.keys[key as usize].name));
            (RequestKind::Put, key, value)
        } else {
            let key = own[dice.below(own.len())];
            let old = self.keys[key as usize].acknowledged.expect("it is acknowledged");
            (RequestKind::Put, key, self.value(&interner::successor(&self.text(old))))
        }
    }

    /// A value that was never written before, made so long.
    fn unique_value(&mut self, kind: RequestKind, bytes: usize) -> ValueId {
        match kind {
            RequestKind::Get => ValueId::MISSING,
            RequestKind::Put => {
                let name = format!("v{}", self.requests.len());
                let value: Arc<str> = match bytes.saturating_sub(name.len()) {
                    0 => name.into(),
                    padding => [name, PADDING.to_string().repeat(padding)].concat().into(),
                };
                self.recorder.new_value(value)
            }
        }
    }

    /// What became of an attempt is unknown, so the next one writes another value: both may take
    /// effect, and a value that was written only once tells which did. The course's clients repeat
    /// the same value, and are left alone.
    pub(super) fn renew_value(&mut self, request: u32) {
        let asked = self.requests[request as usize];
        let is_ours = asked.is_probe || self.workload != WorkloadKind::Course;
        if asked.kind == RequestKind::Put && is_ours {
            let old = self.text(asked.value);
            let text = format!("{old}.{}", asked.attempts);
            self.values.index(&old, asked.value);
            self.requests[request as usize].value = self.value(&text.into());
        }
    }

    /// A put of a fresh key in the liveness phase, asked of a given replica first.
    pub fn probe_put(
        &mut self,
        now: Nanos,
        to: NodeId,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        let key = self.new_key(format!("probe-{to}").into());
        let value = self.unique_value(RequestKind::Put, 0);
        let asked = Asked::new(self.prober(), RequestKind::Put, key, value, u64::from(to.0));
        self.start(now, Asked { is_probe: true, ..asked }, Some(to), living)
    }

    /// A get of an existing key in the liveness phase.
    pub fn probe_get(
        &mut self,
        now: Nanos,
        key: u32,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        let asked =
            Asked::new(self.prober(), RequestKind::Get, key, ValueId::MISSING, u64::from(key));
        self.start(now, Asked { is_probe: true, ..asked }, None, living)
    }

    /// The keys that somebody got an acknowledgement for, or could have: those worth a final read.
    pub fn keys(&self) -> impl Iterator<Item = u32> + use<'_> {
        let shared = !matches!(self.workload, WorkloadKind::Course);
        (0u32..)
            .zip(&self.keys)
            .filter(move |(_, key)| shared || key.acknowledged.is_some())
            .map(|(id, _)| id)
    }

    /// The value that a get returned. A unique one names the request that wrote it.
    pub(super) fn value_read(&mut self, text: &Arc<str>) -> ValueId {
        let number = text.strip_prefix('v').and_then(|padded| padded.split(PADDING).next());
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let written = number.and_then(|number| self.requests.get(number)).map(|asked| asked.value);
        let same = |&value: &ValueId| self.recorder.minted(value) == Some(text);
        written.filter(same).unwrap_or_else(|| self.value(text))
    }

    /// The value of a text, new or known.
    pub(super) fn value(&mut self, text: &Arc<str>) -> ValueId {
        let recorder = &mut self.recorder;
        self.values.id(text, || recorder.new_value(text.clone()))
    }

    pub(super) fn new_key(&mut self, name: Arc<str>) -> u32 {
        let id = self.recorder.new_key(name.clone());
        self.keys.push(Key { name, id, acknowledged: None });
        self.keys.len() as u32 - 1
    }
}
