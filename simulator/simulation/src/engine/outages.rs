//! Outages of replicas: they crash and start again, stand still, become slow, lose track of time.

use crate::Nanos;
use crate::api::{Host, Node, NodeId};
use crate::engine::catch_panic::catch_panic;
use crate::engine::node_queue::SlowSync;
use crate::engine::{Event, Run};
use crate::marks::Mark;
use crate::plan::NodeEffect;
use crate::rng::Dice;
use crate::seconds::seconds;
use crate::trace::{Actor, Kind};

/// What a fault's dice decide.
const CRASH: u64 = 0;
const SYNC: u64 = 1;
const FLIP: u64 = 2;

impl<N: Node, H: Host<N>> Run<'_, N, H> {
    /// Something happens to a replica.
    pub(super) fn apply(&mut self, id: NodeId, effect: &NodeEffect, until: Nanos, dice: u64) {
        let dice = |salt| Dice::new(dice, salt << 16 | u64::from(id.0));
        if !self.slots[id.index()].running {
            if *effect == NodeEffect::Kill {
                self.kill(id, "");
            }
            return;
        }
        let now = self.now;
        let slot = &mut self.slots[id.index()];
        match effect {
            NodeEffect::Kill => return self.kill(id, ""),
            NodeEffect::Crash => return self.crash(id, until, &mut dice(CRASH)),
            NodeEffect::Pause => {
                self.marks.reach(Mark::Paused);
                slot.work.busy_until = slot.work.busy_until.max(until);
            }
            NodeEffect::Freeze => {
                self.marks.reach(Mark::Frozen);
                slot.work.busy_until = slot.work.busy_until.max(until);
                slot.clock.freeze(now);
            }
            NodeEffect::Slow { step } => slot.work.slow = (*step, until),
            NodeEffect::SlowSync { sync } => {
                slot.work.slow_sync = Some(SlowSync { until, sync: *sync, dice: dice(SYNC) });
            }
            NodeEffect::FullDisk => slot.work.full_until = until,
            NodeEffect::FlipBit => {
                if !slot.disk.flip_bit(&mut dice(FLIP)) {
                    return self.note_node(id, || "its disk is empty, so no bit flips".to_owned());
                }
                self.marks.reach(Mark::BitFlipped);
            }
            NodeEffect::Clock { rate_ppm, jump } => {
                if *rate_ppm != 0 {
                    self.marks.reach(Mark::ClockSkewed);
                }
                if *jump != 0 {
                    self.marks.reach(Mark::ClockJumped);
                }
                slot.clock.set(now, *rate_ppm, *jump);
                slot.clock.wrong_until = until.max(now + 1);
            }
        }
        if let (NodeEffect::Pause | NodeEffect::Freeze, Some(node)) = (effect, &mut slot.node) {
            self.host.pause(node, true);
        }
        self.arm(id);
        self.queue.push(until.max(now), Event::FaultEnds(id));
        self.note_node(id, || outage(effect, until));
    }

    /// It dies, and starts again at a later time with what its disk kept.
    pub(super) fn crash(&mut self, id: NodeId, until: Nanos, dice: &mut Dice) {
        self.note_reached(id);
        let slot = &mut self.slots[id.index()];
        slot.running = false;
        slot.wakeup = Nanos::MAX;
        slot.restart_at = until.max(self.now);
        slot.work.forget();
        let loss = slot.disk.crash(dice);
        self.stop_node(id);
        self.marks.reach(Mark::Crashed);
        if loss.bytes > 0 {
            self.marks.reach(Mark::UnsyncedLost);
        }
        if loss.is_torn {
            self.marks.reach(Mark::RecordTorn);
        }
        self.living.remove(id);
        self.elections.gone(self.now, id);
        if self.leader == Some(id) {
            self.leader = None;
            self.clients.forget_leader();
        }
        self.queue.push(until.max(self.now), Event::FaultEnds(id));
        self.note_node(id, || {
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
        let slot = &mut self.slots[id.index()];
        if slot.restart_at <= self.now {
            return self.restart(id);
        }
        if !slot.running {
            return;
        }
        if slot.clock.wrong_until != 0 && slot.clock.wrong_until <= self.now {
            slot.clock.set(self.now, 0, 0);
            slot.clock.wrong_until = 0;
        }
        if slot.work.busy_until <= self.now {
            self.resume(id);
        }
    }

    /// Starts again after a crash.
    fn restart(&mut self, id: NodeId) {
        self.fold(8, id, id, 0);
        let slot = &mut self.slots[id.index()];
        slot.restart_at = Nanos::MAX;
        slot.starts += 1;
        slot.is_deaf = self.host.are_processes();
        let (now, setup) = (slot.clock.local(self.now), super::setup(self.plan, id, slot.starts));
        let (recover, disk) = (&self.recover, &mut slot.disk);
        let started = catch_panic(|| recover(setup, now, disk.file()));
        let node = match started {
            Ok(Ok(node)) => node,
            Ok(Err(why)) if disk.is_damaged() => {
                self.marks.reach(Mark::RestartRefused);
                self.gone(id);
                self.killed.push(id);
                return self.note_node(id, || format!("refuses to start: {why}"));
            }
            Ok(Err(why)) => {
                return self.misbehaved(id, format!("refused to start from its own file: {why}"));
            }
            Err(message) => return self.panicked(id, &message),
        };
        self.marks.reach(Mark::Restarted);
        slot.node = Some(node);
        slot.running = true;
        self.living.insert(id);
        if let Some(monitor) = &mut self.monitor {
            monitor.restarted(id);
        }
        self.note_node(id, || "starts again".to_owned());
        self.look_at(id);
        self.arm(id);
    }

    /// Everything heals: the liveness phase begins.
    pub(super) fn end_outages(&mut self) {
        for id in (0..self.plan.replicas).map(NodeId) {
            let now = self.now;
            let slot = &mut self.slots[id.index()];
            slot.work.heal(now);
            slot.clock.wrong_until = slot.clock.wrong_until.min(now);
            slot.restart_at = if slot.restart_at == Nanos::MAX { Nanos::MAX } else { now };
            self.end_fault(id);
        }
    }

    /// A replica that stood still, or has finished a step, goes on with what waits.
    fn resume(&mut self, id: NodeId) {
        let slot = &mut self.slots[id.index()];
        slot.clock.thaw(self.now);
        if let Some(node) = &mut slot.node {
            self.host.pause(node, false);
        }
        if let Some(outbox) = slot.work.unfinished.take() {
            slot.disk.sync();
            self.outbox = outbox;
            self.send_all(id);
        }
        loop {
            let slot = &mut self.slots[id.index()];
            if !slot.running || slot.work.busy_until > self.now {
                return;
            }
            let Some(input) = slot.work.inbox.pop_front() else { break };
            self.step_node(id, input);
        }
        self.arm(id);
    }

    fn note_node(&mut self, id: NodeId, what: impl FnOnce() -> String) {
        self.tracer.note(self.now, Kind::Fault, Actor::Node(id), what);
    }
}

/// What happens, about a replica that is named already.
fn outage(effect: &NodeEffect, until: Nanos) -> String {
    let until = seconds(until);
    match effect {
        NodeEffect::Kill => "is killed".to_owned(),
        NodeEffect::Crash => "crashes".to_owned(),
        NodeEffect::Pause => format!("is paused until {until}"),
        NodeEffect::Freeze => format!("is frozen until {until}, and its clock with it"),
        NodeEffect::Slow { step } => format!("takes {} a step until {until}", seconds(*step)),
        NodeEffect::SlowSync { sync } => {
            let (min, max) = (seconds(sync.min), seconds(sync.max));
            format!("its disk takes {min} to {max} for a sync until {until}")
        }
        NodeEffect::FullDisk => format!("its disk is full until {until}"),
        NodeEffect::FlipBit => "a bit on its disk flips".to_owned(),
        NodeEffect::Clock { rate_ppm, jump } => {
            let ahead = seconds(*jump);
            format!("its clock jumps {ahead} ahead and runs {rate_ppm:+} ppm off until {until}")
        }
    }
}
