//! A macro that makes one enum of a list of faults, so that the engine dispatches by a match.

/// Defines an enum with a variant for each fault of a trait, and everything that follows from the list: names, marks,
/// conversions, reading, drawing, checking, and the JSON of plans.
macro_rules! fault_registry {
    ($(#[$doc:meta])* $any:ident of $fault:ident: $($kind:ident,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $any {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        impl $any {
            /// Examples of scenario events as JSON, one for each of these faults, in the same order.
            pub const EXAMPLES: &[&str] = &[$($kind::EXAMPLE,)*];

            /// The coverage marks of each of these faults, in the same order.
            pub(crate) const MARKS: &[&[&str]] = &[$($kind::MARKS,)*];

            /// Returns the bits of the fault's own marks, in the order of its `MARKS`, at their place among those of
            /// all these faults.
            pub(crate) fn mark_bits(&self, own: u64) -> u64 {
                let before = Self::NAMES.iter().take_while(|name| **name != self.name()).count();
                let first: usize = Self::MARKS[..before].iter().map(|marks| marks.len()).sum();
                (own & ((1 << Self::MARKS[before].len()) - 1)) << first
            }

            /// Reads the fields of the fault with this name, if there is one.
            pub(crate) fn read(
                name: &str,
                fields: &mut $crate::faults::FaultFields<'_>,
            ) -> Result<Option<$crate::units::Drawn<Self>>, $crate::json::ScenarioError> {
                $(if name == $kind::NAME {
                    return Ok(Some($kind::read(fields)?.map(Self::$kind)));
                })*
                Ok(None)
            }

            /// Draws a fault from a range. Both ends are of the same kind, because [`Self::read`] makes no others.
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

            /// Checks that the fault's numbers are in range.
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
