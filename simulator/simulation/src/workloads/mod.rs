//! The workloads of clients: each has one file and one line in the list below.

mod alike;
mod contend;
mod course;

pub use alike::Alike;
pub use contend::Contend;
pub use course::Course;

use std::sync::Arc;

use linearizability::ValueId;

use crate::api::{ClientId, NodeId, NodeSet, RequestKind};
use crate::bounds::{Bounds, PlanError};
use crate::json::{Object, ScenarioError};
use crate::rng::Dice;
use crate::units::Ratio;

/// The salt of a request's dice for its key and value.
pub(crate) const CHOOSE_KEY: u64 = 0;

/// Defines the enum of all workloads, which delegates to each workload.
macro_rules! workloads {
    ($($kind:ident,)*) => {
        /// A workload, of any kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum AnyWorkload {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        crate::tagged::tagged! { AnyWorkload: $($kind,)* }

        impl AnyWorkload {
            /// The names of each workload's fields in scenarios.
            pub(crate) const FIELDS: &[(&str, &[&str])] = &[$(($kind::NAME, $kind::FIELDS),)*];

            /// See [`Workload::HAS_OWNED_KEYS`].
            pub(crate) const fn has_owned_keys(self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::HAS_OWNED_KEYS,)*
                }
            }

            /// Reads the fields of the workload with this name, if there is one.
            pub(crate) fn read(
                name: &str,
                object: &mut Object<'_>,
            ) -> Result<Option<Self>, ScenarioError> {
                $(if name == $kind::NAME {
                    return $kind::read(object).map(|workload| Some(workload.into()));
                })*
                Ok(None)
            }

            pub(crate) fn thin_out(self, takes_part: impl Fn(&str) -> bool) -> Self {
                match self {
                    $(Self::$kind(workload) => workload.thin_out(takes_part).into(),)*
                }
            }

            pub(crate) fn check(self, bounds: &Bounds) -> Result<(), PlanError> {
                let bounds = bounds.of(self.name());
                match self {
                    $(Self::$kind(workload) => workload.check(&bounds),)*
                }
            }

            pub(crate) fn begin(self, keys: &mut impl KeySpace) {
                match self {
                    $(Self::$kind(workload) => workload.begin(keys),)*
                }
            }

            pub(crate) fn choose(
                self,
                client: ClientId,
                kind: RequestKind,
                dice: &mut Dice,
                keys: &mut impl KeySpace,
            ) -> Choice {
                match self {
                    $(Self::$kind(workload) => workload.choose(client, kind, dice, keys),)*
                }
            }

            pub(crate) fn first_replica(self, dice: &mut Dice, living: NodeSet) -> Option<NodeId> {
                match self {
                    $(Self::$kind(workload) => workload.first_replica(dice, living),)*
                }
            }
        }
    };
}

workloads! {
    Course,
    Contend,
    Alike,
}

impl Default for AnyWorkload {
    fn default() -> Self {
        Course.into()
    }
}

/// A workload: a way to choose keys and values.
pub(crate) trait Workload: Copy {
    /// The name in scenarios and plans.
    const NAME: &'static str;

    /// The workload itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of the workload's fields in scenarios.
    const FIELDS: &'static [&'static str] = &[];

    /// True if each key belongs to one client, which repeats a failed put with the same value. Then a get must return
    /// the value that its client last saw acknowledged.
    const HAS_OWNED_KEYS: bool = false;

    /// Reads the workload's fields from a scenario.
    fn read(object: &mut Object<'_>) -> Result<Self, ScenarioError>;

    /// Returns the workload without the parts that a seed's swarm leaves out.
    fn thin_out(self, _takes_part: impl Fn(&str) -> bool) -> Self {
        self
    }

    /// Checks the workload's numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Makes the keys that exist from the beginning.
    fn begin(self, _keys: &mut impl KeySpace) {}

    /// Chooses the key and value of a planned request.
    fn choose(
        self,
        client: ClientId,
        kind: RequestKind,
        dice: &mut Dice,
        keys: &mut impl KeySpace,
    ) -> Choice;

    /// Returns the first replica to which a request is sent; `None` for the leader that the client knows.
    fn first_replica(self, _dice: &mut Dice, _living: NodeSet) -> Option<NodeId> {
        None
    }
}

/// Returns a random replica for a share of the requests, to which they are sent first.
fn roaming(share: Ratio, dice: &mut Dice, living: NodeSet) -> Option<NodeId> {
    let roams = dice.chance(share);
    roams.then(|| living.iter().nth(dice.below(living.len().max(1)))).flatten()
}

/// The key and value of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The kind, which may differ from the planned one: a client without a key to get puts one.
    pub kind: RequestKind,
    /// The number of the key, in the order in which keys were made.
    pub key: u32,
    /// The value to put; [`ValueId::MISSING`] for a get.
    pub value: ValueId,
}

impl Choice {
    /// Returns the choice to get a key.
    pub(crate) fn get(key: u32) -> Self {
        Choice { kind: RequestKind::Get, key, value: ValueId::MISSING }
    }
}

/// The keys and values of a run that clients know.
pub(crate) trait KeySpace {
    /// Returns the keys of a client that have an acknowledged value, oldest first.
    fn acknowledged(&self, client: ClientId) -> &[u32];

    /// Makes a key, and returns its number.
    fn new_key(&mut self, name: Arc<str>) -> u32;

    fn key_name(&self, key: u32) -> Arc<str>;

    /// Returns the last acknowledged value of one of the acknowledged keys.
    fn acknowledged_value(&self, key: u32) -> Arc<str>;

    /// Returns the value with a text, new or known.
    fn value_of(&mut self, text: &Arc<str>) -> ValueId;

    /// Returns a value that was never written before, padded to `bytes`.
    fn fresh_value(&mut self, bytes: usize) -> ValueId;

    /// Returns a value that was never written before, with a text at its end.
    fn fresh_value_with(&mut self, end: &str) -> ValueId;
}
