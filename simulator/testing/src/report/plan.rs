//! The description of a plan, at a glance.

use std::io::{self, Write};

use crate::report::layout::Page;
use simulation::Nanos;
use simulation::api::{ClientId, NodeId};
use simulation::plan::{Among, Losses, LostMessage, Plan, PlannedRequest, RequestKind};
use simulation::scenario::ClientLinks;
use simulation::seconds::seconds;
use simulation::units::Ratio;

/// Writes requests, faults and the end by time, then the behaviour of the network.
///
/// # Errors
///
/// If writing fails.
pub fn write(out: &mut Page<'_>, plan: &Plan) -> io::Result<()> {
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
    lines.extend(plan.faults.iter().map(|planned| (planned.at, planned.fault.to_string())));
    let start_ups = (0..).map(NodeId).zip(&plan.start_ups);
    lines.extend(start_ups.map(|(id, &at)| (at, format!("{id} has started"))));
    lines.sort_by_key(|(at, _)| *at);
    lines.push((plan.end, "everything heals".to_owned()));
    for (at, what) in lines {
        writeln!(out, "  {:>12}  {what}", seconds(at))?;
    }
    match &plan.losses {
        Losses::Random(Ratio::ZERO) => {}
        Losses::Random(chance) => writeln!(out, "  each message is lost with chance {chance}")?,
        Losses::Listed(list) => {
            let mut lines = list.iter().map(|lost| lost_message(plan, lost));
            lines.try_for_each(|lost| writeln!(out, "  {:>12}  {lost}", "lost"))?;
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
    client_links(out, &network.clients)
}

fn client_links(out: &mut Page<'_>, links: &ClientLinks) -> io::Result<()> {
    let what = "each request and each answer";
    if links.loss != Ratio::ZERO {
        writeln!(out, "  {what} is lost with chance {}", links.loss)?;
    }
    if links.delay.max > 0 {
        let (min, max) = (seconds(links.delay.min), seconds(links.delay.max));
        writeln!(out, "  {what} is delayed by {min} to {max}")?;
    }
    if links.duplicate != Ratio::ZERO {
        writeln!(out, "  {what} arrives twice with chance {}", links.duplicate)?;
    }
    Ok(())
}

fn request(request: &PlannedRequest) -> (Nanos, String) {
    let first = request.to.map(|to| format!(" of {}", NodeId(to))).unwrap_or_default();
    let client = ClientId(request.client);
    (request.at, format!("{client} asks a {}{first}", kind(request.kind)))
}

fn kind(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Get => "get",
        RequestKind::Put => "put",
    }
}

/// Which message is lost, with the request that it serves by its client and time.
fn lost_message(plan: &Plan, lost: &LostMessage) -> String {
    let link = LostMessage { of: Among::All, ..*lost };
    let served = plan.requests.iter().find(|request| lost.of == Among::Request(request.dice));
    match served {
        Some(request) => {
            let (client, kind) = (ClientId(request.client), kind(request.kind));
            format!("{link} of those for {client}'s {kind} at {}", seconds(request.at))
        }
        None => lost.to_string(),
    }
}
