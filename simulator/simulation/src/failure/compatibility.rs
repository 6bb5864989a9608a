//! What files that earlier versions wrote lack.

use crate::check::{CheckName, Subject};

/// Returns the subject of a failure in a file without that field, which had it in the words of its reason only.
pub(super) fn subject_from_old_reason(check: CheckName, reason: &str) -> Option<Subject> {
    const REASONS: [(&str, Subject); 5] = [
        ("total messages earn no credit", Subject::TotalMessages),
        ("failures earn no credit", Subject::Failures),
        ("duplicates earn no credit", Subject::Duplicates),
        ("median latency earns no credit", Subject::MedianLatency),
        ("a packet storm, ", Subject::PacketLimit),
    ];
    if check != CheckName::Budget {
        return None;
    }
    REASONS.iter().find(|(start, _)| reason.starts_with(start)).map(|&(_, subject)| subject)
}
