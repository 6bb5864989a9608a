//! The needs of a terminal: the width of characters, lines broken at words, colours taken away.

use std::io::{self, IsTerminal};

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// The columns that a text takes, escape sequences aside.
pub fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// A line without colours.
pub(super) fn without_colours(line: &[u8]) -> Vec<u8> {
    anstream::adapter::strip_bytes(line).into_vec()
}

/// A line in lines of a width, of which all but the first begin with `indent`.
pub(super) fn fill(line: &str, width: usize, indent: &str) -> String {
    let options = Options::new(width)
        .subsequent_indent(indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(line, options)
}

/// Returns the width of the standard output, if lines must fit one, and whether it takes colours.
pub(super) fn of_stdout() -> (Option<usize>, bool) {
    let stdout = io::stdout();
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || terminal_size::terminal_size_of(&stdout).map(|(width, _)| width.0.into());
    let width = asked.or_else(terminal).filter(|&width| width > 0);
    let colour = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    (width.or_else(|| stdout.is_terminal().then_some(80)), colour)
}
