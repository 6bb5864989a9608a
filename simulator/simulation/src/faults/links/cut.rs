//! `cut`, and its patterns `isolate`, `ring` and `bridge`: no message gets through.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The links drop all messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut;

impl LinkFault for Cut {
    const NAME: &'static str = "cut";
    const EXAMPLE: &'static str =
        r#"{ "type": "cut", "time": 2, "until": 4, "from": "leader", "to": "followers" }"#;
    const UNIT: Option<Self> = Some(Cut);

    fn read(_fields: &mut FaultFields<'_>) -> Result<Drawn<Self>, ScenarioError> {
        Ok(Drawn::just(Cut))
    }

    fn describe(self) -> String {
        "are cut off".to_owned()
    }

    fn cuts(self) -> bool {
        true
    }
}
