//! Catching of panics in the system under test: a panic is a finding, and does not end the process.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// True while a panic would be caught. Only the hook that prints panics reads it, so it cannot affect a run.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the process from printing panics of the system under test.
///
/// They are caught, and reported as a [`Crash`](crate::evidence::Crash) with their message. All other panics are
/// printed as before.
pub fn silence_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !IS_GUARDED.get() {
            usual(panic);
        }
    }));
}

/// Calls a function that may panic, and returns the panic's message if it does.
///
/// State that the function leaves behind after a panic must not be relied upon.
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
