//! The same failure among other replicas, or at other times.
//!
//! Which replica is asked, which id it has and when it is asked decides whose answer comes first. So a message may
//! have to be lost only because of that. Where messages are lost, each request is asked of another replica, or two
//! replicas change places, as things are and with time between the requests. Each time one request, loss, fault or
//! replica is left out along with it: what fails then is smaller.

use super::Search;
use super::cast::{drop_replica, name_replicas, renumber_replicas};
use super::redraw::FEW;
use super::time::space_requests;
use crate::plan::{Among, Losses, Plan};

/// A change that makes a plan another one of the same size.
#[derive(Clone, Copy)]
enum Change {
    /// The request at this place is asked of this replica.
    Ask(usize, u16),
    /// Two replicas change places.
    Swap(u16, u16),
}

/// The part of the plan that is left out along with it.
#[derive(Clone, Copy)]
enum Removal {
    /// The request at this place.
    Request(usize),
    /// The lost message at this place.
    Loss(usize),
    /// The fault at this place.
    Fault(usize),
    /// The replica of this id.
    Replica(u16),
}

impl Search<'_, '_> {
    /// Tries other replicas and times for the requests. True if there is less in the plan then.
    pub(super) fn asks_elsewhere(&mut self) -> bool {
        let Losses::Listed(losses) = &self.best.losses else { return false };
        let (lost, requests, replicas) =
            (losses.len(), self.best.requests.len(), self.best.replicas);
        let faults = self.best.faults.len();
        if lost == 0 || lost.max(requests).max(faults).max(replicas.into()) > FEW {
            return false;
        }
        let asks = (0..requests).flat_map(|it| (0..replicas).map(move |to| Change::Ask(it, to)));
        let swaps = (0..replicas).flat_map(|a| (0..a).map(move |b| Change::Swap(b, a)));
        let changes: Vec<Change> = asks.chain(swaps).collect();
        let losses = (0..lost).map(Removal::Loss);
        let faults = (0..faults).map(Removal::Fault);
        let others = (0..replicas).map(Removal::Replica).chain((0..requests).map(Removal::Request));
        let removals: Vec<Removal> = losses.chain(faults).chain(others).collect();
        let decisions = &self.decisions.clone();
        let candidates = [false, true].into_iter().flat_map(|spaced| {
            let removals = &removals;
            changes.iter().flat_map(move |&change| {
                removals.iter().map(move |&removal| {
                    move |plan: &mut Plan| {
                        name_replicas(plan, decisions);
                        make(plan, change);
                        remove(plan, removal);
                        if spaced {
                            space_requests(plan);
                        }
                    }
                })
            })
        });
        self.accepts_first(candidates).is_some()
    }
}

fn make(plan: &mut Plan, change: Change) {
    match change {
        Change::Ask(place, to) => {
            let request = &mut plan.requests[place];
            let (served, before) = (Among::Request(request.dice), request.to.replace(to));
            // What is lost on its behalf is lost on the way to and from the other one.
            let moved = |id: u16| match before {
                Some(before) if id == before => to,
                Some(before) if id == to => before,
                _ => id,
            };
            if let Losses::Listed(losses) = &mut plan.losses {
                for lost in losses.iter_mut().filter(|lost| lost.of == served) {
                    (lost.from, lost.to) = (moved(lost.from), moved(lost.to));
                }
            }
        }
        Change::Swap(a, b) => renumber_replicas(plan, |id| {
            Some(if id == a {
                b
            } else if id == b {
                a
            } else {
                id
            })
        }),
    }
}

fn remove(plan: &mut Plan, removal: Removal) {
    match removal {
        Removal::Request(place) => {
            plan.requests.remove(place);
        }
        Removal::Loss(place) => {
            if let Losses::Listed(losses) = &mut plan.losses {
                losses.remove(place);
            }
        }
        Removal::Fault(place) => {
            plan.faults.remove(place);
        }
        Removal::Replica(id) => drop_replica(plan, id),
    }
}
