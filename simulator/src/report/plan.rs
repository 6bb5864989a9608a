//! A plan in words, at a glance.

use std::io::{self, Write};

use crate::node::{ClientId, NodeId};
use crate::plan::{Fault, Losses, Plan, RequestKind};
use crate::report::text::seconds;
use crate::scenario::{Nanos, Ratio, Selector};

/// Writes what will be done, by time: requests, faults, the end; then what the network does.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let (replicas, clients) = (plan.replicas, plan.clients);
    let plural = |count: u16| if count == 1 { "" } else { "s" };
    writeln!(
        out,
        "  {replicas} replica{}, {clients} client{}; from {}, seed {}",
        plural(replicas),
        plural(clients),
        plan.scenario,
        plan.seed
    )?;
    let mut lines: Vec<(Nanos, String)> = plan.requests.iter().map(request).collect();
    lines.extend(plan.faults.iter().map(|planned| (planned.at, fault(&planned.fault))));
    lines.sort_by_key(|(at, _)| *at);
    lines.push((plan.end, "everything heals".to_owned()));
    for (at, what) in lines {
        writeln!(out, "  {:>12}  {what}", seconds(at))?;
    }
    match &plan.losses {
        Losses::Random(Ratio::ZERO) => {}
        Losses::Random(chance) => writeln!(out, "  each message is lost with chance {chance}")?,
        Losses::Listed(list) => {
            list.iter().try_for_each(|lost| writeln!(out, "  {:>12}  {lost}", "lost"))?;
        }
    }
    let network = &plan.network;
    if network.delay.max > 0 {
        let (min, max) = (seconds(network.delay.min), seconds(network.delay.max));
        writeln!(out, "  each message is delayed by {min} to {max}")?;
    }
    if network.duplicate != Ratio::ZERO {
        writeln!(out, "  each message arrives twice with chance {}", network.duplicate)?;
    }
    Ok(())
}

fn request(request: &crate::plan::PlannedRequest) -> (Nanos, String) {
    let kind = match request.kind {
        RequestKind::Get => "get",
        RequestKind::Put => "put",
    };
    (request.at, format!("{} asks a {kind}", ClientId(request.client)))
}

fn fault(fault: &Fault) -> String {
    match fault {
        Fault::KillLeader => "the leader is killed".to_owned(),
        Fault::KillNonLeader { .. } => "a replica that does not lead is killed".to_owned(),
        Fault::Partition { keep_leader: true, .. } => {
            "a partition begins, the leader in the majority".to_owned()
        }
        Fault::Partition { keep_leader: false, .. } => "a partition begins".to_owned(),
        Fault::Heal => "the partition ends".to_owned(),
        Fault::Cut { from, to, until } => {
            let (from, to) = (names(from), names(to));
            format!("messages from {from} to {to} are cut off until {}", seconds(*until))
        }
    }
}

fn names(selectors: &[Selector]) -> String {
    let name = |selector: &Selector| match selector {
        Selector::Replica(id) => NodeId(*id).to_string(),
        Selector::Leader => "the leader".to_owned(),
        Selector::Followers => "the others".to_owned(),
        Selector::All => "all".to_owned(),
    };
    selectors.iter().map(name).collect::<Vec<_>>().join(" ")
}
