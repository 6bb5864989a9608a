//! The process behind a node, from its start to whatever ends it.

use std::io;

use crate::child::Child;
use simulation::api::Death;

/// A process, while it lives; then why it takes no further part.
#[derive(Debug)]
pub(super) struct ProcessState<Process> {
    process: Option<Process>,
    died: Option<Death>,
}

impl<Process: AsRef<Child> + AsMut<Child>> ProcessState<Process> {
    /// Begins with a process that was started, or that could not be.
    pub(crate) fn new(process: io::Result<Process>) -> Self {
        match process {
            Ok(process) => ProcessState { process: Some(process), died: None },
            Err(error) => {
                let how = format!("could not be started: {error}");
                ProcessState { process: None, died: Some(Death::without_words(how)) }
            }
        }
    }

    /// The process, while it lives.
    pub(crate) fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// The process, while it lives.
    pub(crate) fn process_mut(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Ends it with a finding, in words that go after its name; its last words are added. Only the
    /// first finding counts.
    pub(crate) fn die(&mut self, why: String) {
        if let Some(process) = self.process.take() {
            self.died.get_or_insert(process.as_ref().death(why));
        }
    }

    /// Ends it as planned, and returns the lines that it printed since it was asked last.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(mut process) = self.process.take() {
            process.as_mut().lines(|line| lines.push(line));
        }
        lines
    }

    /// What its standard error tells of, if anything, while it lives.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.process.as_ref().and_then(|process| process.as_ref().complaint())
    }

    /// The finding that ended it, if one did.
    pub(crate) fn died(&self) -> Option<&Death> {
        self.died.as_ref()
    }
}
