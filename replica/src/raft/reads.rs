//! Gets without log entries (8; thesis 6.4): ReadIndex and leader leases.
//!
//! A get may be answered from the leader's store if no other leader can have committed anything when the get
//! arrived. Both ways of knowing that rest on the stamps that messages carry and answers echo (see
//! [`leader`](super::leader)).
//!
//! - *ReadIndex*: a majority answered a message sent after the get arrived. Any clocks will do.
//! - *Lease*: a majority answered a message sent less than E ago, minus the clocks' drift. A follower that answered
//!   votes for no other before its own clock has run E since the message arrived, which was after it was
//!   sent: it grants no vote, no pre-vote, and does not stand itself, whatever term it hears of meanwhile. Two
//!   majorities share a member, so until then no other leader exists. The leader itself grants no votes while it leads.
//!   Nothing transfers leadership, which would break the argument. The drift allowed for also covers the few
//!   nanoseconds by which stamps run ahead of the clock when many messages leave in the same nanosecond.
//!
//! In either case the no-op of the leader's term must be committed first: only then does it know what is (8).

use std::sync::Arc;

use super::leadership::{Goal, WaitingRead};
use super::{Replica, State};
use crate::config::ReadMode;
use crate::counters::{DropReason, Rare};
use crate::outputs::Outputs;
use crate::request::{Op, Outcome, Request, Response};

impl Replica {
    pub(super) fn is_read(request: &Request) -> bool {
        matches!(request.op, Op::Get { .. })
    }

    /// Answers a get, or lets it wait for a majority's sign of life.
    pub(super) fn read(&mut self, request: Request, out: &mut Outputs) {
        if self.has_lease() {
            self.counters.note(Rare::LeaseRead);
            return self.answer_read(&request, out);
        }
        let waiting = self.queue_read(request);
        if waiting == 1 {
            self.ask_for_contact(out);
        }
        self.answer_reads(out);
    }

    /// Lets a get wait, if there is room. Returns how many wait.
    pub(super) fn queue_read(&mut self, request: Request) -> usize {
        let State::Leading(leading) = &mut self.state else {
            return 0;
        };
        if self.commit_index < leading.noop_index {
            self.counters.note(Rare::ReadAwaitedNoop);
        }
        if leading.reads.len() < self.config.hold_limit {
            leading.reads.push_back(WaitingRead { request, arrival: self.last_stamp });
        } else {
            self.counters.drop(DropReason::NoRoom);
        }
        leading.reads.len()
    }

    /// Answers the waiting gets whose time has come; if some are left, they share the next round of messages.
    pub(super) fn answer_reads(&mut self, out: &mut Outputs) {
        let lease = self.has_lease();
        let mut answered = false;
        while let State::Leading(leading) = &mut self.state
            && self.commit_index >= leading.noop_index
            && let Some(read) = leading.reads.front()
            && (lease || leading.quorum_stamp > read.arrival)
            && let Some(read) = leading.reads.pop_front()
        {
            self.counters.note(if lease { Rare::LeaseRead } else { Rare::ReadIndexRead });
            self.answer_read(&read.request, out);
            answered = true;
        }
        if answered {
            self.ask_for_contact(out);
        }
    }

    /// Starts a round of messages for the gets that wait, if any do.
    fn ask_for_contact(&mut self, out: &mut Outputs) {
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        // The newest of them: one round serves all.
        if let Some(read) = leading.reads.back() {
            let goal = read.arrival.saturating_add(1);
            leading.contact_goal = Some(goal);
            self.pursue(Goal::Heard(goal), out);
        }
    }

    fn answer_read(&self, request: &Request, out: &mut Outputs) {
        let value = self.store.get(request.op.key()).map(Arc::clone);
        out.responses.push(Response {
            client: request.client,
            id: request.id.clone(),
            outcome: Outcome::Got { value },
        });
    }

    /// No other leader can exist, and we know all that was committed.
    fn has_lease(&self) -> bool {
        let State::Leading(leading) = &self.state else {
            return false;
        };
        self.config.read_mode == ReadMode::Lease
            && self.commit_index >= leading.noop_index
            && leading.quorum_stamp > 0
            && self.now < leading.quorum_stamp.saturating_add(self.config.lease())
    }
}
