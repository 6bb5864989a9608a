//! Perl.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["perl"],
    start_up: millis(5, 30),
    kept: &["PERL5LIB"],
    set: &[],
    seeded: &[],
};
