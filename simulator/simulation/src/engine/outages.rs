//! Outages of replicas: crashes and restarts, pauses, slow steps and wrong clocks.

use crate::Nanos;
use crate::api::{Host, NodeId};
use crate::engine::books::Driven;
use crate::engine::catch_panic::catch_panic;
use crate::engine::cluster::setup;
use crate::engine::{Event, Run};
use crate::faults::AnyNodeFault;
use crate::faults::nodes::{FaultStart, ReplicaMention, Strike};
use crate::marks::Mark;
use crate::rng::Dice;
use crate::seconds::seconds;

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Applies a fault to a replica. A replica that is down can only be killed.
    pub(super) fn strike_node(&mut self, id: NodeId, start: FaultStart) {
        let FaultStart { fault, until, .. } = start;
        let now = self.time.now;
        let state = &mut self.cluster.nodes[id.index()];
        if !state.running {
            if let AnyNodeFault::Kill(_) = fault {
                self.kill(id, "");
            }
            return;
        }
        self.recording.node_struck(now, id, until);
        match state.faults.strike(now, id, start, &mut state.machine) {
            Strike::Kills => return self.kill(id, ""),
            Strike::Crashes(mut dice) => return self.crash(id, until, &mut dice),
            Strike::FlipsBit(mut dice) => {
                if !state.flip_bit(&self.cluster.host, &mut dice) {
                    let why = || "its disk is empty, so no bit flips".to_owned();
                    return self.recording.note_node(self.time.now, id, why);
                }
                state.faults.note_effect(fault);
            }
            Strike::Suspends => {
                if let Some(node) = &mut state.node {
                    self.cluster.host.pause(node, true);
                }
            }
            Strike::Lasts => {}
        }
        self.arm(id);
        self.time.queue.push(until.max(now), Event::FaultEnds(id));
        self.draw(|picture, now| {
            let text = fault.describe(ReplicaMention::Known, &seconds(until));
            picture.struck(now, Some(until.max(now)), Some(id), fault.name(), &text);
        });
        self.recording.note_node(self.time.now, id, || {
            fault.describe(ReplicaMention::Known, &seconds(until))
        });
    }

    /// Crashes a node, which restarts at the time `until` from its disk.
    pub(super) fn crash(&mut self, id: NodeId, until: Nanos, dice: &mut Dice) {
        self.note_reached(id);
        self.recording.node_struck(self.time.now, id, until);
        let state = &mut self.cluster.nodes[id.index()];
        state.running = false;
        state.wakeup = Nanos::MAX;
        state.restart_at = until.max(self.time.now);
        state.forget_work();
        let of_process = state.node.as_mut().and_then(|node| self.cluster.host.crash(node, dice));
        let loss = of_process.unwrap_or_else(|| state.machine.disk.crash(dice));
        self.recording.unkept.extend(loss.unkept.map(|why| (id, why)));
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
        let what = || {
            let torn = match loss.bytes {
                0 => String::new(),
                bytes => format!(" while it writes: {bytes} bytes are lost"),
            };
            format!("crashes{torn}; starts again at {}", seconds(until))
        };
        self.draw_state(id);
        self.draw(|picture, now| {
            picture.relieved(now, id);
            picture.struck(now, Some(until.max(now)), Some(id), "crash", &what());
        });
        self.recording.note_node(self.time.now, id, what);
    }

    /// Handles the end of a replica's crash, fault or step.
    #[inline(never)]
    pub(super) fn end_fault(&mut self, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        if state.restart_at <= self.time.now {
            return self.restart(id);
        }
        if !state.running {
            return;
        }
        state.faults.end_due(self.time.now, &mut state.machine);
        if state.machine.busy_until <= self.time.now {
            self.resume(id);
        }
    }

    /// Restarts a replica after a crash.
    fn restart(&mut self, id: NodeId) {
        self.recording.fold(self.time.now, 8, id, id, 0);
        let state = &mut self.cluster.nodes[id.index()];
        state.restart_at = Nanos::MAX;
        state.starts += 1;
        state.is_deaf = self.cluster.host.are_processes();
        let (now, setup) =
            (state.local_time(self.time.now), setup(self.plan, self.seed, id, state.starts));
        let (recover, disk) = (&self.cluster.recover, &mut state.machine.disk);
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
        let is_damaged = disk.is_damaged();
        self.recording.marks.reach(Mark::Restarted);
        state.node = Some(node);
        state.running = true;
        self.cluster.living.insert(id);
        if let Some(monitor) = &mut self.recording.monitor {
            monitor.restarted(id, is_damaged);
        }
        self.recording.note_node(self.time.now, id, || "starts again".to_owned());
        self.look_at(id);
        self.look_at_restarted(id);
        self.arm(id);
    }

    /// Compares what a replica that restarts has decided with what it had, if nodes show decided logs.
    fn look_at_restarted(&mut self, id: NodeId) {
        let is_damaged = self.cluster.nodes[id.index()].machine.disk.is_damaged();
        self.compare_decided(id, |monitor, now, log| monitor.restarted(now, id, log, is_damaged));
    }

    /// Stops a process that ended before its hello, because its disk is damaged.
    #[cold]
    pub(super) fn refuses_to_start(&mut self, id: NodeId, why: &str) {
        let state = &mut self.cluster.nodes[id.index()];
        state.running = false;
        state.forget_work();
        self.stop_node(id);
        self.cluster.living.remove(id);
        self.recording.marks.reach(Mark::RestartRefused);
        self.recording.gone(self.time.now, id);
        self.cluster.killed.push(id);
        self.recording.note_node(self.time.now, id, || format!("refuses to start: {why}"));
    }

    /// Ends all outages at the beginning of the liveness phase.
    pub(super) fn end_outages(&mut self) {
        self.draw(|picture, now| picture.healed(now));
        for id in (0..self.plan.replicas).map(NodeId) {
            let now = self.time.now;
            let state = &mut self.cluster.nodes[id.index()];
            state.machine.busy_until = state.machine.busy_until.min(now);
            state.faults.heal(now);
            state.restart_at = if state.restart_at == Nanos::MAX { Nanos::MAX } else { now };
            self.end_fault(id);
        }
    }

    /// Continues a replica that was paused or has finished a step, with its waiting input.
    fn resume(&mut self, id: NodeId) {
        let state = &mut self.cluster.nodes[id.index()];
        state.machine.clock.thaw(self.time.now);
        if let Some(node) = &mut state.node {
            self.cluster.host.pause(node, false);
        }
        if let Some((serves, outbox)) = state.work.unfinished.take() {
            state.machine.disk.sync();
            self.cluster.outbox = outbox;
            self.network.serving = serves;
            self.send_all(id);
            self.look_at_decided(id);
        }
        loop {
            let state = &mut self.cluster.nodes[id.index()];
            if !state.running || state.machine.busy_until > self.time.now {
                return;
            }
            let Some((serves, input)) = state.work.inbox.pop_front() else { break };
            self.network.serving = serves;
            self.step_node(id, input);
        }
        self.arm(id);
    }
}
