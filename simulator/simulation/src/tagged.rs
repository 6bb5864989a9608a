//! Enums whose variants are types, each with a name of its own.

/// Defines an enum's variant names, a conversion from each variant's type, and the enum's JSON: `{"name": {…}}`, or
/// `"name"` if the variant's type has no fields (its `UNIT` is a value then).
macro_rules! tagged {
    ($any:ident: $($kind:ident,)*) => {
        impl $any {
            /// All names in scenarios and plans, in their fixed order.
            pub const NAMES: &[&str] = &[$($kind::NAME,)*];

            /// Returns the variant's name in scenarios and plans.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::NAME,)*
                }
            }
        }

        $(impl From<$kind> for $any {
            fn from(value: $kind) -> Self {
                Self::$kind(value)
            }
        })*

        impl serde::Serialize for $any {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (any, name) = (stringify!($any), self.name());
                match self {
                    $(Self::$kind(value) => match $kind::UNIT {
                        Some(_) => serializer.serialize_unit_variant(any, 0, name),
                        None => serializer.serialize_newtype_variant(any, 0, name, value),
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
                        f.write_str("a name, or an object with it")
                    }

                    fn visit_enum<A: serde::de::EnumAccess<'de>>(
                        self,
                        data: A,
                    ) -> Result<$any, A::Error> {
                        use serde::de::{Error as _, VariantAccess as _};
                        let (name, fields) = data.variant::<String>()?;
                        $(if name == $kind::NAME {
                            return match $kind::UNIT {
                                Some(unit) => fields.unit_variant().map(|()| unit.into()),
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

pub(crate) use tagged;
