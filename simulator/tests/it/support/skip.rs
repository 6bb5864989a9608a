//! Tests that cannot run on this machine: they report that, and are counted.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Reports why a test is skipped, and the number so far.
///
/// The last such line has the total.
pub(crate) fn skip(why: &str) {
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    // This bypasses the test harness, which hides the output of passing tests.
    writeln!(io::stderr(), "skipped: {why} ({count} so far)").expect("it can be written");
}

/// Skips a test for lack of a program; fails where everything is to be tested.
pub(crate) fn lacks(program: &str) {
    let why = format!("{program} is not installed");
    assert!(std::env::var_os("CI").is_none(), "{why}");
    skip(&why);
}
