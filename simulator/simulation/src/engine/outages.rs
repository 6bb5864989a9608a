//! Outages of replicas: they crash and start again, stand still, become slow, lose track of time.

use crate::Nanos;
use crate::api::{Host, Node, NodeId};
use crate::engine::catch_panic::catch_panic;
use crate::engine::cluster::setup;
use crate::engine::{Event, Run};
use crate::faults::AnyNodeFault;
use crate::faults::nodes::{Blow, Strike, Whom};
use crate::marks::Mark;
use crate::rng::Dice;
use crate::seconds::seconds;

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    /// A fault strikes a replica. One that is down can only be killed.
    pub(super) fn strike_node(&mut self, id: NodeId, blow: Blow) {
        let Blow { fault, until, .. } = blow;
        let now = self.time.now;
        let slot = &mut self.cluster.slots[id.index()];
        if !slot.running {
            if let AnyNodeFault::Kill(_) = fault {
                self.kill(id, "");
            }
            return;
        }
        match slot.faults.strike(now, id, blow, &mut slot.machine) {
            Strike::Kills => return self.kill(id, ""),
            Strike::Crashes(mut dice) => return self.crash(id, until, &mut dice),
            Strike::Misses(why) => {
                return self.recording.note_node(self.time.now, id, || why.to_owned());
            }
            Strike::Suspends => {
                if let Some(node) = &mut slot.node {
                    self.cluster.host.pause(node, true);
                }
            }
            Strike::Lasts | Strike::Happened => {}
        }
        self.arm(id);
        self.time.queue.push(until.max(now), Event::FaultEnds(id));
        self.recording
            .note_node(self.time.now, id, || fault.describe(Whom::Known, &seconds(until)));
    }

    /// Crashes a node, which starts again at a later time with what its disk kept.
    pub(super) fn crash(&mut self, id: NodeId, until: Nanos, dice: &mut Dice) {
        self.note_reached(id);
        let slot = &mut self.cluster.slots[id.index()];
        slot.running = false;
        slot.wakeup = Nanos::MAX;
        slot.restart_at = until.max(self.time.now);
        slot.forget_work();
        let loss = slot.machine.disk.crash(dice);
        self.stop_node(id);
        self.recording.marks.reach(Mark::Crashed);
        if loss.bytes > 0 {
            self.recording.marks.reach(Mark::UnsyncedLost);
        }
        if loss.is_torn {
            self.recording.marks.reach(Mark::RecordTorn);
        }
        self.cluster.living.remove(id);
        self.recording.elections.gone(self.time.now, id);
        if self.network.leader == Some(id) {
            self.network.leader = None;
            self.clients.forget_leader();
        }
        self.time.queue.push(until.max(self.time.now), Event::FaultEnds(id));
        self.recording.note_node(self.time.now, id, || {
            let torn = match loss.bytes {
                0 => String::new(),
                bytes => format!(" while it writes: {bytes} bytes are lost"),
            };
            format!("crashes{torn}; starts again at {}", seconds(until))
        });
    }

    /// The time has come that something ends for a replica.
    #[inline(never)]
    pub(super) fn end_fault(&mut self, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        if slot.restart_at <= self.time.now {
            return self.restart(id);
        }
        if !slot.running {
            return;
        }
        slot.faults.end_due(self.time.now, &mut slot.machine);
        if slot.machine.busy_until <= self.time.now {
            self.resume(id);
        }
    }

    /// Starts again after a crash.
    fn restart(&mut self, id: NodeId) {
        self.recording.fold(self.time.now, 8, id, id, 0);
        let slot = &mut self.cluster.slots[id.index()];
        slot.restart_at = Nanos::MAX;
        slot.starts += 1;
        slot.is_deaf = self.cluster.host.are_processes();
        let (now, setup) =
            (slot.local_time(self.time.now), setup(self.plan, self.seed, id, slot.starts));
        let (recover, disk) = (&self.cluster.recover, &mut slot.machine.disk);
        let started = catch_panic(|| recover(setup, now, disk.file()));
        let node = match started {
            Ok(Ok(node)) => node,
            Ok(Err(why)) if disk.is_damaged() => {
                self.recording.marks.reach(Mark::RestartRefused);
                self.recording.gone(self.time.now, id);
                self.cluster.killed.push(id);
                return self
                    .recording
                    .note_node(self.time.now, id, || format!("refuses to start: {why}"));
            }
            Ok(Err(why)) => {
                return self.misbehaved(id, format!("refused to start from its own file: {why}"));
            }
            Err(message) => return self.panicked(id, &message),
        };
        self.recording.marks.reach(Mark::Restarted);
        slot.node = Some(node);
        slot.running = true;
        self.cluster.living.insert(id);
        if let Some(monitor) = &mut self.recording.monitor {
            monitor.restarted(id);
        }
        self.recording.note_node(self.time.now, id, || "starts again".to_owned());
        self.look_at(id);
        self.arm(id);
    }

    /// Everything heals: the liveness phase begins.
    pub(super) fn end_outages(&mut self) {
        for id in (0..self.plan.replicas).map(NodeId) {
            let now = self.time.now;
            let slot = &mut self.cluster.slots[id.index()];
            slot.machine.busy_until = slot.machine.busy_until.min(now);
            slot.faults.heal(now);
            slot.restart_at = if slot.restart_at == Nanos::MAX { Nanos::MAX } else { now };
            self.end_fault(id);
        }
    }

    /// A replica that stood still, or has finished a step, goes on with what waits.
    fn resume(&mut self, id: NodeId) {
        let slot = &mut self.cluster.slots[id.index()];
        slot.machine.clock.thaw(self.time.now);
        if let Some(node) = &mut slot.node {
            self.cluster.host.pause(node, false);
        }
        if let Some(outbox) = slot.work.unfinished.take() {
            slot.machine.disk.sync();
            self.cluster.outbox = outbox;
            self.send_all(id);
        }
        loop {
            let slot = &mut self.cluster.slots[id.index()];
            if !slot.running || slot.machine.busy_until > self.time.now {
                return;
            }
            let Some(input) = slot.work.inbox.pop_front() else { break };
            self.step_node(id, input);
        }
        self.arm(id);
    }
}
