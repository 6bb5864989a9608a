//! Checks of one's own, of the evidence of a run.

use crate::UnderTest;
use crate::engine::Options;
use crate::evidence::{Evidence, OwnCheck};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::under_test::forward_to_the_system;

/// A system under test with checks of one's own.
///
/// Each check reads the plan and the evidence of a run. It returns what it found in order, or what is wrong; a run of
/// which something is wrong fails the check `own_checks`.
///
/// ```
/// use simulation::Checked;
/// use simulation::bundled::Bundled;
///
/// let system = Checked::new(Bundled::default()).check("few elections", |_plan, evidence| {
///     match evidence.elections.leaders_at(evidence.ended).count() {
///         0 => Err("nothing leads at the end".to_owned()),
///         _ => Ok("a replica leads at the end".to_owned()),
///     }
/// });
/// ```
pub struct Checked<S> {
    system: S,
    checks: Vec<(&'static str, Box<Judge>)>,
}

type Judge = dyn Fn(&Plan, &Evidence) -> Result<String, String> + Send + Sync;

impl<S: UnderTest> Checked<S> {
    /// Returns a system under test without checks of one's own.
    pub fn new(system: S) -> Self {
        Checked { system, checks: Vec::new() }
    }

    /// Adds a check with a name.
    #[must_use]
    pub fn check(
        mut self,
        name: &'static str,
        judge: impl Fn(&Plan, &Evidence) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push((name, Box::new(judge)));
        self
    }
}

impl<S: UnderTest> UnderTest for Checked<S> {
    fn name(&self) -> &str {
        self.system.name()
    }

    forward_to_the_system!();

    fn plan(&self, scenario: &Scenario, seed: u64) -> Plan {
        self.system.plan(scenario, seed)
    }

    fn run(&self, plan: &Plan, options: Options) -> Evidence {
        let mut evidence = self.system.run(plan, options);
        let judged = self.checks.iter().map(|(name, judge)| {
            let result = judge(plan, &evidence);
            OwnCheck { name, result }
        });
        evidence.own_checks = judged.collect();
        evidence
    }
}

impl<S: std::fmt::Debug> std::fmt::Debug for Checked<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.checks.iter().map(|(name, _)| name).collect();
        f.debug_struct("Checked").field("system", &self.system).field("checks", &names).finish()
    }
}
