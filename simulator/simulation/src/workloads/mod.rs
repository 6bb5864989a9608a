//! What clients ask for: one file a workload, one line in the list below.

mod contend;
mod course;

pub use contend::Contend;
pub use course::Course;

use std::sync::Arc;

use linearizability::ValueId;
use serde::{Deserialize, Serialize};

use crate::api::{ClientId, NodeId, NodeSet};
use crate::bounds::{Bounds, PlanError};
use crate::json::{Object, ScenarioError};
use crate::rng::Dice;

/// Defines the enum of all workloads, and lets it do what each does.
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
            /// The names of the fields of each in scenarios.
            pub(crate) const FIELDS: &[(&str, &[&str])] = &[$(($kind::NAME, $kind::FIELDS),)*];

            /// See [`Workload::HAS_OWNED_KEYS`].
            pub(crate) const fn has_owned_keys(self) -> bool {
                match self {
                    $(Self::$kind(_) => $kind::HAS_OWNED_KEYS,)*
                }
            }

            /// Reads the fields of the workload of this name, if there is one of this name.
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
}

impl Default for AnyWorkload {
    fn default() -> Self {
        Course.into()
    }
}

/// Get or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A read.
    Get,
    /// A write.
    Put,
}

/// A way to choose keys and values.
pub(crate) trait Workload: Copy {
    /// Its name in scenarios and plans.
    const NAME: &'static str;

    /// The workload itself, if it has no fields.
    const UNIT: Option<Self> = None;

    /// The names of its fields in scenarios.
    const FIELDS: &'static [&'static str] = &[];

    /// Whether each key belongs to one client, which repeats a put that failed with the same value. Then
    /// a get must return what its client last saw acknowledged.
    const HAS_OWNED_KEYS: bool = false;

    /// Reads its fields from a scenario.
    fn read(object: &mut Object<'_>) -> Result<Self, ScenarioError>;

    /// Leaves out the parts that take no part in a seed of a swarm.
    fn thin_out(self, _takes_part: impl Fn(&str) -> bool) -> Self {
        self
    }

    /// Checks its numbers in a plan.
    fn check(self, _bounds: &Bounds) -> Result<(), PlanError> {
        Ok(())
    }

    /// Makes the keys that are there from the beginning.
    fn begin(self, _keys: &mut impl KeySpace) {}

    /// Chooses what a planned request is about.
    fn choose(
        self,
        client: ClientId,
        kind: RequestKind,
        dice: &mut Dice,
        keys: &mut impl KeySpace,
    ) -> Choice;

    /// The replica that is asked first; `None` for the one that the client takes for the leader.
    fn first_replica(self, _dice: &mut Dice, _living: NodeSet) -> Option<NodeId> {
        None
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// It may differ from the planned kind: a client that has no key to get puts one.
    pub kind: RequestKind,
    pub key: u32,
    /// The value to put; missing for a get.
    pub value: ValueId,
}

/// The keys and values of a run, as far as clients know them.
pub(crate) trait KeySpace {
    /// The keys of a client that have an acknowledged value, oldest first.
    fn acknowledged(&self, client: ClientId) -> &[u32];

    /// Notes that a get was planned, and its client has no key.
    fn no_key_to_get(&mut self);

    /// Makes a key; returns its number.
    fn new_key(&mut self, name: Arc<str>) -> u32;

    fn key_name(&self, key: u32) -> Arc<str>;

    /// The value last acknowledged for one of the acknowledged keys.
    fn acknowledged_value(&self, key: u32) -> Arc<str>;

    /// The value of a text, new or known.
    fn value_of(&mut self, text: &Arc<str>) -> ValueId;

    /// Makes a value that was never written before, padded to `bytes`.
    fn fresh_value(&mut self, bytes: usize) -> ValueId;
}
