//! Fields that failure files of earlier versions lack.

use crate::check::{CheckName, Subject};

/// Returns the subject of a failure from the text of its reason, for files without the field `subject`.
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
