//! The check that no replica panicked, exited or violated the protocol.

use crate::api::Death;
use crate::check::Class;
use crate::check::checker::{Checker, Input, Ruling, always};
use crate::evidence::Evidence;
use crate::seconds::moment;

pub(super) const CHECKER: Checker =
    Checker { name: "no_crash", fails_as: Class::Crash, applies: always, judge };

fn judge(input: &Input<'_>) -> Ruling {
    let evidence = input.evidence;
    let Some(first) = evidence.crashes.first() else {
        return Ruling::holds("no replica crashed");
    };
    let mut detail: Vec<String> = Vec::new();
    let mut told: Vec<&Death> = Vec::new();
    for crash in &evidence.crashes {
        // The same bug often stops several replicas for the same reason.
        if !told.contains(&&crash.death) {
            told.push(&crash.death);
            detail.push(format!("{}: {}", victims(evidence, &crash.death), crash.death));
        }
    }
    let brief = format!("{}: {}", victims(evidence, &first.death), first.death.brief());
    Ruling::fails(detail.join("\n")).in_brief(Some(brief))
}

/// Returns the first few replicas that stopped for a reason, each with the time.
fn victims(evidence: &Evidence, death: &Death) -> String {
    const MOST: usize = 5;
    let same = evidence.crashes.iter().filter(|crash| crash.death == *death);
    let shown = same.clone().take(MOST).map(|it| format!("{} at {}", it.node, moment(it.at)));
    let more = match same.count().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.collect::<Vec<_>>().join(", ") + &more
}
