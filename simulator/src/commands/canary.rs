//! `--canary`: a known failure that must be found before a pass means anything.
//!
//! The built-in one is a system with a fault: every replica answers from its own store at once, and tells the others by
//! a message that may be dropped. Where messages are dropped, a client soon reads an old value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::files::{load_failure, stock_scenario};
use simulation::api::{
    Answer, KeyValue, Message, Node, NodeId, Op, Outbox, Request, Response, Setup, System,
};
use simulation::check::{CheckName, Class};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::units::Nanos;

use super::error::CliError;
use super::target::{Target, TargetArguments};

/// The name of the canary that needs no file.
const BUILT_IN: &str = "built-in";

/// The scenario and the seed in which the built-in one must be found.
const WHERE: (&str, u64) = ("unreliable-3", 1);

/// Runs a canary, and returns its name and whether it was found.
///
/// The system of a failure file is that of `target`, or the executable that the file names.
pub(super) fn release(path: &Path, target: &TargetArguments) -> Result<(String, bool), CliError> {
    if path == Path::new(BUILT_IN) {
        return Ok((BUILT_IN.to_owned(), is_built_in_found()?));
    }
    let failure = load_failure(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let target = Target::of_failure(target, &failure)?;
    let is_found = failure.again(&*target, &failure.plan).is_some();
    Ok((name, is_found))
}

/// Returns true if the built-in fault is found as what it is.
fn is_built_in_found() -> Result<bool, CliError> {
    let (name, seed) = WHERE;
    let missing = || CliError::Usage(format!("the scenario {name} is not embedded"));
    let (scenario, _warnings) = stock_scenario(name)?.ok_or_else(missing)?;
    let found = Failure::find(&Forgetful, &Plan::new(&scenario, seed));
    Ok(found
        .is_some_and(|it| it.class == Class::Correctness && it.check == CheckName::Linearizable))
}

/// The message that tells the others a value.
#[derive(Clone)]
struct Written {
    key: Arc<str>,
    value: Arc<str>,
}

impl Message for Written {
    fn fingerprint(&self) -> u64 {
        self.key.len() as u64
    }

    fn kind(&self) -> &'static str {
        "written"
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "written {} = {}", self.key, self.value)
    }
}

/// A replica that answers by itself.
struct Replica {
    setup: Setup,
    store: BTreeMap<Arc<str>, Arc<str>>,
}

impl Node for Replica {
    type Message = Written;
    type Service = KeyValue;

    fn message(&mut self, _now: Nanos, _from: NodeId, word: Written, _out: &mut Outbox<Written>) {
        self.store.insert(word.key, word.value);
    }

    fn request(&mut self, _now: Nanos, request: Request, out: &mut Outbox<Written>) {
        let answer = match request.op {
            Op::Get { key } => Answer::Value(self.store.get(&key).cloned()),
            Op::Put { key, value } => {
                self.store.insert(key.clone(), value.clone());
                let word = Written { key, value };
                self.setup.peers().for_each(|peer| out.send(peer, word.clone()));
                Answer::Done
            }
        };
        out.respond(Response { client: request.client, id: request.id, answer });
    }

    fn timer(&mut self, _now: Nanos, _out: &mut Outbox<Written>) {}

    fn next_wakeup(&self) -> Nanos {
        Nanos::MAX
    }

    fn leader(&self) -> Option<NodeId> {
        None
    }
}

/// The system of these replicas.
struct Forgetful;

impl System for Forgetful {
    type Node = Replica;

    fn name(&self) -> &str {
        "a system that forgets what it has acknowledged"
    }

    fn is_for_the_course(&self) -> bool {
        true
    }

    fn start(&self, setup: Setup, _now: Nanos) -> Replica {
        Replica { setup, store: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_canary_is_found() {
        assert!(is_built_in_found().expect("the scenario is embedded"));
    }
}
