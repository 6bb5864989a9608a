//! C, C++ and all programs that the machine runs itself.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: millis(1, 10),
    kept: &[],
    // One heap for all threads: else which one a thread uses depends on who comes first.
    set: &[("MALLOC_ARENA_MAX", "1")],
    seeded: &[],
};
