//! Go. A program of its own shows no name of it, so it starts as [`compiled`](super::compiled) ones do.

use super::{Language, compiled};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: compiled::LANGUAGE.start_up,
    kept: &[],
    // Its run-time would interrupt goroutines by signals, at moments of real time.
    set: &[("GODEBUG", "asyncpreemptoff=1")],
    seeded: &[],
};
