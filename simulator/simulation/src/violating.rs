//! A system whose assumptions are violated on purpose.

use std::path::Path;

use crate::UnderTest;
use crate::api::Assumption;
use crate::engine::Options;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::scenario::Scenario;

/// A system under test, some of whose assumptions are violated on purpose: plans are not weakened for these.
pub struct Violating<'s> {
    system: &'s dyn UnderTest,
    violated: Vec<Assumption>,
    name: String,
}

impl<'s> Violating<'s> {
    /// Returns a system with the assumptions that are violated.
    pub fn new(system: &'s dyn UnderTest, violated: Vec<Assumption>) -> Self {
        let names: Vec<&str> = violated.iter().map(|it| it.name()).collect();
        let name = format!("{}, violating {}", system.name(), names.join(" and "));
        Violating { system, violated, name }
    }
}

impl UnderTest for Violating<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn executable(&self) -> Option<&Path> {
        self.system.executable()
    }

    fn environment(&self) -> Option<&str> {
        self.system.environment()
    }

    fn file_limit(&self) -> Option<u32> {
        self.system.file_limit()
    }

    fn limits(&self) -> crate::ResourceLimits {
        self.system.limits()
    }

    fn marks(&self) -> &'static [&'static str] {
        self.system.marks()
    }

    fn assumptions(&self) -> &[Assumption] {
        self.system.assumptions()
    }

    fn violated(&self) -> &[Assumption] {
        &self.violated
    }

    fn could_reach(&self, mark: &str, scenario: &Scenario) -> bool {
        self.system.could_reach(mark, scenario)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        self.system.run(plan, options)
    }
}

impl std::fmt::Debug for Violating<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Violating").field("name", &self.name).finish()
    }
}
