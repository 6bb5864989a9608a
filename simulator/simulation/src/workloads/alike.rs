//! `alike`: keys and values that a careless replica confuses.

use std::sync::Arc;

use linearizability::ValueId;
use serde::{Deserialize, Serialize};

use super::{Choice, KeySpace, Workload, roaming};
use crate::api::{ClientId, NodeId, NodeSet, RequestKind};
use crate::bounds::{Bounds, PlanError};
use crate::json::{Field, Object, Range, ScenarioError};
use crate::rng::Dice;
use crate::units::Ratio;

/// A workload on keys that all clients share and whose names look alike, with values that do, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alike {
    /// The number of keys, 1 to 20: the first of a fixed list.
    pub keys: u32,
    /// The share of requests that are first sent to a random replica, as in [`Contend`](super::Contend).
    #[serde(default)]
    pub roam: Ratio,
    /// The number of different values, 0 to 8: the first of a fixed list, of which the first is empty. With 0, each
    /// put writes a new value.
    #[serde(default)]
    pub values: u32,
}

/// The beginning of the long names: they differ only after it.
const LONG: &str = "a-name-longer-than-any-buffer-that-was-thought-to-be-long-enough-for-a-name-";

/// The names of the keys. What comes after `LONG` is written with a `#` here.
const KEYS: [&str; 20] = [
    "key",
    "Key",
    "key ",
    "kéy",
    "ke\u{301}y",
    "#1",
    "#2",
    "KEY",
    "0",
    "00",
    "0.0",
    "-0",
    "кеу",
    "k\"y",
    "k\\y",
    "key.1",
    "key.10",
    "null",
    "#",
    "true",
];

/// The values that are written again and again.
const VALUES: [&str; 8] = ["", "same", "Same", "same ", "säme", "null", "#", "0"];

impl Workload for Alike {
    const NAME: &'static str = "alike";
    const FIELDS: &'static [&'static str] = &["keys", "roam", "values"];

    fn read(object: &mut Object<'_>) -> Result<Self, ScenarioError> {
        let field = object.require("keys", "how many keys the clients share, 1 to 20")?;
        let keys = field.whole_in(Range::count(1, KEYS.len() as u64))? as u32;
        let roam = object.or_default("roam", Field::ratio, Ratio::ZERO)?;
        let count = |field: &Field<'_>| field.whole_in(Range::count(0, VALUES.len() as u64));
        let values = object.or_default("values", count, 0)? as u32;
        Ok(Alike { keys, roam, values })
    }

    fn thin_out(self, takes_part: impl Fn(&str) -> bool) -> Self {
        Alike { values: if takes_part("values") { self.values } else { 0 }, ..self }
    }

    fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
        bounds.range("keys", self.keys, 1, KEYS.len() as u32)?;
        bounds.range("values", self.values, 0, VALUES.len() as u32)
    }

    fn begin(self, keys: &mut impl KeySpace) {
        for name in &KEYS[..self.keys as usize] {
            keys.new_key(whole(name));
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
        if kind == RequestKind::Get {
            return Choice::get(key);
        }
        let value = match self.values as usize {
            0 => keys.fresh_value_with(&whole(KEYS[dice.below(KEYS.len())])),
            values => match VALUES[dice.below(values)] {
                // To clients an empty value and a missing one are the same.
                "" => ValueId::MISSING,
                text => keys.value_of(&whole(text)),
            },
        };
        Choice { kind, key, value }
    }

    fn first_replica(self, dice: &mut Dice, living: NodeSet) -> Option<NodeId> {
        roaming(self.roam, dice, living)
    }
}

/// Returns a name of the lists as clients write it.
fn whole(name: &str) -> Arc<str> {
    match name.strip_prefix('#') {
        Some(end) => format!("{LONG}{LONG}{LONG}{LONG}{end}").into(),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_look_alike_and_are_not_the_same() {
        for list in [&KEYS[..], &VALUES[..]] {
            let whole: BTreeSet<_> = list.iter().copied().map(whole).collect();
            assert_eq!(whole.len(), list.len());
        }
        assert!(whole("#1").len() > 256);
    }
}
