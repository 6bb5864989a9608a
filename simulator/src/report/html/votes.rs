//! Votes, inferred from messages: windows show who stands and who leads, but not who voted.

use std::collections::BTreeMap;

use simulation::Nanos;
use simulation::api::NodeId;
use simulation::elections::Candidacy;
use simulation::picture::{Fate, Passage, Picture};

/// An answer to a request for a vote, as its text tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Vote {
    is_granted: bool,
    term: Option<u64>,
}

/// Adds the votes among the messages to the candidacies that they reached.
pub(super) fn add(picture: &Picture, candidacies: &mut [Candidacy]) {
    let mut known = BTreeMap::new();
    for message in &picture.messages {
        let read = || vote(picture.text(message.kind), picture.text(message.text));
        let vote = *known.entry(message.text.index()).or_insert_with(read);
        if let Some(vote) = vote.filter(|_| arrives(message)) {
            count(candidacies, message.to, message.from, message.arrived, vote);
        }
    }
}

fn arrives(message: &Passage) -> bool {
    !matches!(message.fate, Fate::Lost | Fate::CutOff | Fate::Discarded)
}

fn count(all: &mut [Candidacy], candidate: NodeId, voter: NodeId, at: Nanos, vote: Vote) {
    let own = all.iter_mut().filter(|it| it.node == candidate && it.since <= at);
    // A refusal tells the voter's term, which may be a later one.
    let is_term = |it: &&mut Candidacy| {
        !vote.is_granted || vote.term.is_none_or(|term| it.term == Some(term))
    };
    let Some(candidacy) = own.filter(is_term).last() else { return };
    let list = if vote.is_granted { &mut candidacy.votes } else { &mut candidacy.refusals };
    if !list.contains(&voter) {
        list.push(voter);
    }
}

/// Reads a message's kind and text; `None` for anything but the answer to a request for a vote.
fn vote(kind: &str, text: &str) -> Option<Vote> {
    let text = text.to_lowercase();
    if !kind.to_lowercase().contains("vote") || text.starts_with("pre") {
        return None;
    }
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    let is_granted = words.clone().find_map(|word| match word {
        "granted" => Some(true),
        "refused" | "rejected" | "denied" => Some(false),
        _ => None,
    })?;
    words.find(|&word| word == "term");
    Some(Vote { is_granted, term: words.find(|word| !word.is_empty())?.parse().ok() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_requests_are_not() {
        let read = |text| vote("vote", text).map(|vote| (vote.is_granted, vote.term));
        assert_eq!(read("vote granted term 7"), Some((true, Some(7))));
        assert_eq!(read("vote refused term 8"), Some((false, Some(8))));
        assert_eq!(read("preVote granted term 7"), None);
        assert_eq!(vote("requestVote", "requestVote term 3 log 1/1"), None);
        assert_eq!(vote("appended", "granted term 3"), None);
    }

    #[test]
    fn a_vote_of_an_earlier_term_belongs_to_the_earlier_candidacy() {
        let node = NodeId(0);
        let stood = |term, since| Candidacy {
            node,
            term: Some(term),
            since,
            last: since,
            votes: Vec::new(),
            refusals: Vec::new(),
        };
        let mut all = [stood(1, 10), stood(2, 20)];
        count(&mut all, node, NodeId(1), 25, Vote { is_granted: true, term: Some(1) });
        count(&mut all, node, NodeId(2), 25, Vote { is_granted: false, term: Some(9) });
        assert_eq!((&*all[0].votes, &*all[1].refusals), (&[NodeId(1)][..], &[NodeId(2)][..]));
    }
}
