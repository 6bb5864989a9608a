//! `cut`, and with patterns of its own `isolate`, `ring` and `bridge`: nothing gets through.

use serde::{Deserialize, Serialize};

use super::{FaultFields, LinkFault};
use crate::json::ScenarioError;
use crate::units::Drawn;

/// The links lose all messages.
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
