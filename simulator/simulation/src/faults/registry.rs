//! Makes one enum of the faults that a list names, so that the engine dispatches by a match.

/// Defines an enum with a variant for each fault of a trait, and what follows from the list alone:
/// names, marks, conversions, reading, drawing, checking, and the JSON of plans.
macro_rules! fault_registry {
    ($(#[$doc:meta])* $any:ident of $fault:ident: $($kind:ident,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $any {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        impl $any {
            /// An event of a scenario with each of these faults, as JSON, in the same order.
            pub const EXAMPLES: &[&str] = &[$($kind::EXAMPLE,)*];

            /// The coverage marks of each, in the same order.
            pub(crate) const MARKS: &[&[&str]] = &[$($kind::MARKS,)*];

            /// Returns the bits of marks of its own, in the order of its `MARKS`, among those of all these faults.
            pub(crate) fn mark_bits(&self, own: u64) -> u64 {
                let before = Self::NAMES.iter().take_while(|name| **name != self.name()).count();
                let first: usize = Self::MARKS[..before].iter().map(|marks| marks.len()).sum();
                (own & ((1 << Self::MARKS[before].len()) - 1)) << first
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
                bounds: &$crate::bounds::Bounds,
            ) -> Result<(), $crate::bounds::PlanError> {
                let bounds = bounds.of(self.name());
                match self {
                    $(Self::$kind(fault) => fault.check(&bounds),)*
                }
            }
        }

        $crate::tagged::tagged! { $any: $($kind,)* }
    };
}

pub(crate) use fault_registry;
