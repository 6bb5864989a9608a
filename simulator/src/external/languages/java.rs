//! Java, and whatever else runs on its machine.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["java"],
    start_up: millis(100, 400),
    kept: &["JAVA_HOME"],
    set: &[],
    seeded: &[],
};
