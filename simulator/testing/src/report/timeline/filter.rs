//! The filter of a timeline's events.

use simulation::api::{ClientId, NodeId};
use simulation::trace::{Actor, Kind, TraceEvent};

/// The characters of a long key that a timeline shows, and so those that a message may be known by.
const SHOWN_OF_KEY: usize = 8;

/// A choice of events. The default lets all through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A key, or its beginning. What is about no key is shown if it tells of faults, elections or violations.
    pub key: Option<String>,
    /// Events by or about these clients.
    pub clients: Vec<ClientId>,
    /// Events by or about these replicas.
    pub replicas: Vec<NodeId>,
    /// The kinds of events; all if empty.
    pub kinds: Vec<Kind>,
    /// Nothing of what the replicas print.
    pub no_output: bool,
}

impl Filter {
    /// Returns true if an event is let through.
    pub fn lets_through(&self, event: &TraceEvent) -> bool {
        let is_of_kind = self.kinds.is_empty() || self.kinds.contains(&event.kind);
        let is_output = event.kind == Kind::Print;
        is_of_kind
            && !(self.no_output && is_output)
            && self.is_about_those(event)
            && self.key.as_deref().is_none_or(|key| is_about_key(event, key))
    }

    /// Returns true if it is about one of those that were asked for. What happens to the whole cluster is about all.
    fn is_about_those(&self, event: &TraceEvent) -> bool {
        let all = self.clients.is_empty() && self.replicas.is_empty();
        let mut clients = self.clients.iter().copied().map(Actor::Client);
        let mut replicas = self.replicas.iter().copied().map(Actor::Node);
        all || event.who == Actor::World
            || clients.any(|client| event.is_about(client))
            || replicas.any(|replica| event.is_about(replica))
    }
}

fn is_about_key(event: &TraceEvent, key: &str) -> bool {
    if let Some(of_event) = &event.key {
        return of_event.starts_with(key);
    }
    match event.kind {
        // Only the system under test knows what they are about, unless they name it.
        Kind::Message | Kind::Lost | Kind::Altered | Kind::Print => {
            let shown = key.char_indices().nth(SHOWN_OF_KEY).map_or(key, |(end, _)| &key[..end]);
            event.what.contains(shown)
        }
        Kind::Commit | Kind::Ask | Kind::Answer | Kind::Retry => false,
        Kind::Start | Kind::Election | Kind::Fault | Kind::Phase | Kind::Violation => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, who: Actor, what: &str) -> TraceEvent {
        TraceEvent::new(0, kind, who, what)
    }

    #[test]
    fn a_key_shows_what_is_about_it_and_what_happened_meanwhile() {
        let filter = Filter { key: Some("ABCDEFGHIJ".to_owned()), ..Filter::default() };
        let client = Actor::Client(ClientId(1));
        let asks = |key: &str| TraceEvent {
            key: Some(key.into()),
            ..event(Kind::Ask, client, "asks get(ABCDEFGH)")
        };
        assert!(filter.lets_through(&asks("ABCDEFGHIJKLMNOP")));
        assert!(!filter.lets_through(&asks("ABCDEFGHXXXXXXXX")));
        let node = Actor::Node(NodeId(2));
        assert!(filter.lets_through(&event(Kind::Message, node, "put key ABCDEFGHIJ…")));
        assert!(!filter.lets_through(&event(Kind::Message, node, "heartbeat term 1")));
        assert!(filter.lets_through(&event(Kind::Fault, Actor::World, "everything heals")));
        assert!(!filter.lets_through(&event(Kind::Commit, node, "commits up to 3")));
    }

    #[test]
    fn those_who_are_asked_for_are_shown_with_what_is_done_to_them() {
        let (node, other) = (Actor::Node(NodeId(2)), Actor::Node(NodeId(3)));
        let filter = Filter {
            replicas: vec![NodeId(2)],
            clients: vec![ClientId(1)],
            no_output: true,
            ..Filter::default()
        };
        let to_it = TraceEvent { with: Some(node), ..event(Kind::Message, other, "-> 0002  x") };
        assert!(filter.lets_through(&to_it));
        assert!(filter.lets_through(&event(Kind::Ask, Actor::Client(ClientId(1)), "asks")));
        assert!(!filter.lets_through(&event(Kind::Ask, Actor::Client(ClientId(2)), "asks")));
        assert!(!filter.lets_through(&event(Kind::Election, other, "is leader")));
        assert!(!filter.lets_through(&event(Kind::Print, node, "hello")));
        let kinds = Filter { kinds: vec![Kind::Answer], ..Filter::default() };
        assert!(!kinds.lets_through(&to_it));
    }
}
