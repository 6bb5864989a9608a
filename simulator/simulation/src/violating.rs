//! A system whose assumptions are violated on purpose.

use crate::UnderTest;
use crate::api::Assumption;
use crate::engine::Options;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::under_test::forward_to_the_system;

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

    forward_to_the_system!();

    fn violated(&self) -> &[Assumption] {
        &self.violated
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
