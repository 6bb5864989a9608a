//! Ruby.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["ruby"],
    start_up: millis(50, 150),
    kept: &["RUBYLIB"],
    set: &[],
    seeded: &[],
};
