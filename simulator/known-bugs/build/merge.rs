//! Merges several changed forms of a source file into one.
//!
//! In the result, each changed function has all its bodies.
//!
//! ```text
//!   fn majority(&self) -> usize {               fn majority(&self) -> usize {
//! -     self.peers.len().div_ceil(2)                match crate::system::bug() {
//! +     self.peers.len() / 2                ──▶         18 => { self.peers.len() / 2 }
//!   }                                                   _ => { self.peers.len().div_ceil(2) }
//!                                                   }
//!                                               }
//! ```
//!
//! The sources are formatted by rustfmt, so a function ends with the first line that has only a brace and the
//! function's indentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The line that opens the block around a function, and the function's name.
///
/// The line is one such as `impl Replica {`.
type Key<'a> = (&'a str, &'a str);

/// Some lines of a file.
enum Part<'a> {
    /// Lines between functions.
    Between(&'a str),
    /// A function: its signature with the brace, and the lines up to the closing brace.
    Function { key: Key<'a>, signature: &'a str, body: &'a str },
}

/// A function of the merged file.
struct Merged<'a> {
    signature: &'a str,
    body: &'a str,
    /// The bodies that bugs give the function, by the bugs' numbers.
    changed: Vec<(usize, &'a str)>,
    /// Functions that bugs add after this one.
    added: Vec<(Key<'a>, &'a str, &'a str)>,
}

/// Returns the text with the bodies that its functions have in the changed texts.
///
/// Each changed text comes with its bug's number.
///
/// # Errors
///
/// If a text is changed outside of functions, or a signature is changed in more than its visibility.
pub(crate) fn merge(text: &str, changed: &[(usize, String)]) -> Result<String, String> {
    let parts = cut(text);
    let mut functions = BTreeMap::new();
    for part in &parts {
        if let &Part::Function { key, signature, body } = part {
            let merged = Merged { signature, body, changed: Vec::new(), added: Vec::new() };
            if functions.insert(key, merged).is_some() {
                return Err(format!("there are two functions {}", key.1));
            }
        }
    }
    for (bug, changed) in changed {
        let changed = cut(changed);
        if code_between(&parts) != code_between(&changed) {
            return Err("a diff changes more than functions".to_owned());
        }
        add(&mut functions, *bug, &changed)?;
    }
    let mut merged = String::new();
    for part in &parts {
        match part {
            Part::Between(lines) => merged += lines,
            Part::Function { key, .. } => write(&mut merged, &functions[key]),
        }
    }
    Ok(merged)
}

/// Adds the changes that a bug makes to functions.
fn add<'a>(
    functions: &mut BTreeMap<Key<'a>, Merged<'a>>,
    bug: usize,
    parts: &[Part<'a>],
) -> Result<(), String> {
    let (mut before, mut missing) = (None, functions.len());
    for part in parts {
        let &Part::Function { key, signature, body } = part else { continue };
        if let Some(function) = functions.get_mut(&key) {
            if without_visibility(signature) != without_visibility(function.signature) {
                return Err(format!("a diff changes the signature of {}", key.1));
            }
            // The longer signature is the one with more visibility.
            if signature.len() > function.signature.len() {
                function.signature = signature;
            }
            if body != function.body {
                function.changed.push((bug, body));
            }
            (before, missing) = (Some(key), missing - 1);
        } else {
            let place = before.and_then(|before| functions.get_mut(&before));
            let place = place.ok_or("a diff adds a function before all others")?;
            place.added.push((key, signature, body));
        }
    }
    if missing > 0 { Err("a diff removes a function".to_owned()) } else { Ok(()) }
}

fn write(text: &mut String, function: &Merged<'_>) {
    let Merged { signature, body, changed, added } = function;
    *text += signature;
    if changed.is_empty() {
        *text += body;
    } else {
        *text += "match crate::system::bug() {\n";
        for (bug, body) in changed {
            let _ = writeln!(text, "{bug} => {{\n{body}}}");
        }
        let _ = writeln!(text, "_ => {{\n{body}}}\n}}");
    }
    *text += "}\n";
    for (_, signature, body) in added {
        let _ = writeln!(text, "{signature}{body}}}");
    }
}

/// Splits a file into functions and the lines between them.
fn cut(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut of) = (Vec::new(), "");
    let (mut at, mut between) = (0, 0);
    while let Some(line) = text[at..].split_inclusive('\n').next() {
        if let Some((key, signature, body, length)) = function(of, &text[at..]) {
            parts.push(Part::Between(&text[between..at]));
            parts.push(Part::Function { key, signature, body });
            at += length;
            between = at;
        } else {
            if line.trim_end().ends_with('{') {
                of = line.trim();
            }
            at += line.len();
        }
    }
    parts.push(Part::Between(&text[between..]));
    parts
}

/// Returns the function at the beginning of a text, if there is one.
///
/// The parts are its key, its signature, its body, and its length in bytes.
fn function<'a>(of: &'a str, text: &'a str) -> Option<(Key<'a>, &'a str, &'a str, usize)> {
    let first = text.lines().next()?;
    let (before, after) = first.split_once("fn ")?;
    let is_start = before.split_whitespace().all(|word| word.starts_with("pub") || word == "const");
    let name = after.split(['(', '<']).next()?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let opened = text.find("{\n")? + 2;
    // This is a declaration without a body, or has an empty body.
    if !is_start || text[..opened].contains(";\n") || text[..opened].contains("{}\n") {
        return None;
    }
    let end = text[opened..].find(&format!("\n{indent}}}\n"))? + opened + 1;
    let length = end + indent.len() + 2;
    Some(((of, name), &text[..opened], &text[opened..end], length))
}

/// Returns the lines outside of functions, without comments and empty lines.
fn code_between<'a>(parts: &[Part<'a>]) -> Vec<&'a str> {
    let lines = parts.iter().flat_map(|part| match part {
        Part::Between(text) => text.lines(),
        Part::Function { .. } => "".lines(),
    });
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).collect()
}

fn without_visibility(signature: &str) -> &str {
    signature.find("fn ").map_or(signature, |at| &signature[at..])
}
