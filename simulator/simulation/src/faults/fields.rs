//! A reader of the fields of a fault in a scenario file.

use super::victims::{self, Target};
use crate::api::Clocks;
use crate::bounds::LONGEST_DELAY;
use crate::json::{Field, Object, Range, ScenarioError, drawn};
use crate::units::{Drawn, Nanos, Ratio, Span};

/// The range of delays of a message, and of durations of a step.
pub(crate) const MAX_DELAY: Range = Range::microseconds(0, LONGEST_DELAY);

/// The expected form of a range of durations, for error messages.
pub(crate) const SPAN: &str = "two numbers: [shortest, longest]";

/// A fault that is being read. The fault's own file takes the fields that it knows; a remaining field is an error.
pub(crate) struct FaultFields<'a> {
    object: Object<'a>,
    kind: Field<'a>,
    pub(crate) replicas: u16,
    pub(crate) lifetime: Nanos,
    pub(crate) clocks: Clocks,
}

impl<'a> FaultFields<'a> {
    /// Begins to read a fault; `replicas`, `lifetime` and `clocks` are the scenario's.
    pub(crate) fn new(
        item: &Field<'a>,
        replicas: u16,
        lifetime: Nanos,
        clocks: Clocks,
    ) -> Result<Self, ScenarioError> {
        let mut object = item.object()?;
        let kind = object.require("type", "a fault, such as \"cut\"")?;
        Ok(Self { object, kind, replicas, lifetime, clocks })
    }

    /// Returns the field `type`, which names the fault.
    pub(crate) fn kind(&self) -> &Field<'a> {
        &self.kind
    }

    /// Takes a field, if it exists.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.object.take(name)
    }

    /// Takes a required field.
    pub(crate) fn require(
        &mut self,
        name: &'static str,
        expected: &str,
    ) -> Result<Field<'a>, ScenarioError> {
        self.object.require(name, expected)
    }

    /// Reads a required number, or a range of numbers.
    pub(crate) fn drawn<T: Copy + PartialOrd>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl Fn(&Field<'_>) -> Result<T, ScenarioError>,
    ) -> Result<Drawn<T>, ScenarioError> {
        drawn(&self.object.require(name, expected)?, read)
    }

    /// Reads a number, or a range of numbers, or returns the default.
    pub(crate) fn drawn_or<T: Copy + PartialOrd>(
        &mut self,
        name: &'static str,
        default: T,
        read: impl Fn(&Field<'_>) -> Result<T, ScenarioError>,
    ) -> Result<Drawn<T>, ScenarioError> {
        self.object.or_default(name, |field| drawn(field, read), Drawn::just(default))
    }

    /// Reads `true` or `false`; the default is `false`.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, ScenarioError> {
        self.object.or_default(name, Field::boolean, false)
    }

    /// Reads the probability with which the fault affects each message.
    pub(crate) fn chance(&mut self) -> Result<Drawn<Ratio>, ScenarioError> {
        let expected = "how likely it happens to each message";
        self.drawn("chance", expected, |field| field.ratio())
    }

    /// Reads two durations in microseconds, the shortest and the longest; either may be a range.
    pub(crate) fn span(&mut self, name: &'static str) -> Result<Drawn<Span>, ScenarioError> {
        let field = self.object.require(name, SPAN)?;
        let items = field.list(SPAN)?;
        let [min, max] = items.as_slice() else {
            return Err(field.error(format!("found a list of {}, expected {SPAN}", items.len())));
        };
        let read = |field: &Field<'_>| drawn(field, |field| field.number_in(MAX_DELAY));
        let (min, max): (Drawn<Nanos>, Drawn<Nanos>) = (read(min)?, read(max)?);
        if min.high > max.low {
            let found = field.shown();
            return Err(field.error(format!("{found} is the wrong way round, expected {SPAN}")));
        }
        Ok(min.with(max, |min, max| Span { min, max }))
    }

    /// Reads the replicas that the fault strikes.
    pub(crate) fn who(&mut self) -> Result<Vec<Target>, ScenarioError> {
        let who = self.require("who", "the replicas it happens to, such as \"leader\"")?;
        victims::read(&who, self.replicas)
    }

    /// Returns an error if any field was not taken.
    pub(crate) fn no_more(self) -> Result<(), ScenarioError> {
        self.object.no_more()
    }
}
