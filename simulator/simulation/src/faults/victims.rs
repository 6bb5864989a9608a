//! Selectors of the replicas that a fault strikes: by number, by role, or drawn.

use serde::{Deserialize, Serialize};

use crate::api::NodeId;
use crate::bounds::{Bounds, PlanError};
use crate::json::{Field, ScenarioError, did_you_mean};
use crate::rng::Stream;
use crate::text::nearest;

/// The replicas that a scenario's fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A replica that the plan draws; if a fault has several, each is a different one.
    Any,
    /// Replicas that a plan can name.
    These(Selector),
}

/// The replicas that a fault applies to, resolved when the fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// The replica with this number; replica 10 is `"000A"` in the file.
    Replica(u16),
    /// The replica last named as leader.
    Leader,
    /// The replica that last became a candidate, if it still is one.
    Candidate,
    /// The follower with the most up-to-date log (Raft §5.4.1), the first of equals.
    Newest,
    /// Every replica but the leader.
    Followers,
    /// Every replica.
    All,
}

impl Selector {
    /// Returns true if it selects the one replica that has a role when the fault strikes.
    pub(crate) fn is_one_role(self) -> bool {
        matches!(self, Self::Leader | Self::Candidate | Self::Newest)
    }

    /// Returns the upper bound on the number of `replicas` that it selects.
    pub(crate) fn most(self, replicas: u16) -> u16 {
        match self {
            Self::Replica(_) | Self::Leader | Self::Candidate | Self::Newest => 1,
            Self::Followers => replicas - 1,
            Self::All => replicas,
        }
    }
}

/// Checks the numbers of the replicas that selectors name.
pub(crate) fn check(bounds: &Bounds, field: &str, selectors: &[Selector]) -> Result<(), PlanError> {
    selectors.iter().try_for_each(|selector| match selector {
        Selector::Replica(id) => bounds.replica(field, *id),
        _ => Ok(()),
    })
}

/// Gives replicas other numbers, and leaves out those that get none.
pub(crate) fn renumber(selectors: &mut Vec<Selector>, number: impl Fn(u16) -> Option<u16>) {
    selectors.retain_mut(|selector| match selector {
        Selector::Replica(id) => renumbered(id, &number),
        _ => true,
    });
}

/// Gives a replica another number, and returns whether it gets one.
fn renumbered(id: &mut u16, number: impl Fn(u16) -> Option<u16>) -> bool {
    let new = number(*id);
    *id = new.unwrap_or(*id);
    new.is_some()
}

/// Gives the replicas of a list other numbers, and leaves out those that get none.
pub(crate) fn renumber_order(order: &mut Vec<u16>, number: impl Fn(u16) -> Option<u16>) {
    order.retain_mut(|id| renumbered(id, &number));
}

/// Returns the names of selectors for reports.
pub(crate) fn names(selectors: &[Selector]) -> String {
    let name = |selector: &Selector| match selector {
        Selector::Replica(id) => NodeId(*id).to_string(),
        Selector::Leader => "the leader".to_owned(),
        Selector::Candidate => "the candidate".to_owned(),
        Selector::Newest => "the newest follower".to_owned(),
        Selector::Followers => "every other replica".to_owned(),
        Selector::All => "every replica".to_owned(),
    };
    selectors.iter().map(name).collect::<Vec<_>>().join(" and ")
}

/// Returns the upper bound on the number of `replicas` that these targets select.
pub(crate) fn most(targets: &[Target], replicas: u16) -> u16 {
    let most = |target: &Target| match target {
        Target::Any => 1,
        Target::These(selector) => selector.most(replicas),
    };
    targets.iter().map(most).fold(0, u16::saturating_add).min(replicas)
}

/// Reads one target, or a list of them.
pub(crate) fn read(field: &Field<'_>, replicas: u16) -> Result<Vec<Target>, ScenarioError> {
    if !field.text.starts_with('[') {
        return Ok(vec![target(field, replicas)?]);
    }
    let items = field.list("a list of replicas")?;
    if items.is_empty() {
        return Err(field.error("an empty list selects nothing, name a replica or \"all\""));
    }
    items.iter().map(|item| target(item, replicas)).collect()
}

fn target(field: &Field<'_>, replicas: u16) -> Result<Target, ScenarioError> {
    const ROLES: [(&str, Target); 6] = [
        ("leader", Target::These(Selector::Leader)),
        ("candidate", Target::These(Selector::Candidate)),
        ("newest", Target::These(Selector::Newest)),
        ("followers", Target::These(Selector::Followers)),
        ("all", Target::These(Selector::All)),
        ("any", Target::Any),
    ];
    let name = field.string()?;
    if let Some((_, target)) = ROLES.into_iter().find(|(role, _)| *role == name) {
        return Ok(target);
    }
    match (0..replicas).find(|id| format!("{id:04X}") == name) {
        Some(id) => Ok(Target::These(Selector::Replica(id))),
        None => {
            let roles = ROLES.map(|(role, _)| role);
            let hint = did_you_mean(nearest(&name, roles));
            Err(field.error(format!(
                "{} selects no replica{hint} Expected \"{}\" or an id from \"0000\" to \"{:04X}\"",
                field.shown(),
                roles.join("\", \""),
                replicas - 1
            )))
        }
    }
}

/// The replicas in a drawn order, which assigns them to the targets of a fault.
pub(crate) struct DrawnOrder {
    pub(crate) replicas: Vec<u16>,
    /// The number of replicas already picked from the front.
    picked: usize,
}

impl DrawnOrder {
    /// Draws the order.
    pub(crate) fn new(replicas: u16, mut draws: Stream) -> Self {
        let mut replicas: Vec<u16> = (0..replicas).collect();
        draws.shuffle(&mut replicas);
        Self { replicas, picked: 0 }
    }

    /// Replaces each target that is to be drawn by a replica.
    pub(crate) fn select(&mut self, targets: &[Target]) -> Vec<Selector> {
        targets.iter().map(|target| self.selector(*target)).collect()
    }

    fn selector(&mut self, target: Target) -> Selector {
        match target {
            Target::These(selector) => selector,
            Target::Any => {
                self.picked += 1;
                let place = (self.picked - 1) % self.replicas.len();
                Selector::Replica(self.replicas[place])
            }
        }
    }
}
