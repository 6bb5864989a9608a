//! The curve: the share of continuations that fail in the same way, by the moment from which they go on.
//!
//! It begins with moments spread over the run, and few continuations. Then the interval with the greatest rise is
//! halved, again and again, until the greatest rise is that of one event: nothing happens between the moment before
//! it and the next. The shares on both sides are then taken of many continuations; if that makes the rise smaller
//! than another, it goes on there. Afterwards other rises are looked into in the same way.

use super::continuations::Kept;
use super::effort::Effort;
use super::runs::{BrokenOff, Runs};
use super::{Point, Share};
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
    pub effort: Effort,
    kept: Kept,
    /// The greatest rise, unless it took too much to refine.
    pub settled: Option<Rise>,
    pub samples: Vec<Sample>,
}

/// The least rise that is looked into besides the greatest, in thousandths.
const WORTH_A_LOOK: i64 = 250;

/// A rise that few continuations show well enough, in thousandths.
const FROM_NONE_TO_ALL: i64 = 900;

/// The most rises that are looked into besides the greatest.
const MOST_LOOKS: usize = 3;

impl<'c> Curve<'c> {
    /// Samples the curve of continuations that keep some of the plan, and refines it where it rises most.
    pub(super) fn sample(
        runs: &mut Runs<'_>,
        moments: &'c Moments,
        effort: Effort,
        kept: Kept,
    ) -> Result<Self, BrokenOff> {
        let mut curve = Curve { moments, effort, kept, settled: None, samples: Vec::new() };
        curve.begin(runs)?;
        let most_work = if kept == Kept::Nothing { u64::MAX } else { effort.work };
        curve.settled = curve.refine(runs, effort.splits, most_work, &[])?;
        Ok(curve)
    }

    /// Samples moments spread over the run, half of the continuations only where nothing changes. At the last one all
    /// is known.
    fn begin(&mut self, runs: &mut Runs<'_>) -> Result<(), BrokenOff> {
        let places = self.moments.spread(self.effort.moments);
        let known = places.len() - 1;
        let sample = |place| Sample { place, at: self.moments.0[place], share: Share::default() };
        self.samples = places.into_iter().map(sample).collect();
        self.samples[known].share = Share { fails: self.effort.many, of: self.effort.many };
        let all: Vec<usize> = (0..known).collect();
        self.add(runs, &all, self.effort.few.div_ceil(4))?;
        self.effort = self.effort.for_continuations(runs.mean_work());
        self.add(runs, &all, self.effort.few.div_ceil(2))?;
        self.effort = self.effort.for_continuations(runs.mean_work());
        let percents: Vec<u32> = self.samples.iter().map(|it| it.share.percent()).collect();
        let is_flat = |place: usize| {
            let around = &percents[place.saturating_sub(1)..=(place + 1).min(known)];
            matches!(percents[place], 0 | 100) && around.iter().all(|it| *it == percents[place])
        };
        let changing: Vec<usize> = (0..known).filter(|&place| !is_flat(place)).collect();
        self.add(runs, &changing, self.effort.few)
    }

    /// Adds continuations to some samples that have equally many, until they are of `count`.
    fn add(&mut self, runs: &mut Runs<'_>, numbers: &[usize], count: u32) -> Result<(), BrokenOff> {
        let had = numbers.first().map_or(count, |&number| self.samples[number].share.of);
        if had >= count {
            return Ok(());
        }
        let at: Vec<Nanos> = numbers.iter().map(|&number| self.samples[number].at).collect();
        let more = runs.shares(self.kept, &at, had..count)?;
        for (&number, share) in numbers.iter().zip(more) {
            let sample = &mut self.samples[number];
            sample.share = sample.share.plus(share);
        }
        Ok(())
    }

    /// Refines the greatest rise, but for some, until it is that of one event, and is known well. Gives up once all
    /// runs have had more than `most_work` events.
    fn refine(
        &mut self,
        runs: &mut Runs<'_>,
        splits: u32,
        most_work: u64,
        but: &[usize],
    ) -> Result<Option<Rise>, BrokenOff> {
        let mut left = splits;
        while let Some(rise) = self.greatest(but) {
            if runs.work > most_work {
                return Ok(None);
            }
            if !rise.is_one_event() && left > 0 {
                left -= 1;
                self.split(runs, rise)?;
            } else if !self.confirm(runs, rise)? {
                return Ok(Some(rise));
            }
        }
        Ok(None)
    }

    /// Returns the other events, besides that of the greatest rise, at which the curve clearly rises: one at the most.
    pub(super) fn another(&mut self, runs: &mut Runs<'_>) -> Result<Option<Rise>, BrokenOff> {
        let mut but: Vec<usize> = self.settled.iter().map(|rise| rise.before.place).collect();
        let Effort { further_splits, work, .. } = self.effort;
        for _ in 0..MOST_LOOKS {
            let is_worth_it = self.greatest(&but).is_some_and(|it| it.height() >= WORTH_A_LOOK);
            if further_splits == 0 || !is_worth_it {
                break;
            }
            let Some(rise) = self.refine(runs, further_splits, work, &but)? else { break };
            if rise.is_telling() {
                return Ok(Some(rise));
            }
            but.push(rise.before.place);
        }
        Ok(None)
    }

    /// Adds the moment in the middle of an interval. Where the first half of the continuations all end alike, the
    /// others are spared: a share that matters is taken of many later.
    fn split(&mut self, runs: &mut Runs<'_>, rise: Rise) -> Result<(), BrokenOff> {
        let place = rise.before.place.midpoint(rise.after.place);
        let at = self.moments.0[place];
        let (half, few) = (self.effort.few.div_ceil(2), self.effort.few);
        let mut share = runs.shares(self.kept, &[at], 0..half)?[0];
        if half < few && !matches!(share.percent(), 0 | 100) {
            share = share.plus(runs.shares(self.kept, &[at], half..few)?[0]);
        }
        let next = self.samples.partition_point(|sample| sample.place < place);
        self.samples.insert(next, Sample { place, at, share });
        Ok(())
    }

    /// Takes the shares before and after a rise of many continuations, of fewer where it goes from hardly any to nearly
    /// all; false if they are that already.
    fn confirm(&mut self, runs: &mut Runs<'_>, rise: Rise) -> Result<bool, BrokenOff> {
        let of_all = self.effort.many;
        let many = if rise.height() < FROM_NONE_TO_ALL { of_all } else { of_all * 3 / 5 };
        let kept = self.kept;
        let mut is_better_known = false;
        for place in [rise.before.place, rise.after.place] {
            let sample = self.samples.iter_mut().find(|sample| sample.place == place);
            let Some(sample) = sample.filter(|sample| sample.share.of < many) else { continue };
            let more = runs.shares(kept, &[sample.at], sample.share.of..many)?[0];
            sample.share = sample.share.plus(more);
            is_better_known = true;
        }
        Ok(is_better_known)
    }

    /// Returns the greatest rise but for those that begin at some places.
    fn greatest(&self, but: &[usize]) -> Option<Rise> {
        let pairs = self.samples.windows(2);
        let rises = pairs.map(|pair| Rise { before: pair[0], after: pair[1] });
        let rises = rises.filter(|it| it.height() > 0 && !but.contains(&it.before.place));
        rises.max_by_key(Rise::height)
    }

    /// Returns the points of the curve.
    pub(super) fn points(&self) -> Vec<Point> {
        self.samples.iter().map(|it| Point { at: it.at, share: it.share }).collect()
    }
}

impl Rise {
    /// By how much the share rises, in thousandths.
    fn height(&self) -> i64 {
        self.after.share.above(self.before.share)
    }

    /// Returns true if the two shares differ by more than their errors.
    pub(super) fn is_clear(&self) -> bool {
        self.before.share.interval().1 < self.after.share.interval().0
    }

    /// Returns true if it is that of one event, and clear.
    pub(super) fn is_telling(&self) -> bool {
        self.is_one_event() && self.is_clear()
    }

    /// Returns true if nothing happens between.
    fn is_one_event(&self) -> bool {
        self.after.place - self.before.place == 1
    }
}
