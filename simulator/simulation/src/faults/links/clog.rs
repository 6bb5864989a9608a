//! `clog`: messages wait until the fault ends.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault, OnLink, Passage};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The links hold all messages back and release them, in order, when the fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clog;

impl LinkFault for Clog {
    const NAME: &'static str = "clog";
    const EXAMPLE: &'static str = r#"{ "type": "clog", "time": [5, 20], "lasts": [0.1, 2],
        "from": "any", "to": ["any", "leader"] }"#;
    const UNIT: Option<Self> = Some(Clog);

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(Clog))
    }

    fn describe(self) -> String {
        "are held back".to_owned()
    }

    fn alter(self, link: &mut OnLink<'_>, passage: &mut Passage) {
        passage.release = passage.release.max(link.until);
    }
}
