//! A system under test as everything but the engine sees it.

use std::path::Path;

use crate::api::System;
use crate::engine::{self, Options};
use crate::evidence::Evidence;
use crate::marks;
use crate::plan::Plan;
use crate::scenario::Scenario;

/// A system under test whose nodes may be of any type, and live anywhere: what explores, shrinks and stores
/// runs needs no more. Every [`System`] is one.
pub trait UnderTest: Sync {
    /// What to call it in reports.
    fn name(&self) -> &str;

    /// The executable that is under test, if it is one: a failure file remembers it.
    fn executable(&self) -> Option<&Path> {
        None
    }

    /// What runs depend on besides the plan and the code of this crate, if anything: how an executable is
    /// driven, its interpreter and the C library. The same digest needs the same.
    fn environment(&self) -> Option<&str> {
        None
    }

    /// The limit of each file that an executable writes, in MiB, if it is not the usual one.
    fn file_limit(&self) -> Option<u32> {
        None
    }

    /// The names of [`System::marks`].
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the names of all marks that a run can reach: those of the harness, then those of the system.
    fn all_marks(&self) -> Vec<&'static str> {
        let ours = marks::names(self.executable().is_some());
        ours.chain(self.marks().iter().take(64).copied()).collect()
    }

    /// Returns the plan of a run of a scenario.
    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        Plan::new(scenario, seed)
    }

    /// Runs a plan.
    fn run(&self, plan: &Plan, options: Options) -> Evidence;
}

impl<S: System + Sync> UnderTest for S {
    fn name(&self) -> &str {
        System::name(self)
    }

    fn marks(&self) -> &'static [&'static str] {
        System::marks(self)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        engine::run(self, plan, options)
    }
}
