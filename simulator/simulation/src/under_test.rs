//! A system under test as everything but the engine sees it.

use std::path::Path;

use crate::api::{Assumption, Prospect, System};
use crate::coverage;
use crate::engine::{self, Options, Runnable};
use crate::evidence::Evidence;
use crate::marks;
use crate::plan::Plan;
use crate::resource_limits::ResourceLimits;
use crate::scenario::{Extension, Scenario};

/// A system under test, whatever the type of its nodes and wherever they run.
///
/// Code that explores, shrinks or stores runs needs only this trait. Every [`Runnable`] system implements it.
pub trait UnderTest: Sync {
    /// Returns the system's name in reports.
    fn name(&self) -> &str;

    /// Returns the path of the executable under test, if there is one; failure files record it.
    fn executable(&self) -> Option<&Path> {
        None
    }

    /// Returns the environment that runs depend on, if there is one.
    ///
    /// For an executable, it is the way it is driven, its interpreter and the C library. Two runs of a plan have the
    /// same digest only if their environments are the same.
    fn environment(&self) -> Option<&str> {
        None
    }

    /// Returns the size limit of an executable's files in MiB, if not the default.
    fn file_limit(&self) -> Option<u32> {
        None
    }

    /// Returns the other limits on an executable's processes.
    fn limits(&self) -> ResourceLimits {
        ResourceLimits::default()
    }

    /// Returns the names of the system's own coverage marks, as [`System::marks`] does.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the names of all coverage marks that a run can reach: the harness's, then the system's.
    fn all_marks(&self) -> Vec<&'static str> {
        let ours = marks::names(self.executable().is_some());
        ours.chain(self.marks().iter().take(64).copied()).collect()
    }

    /// Returns true if runs of a scenario can reach a mark.
    fn could_reach(&self, mark: &str, scenario: &Scenario) -> bool {
        coverage::could_reach(scenario, mark)
    }

    /// Returns the names of all marks that runs of these scenarios can reach.
    fn marks_of(&self, scenarios: &[Scenario]) -> Vec<&'static str> {
        let mut names = self.all_marks();
        names.retain(|name| scenarios.iter().any(|scenario| self.could_reach(name, scenario)));
        names
    }

    /// Returns what the system assumes of its environment, as [`System::assumptions`] does.
    fn assumptions(&self) -> &[Assumption] {
        &[]
    }

    /// Returns the assumptions that are violated on purpose ([`Violating`](crate::Violating)).
    fn violated(&self) -> &[Assumption] {
        &[]
    }

    /// Returns the plan of a run of a scenario. It keeps to the system's assumptions, apart from those that are
    /// violated on purpose.
    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        Plan::new(scenario, seed).keep(self.assumptions(), self.violated())
    }

    /// Runs a plan.
    fn run(&self, plan: &Plan, options: Options) -> Evidence;
}

impl<S: Runnable + Sync> UnderTest for S {
    fn name(&self) -> &str {
        System::name(self)
    }

    fn marks(&self) -> &'static [&'static str] {
        System::marks(self)
    }

    fn assumptions(&self) -> &[Assumption] {
        System::assumptions(self)
    }

    fn could_reach(&self, mark: &str, scenario: &Scenario) -> bool {
        let Extension { clocks, buggify, .. } = scenario.extension;
        let runs = Prospect { clocks, requests: u64::from(scenario.requests), buggify };
        coverage::could_reach(scenario, mark) && System::could_reach(self, mark, runs)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        engine::run(self, plan, options)
    }
}

/// Implements the methods of [`UnderTest`] that a wrapper leaves to its field `system`: all but the name, the plan and
/// the run.
macro_rules! forward_to_the_system {
    () => {
        fn executable(&self) -> Option<&std::path::Path> {
            self.system.executable()
        }

        fn environment(&self) -> Option<&str> {
            self.system.environment()
        }

        fn file_limit(&self) -> Option<u32> {
            self.system.file_limit()
        }

        fn limits(&self) -> $crate::ResourceLimits {
            self.system.limits()
        }

        fn marks(&self) -> &'static [&'static str] {
            self.system.marks()
        }

        fn assumptions(&self) -> &[$crate::api::Assumption] {
            self.system.assumptions()
        }

        fn could_reach(&self, mark: &str, scenario: &$crate::scenario::Scenario) -> bool {
            self.system.could_reach(mark, scenario)
        }
    };
}
pub(crate) use forward_to_the_system;
