//! Leader election (5.2) with the vote restriction (5.4.1), PreVote (thesis 9.6) and leader stickiness
//! (thesis 4.2.3, 6.4.1).
//!
//! A follower whose timeout expires first asks all members whether it would win (PreVote), so a member that only lost
//! contact changes no term. Only with a majority in favour does it enter a new term and ask for real votes. Each round
//! is one broadcast. It is repeated a few times to members that do not answer, because a dropped vote would otherwise
//! cost a whole timeout.
//!
//! Voters answer only if it helps. A grant is always sent. A refusal is sent only by a voter whose term is not behind
//! the requested one, because the candidate must then catch up to win. A follower with a living leader does not answer
//! at all, and the leader itself answers with an AppendEntries, which ends the attempt.

use std::mem;

use super::round::Election;
use super::{Replica, Role, State};
use crate::counters::{DropReason, Rare};
use crate::id::NodeId;
use crate::message::{Message, RequestVote, Vote};
use crate::outputs::Outputs;

/// The number of repetitions of a round to members that did not answer.
///
/// Three repetitions carry an election through 30 % loss. After a pre-vote without a majority, which is then probably
/// cut off, pre-votes are repeated only once until a leader is heard from.
const RESENDS: u32 = 3;

impl Replica {
    /// A round begins when the timeout runs out, and is repeated to the silent.
    pub(super) fn election_timer(&mut self, out: &mut Outputs) {
        if self.now >= self.election_due {
            return self.start_election(true, out);
        }
        let State::Electing(election) = &mut self.state else {
            return;
        };
        if self.now >= election.resend_due() {
            election.resends_left -= 1;
            election.resend_interval = election.resend_interval.saturating_mul(2);
            election.resend_due = self.now.saturating_add(election.resend_interval);
            self.counters.note(Rare::VoteAskedAgain);
            self.ask_for_votes(out);
        }
    }

    /// Starts a round: a pre-vote, or a real vote in a new term.
    fn start_election(&mut self, pre: bool, out: &mut Outputs) {
        self.leader = None;
        self.restart_election_timer();
        if !pre {
            let Some(term) = self.term.checked_add(1) else {
                return;
            };
            self.set_term(term, Some(self.id), out);
        }
        let resends = if pre && self.rounds_in_vain > 0 { 1 } else { RESENDS };
        if pre && self.rounds_in_vain > 0 {
            self.counters.note(Rare::PreVoteInVain);
        }
        self.rounds_in_vain = self.rounds_in_vain.saturating_add(pre.into());
        let peers = self.peers.len();
        self.state = State::Electing(Election::new(pre, resends, peers, self.now, &self.config));
        self.ask_for_votes(out);
        self.count_votes(out);
    }

    /// Asks all members that have not granted their vote in this round.
    fn ask_for_votes(&mut self, out: &mut Outputs) {
        let State::Electing(election) = &self.state else {
            return;
        };
        let request = RequestVote {
            term: self.term.saturating_add(election.pre.into()),
            pre: election.pre,
            last_index: self.log.last_index(),
            last_term: self.log.last_term(),
        };
        for (&peer, _) in self.peers.iter().zip(&election.granted).filter(|(_, g)| !**g) {
            out.messages.push((peer, Message::RequestVote(request.clone())));
        }
    }

    /// Acts on a majority in favour: a real vote follows a pre-vote, and a real vote makes a leader.
    fn count_votes(&mut self, out: &mut Outputs) {
        let State::Electing(election) = &self.state else {
            return;
        };
        if election.votes() < self.quorum_followers() {
            return;
        }
        if election.pre { self.start_election(false, out) } else { self.become_leader(out) }
    }

    #[inline(never)]
    pub(super) fn on_request_vote(&mut self, peer: usize, request: RequestVote, out: &mut Outputs) {
        if matches!(self.state, State::Leading(_)) {
            self.counters.drop(DropReason::LeaderAlive);
            return self.contact(peer, out);
        }
        if self.leader_is_alive() {
            return self.counters.drop(DropReason::LeaderAlive);
        }
        let candidate = self.peers[peer];
        if request.term > self.term && !request.pre {
            self.enter_term(request.term, out);
        }
        let free = request.term > self.term || self.voted_for.is_none_or(|id| id == candidate);
        let up_to_date = (request.last_term, request.last_index)
            >= (self.log.last_term(), self.log.last_index());
        if request.term >= self.term && !free {
            self.counters.note(Rare::VoteRefusedGiven);
        } else if request.term >= self.term && !up_to_date {
            self.counters.note(Rare::VoteRefusedOldLog);
        }
        if request.term >= self.term && free && up_to_date {
            if !request.pre {
                self.set_term(self.term, Some(candidate), out);
                self.restart_election_timer();
            }
            self.reply_vote(candidate, request.pre, request.term, true, out);
        } else if request.term < self.term || (request.pre && request.term == self.term) {
            self.reply_vote(candidate, request.pre, self.term, false, out);
        }
    }

    fn reply_vote(
        &self,
        candidate: NodeId,
        pre: bool,
        term: u64,
        granted: bool,
        out: &mut Outputs,
    ) {
        let vote = Vote { term, pre, granted };
        out.messages.push((candidate, Message::Vote(vote)));
    }

    #[inline(never)]
    pub(super) fn on_vote(&mut self, peer: usize, vote: Vote, out: &mut Outputs) {
        if !vote.granted {
            return self.on_refusal(vote, out);
        }
        match &mut self.state {
            State::Electing(election)
                if election.pre == vote.pre
                    && Some(vote.term) == self.term.checked_add(vote.pre.into()) =>
            {
                election.granted[peer] = true;
                self.count_votes(out);
            }
            _ => self.counters.drop(DropReason::Stale),
        }
    }

    /// Catches up with a voter in a later term. A pre-candidate asks again at once, for the term after that one.
    fn on_refusal(&mut self, vote: Vote, out: &mut Outputs) {
        if vote.term <= self.term {
            return self.counters.drop(DropReason::Stale);
        }
        self.counters.note(Rare::CandidateBehind);
        let asking = self.role() == Role::PreCandidate;
        self.enter_term(vote.term, out);
        if asking {
            self.start_election(true, out);
        }
    }

    /// Returns true if a leader was heard from, or the replica restarted, less than E ago. It then votes for no other
    /// candidate, because the leader's lease may depend on it (6.4.1).
    pub(super) fn leader_is_alive(&self) -> bool {
        self.heard_at.is_some_and(|at| self.now < at.saturating_add(self.config.election_timeout))
    }

    /// Enters a later term as a follower whose leader is not known yet (5.1).
    pub(super) fn enter_term(&mut self, term: u64, out: &mut Outputs) {
        debug_assert!(term > self.term);
        self.set_term(term, None, out);
        self.partial = None;
        self.leader = None;
        self.become_follower();
    }

    /// Ends candidacy or leadership within the current term. A leader's waiting gets wait for the next leader.
    pub(super) fn become_follower(&mut self) {
        match mem::replace(&mut self.state, State::Follower) {
            State::Follower => return,
            State::Electing(_) => {}
            State::Leading(leading) => {
                self.leader = None;
                for read in leading.into_reads() {
                    self.hold(read);
                }
            }
        }
        self.restart_election_timer();
    }
}
