//! Many lost messages of a link become one cut of that link.
//!
//! A protocol that sends again what was lost has to lose it again and again. That its link is cut for a while
//! says the same in one line.

use std::collections::BTreeMap;

use super::Search;
use super::redraw::FEW;
use crate::Nanos;
use crate::faults::{AnyLinkFault, LinkPattern, Selector, links::Cut};
use crate::plan::{Fault, Losses, Plan, PlannedFault};

/// A link that loses messages: their number, and when the first and the last are lost.
#[derive(Clone, Copy)]
struct Spell {
    count: usize,
    first: Nanos,
    last: Nanos,
}

impl Search<'_, '_> {
    /// Where many messages are lost, tries a cut of each link in place of what it loses, the worst link first;
    /// before that, of all links at once.
    pub(super) fn cut_links(&mut self) {
        let Losses::Listed(losses) = &self.best.losses else { return };
        if losses.len() <= FEW {
            return;
        }
        let mut links: BTreeMap<(u16, u16), Spell> = BTreeMap::new();
        for (lost, &at) in losses.iter().zip(&self.decisions.lost_at) {
            let spell = links.entry((lost.from, lost.to)).or_insert(Spell {
                count: 0,
                first: at,
                last: at,
            });
            *spell = Spell { count: spell.count + 1, last: at, ..*spell };
        }
        let mut links: Vec<_> = links.into_iter().filter(|(_, spell)| spell.count > 1).collect();
        links.sort_by_key(|(link, spell)| (usize::MAX - spell.count, *link));
        let all = |plan: &mut Plan| links.iter().for_each(|&(link, spell)| cut(plan, link, spell));
        if !self.accepts_with(all) {
            for &(link, spell) in &links {
                self.accepts_with(|plan| cut(plan, link, spell));
            }
        }
    }
}

/// Cuts a link as long as it loses messages, in place of these.
fn cut(plan: &mut Plan, (from, to): (u16, u16), spell: Spell) {
    if let Losses::Listed(losses) = &mut plan.losses {
        losses.retain(|lost| (lost.from, lost.to) != (from, to));
    }
    let (from, to) = (vec![Selector::Replica(from)], vec![Selector::Replica(to)]);
    let fault = Fault::Links {
        links: LinkPattern::OneWay { from, to },
        messages: Vec::new(),
        fault: AnyLinkFault::Cut(Cut),
        until: spell.last + 1,
    };
    // Just before the first message, which would otherwise be there first.
    plan.faults.push(PlannedFault { at: spell.first.saturating_sub(1), fault });
    plan.faults.sort_by_key(|planned| planned.at);
}
