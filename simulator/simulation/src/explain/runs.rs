//! The runs of continuations, on several threads: what comes of them does not depend on how many.

use std::ops::{ControlFlow, Range};

use super::Share;
use super::continuations::{Continuations, Kept, Way};
use super::sameness::Sameness;
use crate::Nanos;
use crate::UnderTest;
use crate::check::{Class, judge};
use crate::engine::Options;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::pool;

/// The runs of continuations, and which of them escape the failure.
pub(super) struct Runs<'r> {
    pub system: &'r dyn UnderTest,
    pub sameness: &'r Sameness<'r>,
    pub continuations: &'r Continuations<'r>,
    pub jobs: usize,
    /// The number of runs so far, and the largest expected number.
    pub done: u32,
    pub expected: u32,
    /// Told after each run, with `done` and `expected`.
    pub observe: &'r mut dyn FnMut(u32, u32) -> ControlFlow<()>,
    /// The events of all runs so far, about: what they cost, on any machine.
    pub work: u64,
    /// The continuations that do not fail in the same way, and whether they pass.
    pub escaping: Vec<(Way, bool)>,
}

/// The result of a continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It fails in the same way.
    Same,
    /// It fails in another way.
    Other,
    /// It passes.
    Passes,
}

impl Ending {
    /// Returns true if it passes, if it does not fail in the same way.
    pub(super) fn escapes(self) -> Option<bool> {
        match self {
            Ending::Same => None,
            Ending::Other => Some(false),
            Ending::Passes => Some(true),
        }
    }
}

/// The observer broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BrokenOff;

impl Runs<'_> {
    /// Returns the mean number of events of a run so far.
    pub(super) fn mean_work(&self) -> u64 {
        self.work / u64::from(self.done.max(1))
    }

    /// Returns the shares of those continuations that fail in the same way, from each of some moments.
    pub(super) fn shares(
        &mut self,
        kept: Kept,
        moments: &[Nanos],
        numbers: Range<u32>,
    ) -> Result<Vec<Share>, BrokenOff> {
        let of = |&at: &Nanos| numbers.clone().map(move |number| Way { at, number, kept });
        let ways: Vec<Way> = moments.iter().flat_map(of).collect();
        let endings = self.endings(&ways)?;
        let share = |endings: &[Ending]| {
            let fails = endings.iter().filter(|it| **it == Ending::Same).count() as u32;
            Share { fails, of: endings.len() as u32 }
        };
        Ok(endings.chunks(numbers.len()).map(share).collect())
    }

    /// Makes some continuations; how each ends, in their order.
    pub(super) fn endings(&mut self, ways: &[Way]) -> Result<Vec<Ending>, BrokenOff> {
        let continuations = self.continuations;
        let endings = self.made(ways, |way| continuations.plan(*way))?;
        let escapes =
            |(way, ending): (&Way, &Ending)| ending.escapes().map(|passes| (*way, passes));
        self.escaping.extend(ways.iter().zip(&endings).filter_map(escapes));
        Ok(endings)
    }

    /// Makes the run of each item's plan; how each ends, in their order.
    pub(super) fn made<T: Sync>(
        &mut self,
        items: &[T],
        plan: impl Fn(&T) -> Plan + Sync,
    ) -> Result<Vec<Ending>, BrokenOff> {
        let (system, sameness) = (self.system, self.sameness);
        let run = |(place, item): (usize, &T), found: &mut dyn FnMut((usize, Ending, u64))| {
            let plan = plan(item);
            let evidence = system.run(&plan, Options::default());
            let verdict = judge(&plan, &evidence);
            let ending = match verdict.class {
                _ if sameness.is_shown(&evidence, &verdict) => Ending::Same,
                Class::Pass => Ending::Passes,
                _ => Ending::Other,
            };
            found((place, ending, work_of(&evidence)));
        };
        let mut endings = vec![None; items.len()];
        let (done, expected, observe) = (&mut self.done, self.expected, &mut self.observe);
        let work = &mut self.work;
        pool::work(items.iter().enumerate(), self.jobs, run, |found| {
            if let Some((place, ending, events)) = found {
                *work += events;
                endings[place] = Some(ending);
                *done += 1;
            }
            observe(*done, expected)
        });
        endings.into_iter().map(|ending| ending.ok_or(BrokenOff)).collect()
    }
}

/// Returns about how many events a run had: messages, requests and their answers.
pub(super) fn work_of(evidence: &Evidence) -> u64 {
    let metrics = &evidence.metrics;
    let requests = metrics.gets + metrics.puts + metrics.failures + metrics.redirects;
    evidence.messages + requests
}
