//! The reasons for which a node stops.

use std::fmt;

/// The reason for which a node has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// The cause, as text that follows the node's name: "exited with status 1".
    pub how: String,
    /// The last lines that the node wrote, if there are any.
    pub words: Option<LastWords>,
}

/// The last lines that a process wrote before it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// The lines, at least one.
    pub lines: Vec<String>,
    /// The index in `lines` of the most informative line.
    pub headline: usize,
    /// True if the lines come from the standard output, because the standard error had none.
    pub printed: bool,
}

impl Death {
    /// Returns the reason of a node that wrote no last lines.
    pub fn without_words(how: String) -> Self {
        Death { how, words: None }
    }

    /// Returns the reason in one line.
    pub fn brief(&self) -> String {
        let how = self.how.lines().next().unwrap_or_default();
        let headline = self.words.as_ref().and_then(|words| words.lines.get(words.headline));
        match (&self.words, headline) {
            (Some(words), Some(line)) => format!("{how}; {}: {}", words.title(), line.trim()),
            _ => how.to_owned(),
        }
    }
}

/// The cause and all last lines, in several lines.
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
