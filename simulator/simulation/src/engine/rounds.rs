//! The rounds of the loop of the course's simulator, which determine when it handles due events.
//!
//! The course's simulator waits for a datagram in `select` for at most a tenth of a second, and then handles all events
//! whose time has come. So a request is as late as the loop: if replicas send nothing, requests that are due every 60
//! ms are sent in ones and twos every 100 ms. Replicas that batch requests, or that act only on input, then send half
//! as many messages.

use crate::Nanos;

/// The state of the loop.
#[derive(Debug)]
pub(super) struct Rounds {
    /// The duration of a round without a datagram, in nanoseconds; 0 if the loop is never late.
    wait: Nanos,
    /// The time at which the last round ended.
    last: Nanos,
    /// True if something is due that the next round will handle.
    is_late: bool,
    /// The time at which that round ends if no datagram arrives.
    waits_until: Nanos,
}

impl Rounds {
    pub(super) fn new(wait: Nanos) -> Self {
        Rounds { wait, last: 0, is_late: false, waits_until: 0 }
    }

    /// Records that something is due now. Returns the time at which the loop notices it if no datagram arrives before;
    /// `None` if it notices at once.
    pub(super) fn due(&mut self, now: Nanos) -> Option<Nanos> {
        if self.wait == 0 {
            return None;
        }
        self.is_late = true;
        let rounds = (now - self.last) / self.wait + 1;
        self.waits_until = self.last + rounds * self.wait;
        Some(self.waits_until)
    }

    /// Handles the time that [`due`](Self::due) returned. Returns true if a round ends now and finds something due.
    pub(super) fn waited(&mut self, now: Nanos) -> bool {
        self.is_late && now == self.waits_until && self.end(now)
    }

    /// Ends a round after a datagram. Returns true if it finds something due.
    #[inline]
    pub(super) fn end(&mut self, now: Nanos) -> bool {
        self.last = now;
        std::mem::take(&mut self.is_late)
    }

    /// Restarts the loop's wait after a hello, if nothing is due.
    pub(super) fn hello(&mut self, now: Nanos) {
        if !self.is_late {
            self.last = now;
        }
    }

    /// Makes the loop never late from now on.
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
