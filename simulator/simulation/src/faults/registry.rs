//! Makes one enum of the faults that a list names, so that the engine dispatches by a match.

/// Defines an enum with a variant for each fault of a trait, and what follows from the list alone:
/// names, marks, conversions, reading, drawing, checking, and the JSON of plans. There a fault is
/// `{"name": {…}}`, or `"name"` if it has no fields.
macro_rules! fault_registry {
    ($(#[$doc:meta])* $any:ident of $fault:ident: $($kind:ident,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $any {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        impl $any {
            /// The names of these faults in scenarios and plans, in their fixed order.
            pub const NAMES: &[&str] = &[$($kind::NAME,)*];

            /// An event of a scenario with each of these faults, as JSON, in the same order.
            pub const EXAMPLES: &[&str] = &[$($kind::EXAMPLE,)*];

            /// The coverage marks of each, in the same order.
            pub(crate) const MARKS: &[&[&str]] = &[$($kind::MARKS,)*];

            /// Its name in scenarios and plans.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::NAME,)*
                }
            }

            /// The place of its first mark among those of all these faults.
            pub(crate) fn first_mark(&self) -> u32 {
                let before = Self::NAMES.iter().take_while(|name| **name != self.name());
                before.zip(Self::MARKS).map(|(_, marks)| marks.len() as u32).sum()
            }

            /// Reads the fields of the fault of this name, if there is one of this name.
            pub(crate) fn read(
                name: &str,
                fields: &mut $crate::faults::FaultFields<'_>,
            ) -> Result<Option<$crate::units::Drawn<Self>>, $crate::json::ScenarioError> {
                $(if name == $kind::NAME {
                    return Ok(Some($kind::read(fields)?.map(Self::$kind)));
                })*
                Ok(None)
            }

            /// Draws a fault of a range. Both ends are of one kind: [`Self::read`] makes no others.
            pub(crate) fn draw(
                range: &$crate::units::Drawn<Self>,
                draws: &mut $crate::rng::Stream,
            ) -> Self {
                match (range.low, range.high) {
                    $((Self::$kind(low), Self::$kind(high)) => {
                        Self::$kind($kind::draw(low, high, draws))
                    })*
                    (low, _) => low,
                }
            }

            /// Checks that its numbers are in range.
            pub(crate) fn check(
                self,
                bounds: &$crate::faults::Bounds,
            ) -> Result<(), $crate::faults::PlanError> {
                let bounds = bounds.of(self.name());
                match self {
                    $(Self::$kind(fault) => fault.check(&bounds),)*
                }
            }
        }

        $(impl From<$kind> for $any {
            fn from(fault: $kind) -> Self {
                Self::$kind(fault)
            }
        })*

        impl serde::Serialize for $any {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (any, name) = (stringify!($any), self.name());
                match self {
                    $(Self::$kind(fault) => match $kind::UNIT {
                        Some(_) => serializer.serialize_unit_variant(any, 0, name),
                        None => serializer.serialize_newtype_variant(any, 0, name, fault),
                    },)*
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $any {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $any;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("the name of a fault, or an object with it")
                    }

                    fn visit_enum<A: serde::de::EnumAccess<'de>>(
                        self,
                        data: A,
                    ) -> Result<$any, A::Error> {
                        use serde::de::{Error as _, VariantAccess as _};
                        let (name, fields) = data.variant::<String>()?;
                        $(if name == $kind::NAME {
                            return match $kind::UNIT {
                                Some(fault) => fields.unit_variant().map(|()| fault.into()),
                                None => fields.newtype_variant::<$kind>().map(Into::into),
                            };
                        })*
                        Err(A::Error::unknown_variant(&name, $any::NAMES))
                    }
                }

                from.deserialize_enum(stringify!($any), $any::NAMES, Visitor)
            }
        }
    };
}

pub(crate) use fault_registry;
