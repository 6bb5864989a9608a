//! Outgoing and incoming snapshots.

use std::sync::Arc;

use crate::log::escaped_char_len;

/// A snapshot that is being sent to a follower.
#[derive(Debug, Clone)]
pub(super) struct Transfer {
    /// The index of the last entry that the snapshot stands for; below, its term.
    pub index: u64,
    pub term: u64,
    pub text: Arc<str>,
    /// The number of bytes of the text that the follower is known to have.
    pub received: usize,
}

impl Transfer {
    /// Returns true if the follower can have received `bytes` bytes: less than the whole text, in whole characters.
    ///
    /// Some of the bytes may come from an earlier transfer of the same text.
    pub(super) fn can_have(&self, bytes: u64) -> bool {
        usize::try_from(bytes)
            .is_ok_and(|bytes| bytes < self.text.len() && self.text.is_char_boundary(bytes))
    }

    /// Records the number of bytes that the follower has. Returns false if it is known already, so that the copy of an
    /// answer is no reason to send more.
    pub(super) fn received(&mut self, bytes: u64) -> bool {
        let news = bytes != self.received as u64;
        self.received = bytes as usize;
        news
    }

    /// Returns the next part: as much text as fits into `budget` bytes of JSON.
    pub(super) fn next_part(&self, budget: usize) -> &str {
        let rest = &self.text[self.received..];
        let mut bytes = 0;
        let end = rest.char_indices().find(|&(at, char)| {
            bytes += escaped_char_len(char);
            bytes > budget && at > 0
        });
        &rest[..end.map_or(rest.len(), |(at, _)| at)]
    }
}

/// A partly received snapshot, not longer than [`Config::snapshot_bytes`]. There is at most one.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    pub index: u64,
    pub term: u64,
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(text: &str) -> Transfer {
        Transfer { index: 1, term: 1, text: text.into(), received: 0 }
    }

    #[test]
    fn parts_keep_to_their_budget_and_to_whole_characters() {
        let mut transfer = transfer("ab\"\"öö\u{1}z");
        let mut parts = Vec::new();
        while transfer.received < transfer.text.len() {
            let part = transfer.next_part(4).to_owned();
            transfer.received += part.len();
            parts.push(part);
        }
        assert_eq!(parts, ["ab\"", "\"ö", "ö", "\u{1}", "z"]);
    }

    #[test]
    fn a_follower_has_a_part_of_the_text() {
        let mut transfer = transfer("abcöe");
        let possible = [0, 3, 4, 5, 6, u64::MAX].map(|bytes| transfer.can_have(bytes));
        assert_eq!(possible, [true, true, false, true, false, false]);
        assert!(transfer.received(5));
        assert!(!transfer.received(5), "the answer to a copy");
        assert!(transfer.received(0), "it lost what it had");
    }
}
