//! JavaScript under Node.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["node", "nodejs"],
    start_up: millis(100, 400),
    kept: &["NODE_PATH"],
    set: &[],
    seeded: &[],
};
