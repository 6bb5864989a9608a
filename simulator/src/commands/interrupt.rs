//! What Ctrl-C does to a long command.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Has the first Ctrl-C set a flag that ends the command after what is under way, and a second one end it at once.
pub(crate) fn watch_for_ctrl_c() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let watching = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // On a line of its own, below a status line or the terminal's ^C.
        let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
        eprintln!("{line}stopping after the runs under way; again to stop at once");
    });
    if let Err(error) = watching {
        eprintln!("warning: Ctrl-C will end this without a report: {error}");
    }
    interrupted
}
