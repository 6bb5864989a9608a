//! The book of a service of one's own: all operations with their answers, as the service has them.

use std::sync::Arc;

use super::{Book, Call};
use crate::api::{ClientId, Draw, NodeId, Reply, RequestKind, Service};
use crate::digest::Digest;
use crate::evidence::Counts;
use crate::picture::Sketch;
use crate::plan::{Plan, PlannedRequest};
use crate::rng::Dice;
use crate::service_history::Record;
use crate::{Nanos, OwnHistory, ServiceHistory};

/// The salt of a request's dice for its operation.
const CHOOSE_OPERATION: u64 = 0;

/// An operation that was answered, and its answer.
type Answered<S> = (Arc<<S as Service>::Op>, <S as Service>::Answer);

/// The operations of the clients of a service.
pub struct OwnBook<S: Service> {
    records: Vec<Record<S>>,
    /// The last operation of each client that was answered.
    last: Vec<Option<Answered<S>>>,
}

impl<S: Service> Book for OwnBook<S> {
    type Op = S::Op;
    type Answer = Reply<S::Answer>;
    type Wish = Arc<S::Op>;

    fn new(plan: &Plan, _whole_history: bool) -> Self {
        let mut last = Vec::new();
        last.resize_with(usize::from(plan.clients) + 1, || None);
        OwnBook { records: Vec::with_capacity(plan.requests.len()), last }
    }

    fn choose(&mut self, planned: &PlannedRequest, number: usize) -> Arc<S::Op> {
        let client = ClientId(planned.client);
        self.draw(client, planned.kind, number, Dice::new(planned.dice, CHOOSE_OPERATION))
    }

    fn probe(&mut self, of: NodeId, number: usize) -> Arc<S::Op> {
        let prober = ClientId(self.last.len() as u16 - 1);
        let dice = Dice::new(u64::from(of.0), CHOOSE_OPERATION);
        self.draw(prober, RequestKind::Put, number, dice)
    }

    fn final_reads(&self) -> Vec<(u64, Arc<S::Op>)> {
        (0..).zip(S::final_reads().into_iter().map(Arc::new)).collect()
    }

    fn kind(wish: &Arc<S::Op>) -> RequestKind {
        if S::is_read(wish) { RequestKind::Get } else { RequestKind::Put }
    }

    fn op(&self, wish: &Arc<S::Op>) -> S::Op {
        S::Op::clone(wish)
    }

    fn answered(
        &mut self,
        call: &Call<'_, Arc<S::Op>>,
        answer: &Reply<S::Answer>,
        counts: &mut Counts,
        _wish_of: impl Fn(usize) -> Option<Arc<S::Op>>,
    ) -> Result<(), &'static str> {
        let Reply::Answer(answer) = answer else { return Ok(()) };
        counts.keys_acknowledged += u64::from(!call.is_probe && !S::is_read(call.wish));
        self.last[usize::from(call.client.0)] = Some((call.wish.clone(), answer.clone()));
        self.record(call, Some((answer.clone(), call.returned)));
        Ok(())
    }

    fn unanswered(&mut self, call: &Call<'_, Arc<S::Op>>) {
        self.record(call, None);
    }

    fn key(&self, wish: &Arc<S::Op>) -> Option<Arc<str>> {
        S::key(wish).map(Arc::from)
    }

    fn describe(&self, wish: &Arc<S::Op>) -> String {
        S::describe(wish)
    }

    fn describe_answer(answer: &Reply<S::Answer>) -> String {
        match answer {
            Reply::Answer(answer) => S::describe_answer(answer),
            Reply::Fail => "failed".to_owned(),
            Reply::Redirect => "redirected".to_owned(),
        }
    }

    fn fold_answer(answer: &Reply<S::Answer>, digest: &mut Digest) {
        digest.text(&Self::describe_answer(answer));
    }

    fn sketch(&self, wish: &Arc<S::Op>) -> Sketch {
        Sketch { key: self.key(wish), put: None, call: Some(S::describe(wish)) }
    }

    fn value_read(answer: &Reply<S::Answer>) -> Option<Arc<str>> {
        matches!(answer, Reply::Answer(_)).then(|| Self::describe_answer(answer).into())
    }

    fn into_history(self) -> ServiceHistory {
        ServiceHistory { own: Some(OwnHistory::of(self.records)), ..ServiceHistory::default() }
    }
}

impl<S: Service> OwnBook<S> {
    fn draw(&self, client: ClientId, kind: RequestKind, number: usize, dice: Dice) -> Arc<S::Op> {
        let last = self.last[usize::from(client.0)].as_ref();
        let last = last.map(|(op, answer)| (&**op, answer));
        Arc::new(S::draw(&mut Draw { client, kind, number: number as u64, last, dice }))
    }

    fn record(&mut self, call: &Call<'_, Arc<S::Op>>, answered: Option<(S::Answer, Nanos)>) {
        if !call.is_recorded {
            let (client, op, invoked) = (call.client, call.wish.clone(), call.invoked);
            self.records.push(Record { client, op, invoked, answered });
        }
    }
}

impl<S: Service> std::fmt::Debug for OwnBook<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnBook").field("operations", &self.records.len()).finish()
    }
}
