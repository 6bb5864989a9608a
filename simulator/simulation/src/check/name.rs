//! The names of checks, and the macro that makes them from the list of checks.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::check::CheckName;

/// Defines [`CheckName`] from the list of all checks: the names, and the modules with their `CHECKER`.
macro_rules! checks {
    ($($name:ident: $module:ident,)*) => {
        /// The name of a check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum CheckName {
            $(#[doc = concat!("The check `", stringify!($module), "`.")] $name,)*
        }

        impl CheckName {
            /// All checks, in the order in which they run and are reported.
            pub const ALL: &[CheckName] = &[$(CheckName::$name),*];

            /// The names in reports and files, in the same order.
            const NAMES: &[&str] = &[$($module::CHECKER.name),*];

            fn checker(self) -> &'static Checker {
                match self {
                    $(CheckName::$name => &$module::CHECKER,)*
                }
            }
        }
    };
}

pub(super) use checks;

impl CheckName {
    /// Returns the name in reports and files.
    pub fn as_str(self) -> &'static str {
        self.checker().name
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CheckName {
    type Err = UnknownCheck;

    fn from_str(name: &str) -> Result<Self, UnknownCheck> {
        let found = CheckName::ALL.iter().find(|check| check.as_str() == name);
        found.copied().ok_or_else(|| UnknownCheck { name: name.to_owned() })
    }
}

/// The error for a name that no check has. Displayed with the known names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCheck {
    /// The unknown name.
    pub name: String,
}

impl UnknownCheck {
    /// Returns the known names.
    pub fn known() -> impl Iterator<Item = &'static str> {
        CheckName::ALL.iter().map(|check| check.as_str())
    }
}

impl fmt::Display for UnknownCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = UnknownCheck::known().collect::<Vec<_>>().join(", ");
        write!(f, "there is no check `{}`, expected one of {known}", self.name)
    }
}

impl Error for UnknownCheck {}

impl Serialize for CheckName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CheckName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| de::Error::unknown_variant(&name, CheckName::NAMES))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_come_back() {
        let names: BTreeSet<_> = UnknownCheck::known().collect();
        assert_eq!(names.len(), CheckName::ALL.len());
        for &check in CheckName::ALL {
            assert_eq!(check.as_str().parse(), Ok(check));
            let json = serde_json::to_string(&check).unwrap();
            assert_eq!(json, format!("\"{check}\""));
            assert_eq!(serde_json::from_str::<CheckName>(&json).unwrap(), check);
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_those_that_there_are() {
        let error = "liveness".parse::<CheckName>().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`liveness`") && text.contains("recovery, answered"), "{text}");
    }
}
