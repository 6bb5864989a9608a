//! Folds floods in a timeline.
//!
//! Events that one actor repeats within a second are counted after the first few.

use simulation::Nanos;
use simulation::trace::{Actor, Kind, TraceEvent};
use simulation::units::SECOND;

/// Returns the most events of a kind that are shown per actor and second.
///
/// A run without a flood has no more.
fn most_shown(kind: Kind) -> Option<u64> {
    match kind {
        Kind::Retry => Some(20),
        Kind::Print => Some(20),
        // A replica may name another leader in every datagram.
        Kind::Election => Some(20),
        _ => None,
    }
}

/// The events of one kind and actor in a second.
#[derive(Debug)]
struct Folded {
    who: Actor,
    kind: Kind,
    seen: u64,
}

/// The state of the folding, which decides event by event, in order.
#[derive(Debug, Default)]
pub(super) struct Fold {
    second: Nanos,
    /// The time of the latest event.
    latest: Nanos,
    folded: Vec<Folded>,
}

impl Fold {
    /// Returns events that stand for those that were folded before this event's second.
    pub(super) fn before(&mut self, event: &TraceEvent) -> Vec<TraceEvent> {
        let second = event.at_ns / SECOND;
        let rest = if second == self.second { Vec::new() } else { self.rest() };
        (self.second, self.latest) = (second, event.at_ns);
        rest
    }

    /// Returns true if this event is shown itself.
    pub(super) fn shows(&mut self, event: &TraceEvent) -> bool {
        let Some(most) = most_shown(event.kind) else { return true };
        let same = |folded: &&mut Folded| (folded.who, folded.kind) == (event.who, event.kind);
        match self.folded.iter_mut().find(same) {
            Some(folded) => {
                folded.seen += 1;
                folded.seen <= most
            }
            None => {
                self.folded.push(Folded { who: event.who, kind: event.kind, seen: 1 });
                true
            }
        }
    }

    /// Returns events that stand for all that are still folded.
    ///
    /// They have the time of the latest event.
    pub(super) fn rest(&mut self) -> Vec<TraceEvent> {
        let at = self.latest;
        self.folded.drain(..).filter_map(|folded| folded.tell(at)).collect()
    }
}

impl Folded {
    fn tell(self, at_ns: Nanos) -> Option<TraceEvent> {
        let hidden = self.seen.checked_sub(most_shown(self.kind)?).filter(|&hidden| hidden > 0)?;
        let what = match self.kind {
            Kind::Retry => format!("… and was turned away {hidden} times more in this second"),
            Kind::Election => format!(
                "… and had another word on who leads {hidden} times more in this second; --floods shows them"
            ),
            _ => format!("… and wrote {hidden} lines more in this second; --floods shows them"),
        };
        Some(TraceEvent::new(at_ns, self.kind, self.who, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::api::ClientId;

    fn bounce(at_ns: Nanos, client: u16) -> TraceEvent {
        let who = Actor::Client(ClientId(client));
        TraceEvent::new(at_ns, Kind::Retry, who, "")
    }

    #[test]
    fn a_flood_is_counted_second_by_second_and_client_by_client() {
        let mut fold = Fold::default();
        let shown = (0..50).filter(|&at| fold.shows(&bounce(at, 1))).count();
        assert_eq!(shown, 20);
        assert!(fold.shows(&bounce(50, 2)), "another client");
        assert_eq!(fold.before(&bounce(60, 1)), []);
        let told = fold.before(&bounce(SECOND, 1));
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].at_ns, told[0].who), (60, Actor::Client(ClientId(1))));
        assert!(told[0].what.contains("30 times more"), "{}", told[0].what);
        assert!(fold.shows(&bounce(SECOND, 1)), "a new second");
        assert_eq!(fold.rest(), []);
    }
}
