//! The process behind a node, from its start to its end.

use std::io;

use crate::child::Child;
use simulation::api::Death;

/// A process while it lives, and afterwards the finding that ended it.
#[derive(Debug)]
pub(super) struct ProcessState<Process> {
    process: Option<Process>,
    died: Option<Death>,
}

impl<Process: AsRef<Child> + AsMut<Child>> ProcessState<Process> {
    /// Makes the state of a process that was started, or failed to start.
    pub(crate) fn new(process: io::Result<Process>) -> Self {
        match process {
            Ok(process) => ProcessState { process: Some(process), died: None },
            Err(error) => {
                let how = format!("could not be started: {error}");
                ProcessState { process: None, died: Some(Death::without_words(how)) }
            }
        }
    }

    /// Returns the process while it lives.
    pub(crate) fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Returns the process while it lives.
    pub(crate) fn process_mut(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Kills the process because of a finding, and adds its last words.
    ///
    /// The finding is a phrase that follows its name.
    ///
    /// Only the first finding counts.
    pub(crate) fn die(&mut self, why: String) {
        if let Some(process) = self.process.take() {
            self.died.get_or_insert(process.as_ref().death(why));
        }
    }

    /// Ends the process as planned, and returns the lines it printed since the last call.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(mut process) = self.process.take() {
            process.as_mut().lines(|line| lines.push(line));
        }
        lines
    }

    /// Returns the line of standard error that reports a failure, if any.
    ///
    /// Only a process that lives has one.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.process.as_ref().and_then(|process| process.as_ref().complaint())
    }

    /// Returns the finding that ended the process, if there is one.
    pub(crate) fn died(&self) -> Option<&Death> {
        self.died.as_ref()
    }
}
