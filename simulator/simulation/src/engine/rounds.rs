//! The rounds of the original's loop: when it looks for what is due.
//!
//! The original waits for datagrams in `select`, a tenth of a second at most, and then fires all events whose
//! time has come. So a request is as late as the loop: where replicas send nothing, requests that are due every
//! 60 ms are asked in ones and twos every 100 ms. Replicas that batch, or that do something only when they are
//! spoken to, send half as many messages then.

use crate::Nanos;

/// When the loop comes round.
#[derive(Debug)]
pub(super) struct Rounds {
    /// How long a round without a datagram takes; 0 if the loop is never late.
    wait: Nanos,
    /// When the last round ended.
    last: Nanos,
    /// Whether something is due that the next round will find.
    is_late: bool,
    /// When the loop will have waited in vain for that.
    waits_until: Nanos,
}

impl Rounds {
    pub(super) fn new(wait: Nanos) -> Self {
        Rounds { wait, last: 0, is_late: false, waits_until: 0 }
    }

    /// Something is due now. Returns when the loop will notice, unless a datagram comes before; `None` if it
    /// notices at once.
    pub(super) fn due(&mut self, now: Nanos) -> Option<Nanos> {
        if self.wait == 0 {
            return None;
        }
        self.is_late = true;
        let rounds = (now - self.last) / self.wait + 1;
        self.waits_until = self.last + rounds * self.wait;
        Some(self.waits_until)
    }

    /// The time that [`due`](Self::due) returned has come. Returns whether a round ends that finds something.
    pub(super) fn waited(&mut self, now: Nanos) -> bool {
        self.is_late && now == self.waits_until && self.end(now)
    }

    /// A round ends: the loop has dealt with a datagram. Returns whether it finds something due.
    #[inline]
    pub(super) fn end(&mut self, now: Nanos) -> bool {
        self.last = now;
        std::mem::take(&mut self.is_late)
    }

    /// The loop has dealt with a hello: it begins to wait anew, if it waits for nothing that is due.
    pub(super) fn hello(&mut self, now: Nanos) {
        if !self.is_late {
            self.last = now;
        }
    }

    /// From now on the loop is never late.
    pub(super) fn cease(&mut self) {
        self.wait = 0;
        self.is_late = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_comes_round_after_each_wait_or_datagram() {
        let mut rounds = Rounds::new(100);
        assert_eq!(rounds.due(130), Some(200));
        assert!(rounds.end(150), "a datagram came before");
        assert!(!rounds.end(160), "what was due is done");
        assert!(!rounds.waited(200), "it began to wait anew");
        assert_eq!(rounds.due(500), Some(560));
        assert_eq!(rounds.due(555), Some(560));
        assert!(rounds.waited(560));
        assert_eq!(Rounds::new(0).due(130), None);
    }
}
