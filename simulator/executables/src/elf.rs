//! The way a program is linked, which decides how virtual time can drive it.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;

use crate::languages;

/// The way a program is driven in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interposition {
    /// The preload library replaces functions of the C library.
    Preload,
    /// In addition, the kernel traps the program's system calls.
    ///
    /// This is for programs that bypass the C library, as those in Go do.
    PreloadAndTrap,
}

/// Writes `preload` or `preload + trap`.
impl fmt::Display for Interposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Interposition::Preload => "preload",
            Interposition::PreloadAndTrap => "preload + trap",
        })
    }
}

/// A 64-bit program for this kind of machine that loads glibc when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dynamic {
    pub way: Interposition,
    /// The loader of its libraries: a part of glibc.
    pub linker: PathBuf,
}

const INTERPRETER_SEGMENT: u32 = 3;
const NOTE_SEGMENT: u32 = 4;

/// Looks at a program whose beginning was already read.
///
/// If no library can be preloaded, the error says why, and what to do instead.
pub(super) fn look(file: &File, head: &[u8]) -> Result<Dynamic, String> {
    let metadata = file.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    if metadata.permissions().mode() & 0o6000 != 0 {
        let why = "it is setuid or setgid, for which nothing can be preloaded";
        return Err(format!("{why}; {INSTEAD}"));
    }
    let u16_at = |at: usize| head.get(at..at + 2).map(|it| u16::from_le_bytes([it[0], it[1]]));
    let is_64_bit = head.get(4) == Some(&2) && head.get(5) == Some(&1);
    if !is_64_bit || u16_at(18) != Some(62) {
        return Err("it is a program for another kind of machine than x86-64".to_owned());
    }
    let (Some(size), Some(count)) = (u16_at(54), u16_at(56)) else { return Err(damaged()) };
    let start = head.get(32..40).and_then(|it| it.try_into().ok()).map_or(0, u64::from_le_bytes);
    let (mut linker, mut bypass) = (None, None);
    for number in 0..u64::from(count) {
        let at = start.saturating_add(number * u64::from(size));
        match segment(file, at)? {
            (INTERPRETER_SEGMENT, path) => {
                linker = Some(String::from_utf8_lossy(&path).trim_end_matches('\0').to_owned());
            }
            (NOTE_SEGMENT, note) => bypass = bypass.or_else(|| languages::bypass_of(&note)),
            _ => {}
        }
    }
    match (linker, bypass) {
        (None, Some(bypass)) => Err(bypass.if_static.to_owned()),
        (None, None) => Err(format!("{STATIC}, or {INSTEAD}")),
        (Some(linker), bypass) if linker.ends_with("/ld-linux-x86-64.so.2") => {
            let way = bypass.map_or(Interposition::Preload, |_| Interposition::PreloadAndTrap);
            Ok(Dynamic { way, linker: linker.into() })
        }
        (Some(linker), _) => {
            let why = format!("it loads its libraries with {linker}, expected those of glibc");
            Err(format!("{why}; {INSTEAD}"))
        }
    }
}

/// Returns the kind of a segment, and the beginning of its content if that is needed.
///
/// The segment is given by the offset of its header.
fn segment(file: &File, at: u64) -> Result<(u32, Vec<u8>), String> {
    let mut header = [0; 40];
    file.read_exact_at(&mut header, at).map_err(|_| damaged())?;
    let (words, _) = header.as_chunks::<4>();
    let word = |number: usize| u32::from_le_bytes(words[number]);
    let (kind, offset, length) = (word(0), word(2), word(8));
    if kind != INTERPRETER_SEGMENT && kind != NOTE_SEGMENT {
        return Ok((kind, Vec::new()));
    }
    let mut content = vec![0; length.min(4_096) as usize];
    file.read_exact_at(&mut content, u64::from(offset)).map_err(|_| damaged())?;
    Ok((kind, content))
}

fn damaged() -> String {
    "it is a damaged program".to_owned()
}

/// The reason that no program can run in virtual time on this system.
pub(super) const NO_VIRTUAL_TIME: &str = "virtual time needs Linux on x86-64; use --clock real";

/// The advice for a program that cannot run in virtual time.
pub(super) const INSTEAD: &str = "run it in real time, with --clock real";

const STATIC: &str = "it is linked statically, so its clock and its network cannot be replaced: link \
                      it dynamically (for example gcc without -static, or Rust for the target \
                      x86_64-unknown-linux-gnu)";
