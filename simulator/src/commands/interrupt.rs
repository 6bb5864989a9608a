//! Ctrl-C, SIGTERM and SIGHUP during a long command.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns a flag that the first Ctrl-C, SIGTERM or SIGHUP sets; a second one exits at once.
///
/// A command that sees the flag ends after its current runs.
pub(crate) fn watch_for_ctrl_c() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let watching = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // The message gets a line of its own, below a status line or the terminal's ^C.
        let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
        let what = "stopping after the runs under way; again to stop at once";
        // After a SIGHUP standard error may be closed.
        let _ = writeln!(std::io::stderr(), "{line}{what}");
    });
    if let Err(error) = watching {
        eprintln!("warning: Ctrl-C will end this without a report: {error}");
    }
    interrupted
}
