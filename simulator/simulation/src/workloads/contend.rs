//! `contend`: all clients read and write the same few keys.

use linearizability::ValueId;
use serde::{Deserialize, Serialize};

use super::{Choice, KeySpace, Workload, roaming};
use crate::api::{ClientId, NodeId, NodeSet, RequestKind};
use crate::bounds::{Bounds, PlanError};
use crate::json::{Field, Object, Range, ScenarioError, drawn};
use crate::rng::Dice;
use crate::units::{Drawn, Ratio};

/// The largest number of keys.
const MOST_KEYS: u32 = 100_000;

/// The longest value, in bytes.
const LONGEST_VALUE: u32 = 60_000;

/// A workload on a few keys that all clients share. No value is written twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contend {
    /// The number of keys, 1 to 100,000.
    pub keys: u32,
    /// The share of requests that are first sent to a random replica.
    ///
    /// The others are sent to the leader that the client knows. If all were, the clients would soon follow the same
    /// leader, and a second leader would go unnoticed.
    #[serde(default)]
    pub roam: Ratio,
    /// The length of values in bytes, drawn for each, 0 to 60,000. A value is never shorter than its unique name.
    #[serde(default, skip_serializing_if = "Drawn::is_zero")]
    pub value_bytes: Drawn<u32>,
}

impl Workload for Contend {
    const NAME: &'static str = "contend";
    const FIELDS: &'static [&'static str] = &["keys", "roam", "value_bytes"];

    fn read(object: &mut Object<'_>) -> Result<Self, ScenarioError> {
        let field = object.require("keys", "how many keys the clients share, 1 to 100000")?;
        let keys = field.whole_in(Range::count(1, MOST_KEYS.into()))? as u32;
        let roam = object.or_default("roam", Field::ratio, Ratio::ZERO)?;
        let bytes = Range::count(0, LONGEST_VALUE.into());
        let length = |field: &Field<'_>| Ok(field.whole_in(bytes)? as u32);
        let lengths = |field: &Field<'_>| drawn(field, length);
        let value_bytes = object.or_default("value_bytes", lengths, Drawn::default())?;
        Ok(Contend { keys, roam, value_bytes })
    }

    fn thin_out(self, takes_part: impl Fn(&str) -> bool) -> Self {
        let value_bytes =
            if takes_part("value bytes") { self.value_bytes } else { Drawn::default() };
        Contend { value_bytes, ..self }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        let Drawn { low, high } = self.value_bytes;
        bounds.range("keys", self.keys, 1, MOST_KEYS)?;
        bounds.range("value_bytes.high", high, 0, LONGEST_VALUE)?;
        bounds.range("value_bytes.low", low, 0, high)
    }

    fn begin(self, keys: &mut impl KeySpace) {
        for number in 0..self.keys {
            keys.new_key(format!("k{number}").into());
        }
    }

    fn choose(
        self,
        _client: ClientId,
        kind: RequestKind,
        dice: &mut Dice,
        keys: &mut impl KeySpace,
    ) -> Choice {
        let key = dice.below(self.keys as usize) as u32;
        let choices = (self.value_bytes.high - self.value_bytes.low) as usize + 1;
        let bytes = self.value_bytes.low as usize + dice.below(choices);
        let value = match kind {
            RequestKind::Get => ValueId::MISSING,
            RequestKind::Put => keys.fresh_value(bytes),
        };
        Choice { kind, key, value }
    }

    fn first_replica(self, dice: &mut Dice, living: NodeSet) -> Option<NodeId> {
        roaming(self.roam, dice, living)
    }
}
