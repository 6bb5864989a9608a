//! Request ids that clients share: each client numbers its own requests from 0, and knows nothing of the others.
//!
//! The engine identifies a request by a number of its own. Only replicas see the shared ids.

use crate::api::{ClientId, RequestId};
use crate::plan::Plan;

/// The engine's numbers of the requests of each client, in the order in which they arrived first; `None` if replicas
/// see the engine's numbers.
#[derive(Debug)]
pub(super) struct SharedIds(Option<Vec<Vec<RequestId>>>);

impl SharedIds {
    pub(super) fn new(plan: &Plan) -> Self {
        // There is one more client in the liveness phase.
        SharedIds(plan.shared_ids.then(|| vec![Vec::new(); usize::from(plan.clients) + 1]))
    }

    /// Returns the id by which replicas know a request.
    #[inline]
    pub(super) fn shown(&mut self, client: ClientId, id: RequestId) -> RequestId {
        let Some(all) = &mut self.0 else { return id };
        let own = &mut all[usize::from(client.0)];
        let place = own.iter().rposition(|known| *known == id).unwrap_or_else(|| {
            own.push(id);
            own.len() - 1
        });
        RequestId(place as u64)
    }

    /// Returns the engine's number of a request of which a replica knows the id; the largest number if there is none.
    #[inline]
    pub(super) fn meant(&self, client: ClientId, id: RequestId) -> RequestId {
        let Some(all) = &self.0 else { return id };
        let own = all.get(usize::from(client.0));
        let place = usize::try_from(id.0).ok();
        let known = own.zip(place).and_then(|(own, place)| own.get(place));
        known.copied().unwrap_or(RequestId(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_counts_for_itself() {
        let mut ids = SharedIds(Some(vec![Vec::new(); 2]));
        let (one, other) = (ClientId(0), ClientId(1));
        let shown = [(one, 5), (other, 6), (one, 7), (other, 9), (one, 5)]
            .map(|(client, id)| ids.shown(client, RequestId(id)).0);
        assert_eq!(shown, [0, 0, 1, 1, 0]);
        let meant = [(one, 1), (other, 1), (one, 2), (ClientId(2), 0)]
            .map(|(client, id)| ids.meant(client, RequestId(id)).0);
        assert_eq!(meant, [7, 9, u64::MAX, u64::MAX]);
        let mut own = SharedIds(None);
        assert_eq!(
            (own.shown(one, RequestId(5)), own.meant(one, RequestId(5))),
            (RequestId(5), RequestId(5))
        );
    }
}
