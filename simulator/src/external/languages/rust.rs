//! Rust. A program of its own shows no name of it, so it starts as [`compiled`](super::compiled) ones do.

use super::{Language, compiled};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: compiled::LANGUAGE.start_up,
    kept: &[],
    // The panic's message tells what happened; a backtrace would push it out of sight.
    set: &[("RUST_BACKTRACE", "0")],
    seeded: &[],
};
