//! Floods folded: what one and the same says over and over in a second of a timeline is counted
//! after the first few times.

use simulation::Nanos;
use simulation::scenario::SECOND;
use simulation::trace::{Actor, Kind, TraceEvent};

/// How much of a kind is shown from one client or replica in a second: what a run without a flood has
/// of it, and more.
fn most_shown(kind: Kind) -> Option<u64> {
    match kind {
        Kind::Retry => Some(20),
        Kind::Print => Some(20),
        // The leader, by what a replica says: that may be another one with every datagram.
        Kind::Election => Some(20),
        _ => None,
    }
}

/// What is counted rather than shown.
#[derive(Debug)]
struct Folded {
    who: Actor,
    kind: Kind,
    seen: u64,
}

/// Decides event by event, in their order.
#[derive(Debug, Default)]
pub(super) struct Fold {
    second: Nanos,
    /// The time of the latest event.
    latest: Nanos,
    folded: Vec<Folded>,
}

impl Fold {
    /// What was folded before this event's second, as events that tell of it.
    pub(super) fn before(&mut self, event: &TraceEvent) -> Vec<TraceEvent> {
        let second = event.at_ns / SECOND;
        let rest = if second == self.second { Vec::new() } else { self.rest() };
        (self.second, self.latest) = (second, event.at_ns);
        rest
    }

    /// Whether this event is shown itself.
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

    /// What is folded still, told at the time of the latest event.
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
        Some(TraceEvent { at_ns, kind: self.kind, who: self.who, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulation::api::ClientId;

    fn bounce(at_ns: Nanos, client: u16) -> TraceEvent {
        let who = Actor::Client(ClientId(client));
        TraceEvent { at_ns, kind: Kind::Retry, who, what: String::new() }
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
