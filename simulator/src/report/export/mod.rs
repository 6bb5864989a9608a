//! Runs in the formats of other tools.
//!
//! | module | the tool |
//! | --- | --- |
//! | [`chrome`] | Perfetto and Chrome's tracing: the whole run on a time axis |
//! | [`shiviz`] | ShiViz: messages between replicas, with vector clocks |
//! | [`edn`] | Jepsen and knossos: the history |
//! | [`porcupine`] | porcupine: the history of a store, or of one key as a register |

pub mod chrome;
pub mod edn;
mod events;
pub mod porcupine;
pub mod shiviz;

use simulation::picture::{Fate, Passage};

/// Returns true if a message reached its receiver.
fn has_arrived(message: &Passage) -> bool {
    matches!(message.fate, Fate::Arrived | Fate::Late | Fate::Copied | Fate::Corrupted)
}

/// Returns what became of a message, if it is worth a word.
fn fate(message: &Passage) -> &'static str {
    match message.fate {
        Fate::Late => " (late)",
        Fate::Copied => " (a copy)",
        Fate::Corrupted => " (altered on the way)",
        Fate::Lost => " (lost)",
        Fate::CutOff => " (cut off)",
        Fate::Discarded => " (altered, and so dropped)",
        _ => "",
    }
}
