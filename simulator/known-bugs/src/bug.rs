//! A bug: its story, and the system that has it.
//!
//! The story stands at the head of the bug's file: the first line names the mistake, and further paragraphs describe
//! its consequences. Lines of the form `key: value` end it:
//!
//! | key | value |
//! | --- | --- |
//! | `breaks` | the rule that is broken, and where it is written |
//! | `family`, `seed` | a run that fails, by its scenario file and seed |
//! | `fails` | the class and the check by which it fails |
//! | `note` | the reason that the smallest failing plan is larger than usual, if it is |

use std::collections::BTreeMap;

use simulation::UnderTest;

use crate::copy::SOURCES;
use crate::system::Buggy;

/// A known bug.
#[derive(Clone, Debug)]
pub struct Bug {
    /// The short name: the file is `bugs/NAME.diff`, or `bugs/NAME.rs`.
    pub name: &'static str,
    /// The mistake, in one line.
    pub title: String,
    /// The consequences, in paragraphs of a few lines each.
    pub about: Vec<String>,
    /// The rule that is broken, and where it is written.
    pub breaks: String,
    /// The scenario file of a run that fails, without its `.json`, below the folder `scenarios`.
    pub family: String,
    /// The seed of that run.
    pub seed: u64,
    /// The class and the check by which it fails, with a comma between them.
    pub fails: String,
    /// The reason that the smallest failing plan is not small.
    pub note: Option<String>,
    system: Buggy,
}

impl Bug {
    /// Returns the system that has the bug.
    pub fn system(&self) -> &(dyn UnderTest + 'static) {
        &self.system
    }
}

/// Returns all known bugs, by name.
///
/// # Panics
///
/// If the story in a bug's file is not complete: that file has to be corrected.
pub fn all() -> Vec<Bug> {
    let bug = |(number, &(name, text))| {
        let system = Buggy::of(number, name);
        Story::parse(text).and_then(|story| story.of(name, system)).unwrap_or_else(|error| {
            panic!("simulator/known-bugs/bugs/{name}: {error}");
        })
    };
    SOURCES.iter().enumerate().map(bug).collect()
}

/// Returns the replica without a bug, made in the same way.
pub fn control() -> Box<dyn UnderTest> {
    Box::new(Buggy::control())
}

/// The head of a bug's file.
struct Story {
    paragraphs: Vec<String>,
    fields: BTreeMap<String, String>,
}

const KEYS: [&str; 5] = ["breaks", "family", "seed", "fails", "note"];

impl Story {
    fn parse(text: &str) -> Result<Self, String> {
        let mut story = Story { paragraphs: Vec::new(), fields: BTreeMap::new() };
        let (mut last_key, mut in_paragraph) = (None, false);
        for line in text.lines().take_while(|line| !ends_story(line)) {
            let line = line.trim_start_matches("//!").trim();
            let field = line.split_once(": ").filter(|(key, _)| KEYS.contains(key));
            if let Some((key, value)) = field {
                let twice = story.fields.insert(key.to_owned(), value.to_owned()).is_some();
                if twice {
                    return Err(format!("`{key}` is there twice"));
                }
                last_key = Some(key);
            } else if line.is_empty() {
                in_paragraph = false;
            } else if let Some(value) = last_key.and_then(|key| story.fields.get_mut(key)) {
                append(value, ' ', line);
            } else if let Some(paragraph) = story.paragraphs.last_mut().filter(|_| in_paragraph) {
                append(paragraph, '\n', line);
            } else {
                story.paragraphs.push(line.to_owned());
                in_paragraph = true;
            }
        }
        Ok(story)
    }

    fn of(mut self, name: &'static str, system: Buggy) -> Result<Bug, String> {
        if self.paragraphs.is_empty() {
            return Err("the story is missing".to_owned());
        }
        let note = self.fields.remove("note");
        let mut field = |key: &str| {
            self.fields.remove(key).ok_or_else(|| format!("the line `{key}: …` is missing"))
        };
        Ok(Bug {
            name,
            breaks: field("breaks")?,
            family: field("family")?,
            seed: field("seed")?.parse().map_err(|error| format!("`seed`: {error}"))?,
            fails: field("fails")?,
            note,
            title: self.paragraphs.remove(0),
            about: self.paragraphs,
            system,
        })
    }
}

/// Returns true if a line begins the diff, or the code.
fn ends_story(line: &str) -> bool {
    line.starts_with("--- a/") || line.starts_with("use ")
}

/// Appends a line to the text that it continues.
fn append(text: &mut String, between: char, line: &str) {
    text.push(between);
    text.push_str(line);
}
