//! Drawing: what is noted for a picture of the run, where one is wanted. Nothing here changes what happens.

use crate::Nanos;
use crate::api::{Host, Message, Node, NodeId};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::engine::catch_panic::catch_panic;
use crate::engine::cluster::NodeState;
use crate::metrics::leader_text;
use crate::picture::{Fate, Look, PictureRecorder};

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Adds to the picture, where one is wanted.
    #[inline]
    pub(super) fn draw(&mut self, add: impl FnOnce(&mut PictureRecorder, Nanos)) {
        if self.recording.picture.is_some() {
            self.draw_now(add);
        }
    }

    /// Kept apart, so that what draws does not stand in the way of what runs without a picture.
    #[cold]
    #[inline(never)]
    fn draw_now(&mut self, add: impl FnOnce(&mut PictureRecorder, Nanos)) {
        if let Some(picture) = &mut self.recording.picture {
            add(picture, self.time.now);
        }
    }

    /// Adds what becomes of a message.
    #[inline]
    pub(super) fn draw_message(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: &impl Message,
        arrived: Nanos,
        fate: Fate,
    ) {
        self.draw(|picture, _| picture.message((from, to), message, arrived, fate));
    }

    /// Adds the state of a replica.
    #[inline]
    pub(super) fn draw_state(&mut self, id: NodeId) {
        if self.recording.picture.is_some() {
            self.draw_state_now(id);
        }
    }

    #[cold]
    #[inline(never)]
    fn draw_state_now(&mut self, id: NodeId) {
        let Some(picture) = &mut self.recording.picture else { return };
        let state = &self.cluster.nodes[id.index()];
        let window = state.node.as_ref().and_then(|node| {
            catch_panic(|| node.raft().map(|window| picture.window(id, window))).ok().flatten()
        });
        let (is_running, leader, summary) = (state.running, state.leader, state.summary());
        picture.looked(self.time.now, id, Look { is_running, leader, summary, window });
    }
}

impl<N: Node> NodeState<N> {
    /// Describes the state in one line.
    pub(super) fn summary(&self) -> String {
        let leader = || format!("believes that {} leads", leader_text(self.leader));
        let told = catch_panic(|| {
            let node = self.node.as_ref()?;
            let decided = || Some(format!("{}, {}", leader(), node.decided_log()?.summary()));
            node.raft().map(|window| window.summary()).or_else(decided)
        });
        let state = told
            .map(|summary| summary.unwrap_or_else(leader))
            .unwrap_or_else(|message| format!("in no state to tell: {message}"));
        let dead = if self.running { "" } else { "dead; was " };
        format!("{dead}{state}")
    }
}
