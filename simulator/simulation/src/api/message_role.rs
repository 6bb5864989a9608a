//! The roles of messages, by which faults select messages of any system.

/// The role of a message in its protocol, by which a fault selects messages of any system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageRole {
    /// A replica passes a client's operation on to the replica that orders operations.
    Propose,
    /// A replica asks whether it would be elected, before it stands for election (Raft thesis §9.6).
    PreVoteRequest,
    /// A replica stands for election and asks for votes, or prepares a ballot (Paxos, phase 1).
    VoteRequest,
    /// The answer to one of the two before: a vote or a promise, given or refused.
    Vote,
    /// A replica sends operations or a new state to be stored.
    Append,
    /// The answer to an append, a heartbeat or a snapshot.
    Acknowledge,
    /// A replica shows that it is alive or leads, and sends nothing to be stored.
    Heartbeat,
    /// A replica asks others for what a read needs: a value, or whether it still leads.
    Read,
    /// The answer to a read.
    ReadAcknowledgement,
    /// A replica sends its whole state, or a part of it, in place of operations.
    Snapshot,
    /// Anything else. All messages of an executable have this role.
    Other,
}

/// The roles with their names in scenarios, and the bundled replica's types of messages that have them.
const NAMES: [(MessageRole, &str, Option<&str>); 11] = [
    (MessageRole::Propose, "propose", None),
    (MessageRole::PreVoteRequest, "pre_vote_request", Some("preVote")),
    (MessageRole::VoteRequest, "vote_request", Some("requestVote")),
    (MessageRole::Vote, "vote", Some("vote")),
    (MessageRole::Append, "append", Some("appendEntries")),
    (MessageRole::Acknowledge, "acknowledge", Some("appended")),
    (MessageRole::Heartbeat, "heartbeat", Some("heartbeat")),
    (MessageRole::Read, "read", None),
    (MessageRole::ReadAcknowledgement, "read_acknowledgement", None),
    (MessageRole::Snapshot, "snapshot", Some("installSnapshot")),
    (MessageRole::Other, "other", None),
];

impl MessageRole {
    /// Returns all roles.
    pub fn all() -> impl Iterator<Item = MessageRole> {
        NAMES.iter().map(|(role, ..)| *role)
    }

    /// Returns the name in scenarios and plans.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// Returns the role with a name. The bundled replica's types of messages are names of their roles, too:
    /// `appendEntries` means [`Append`](MessageRole::Append).
    pub fn named(name: &str) -> Option<Self> {
        let is_meant = |own: &str, raft: Option<&str>| name == own || Some(name) == raft;
        NAMES.iter().find(|(_, own, raft)| is_meant(own, *raft)).map(|(role, ..)| *role)
    }

    /// Describes what a name in a fault's list means: a role, or else a type of some system's messages.
    pub fn describe(name: &str) -> String {
        let what = if MessageRole::named(name).is_some() { "role" } else { "type" };
        format!("the {what} `{name}`")
    }

    /// Returns the role's bit in a set.
    pub(crate) fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Returns the bundled replica's types of messages.
pub(crate) fn bundled_types() -> impl Iterator<Item = &'static str> {
    NAMES.iter().filter_map(|(.., raft)| *raft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_role_and_each_role_has_one() {
        for (place, role) in MessageRole::all().enumerate() {
            assert_eq!(role as usize, place);
            assert_eq!(MessageRole::named(role.name()), Some(role));
        }
        for name in bundled_types() {
            let roles = NAMES.iter().filter(|(_, own, raft)| *own == name || *raft == Some(name));
            assert_eq!(roles.count(), 1, "{name}");
        }
        assert_eq!(MessageRole::named("appendEntries"), Some(MessageRole::Append));
        assert_eq!(MessageRole::named("appendentries"), None);
    }
}
