//! The services that come with the simulator: a correct store of each passes, and one that forgets is found.

use std::fmt;
use std::marker::PhantomData;

use simulation::Nanos;
use simulation::api::{
    Message, Node, NodeId, OutboxOf, Own, Reply, Request, Response, Service, Setup, System,
};
use simulation::check::{CheckName, Class, judge};
use simulation::engine::{self, Options};
use simulation::plan::Plan;
use simulation::services::{Counter, Locks, Log, Queue, Store};
use simulator::files::load_suite;

/// A service that the first replica alone executes, and forgets an operation every so often if it is told to.
struct Alone<S> {
    forgets_each: Option<usize>,
    service: PhantomData<S>,
}

struct Replica<S: Service> {
    setup: Setup,
    state: S::State,
    executed: usize,
    forgets_each: Option<usize>,
}

#[derive(Clone, Debug)]
struct Silence;

impl Message for Silence {}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("silence")
    }
}

impl<S: Service> Node for Replica<S> {
    type Message = Silence;
    type Service = Own<S>;

    fn message(&mut self, _: Nanos, _: NodeId, _: Silence, _: &mut OutboxOf<Self>) {}

    fn request(&mut self, _: Nanos, request: Request<S::Op>, out: &mut OutboxOf<Self>) {
        let mut answer = Reply::Redirect;
        if self.setup.id == NodeId(0) {
            self.executed += 1;
            let mut after = self.state.clone();
            answer = Reply::Answer(S::apply(&mut after, &request.op));
            if self.forgets_each.is_none_or(|each| !self.executed.is_multiple_of(each)) {
                self.state = after;
            }
        }
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, _: Nanos, _: &mut OutboxOf<Self>) {}

    fn next_wakeup(&self) -> Nanos {
        Nanos::MAX
    }

    fn leader(&self) -> Option<NodeId> {
        Some(NodeId(0))
    }
}

impl<S: Service> System for Alone<S> {
    type Node = Replica<S>;

    fn name(&self) -> &str {
        "one replica alone"
    }

    fn start(&self, setup: Setup, _: Nanos) -> Replica<S> {
        Replica { setup, state: S::State::default(), executed: 0, forgets_each: self.forgets_each }
    }
}

/// Returns what the check of the answers says about each of three runs, and whether the run passed.
fn runs_of<S: Service>(forgets_each: Option<usize>) -> Vec<(bool, String)> {
    let system = Alone::<S> { forgets_each, service: PhantomData };
    let (scenario, _) = &load_suite("simple-1").unwrap()[0];
    let run = |seed| {
        let plan = Plan::new(scenario, seed);
        let evidence = engine::run(&system, &plan, Options::default());
        let verdict = judge(&plan, &evidence);
        let check = verdict.check(CheckName::Linearizable).unwrap();
        let is_illegal = verdict.failed().any(|it| it.name == CheckName::Linearizable);
        assert!(verdict.class == Class::Pass || is_illegal, "it fails by its answers alone");
        (!is_illegal, check.detail.clone())
    };
    (0..3).map(run).collect()
}

fn is_told_apart<S: Service>() {
    for (passes, detail) in runs_of::<S>(None) {
        assert!(passes, "{detail}");
    }
    let wrong = runs_of::<S>(Some(20));
    assert!(wrong.iter().any(|(passes, _)| !passes), "{wrong:?}");
}

#[test]
fn a_store_that_forgets_is_told_from_one_that_does_not() {
    is_told_apart::<Store>();
}

#[test]
fn locks_that_are_forgotten_are_told_from_those_that_are_kept() {
    is_told_apart::<Locks>();
}

#[test]
fn a_queue_that_forgets_is_told_from_one_that_does_not() {
    is_told_apart::<Queue>();
}

#[test]
fn a_counter_that_forgets_is_told_from_one_that_does_not() {
    is_told_apart::<Counter>();
}

#[test]
fn a_log_that_forgets_is_told_from_one_that_does_not() {
    is_told_apart::<Log>();
}
