//! Tests that cannot run on this machine: they say so, and are counted.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Says why a test is skipped, and how many were so far: the last such line has the count of all.
pub(crate) fn skip(why: &str) {
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    // Past the test harness, which keeps what passing tests print to itself.
    writeln!(io::stderr(), "skipped: {why} ({count} so far)").expect("it can be written");
}

/// Skips a test that needs a program which is not installed; fails where everything is to be tested.
pub(crate) fn lacks(program: &str) {
    let why = format!("{program} is not installed");
    assert!(std::env::var_os("CI").is_none(), "{why}");
    skip(&why);
}
