//! The values of a run that budgets bound, counted only where the plan sets budgets.

use crate::Nanos;
use crate::api::{Host, Message, NodeId, System};
use crate::engine::Run;
use crate::engine::books::Driven;
use crate::evidence::Spent;
use crate::metrics::Latencies;
use crate::plan::Plan;

/// The counters.
#[derive(Debug)]
pub(super) struct Spending {
    election_timeout: Nanos,
    /// The times from each put to its answer.
    pub puts: Latencies,
    /// The fingerprint of the last message of each link, at the index `from * replicas + to`.
    last: Vec<u64>,
    replicas: usize,
    repeats: u64,
}

impl Spending {
    /// Returns the counters of a run; `None` if the plan sets no budgets, or the system has no election time-out.
    pub(super) fn of(plan: &Plan, system: &impl System) -> Option<Box<Self>> {
        plan.budgets?;
        let replicas = usize::from(plan.replicas);
        Some(Box::new(Spending {
            election_timeout: system.election_timeout()?,
            puts: Latencies::default(),
            last: vec![0; replicas * replicas],
            replicas,
            repeats: 0,
        }))
    }

    /// Counts a message that is sent.
    pub(super) fn sent(&mut self, from: NodeId, to: NodeId, message: &impl Message) {
        let fingerprint = message.fingerprint();
        let last = &mut self.last[from.index() * self.replicas + to.index()];
        self.repeats += u64::from(*last == fingerprint);
        *last = fingerprint;
    }
}

impl<N: Driven, H: Host<N>> Run<'_, N, H> {
    /// Ends the counting at the end of the scenario; `None` if nothing was counted, or no window shows elections.
    pub(super) fn close_spending(&mut self) -> Option<Spent> {
        let mut spending = self.recording.spending.take()?;
        self.recording.monitor.as_ref()?;
        let (now, elections) = (self.time.now, &self.recording.elections);
        let terms = elections.candidacies.iter().filter_map(|candidacy| candidacy.term);
        let faults = self.plan.faults.iter().filter(|planned| planned.at <= now);
        Some(Spent {
            election_timeout: spending.election_timeout,
            leaderless: elections.leaderless(now),
            terms: terms.max().unwrap_or(0),
            elections: elections.candidacies.len() as u64,
            occasions: 1 + faults.count() as u64,
            put_latency: spending.puts.median_and_mean().0,
            repeats: spending.repeats,
        })
    }
}
