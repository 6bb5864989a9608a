//! Folders of pages: a page of each failure, and an index of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Outcome;
use crate::report::html::{Entry, Index};
use simulation::check::{CheckName, Class};

use super::error::CliError;
use super::run::{write_file, write_html};

/// Of one kind of failure, no more get a page: the rest are listed.
const MOST_PAGES: usize = 20;

/// A folder that is being filled.
pub(crate) struct Pages {
    folder: PathBuf,
    pub index: Index,
}

impl Pages {
    /// Makes the folder, if there is none.
    pub(crate) fn open(folder: &Path, title: String) -> Result<Pages, CliError> {
        fs::create_dir_all(folder).map_err(CliError::file(folder, "created as a folder"))?;
        Ok(Pages { folder: folder.to_owned(), index: Index::new(title) })
    }

    /// Writes the page of a run, and returns the name of its file.
    pub(crate) fn page(&self, name: &str, outcome: &Outcome) -> Result<String, CliError> {
        let file = format!("{}.html", file_name(name));
        write_html(&self.folder.join(&file), outcome)?;
        Ok(file)
    }

    /// Returns whether one more failure of a kind gets a page.
    pub(crate) fn has_room(&self, class: Class, check: CheckName) -> bool {
        self.index.count(class, check) < MOST_PAGES
    }

    /// Adds a run, if it failed: to the index, and as a page if there are not many of its kind.
    pub(crate) fn add(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        let Some(check) = outcome.verdict.decisive() else { return Ok(()) };
        let class = outcome.verdict.class;
        let name = format!("{}-{}", outcome.plan.scenario, outcome.plan.seed);
        let has_room = self.has_room(class, check.name);
        let page = has_room.then(|| self.page(&name, outcome)).transpose()?;
        let reason = check.reason().to_owned();
        let command = outcome.command_to_the_place();
        self.index.failure(class, check.name, Entry { name, reason, command, page });
        Ok(())
    }

    /// Writes the index.
    pub(crate) fn close(self) -> Result<PathBuf, CliError> {
        let path = self.folder.join("index.html");
        write_file(&path, |file| self.index.write(file))?;
        Ok(path)
    }
}

/// A name as part of a file's name: nothing in it means anything to a file system or in an address.
pub(super) fn file_name(name: &str) -> String {
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    name.chars().map(|letter| if safe(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files_lead_nowhere_else() {
        assert_eq!(file_name("crash-3-7"), "crash-3-7");
        assert_eq!(file_name("../a b?#%.html"), "___a_b____html");
    }
}
