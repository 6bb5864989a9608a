//! Gets without log entries (8; thesis 6.4): ReadIndex and leader leases.
//!
//! A get may be answered from the leader's store if no other leader can have committed anything when the get arrived.
//! The leader verifies this in one of two ways. Both depend on the stamps of messages, which answers repeat (see
//! [`leader`](super::leader)).
//!
//! - *ReadIndex*: a majority answered a message sent after the get arrived. It is safe with any clocks.
//! - *Lease*: a majority answered a message sent less than E ago, minus the clocks' drift. A follower that answered
//!   votes for no other until its own clock has run E since the message arrived, which was after it was sent. Until
//!   then it grants no vote and no pre-vote, and does not stand for election itself, whatever term it learns of. Two
//!   majorities share a member, so until then no other leader exists. The leader itself grants no votes while it leads.
//!   Leadership is never transferred, which would break the argument. The allowed drift also covers the few nanoseconds
//!   by which stamps run ahead of the clock when many messages leave in the same nanosecond.
//!
//! In both cases the no-op of the leader's term must be committed first: only then does the leader know which entries
//! are committed (8).

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

    /// Answers a get, or lets it wait for the answers of a majority.
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

    /// Lets a get wait, if there is room. Returns the number of waiting gets.
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

    /// Answers the waiting gets that may be answered; the others share the next round of messages.
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

    /// Starts a round of messages for the waiting gets, if there are any.
    fn ask_for_contact(&mut self, out: &mut Outputs) {
        let State::Leading(leading) = &mut self.state else {
            return;
        };
        // One round for the newest get serves all.
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

    /// Returns true if no other leader can exist, and all committed entries are known.
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
