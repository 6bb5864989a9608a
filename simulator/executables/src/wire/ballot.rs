//! The part of a message in an election, inferred from its type and fields.
//!
//! The course leaves the messages between replicas to their authors. All that is known is that most authors use the
//! words of the Raft paper. The vocabulary here was collected from public replicas: `requestVote`, `vote_request`,
//! `RFV`, `vrq`, `VoteResponse`, `grant_vote`, `yesVote`, `vote_f` and many more. Reports say that these results are
//! *inferred*.

use serde_json::{Map, Value};

use simulation::api::Ballot;

use crate::wire::parse_address;

/// The fields that every datagram has.
const COMMON: [&str; 5] = ["src", "dst", "leader", "type", "MID"];

/// Returns the part of a message in an election; `None` if it seems to be about something else.
///
/// Calls `parse` for the message's fields only if its type sounds like an election.
pub(super) fn infer<'a>(
    kind: &str,
    parse: impl FnOnce() -> Option<Map<String, Value>> + 'a,
) -> Option<Ballot> {
    let kind = plain(kind);
    if !is_electoral(&kind) {
        return None;
    }
    let fields = parse()?;
    let is_for_all = fields.get("dst").is_some_and(|to| to == "FFFF");
    if is_request(&kind, is_for_all, &fields) {
        return Some(Ballot::Stands { term: term(&fields) });
    }
    Some(Ballot::Votes { granted: is_granted(&kind, &fields) })
}

/// Returns a name in lower case, without the characters that separate its words.
fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Returns true if a type sounds like a message of an election.
fn is_electoral(kind: &str) -> bool {
    let is_short = kind.len() <= 6 && ["rv", "vr", "rfv"].iter().any(|it| kind.starts_with(it));
    is_short || contains_any(kind, &["vot", "elect", "candid", "ballot"])
}

/// Returns true if a message asks for votes; otherwise it grants or refuses one.
fn is_request(kind: &str, is_for_all: bool, fields: &Map<String, Value>) -> bool {
    const REPLIES: [&str; 15] = [
        "resp", "reply", "ack", "result", "answer", "approv", "grant", "give", "cast", "yes",
        "deny", "reject", "novot", "vrsp", "rvrpcr",
    ];
    const REQUESTS: [&str; 7] = ["req", "ask", "elect", "candid", "rfv", "vrq", "rvrpc"];
    if contains_any(kind, &REPLIES) {
        return false;
    }
    if is_for_all {
        return true;
    }
    // A request gives the length of the candidate's log.
    let has_log = || fields.keys().any(|name| contains_any(&plain(name), &["lastlog", "loglen"]));
    contains_any(kind, &REQUESTS) || has_log()
}

/// Returns true if a vote is granted.
///
/// A field says yes or no, or the type does; otherwise an answer of any kind grants the vote.
fn is_granted(kind: &str, fields: &Map<String, Value>) -> bool {
    let own = fields.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
    let is_about_votes = |name: &str| contains_any(&plain(name), &["vot", "grant", "success"]);
    let (mut first, mut best) = (None, None);
    for (name, value) in own {
        let yes = truth(value, fields.get("dst"));
        first = first.or(yes);
        if is_about_votes(name) {
            best = best.or(yes).or_else(|| vote(value));
        }
    }
    let refuses = contains_any(kind, &["novot", "deny", "reject", "refus", "false"])
        || kind.ends_with("no")
        || kind.ends_with("votef");
    best.or(first).unwrap_or(!refuses)
}

/// Returns the yes or no that a field holds, if it does. A vote that names a candidate is a yes to that one only.
fn truth(value: &Value, receiver: Option<&Value>) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(_) if Some(value) == receiver => Some(true),
        Value::String(text) => match plain(text).as_str() {
            "true" | "yes" | "y" | "ok" | "granted" | "approve" | "approved" | "accept" => {
                Some(true)
            }
            "false" | "no" | "n" | "denied" | "deny" | "rejected" | "reject" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the yes or no in other forms of a field about votes.
///
/// They are a candidate's address, `null`, and a number.
fn vote(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Number(number) => number.as_u64().filter(|&number| number < 2).map(|it| it == 1),
        // An address other than the receiver's.
        Value::String(text) => parse_address(text).map(|_| false),
        _ => None,
    }
}

/// Returns the term of a message, from a field with such a name.
///
/// The term of a log entry is not meant.
fn term(fields: &Map<String, Value>) -> Option<u64> {
    const NAMES: [&str; 6] = ["term", "currentterm", "cterm", "newterm", "termnumber", "termnum"];
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    };
    let known = NAMES.iter().find_map(|known| {
        let mut fields = fields.iter().filter(|(name, _)| plain(name) == *known);
        fields.find_map(|(_, value)| number(value))
    });
    known.or_else(|| {
        let is_term = |name: &str| {
            let name = plain(name);
            name.contains("term") && !contains_any(&name, &["log", "prev", "last", "entr"])
        };
        fields.iter().filter(|(name, _)| is_term(name)).find_map(|(_, value)| number(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Ballot> {
        let fields: Map<String, Value> = serde_json::from_str(text).expect("an object");
        let kind = fields["type"].as_str().expect("a text").to_owned();
        infer(&kind, || Some(fields))
    }

    #[test]
    fn requests_are_told_with_their_terms() {
        for (text, term) in [
            (r#"{"type": "requestVote", "term": 3, "lastLogTerm": 9}"#, Some(3)),
            (r#"{"type": "vote_req", "cTerm": 4, "log_term": 9}"#, Some(4)),
            (r#"{"type": "VoteRequest", "newterm": 5, "lastIndex": 0}"#, Some(5)),
            (r#"{"type": "RFV", "term": "6"}"#, Some(6)),
            (r#"{"type": "vrq", "term": 7, "llogIdx": -1}"#, Some(7)),
            (r#"{"type": "rvrpc", "term": 8}"#, Some(8)),
            (r#"{"type": "vote", "term": 9, "lastLogIndex": 0}"#, Some(9)),
            (r#"{"type": "request_vote", "term_number": 2, "last_log_term_number": 1}"#, Some(2)),
            (r#"{"type": "election", "term": 1}"#, Some(1)),
            (r#"{"type": "requestVotes"}"#, None),
            (r#"{"type": "vote", "dst": "FFFF", "term": 3}"#, Some(3)),
        ] {
            assert_eq!(of(text), Some(Ballot::Stands { term }), "{text}");
        }
    }

    #[test]
    fn votes_are_told_from_refusals() {
        for (text, granted) in [
            (r#"{"type": "vote", "term": 3}"#, true),
            (r#"{"type": "Vote", "voteGranted": false}"#, false),
            (r#"{"type": "request_vote_response", "term": 1, "vote": true}"#, true),
            (r#"{"type": "RequestVoteResponse", "response": "approve"}"#, true),
            (r#"{"type": "VoteResponse", "voted?": "false"}"#, false),
            (r#"{"type": "yesVote", "term": 0}"#, true),
            (r#"{"type": "noVOte", "term": 1}"#, false),
            (r#"{"type": "vote_f", "term": 1}"#, false),
            (r#"{"type": "vote_t", "term": 1}"#, true),
            (r#"{"type": "voting", "decision": true}"#, true),
            (r#"{"type": "give_vote", "lastLogIndex": -1, "voteGranted": true}"#, true),
            (r#"{"type": "rvrpcR", "r": true}"#, true),
            (r#"{"type": "vrsp", "voteGranted": false}"#, false),
            (r#"{"type": "voteResponse", "dst": "0003", "votedFor": "0003"}"#, true),
            (r#"{"type": "voteResponse", "dst": "0003", "votedFor": "0002"}"#, false),
            (r#"{"type": "voteResponse", "dst": "0003", "votedFor": null}"#, false),
            (r#"{"type": "voteResponse", "term": 1, "vote": 0}"#, false),
            (r#"{"type": "voteResponse", "term": 0, "vote": 1}"#, true),
            (r#"{"type": "AckVote"}"#, true),
        ] {
            assert_eq!(of(text), Some(Ballot::Votes { granted }), "{text}");
        }
    }

    #[test]
    fn other_messages_have_nothing_to_do_with_it() {
        for kind in ["appendEntries", "heartbeat", "ar", "RPC", "commit", "announce", "response"] {
            assert_eq!(infer(kind, || None), None, "{kind}");
        }
    }
}
