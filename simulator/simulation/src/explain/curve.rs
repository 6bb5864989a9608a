//! The curve: the share of continuations that fail in the same way, by the moment from which they go on.
//!
//! It begins with moments spread over the run, and few continuations. Then the interval with the greatest rise is
//! halved, again and again, until the greatest rise is that of one event: nothing happens between the moment before
//! it and the next. The shares on both sides are then taken of many continuations; if that makes the rise smaller
//! than another, it goes on there.

use super::Share;
use super::effort::Effort;
use super::runs::{BrokenOff, Runs};
use crate::Nanos;
use crate::trace::TraceEvent;

/// The moments of a run at which something happens, in order, each once.
#[derive(Clone, Debug)]
pub(super) struct Moments(Vec<Nanos>);

/// A point of the curve: how many continuations fail that go on from just before a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// The place of the moment among all.
    place: usize,
    pub at: Nanos,
    pub share: Share,
}

/// The samples before and after the greatest rise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rise {
    pub before: Sample,
    pub after: Sample,
}

impl Moments {
    /// Returns those of a trace up to one at which all is known, which is the last: from there on, nothing can go
    /// otherwise any more.
    pub(super) fn of(trace: &[TraceEvent], known: Nanos) -> Self {
        let mut at: Vec<Nanos> = trace.iter().map(|event| event.at_ns).collect();
        at.retain(|&at| at < known);
        at.extend([0, known]);
        at.sort_unstable();
        at.dedup();
        Moments(at)
    }

    /// Returns the places of about `count` of them: half spread over time, half over what happens.
    fn spread(&self, count: u32) -> Vec<usize> {
        let last = self.0.len() - 1;
        let (half, end) = ((count as usize / 2).max(1), self.0[last]);
        let by_time = |number: usize| {
            let at = (u128::from(end) * number as u128 / half as u128) as Nanos;
            self.0.partition_point(|&moment| moment < at).min(last)
        };
        let mut places: Vec<usize> = (0..=half).map(by_time).collect();
        places.extend((0..=half).map(|number| last * number / half));
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The curve as far as it is known.
pub(super) struct Curve<'c> {
    moments: &'c Moments,
    effort: Effort,
    pub samples: Vec<Sample>,
}

impl<'c> Curve<'c> {
    /// Samples the curve and refines it where it rises most.
    pub(super) fn sample(
        runs: &mut Runs<'_>,
        moments: &'c Moments,
        effort: Effort,
    ) -> Result<Self, BrokenOff> {
        let mut curve = Curve { moments, effort, samples: Vec::new() };
        curve.begin(runs)?;
        let mut splits = 0;
        while let Some(rise) = curve.rise() {
            if rise.is_one_event() || splits == effort.splits {
                if !curve.confirm(runs, rise)? {
                    break;
                }
            } else {
                splits += 1;
                curve.split(runs, rise)?;
            }
        }
        Ok(curve)
    }

    /// Samples moments spread over the run. At the last one all is known.
    fn begin(&mut self, runs: &mut Runs<'_>) -> Result<(), BrokenOff> {
        let places = self.moments.spread(self.effort.moments);
        let at: Vec<Nanos> = places.iter().map(|&place| self.moments.0[place]).collect();
        let known = at.len() - 1;
        let mut shares = runs.shares(&at[..known], 0..self.effort.few)?;
        shares.push(Share { fails: self.effort.many, of: self.effort.many });
        let sample = |((place, at), share)| Sample { place, at, share };
        self.samples = places.into_iter().zip(at).zip(shares).map(sample).collect();
        Ok(())
    }

    /// Adds the moment in the middle of an interval.
    fn split(&mut self, runs: &mut Runs<'_>, rise: Rise) -> Result<(), BrokenOff> {
        let place = rise.before.place.midpoint(rise.after.place);
        let at = self.moments.0[place];
        let share = runs.shares(&[at], 0..self.effort.few)?[0];
        let next = self.samples.partition_point(|sample| sample.place < place);
        self.samples.insert(next, Sample { place, at, share });
        Ok(())
    }

    /// Takes the shares before and after a rise of many continuations; false if they are that already.
    fn confirm(&mut self, runs: &mut Runs<'_>, rise: Rise) -> Result<bool, BrokenOff> {
        let (few, many) = (self.effort.few, self.effort.many);
        let mut is_better_known = false;
        for place in [rise.before.place, rise.after.place] {
            let sample = self.samples.iter_mut().find(|sample| sample.place == place);
            let Some(sample) = sample.filter(|sample| sample.share.of < many) else { continue };
            let more = runs.shares(&[sample.at], few..many)?[0];
            sample.share = sample.share.plus(more);
            is_better_known = true;
        }
        Ok(is_better_known)
    }

    /// Returns the interval with the greatest rise, the last of equals; none where the curve never rises.
    pub(super) fn rise(&self) -> Option<Rise> {
        let pairs = self.samples.windows(2);
        let rises = pairs.map(|pair| Rise { before: pair[0], after: pair[1] });
        rises.filter(|rise| rise.height() > 0).max_by_key(Rise::height)
    }
}

impl Rise {
    /// By how much the share rises, in thousandths.
    fn height(&self) -> i64 {
        self.after.share.above(self.before.share)
    }

    /// Returns true if nothing happens between.
    fn is_one_event(&self) -> bool {
        self.after.place - self.before.place == 1
    }
}
