//! The signature of a finding: what it has in common with others of its kind.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use simulation::check::{CheckName, Class, Subject};
use simulation::failure::Failure;

/// The class, the check and the subject of a finding, without any names of replicas, keys or times.
///
/// Failures with equal signatures are reported as one group. Everything that groups findings (the merging of records,
/// annotations, reports for other tools) uses this type, which is displayed and stored as `correctness/linearizable`,
/// or as `budget/budget/total_messages` if the check has several subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The class of the run. It is the first field, so that signatures are ordered from harmless to worst.
    pub class: Class,
    /// The check that failed.
    pub check: CheckName,
    /// The subject of the finding, if the check has several.
    pub subject: Option<Subject>,
}

impl Signature {
    /// Returns the signature of a failure.
    pub fn of(failure: &Failure) -> Signature {
        Signature { class: failure.class, check: failure.check, subject: failure.subject }
    }
}

/// Returns the name of a class or subject in files.
fn name_of(value: &impl Serialize) -> String {
    let name = serde_json::to_value(value).ok();
    name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.class.name(), self.check)?;
        self.subject.map_or(Ok(()), |subject| write!(f, "/{}", name_of(&subject)))
    }
}

impl FromStr for Signature {
    type Err = UnknownSignature;

    fn from_str(text: &str) -> Result<Self, UnknownSignature> {
        let unknown = || UnknownSignature { text: text.to_owned() };
        let mut parts = text.split('/');
        let mut part = || parts.next().map(serde_json::Value::from);
        let class = part().and_then(|it| Class::deserialize(it).ok()).ok_or_else(unknown)?;
        let check = part().and_then(|it| CheckName::deserialize(it).ok()).ok_or_else(unknown)?;
        let subject = part().map(Subject::deserialize).transpose().map_err(|_| unknown())?;
        if parts.next().is_some() {
            return Err(unknown());
        }
        Ok(Signature { class, check, subject })
    }
}

/// The error for a text that is no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSignature {
    /// The text.
    pub text: String,
}

impl fmt::Display for UnknownSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no signature, expected CLASS/CHECK or CLASS/CHECK/SUBJECT", self.text)
    }
}

impl Error for UnknownSignature {}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_from_its_text() {
        let (class, check) = (Class::Budget, CheckName::Budget);
        let whole = Signature { class, check, subject: Some(Subject::TotalMessages) };
        assert_eq!(whole.to_string(), "budget/budget/total_messages");
        let short = Signature { subject: None, ..whole };
        for signature in [whole, short] {
            assert_eq!(signature.to_string().parse(), Ok(signature));
        }
        for bad in ["", "budget", "budget/none", "budget/budget/keys", "budget/budget//", "a/b/c"] {
            assert!(bad.parse::<Signature>().is_err(), "{bad}");
        }
    }
}
