//! Requests when they are due, and the keys and values from which a workload chooses.

use std::sync::Arc;

use super::{Asked, CHOOSE_FIRST, CHOOSE_KEY, Clients, Key};
use crate::Nanos;
use crate::api::{ClientId, NodeId, NodeSet, Request};
use crate::plan::{PlannedRequest, RequestKind};
use crate::rng::Dice;
use crate::workloads::{Choice, KeySpace};
use linearizability::ValueId;

/// The character that pads a value to its length.
const PADDING: char = '.';

impl Clients {
    /// Returns the request for a planned one that is due, with the replica to which it is sent.
    pub(crate) fn ask(
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
        let workload = self.workload;
        let Choice { kind, key, value } = workload.choose(client, planned.kind, &mut dice, self);
        let named = planned.to.map(NodeId).filter(|&to| living.contains(to));
        let drawn = || workload.first_replica(&mut Dice::new(planned.dice, CHOOSE_FIRST), living);
        let to = named.or_else(drawn);
        self.start(now, Asked::new(client, kind, key, value, planned.dice), to, living)
    }

    /// Gives a put whose attempt has an unknown result another value for the next attempt.
    ///
    /// Both attempts may take effect, and only a value that was written once tells which did. The course's clients
    /// repeat the same value, and still do here.
    pub(super) fn renew_value(&mut self, request: u32) {
        let asked = self.requests[request as usize];
        let is_ours = asked.is_probe || !self.workload.has_owned_keys();
        if asked.kind == RequestKind::Put && is_ours {
            let old = self.text(asked.value);
            let text = format!("{old}.{}", asked.attempts);
            self.values.index(&old, asked.value);
            self.requests[request as usize].value = self.value_of(&text.into());
        }
    }

    /// Returns a put of a fresh key in the liveness phase, sent to a given replica first.
    pub(crate) fn probe_put(
        &mut self,
        now: Nanos,
        to: NodeId,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        let key = self.new_key(format!("probe-{to}").into());
        let value = self.fresh_value(0);
        let asked = Asked::new(self.prober(), RequestKind::Put, key, value, u64::from(to.0));
        self.start(now, Asked { is_probe: true, ..asked }, Some(to), living)
    }

    /// Returns a get of an existing key in the liveness phase.
    pub(crate) fn probe_get(
        &mut self,
        now: Nanos,
        key: u32,
        living: NodeSet,
    ) -> Option<(NodeId, Request)> {
        let asked =
            Asked::new(self.prober(), RequestKind::Get, key, ValueId::MISSING, u64::from(key));
        self.start(now, Asked { is_probe: true, ..asked }, None, living)
    }

    /// Returns the keys for a final read: those of which a put was or may have been acknowledged.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u32> + use<'_> {
        let shared = !self.workload.has_owned_keys();
        (0u32..)
            .zip(&self.keys)
            .filter(move |(_, key)| shared || key.acknowledged.is_some())
            .map(|(id, _)| id)
    }

    /// Returns the value that a get returned. A unique value's text contains the number of its request.
    pub(super) fn value_read(&mut self, text: &Arc<str>) -> ValueId {
        let number = text.strip_prefix('v').and_then(|padded| padded.split(PADDING).next());
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let written = number.and_then(|number| self.requests.get(number)).map(|asked| asked.value);
        let same = |&value: &ValueId| self.recorder.minted(value) == Some(text);
        written.filter(same).unwrap_or_else(|| self.value_of(text))
    }
}

impl KeySpace for Clients {
    fn acknowledged(&self, client: ClientId) -> &[u32] {
        &self.clients[usize::from(client.0)].acknowledged
    }

    fn no_key_to_get(&mut self) {
        self.counts.gets_not_generated += 1;
    }

    fn new_key(&mut self, name: Arc<str>) -> u32 {
        let id = self.recorder.new_key(name.clone());
        self.keys.push(Key { name, id, acknowledged: None });
        self.keys.len() as u32 - 1
    }

    fn key_name(&self, key: u32) -> Arc<str> {
        self.keys[key as usize].name.clone()
    }

    fn acknowledged_value(&self, key: u32) -> Arc<str> {
        let value = self.keys[key as usize].acknowledged.expect("it is among the acknowledged");
        self.text(value)
    }

    fn value_of(&mut self, text: &Arc<str>) -> ValueId {
        let recorder = &mut self.recorder;
        self.values.id(text, || recorder.new_value(text.clone()))
    }

    fn fresh_value(&mut self, bytes: usize) -> ValueId {
        let name = format!("v{}", self.requests.len());
        let value: Arc<str> = match bytes.saturating_sub(name.len()) {
            0 => name.into(),
            padding => [name, PADDING.to_string().repeat(padding)].concat().into(),
        };
        self.recorder.new_value(value)
    }
}
