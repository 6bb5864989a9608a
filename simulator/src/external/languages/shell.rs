//! A shell script that starts a program of a language that is not known.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["sh", "bash", "dash", "zsh", "ksh", "busybox"],
    start_up: millis(5, 60),
    kept: &[],
    set: &[],
    seeded: &[],
};
