//! The branches of a plan: from a moment on, what the seed leaves to chance goes otherwise.

use crate::Nanos;
use crate::api::{Host, NodeId};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::engine::catch_panic::catch_panic;
use crate::rng::Seed;

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// The moment of a branch has come: what is drawn from now on, comes from its seed.
    #[cold]
    pub(super) fn branch(&mut self, now: Nanos) {
        let rest = &self.plan.branches[self.branches..];
        let due = rest.iter().take_while(|branch| branch.at <= now).count();
        self.branches += due;
        self.branches_at = rest.get(due).map_or(Nanos::MAX, |branch| branch.at);
        let Some(branch) = due.checked_sub(1).map(|last| rest[last]) else { return };
        self.seed = Seed(branch.seed);
        self.network.reseed(self.seed, branch.loss);
        for id in (0..self.plan.replicas).map(NodeId) {
            let seed = self.seed.stream(&format!("node {id}")).bits();
            let Some(node) = &mut self.cluster.nodes[id.index()].node else { continue };
            if let Err(message) = catch_panic(|| node.reseed(seed)) {
                self.panicked(id, &message);
            }
        }
    }
}
