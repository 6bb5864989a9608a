//! Hidden randomness: two runs of one seed that differ.

use std::fmt::Write as _;

use simulation::UnderTest;
use simulation::engine::Options;
use simulation::plan::Plan;
use simulation::trace::{TraceEvent, common_events};

use crate::report::layout::Page;
use crate::report::timeline;

/// The number of common events that are shown before the first one that differs.
const BEFORE: usize = 5;

/// Runs a plan twice and says where the runs differ; `None` if they do not.
pub(super) fn difference(system: &dyn UnderTest, plan: &Plan) -> Option<String> {
    let digest = || system.run(plan, Options::default()).digest;
    (digest() != digest()).then(|| report(system, plan))
}

fn report(system: &dyn UnderTest, plan: &Plan) -> String {
    let traced = || system.run(plan, Options { trace: true, ..Options::default() }).trace;
    let (first, second) = (traced(), traced());
    let common = common_events(&first, &second);
    let mut text = format!(
        "{}: two runs of {}, seed {}, differ: the system uses a clock, a random number or the order of a hash map\n\
         that are not its own (`Setup::seed` is for that)\n\nThe last events that both have:\n",
        system.name(),
        plan.scenario,
        plan.seed
    );
    let show = |text: &mut String, title: &str, events: &[TraceEvent]| {
        let mut lines = Vec::new();
        let view = timeline::View { from: 0, messages: true, floods: true };
        let written = timeline::write(&mut Page::new(&mut lines), events, view);
        written.unwrap_or_else(|error| unreachable!("a vector takes what is written: {error}"));
        let _ = write!(text, "{title}{}", String::from_utf8_lossy(&lines));
    };
    show(&mut text, "", &first[common.saturating_sub(BEFORE)..common]);
    for (title, trace) in [("First run:\n", &first), ("Second run:\n", &second)] {
        match trace.get(common..(common + 1).min(trace.len())) {
            Some([]) | None => text += &format!("{title}  (it has ended)\n"),
            Some(events) => show(&mut text, title, events),
        }
    }
    text
}
