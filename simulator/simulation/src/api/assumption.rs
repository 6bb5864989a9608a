//! What a system assumes of its environment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An assumption of a system about its environment.
///
/// Plans for the system keep to it: faults that would break it are weakened or left out
/// ([`Plan::keep`](crate::plan::Plan::keep)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assumption {
    /// No message between replicas arrives twice.
    NoDuplicates,
    /// The messages of a link arrive in the order in which they were sent, if they arrive.
    Fifo,
    /// No bit changes, neither in a message nor on a disk.
    NoCorruption,
    /// The speeds of clocks differ by less than 10 %, and none stops or jumps.
    BoundedClocks,
    /// Bytes that were written to the file survive a crash at once, and not only when the step is finished.
    DurableAppends,
}

impl Assumption {
    /// All assumptions, in the order in which plans are weakened for them.
    pub const ALL: [Assumption; 5] = [
        Assumption::NoDuplicates,
        Assumption::Fifo,
        Assumption::NoCorruption,
        Assumption::BoundedClocks,
        Assumption::DurableAppends,
    ];

    /// Returns the name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Assumption::NoDuplicates => "no_duplicates",
            Assumption::Fifo => "fifo",
            Assumption::NoCorruption => "no_corruption",
            Assumption::BoundedClocks => "bounded_clocks",
            Assumption::DurableAppends => "durable_appends",
        }
    }

    /// Returns what holds in a plan that was weakened for the assumption, as a sentence without its full stop.
    pub fn how(self) -> &'static str {
        match self {
            Assumption::NoDuplicates => "no message is copied",
            Assumption::Fifo => "the messages of a link stay in order",
            Assumption::NoCorruption => "no bit is changed",
            Assumption::BoundedClocks => "clocks stay within their bounds",
            Assumption::DurableAppends => "written bytes survive a crash",
        }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Assumption {
    type Err = UnknownAssumption;

    fn from_str(name: &str) -> Result<Self, UnknownAssumption> {
        let found = Assumption::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| UnknownAssumption { name: name.to_owned() })
    }
}

/// The error for a name that no assumption has. Displayed with the known names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAssumption {
    /// The unknown name.
    pub name: String,
}

impl fmt::Display for UnknownAssumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Assumption::ALL.map(Assumption::name).join(", ");
        write!(f, "there is no assumption `{}`, expected one of {known}", self.name)
    }
}

impl std::error::Error for UnknownAssumption {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_and_come_back() {
        for assumption in Assumption::ALL {
            assert_eq!(assumption.name().parse(), Ok(assumption));
            let json = serde_json::to_string(&assumption).unwrap();
            assert_eq!(json, format!("\"{assumption}\""));
        }
        assert!("FIFO".parse::<Assumption>().is_err_and(|it| it.to_string().contains("fifo")));
    }
}
