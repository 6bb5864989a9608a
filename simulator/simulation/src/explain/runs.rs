//! The runs of continuations, on several threads: what comes of them does not depend on how many.

use std::ops::{ControlFlow, Range};

use super::Share;
use super::continuations::Continuations;
use super::sameness::Sameness;
use crate::Nanos;
use crate::UnderTest;
use crate::check::{Class, judge};
use crate::engine::Options;
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
    /// The continuations that do not fail in the same way: the moment, the number, and whether they pass.
    pub escaping: Vec<(Nanos, u32, bool)>,
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
    /// Returns the shares of those continuations that fail in the same way, from each of some moments.
    pub(super) fn shares(
        &mut self,
        moments: &[Nanos],
        numbers: Range<u32>,
    ) -> Result<Vec<Share>, BrokenOff> {
        let of = |&at: &Nanos| numbers.clone().map(move |number| (at, number));
        let items: Vec<(Nanos, u32)> = moments.iter().flat_map(of).collect();
        let plans = |&(at, number): &(Nanos, u32)| self.continuations.plan(number, at);
        let endings = self.endings(&items, &plans)?;
        let escapes = |(&(at, number), ending): (&(Nanos, u32), &Ending)| {
            ending.escapes().map(|passes| (at, number, passes))
        };
        self.escaping.extend(items.iter().zip(&endings).filter_map(escapes));
        let share = |endings: &[Ending]| {
            let fails = endings.iter().filter(|it| **it == Ending::Same).count() as u32;
            Share { fails, of: endings.len() as u32 }
        };
        Ok(endings.chunks(numbers.len()).map(share).collect())
    }

    /// Runs the plans of some items; how each ends, in their order.
    pub(super) fn endings<I: Sync>(
        &mut self,
        items: &[I],
        plan: &(dyn Fn(&I) -> Plan + Sync),
    ) -> Result<Vec<Ending>, BrokenOff> {
        let (system, sameness) = (self.system, self.sameness);
        let run = |(place, item): (usize, &I), found: &mut dyn FnMut((usize, Ending))| {
            let plan = plan(item);
            let evidence = system.run(&plan, Options::default());
            let verdict = judge(&plan, &evidence);
            let ending = match verdict.class {
                _ if sameness.is_shown(&evidence, &verdict) => Ending::Same,
                Class::Pass => Ending::Passes,
                _ => Ending::Other,
            };
            found((place, ending));
        };
        let mut endings = vec![None; items.len()];
        let (done, expected, observe) = (&mut self.done, self.expected, &mut self.observe);
        pool::work(items.iter().enumerate(), self.jobs, run, |found| {
            if let Some((place, ending)) = found {
                endings[place] = Some(ending);
                *done += 1;
            }
            observe(*done, expected)
        });
        endings.into_iter().map(|ending| ending.ok_or(BrokenOff)).collect()
    }
}
