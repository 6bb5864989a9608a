//! Python.

use super::{Language, millis};

pub(super) static LANGUAGE: Language = Language {
    programs: &["python", "pypy"],
    start_up: millis(20, 60),
    kept: &["VIRTUAL_ENV", "PYTHONPATH", "PYENV_ROOT"],
    // No files left beside the program's own, and each line is there as soon as it is printed.
    set: &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")],
    // The order of sets of texts.
    seeded: &["PYTHONHASHSEED"],
};
