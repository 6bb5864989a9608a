//! Catches panics of what is under test: one is a finding, not the end of the process.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Read by nothing that decides what happens in a run, only by a hook that prints panics.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps a program from printing the panics of what is under test: they are caught, and reported as
/// a [`Crash`](crate::evidence::Crash) with their message. All others are printed as before.
pub fn silence_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !IS_GUARDED.get() {
            usual(panic);
        }
    }));
}

/// Carries out what may panic; returns the panic's message if it does.
///
/// What it leaves behind half done must not be relied upon.
#[inline]
pub(super) fn catch_panic<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    let outside = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(act));
    IS_GUARDED.set(outside);
    result.map_err(|panic| message(panic.as_ref()))
}

#[cold]
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(
            catch_panic(|| {
                assert!(IS_GUARDED.get());
                7
            }),
            Ok(7)
        );
        assert_eq!(catch_panic(|| panic!("text")), Err::<(), _>("text".to_owned()));
        assert_eq!(catch_panic(|| panic!("number {}", 7)), Err::<(), _>("number 7".to_owned()));
        let odd = catch_panic(|| std::panic::panic_any(7));
        assert_eq!(odd, Err::<(), _>("without a message".to_owned()));
        assert!(!IS_GUARDED.get());
    }
}
