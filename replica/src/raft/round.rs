//! A round of an election: the votes so far, and the time of the next repetition.

use crate::config::Config;
use crate::time::Nanos;

/// One round of a candidate, or of a pre-candidate.
#[derive(Debug, Clone)]
pub(super) struct Election {
    /// True for a pre-vote.
    pub pre: bool,
    /// The votes granted, in the order of the peers.
    pub granted: Vec<bool>,
    pub resends_left: u32,
    pub resend_due: Nanos,
    pub resend_interval: Nanos,
}

impl Election {
    pub(super) fn new(
        pre: bool,
        resends_left: u32,
        peers: usize,
        now: Nanos,
        config: &Config,
    ) -> Self {
        let resend_interval = config.vote_retry();
        Election {
            pre,
            granted: vec![false; peers],
            resends_left,
            resend_due: now.saturating_add(resend_interval),
            resend_interval,
        }
    }

    /// Returns the time at which members without an answer are asked again; [`Nanos::MAX`] after the last repetition.
    pub(super) fn resend_due(&self) -> Nanos {
        match self.resends_left {
            0 => Nanos::MAX,
            _ => self.resend_due,
        }
    }

    pub(super) fn votes(&self) -> usize {
        self.granted.iter().filter(|&&granted| granted).count()
    }
}
