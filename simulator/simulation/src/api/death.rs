//! Why a node takes no further part.

use std::fmt;

/// The reason why a node has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// What happened, in words that go after the node's name: "exited with status 1".
    pub how: String,
    /// What the node said of it, if anything.
    pub words: Option<LastWords>,
}

/// What a process wrote before it ended: the lines that say why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// The lines, at least one.
    pub lines: Vec<String>,
    /// The one that tells most, by its place among them.
    pub headline: usize,
    /// Whether they were written to the standard output, for want of any to the standard error.
    pub printed: bool,
}

impl Death {
    /// Returns the reason of a node that said nothing.
    pub fn without_words(how: String) -> Self {
        Death { how, words: None }
    }

    /// Returns how it is told in one line.
    pub fn brief(&self) -> String {
        let how = self.how.lines().next().unwrap_or_default();
        let headline = self.words.as_ref().and_then(|words| words.lines.get(words.headline));
        match (&self.words, headline) {
            (Some(words), Some(line)) => format!("{how}; {}: {}", words.title(), line.trim()),
            _ => how.to_owned(),
        }
    }
}

/// All that is known, in several lines.
impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)?;
        let Some(words) = &self.words else { return Ok(()) };
        match words.lines.as_slice() {
            [only] => write!(f, "; {}: {}", words.title(), only.trim()),
            lines => {
                write!(f, "; {}:", words.title())?;
                lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

impl LastWords {
    fn title(&self) -> &'static str {
        if self.printed { "it printed last" } else { "its last words" }
    }
}
