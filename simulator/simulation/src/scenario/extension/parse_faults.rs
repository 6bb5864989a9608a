//! Reads the faults of the object `"simulator"`.

use super::Clocks;
use super::faults::{
    Drawn, DrawnSpan, FAULTS, Fault, FaultKind, Lasts, LinkFault, Links, NodeFault, Selector,
    Target,
};
use super::parse::{MAX_DELAY, SPAN, drawn};
use crate::scenario::json::{Field, Range};
use crate::scenario::object::{Object, did_you_mean, nearest, unknown_name};
use crate::scenario::{EventKind, Nanos, Ratio, SECOND, ScenarioError, Warning};

/// Two clocks that are off by so much at most differ by less than the 10 % of
/// [`Clocks::Bounded`].
const BOUNDED_PPM: i32 = 45_000;

/// How far a clock may jump.
const JUMP: Range = Range::seconds(0, 1_000_000 * SECOND);

/// What the bundled replica sends. Other systems have other names, so that what looks like a slip in
/// one of these is an error, and any other name worth a warning.
pub(crate) const MESSAGES: [&str; 7] =
    ["preVote", "requestVote", "vote", "appendEntries", "heartbeat", "installSnapshot", "appended"];

/// Reads a list of faults; `replicas`, `lifetime` and `clocks` bound them.
pub(super) fn faults(
    field: &Field<'_>,
    replicas: u16,
    lifetime: Nanos,
    clocks: Clocks,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Fault>, ScenarioError> {
    let items = field.list("a list of faults")?;
    let read = |item| Entry::new(item, replicas, lifetime, clocks)?.fault(warnings);
    items.iter().map(read).collect()
}

/// A fault that is being read.
struct Entry<'a> {
    object: Object<'a>,
    kind: Field<'a>,
    replicas: u16,
    lifetime: Nanos,
    clocks: Clocks,
}

impl<'a> Entry<'a> {
    fn new(
        item: &Field<'a>,
        replicas: u16,
        lifetime: Nanos,
        clocks: Clocks,
    ) -> Result<Self, ScenarioError> {
        let mut object = item.object()?;
        let kind = object.require("type", "a fault, such as \"cut\"")?;
        Ok(Self { object, kind, replicas, lifetime, clocks })
    }

    fn fault(mut self, warnings: &mut Vec<Warning>) -> Result<Fault, ScenarioError> {
        let times = |it: &Field<'_>| it.whole_in(Range::count(0, 1000)).map(|times| times as u32);
        let count = self.object.or_default("count", |it| drawn(it, times), Drawn::just(1))?;
        let time = self.object.require("time", "the seconds after `start_wait`")?;
        let at = drawn(&time, |it| it.number_in(Range::seconds(0, self.lifetime)))?;
        let kind = self.fault_kind(warnings)?;
        let lasts = match &kind {
            FaultKind::Nodes { effect, .. } if effect.is_for_good() => Lasts::Once,
            _ => self.lasts(at)?,
        };
        self.object.no_more()?;
        Ok(Fault { count, at, lasts, kind })
    }

    fn fault_kind(&mut self, warnings: &mut Vec<Warning>) -> Result<FaultKind, ScenarioError> {
        let name = self.kind.string()?;
        if let Some(effect) = self.link_fault(&name)? {
            let links = self.links(&name)?;
            let read = |it: &Field<'_>| messages(it, warnings);
            let messages = self.object.or_default("messages", read, vec![])?;
            return Ok(FaultKind::Links { links, messages, effect });
        }
        if let Some(effect) = self.node_fault(&name)? {
            return Ok(FaultKind::Nodes { who: self.victims(effect)?, effect });
        }
        if name == "partition" {
            let keep_leader = self.object.or_default("keep_leader", Field::boolean, false)?;
            return Ok(FaultKind::Partition { keep_leader });
        }
        if EventKind::ALL.iter().any(|kind| kind.name() == name) {
            let message =
                format!("`{name}` is an event of the course, move it to the top-level `events`");
            return Err(self.kind.error(message));
        }
        Err(unknown_name(&self.kind, "fault", &name, &FAULTS))
    }

    fn link_fault(&mut self, name: &str) -> Result<Option<LinkFault>, ScenarioError> {
        Ok(Some(match name {
            "cut" | "isolate" | "ring" | "bridge" => LinkFault::Cut,
            "lose" => LinkFault::Lose { chance: self.chance()? },
            "delay" => LinkFault::Delay {
                delay: self.span("delay_us")?,
                tail: self.object.or_default(
                    "tail_us",
                    |it| drawn(it, |it| it.number_in(MAX_DELAY)),
                    Drawn::default(),
                )?,
                fifo: self.object.or_default("fifo", Field::boolean, false)?,
            },
            "duplicate" => {
                LinkFault::Duplicate { chance: self.chance()?, delay: self.span("delay_us")? }
            }
            "corrupt" => LinkFault::Corrupt { chance: self.chance()? },
            "clog" => LinkFault::Clog,
            "throttle" => {
                let range = Range::count(1, 1_000_000_000_000);
                let rate = self.object.require("bytes_per_second", "a number, 1 or more")?;
                LinkFault::Throttle { bytes_per_second: drawn(&rate, |it| it.whole_in(range))? }
            }
            _ => return Ok(None),
        }))
    }

    fn node_fault(&mut self, name: &str) -> Result<Option<NodeFault>, ScenarioError> {
        Ok(Some(match name {
            "kill" => NodeFault::Kill,
            "crash" => NodeFault::Crash,
            "pause" => NodeFault::Pause,
            "freeze" if self.clocks == Clocks::Bounded => {
                return Err(self.kind.error(
                    "a frozen replica's clock stands still, which replicas may rule out; set \
                     `clocks` to \"unbounded\", or use `pause`",
                ));
            }
            "freeze" => NodeFault::Freeze,
            "slow" => {
                let step = self.object.require("step_us", "how long each step takes")?;
                NodeFault::Slow { step: drawn(&step, |it| it.number_in(MAX_DELAY))? }
            }
            "slow_sync" => NodeFault::SlowSync { sync: self.span("sync_us")? },
            "full_disk" => NodeFault::FullDisk,
            "flip_bit" => NodeFault::FlipBit,
            "clock" => self.clock()?,
            _ => return Ok(None),
        }))
    }

    fn clock(&mut self) -> Result<NodeFault, ScenarioError> {
        let (rate, jump) = (self.object.take("rate_ppm"), self.object.take("jump_s"));
        if rate.is_none() && jump.is_none() {
            return Err(self.kind.error("nothing is wrong with it without `rate_ppm` or `jump_s`"));
        }
        let bounded = self.clocks == Clocks::Bounded;
        let read_rate = |field: &Field<'_>| {
            let rate = field.signed_in(-900_000, 1_000_000)?;
            if bounded && rate.abs() > BOUNDED_PPM {
                return Err(field.error(format!(
                    "{rate} lets clocks differ by 10 % or more, which replicas may rule out; stay \
                     within ±{BOUNDED_PPM}, or set `clocks` to \"unbounded\""
                )));
            }
            Ok(rate)
        };
        if let Some(jump) = jump.as_ref().filter(|_| bounded) {
            return Err(jump.error(
                "a clock that jumps is one that replicas may rule out; set `clocks` to \"unbounded\"",
            ));
        }
        let rate_ppm = rate.map(|it| drawn(&it, read_rate)).transpose()?;
        let jump = jump.map(|it| drawn(&it, |it| it.number_in(JUMP))).transpose()?;
        Ok(NodeFault::Clock {
            rate_ppm: rate_ppm.unwrap_or_default(),
            jump: jump.unwrap_or_default(),
        })
    }

    fn links(&mut self, name: &str) -> Result<Links, ScenarioError> {
        match name {
            "ring" => Ok(Links::OutsideRing),
            "bridge" => Ok(Links::AcrossBridge),
            "isolate" => Ok(Links::Around(self.who()?)),
            _ => self.one_way(),
        }
    }

    fn one_way(&mut self) -> Result<Links, ScenarioError> {
        let (from, receivers) = (self.object.take("from"), self.object.take("to"));
        let all = || Ok(vec![Target::These(Selector::All)]);
        let from = from.map_or_else(all, |it| targets(&it, self.replicas))?;
        let to = receivers.as_ref().map_or_else(all, |it| targets(it, self.replicas))?;
        if let (Some(receivers), [Target::These(from)], [Target::These(to)]) =
            (receivers, from.as_slice(), to.as_slice())
            && from == to
            && from.most(self.replicas) == 1
        {
            return Err(receivers.error("the same replica as `from`, so no link is meant"));
        }
        Ok(Links::OneWay { from, to })
    }

    fn who(&mut self) -> Result<Vec<Target>, ScenarioError> {
        let who = self.object.require("who", "the replicas it happens to, such as \"leader\"")?;
        targets(&who, self.replicas)
    }

    fn victims(&mut self, effect: NodeFault) -> Result<Vec<Target>, ScenarioError> {
        let who = self.who()?;
        let most = most(&who, self.replicas);
        let minority = (self.replicas - 1) / 2;
        if effect.is_for_good() && most > minority {
            return Err(self.kind.error(format!(
                "would take out {most} of {} replicas for good, expected a minority: {minority} at most",
                self.replicas
            )));
        }
        Ok(who)
    }

    fn lasts(&mut self, at: Drawn<Nanos>) -> Result<Lasts, ScenarioError> {
        let Some(until) = self.object.take("until") else {
            let expected = "how many seconds it lasts (or `until`, when it ends)";
            let lasts = self.object.require("lasts", expected)?;
            let range = Range::seconds(1, self.lifetime);
            return drawn(&lasts, |it| it.number_in(range)).map(Lasts::For);
        };
        if let Some(lasts) = self.object.take("lasts") {
            return Err(lasts.error("says the same as `until`, keep one of them"));
        }
        let ends = drawn(&until, |it| it.number_in(Range::seconds(0, self.lifetime)))?;
        if ends.low <= at.high {
            return Err(until.error(format!("{} is not after `time`", until.shown())));
        }
        Ok(Lasts::Until(ends))
    }

    fn chance(&mut self) -> Result<Drawn<Ratio>, ScenarioError> {
        let chance = self.object.require("chance", "how likely it happens to each message")?;
        drawn(&chance, |it| it.ratio())
    }

    fn span(&mut self, name: &'static str) -> Result<DrawnSpan, ScenarioError> {
        let field = self.object.require(name, SPAN)?;
        let items = field.list(SPAN)?;
        let [min, max] = items.as_slice() else {
            return Err(field.error(format!("found a list of {}, expected {SPAN}", items.len())));
        };
        let read = |it: &Field<'_>| drawn(it, |it| it.number_in(MAX_DELAY));
        let span = DrawnSpan { min: read(min)?, max: read(max)? };
        if span.min.high > span.max.low {
            let found = field.shown();
            return Err(field.error(format!("{found} is the wrong way round, expected {SPAN}")));
        }
        Ok(span)
    }
}

fn messages(field: &Field<'_>, warnings: &mut Vec<Warning>) -> Result<Vec<String>, ScenarioError> {
    let items = field.list("a list of types of message, such as [\"vote\"]")?;
    if items.is_empty() {
        return Err(field.error("an empty list means no message, leave it out to mean all"));
    }
    let read = |item: &Field<'_>| {
        let name = item.string()?;
        match nearest(&name, MESSAGES) {
            Some(known) if known == name => {}
            Some(_) => return Err(unknown_name(item, "type of message", &name, &MESSAGES)),
            None => warnings.push(item.warning(format!(
                "the bundled replica sends no {}, only: `{}`",
                item.shown(),
                MESSAGES.join("`, `")
            ))),
        }
        Ok(name)
    };
    items.iter().map(read).collect()
}

/// How many of so many replicas these are at most.
fn most(targets: &[Target], replicas: u16) -> u16 {
    let most = |target: &Target| match target {
        Target::Any => 1,
        Target::These(selector) => selector.most(replicas),
    };
    targets.iter().map(most).fold(0, u16::saturating_add).min(replicas)
}

/// One target, or a list of them.
fn targets(field: &Field<'_>, replicas: u16) -> Result<Vec<Target>, ScenarioError> {
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
