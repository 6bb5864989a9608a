//! Go.
//!
//! A Go program's file name does not show its language, so it starts as [`compiled`] ones do.

use super::words::Telling;
use super::{Bypass, Language, compiled, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &[],
    start_up: compiled::LANGUAGE.start_up,
    kept: &[],
    set: &[],
    // Its run-time would interrupt goroutines by signals, at moments of real time.
    set_in_virtual_time: &[("GODEBUG", "asyncpreemptoff=1")],
    seeded: &[],
    generated: &[],
    behind: None,
    environment: None,
    // Go programs call the kernel without the C library.
    bypass: Some(Bypass { note: b"\x04\0\0\0Go\0\0", if_static: STATIC }),
    words,
};

/// The reason that a static program cannot run in virtual time, and the advice.
const STATIC: &str = "it is a Go program linked statically, so nothing can stand between it and the \
                      kernel: CGO_ENABLED=1 go build -ldflags=-linkmode=external links it with \
                      the C library; or run it with --clock real";

/// Selects the panic, and the first place in the program itself; Go writes the stack after the panic.
///
/// The calls are left out, because they are full of addresses.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_panic = |line: &str| line.starts_with("panic: ") || line.starts_with("fatal error: ");
    let panic = words::last(lines, is_panic)?;
    let place = words::next(lines, panic, |line| {
        let file = line.trim_start();
        line.starts_with('\t') && file.contains(".go:") && !file.contains("/src/runtime/")
    });
    Some(Telling::new(place, panic))
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::languages::words::tests::told;

    #[test]
    fn a_panic_and_its_place_are_told() {
        let text = "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n\
                    main.f(...)\n\t/home/me/kv.go:12\nmain.main()\n\t/home/me/kv.go:3 +0x1d\nexit status 2";
        let expected =
            ["> panic: runtime error: index out of range [5] with length 3", "\t/home/me/kv.go:12"];
        assert_eq!(told(words, text), expected);
    }
}
