//! The rules of a system about all of its nodes together, tested after every step.

use crate::api::{Host, NodeId, Nodes};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::evidence::BrokenRule;
use crate::trace::{Actor, Kind};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Tests all rules that are not broken yet, after a step of a node.
    pub(super) fn test_rules(&mut self, stepped: NodeId) {
        if self.rules.is_empty() {
            return;
        }
        let nodes = self.cluster.nodes.iter();
        let all: Vec<Option<&N>> =
            nodes.map(|state| state.node.as_ref().filter(|_| state.running)).collect();
        // A broken rule would be broken after many more steps.
        self.rules.retain_mut(|(number, rule)| {
            let Err(what) = (rule.holds)(Nodes { all: &all, stepped }) else { return true };
            let (at, name) = (self.time.now, rule.name);
            let text = || format!("breaks the rule `{name}`: {what}");
            self.recording.tracer.note(at, Kind::Violation, Actor::Node(stepped), text);
            self.recording.broken.push(BrokenRule {
                number: *number,
                at,
                node: stepped,
                rule: name,
                what,
            });
            false
        });
    }
}
