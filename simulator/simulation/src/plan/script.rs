//! Plans written by hand: each request, dropped message and fault of one run.

use super::{
    Among, Fault, Losses, LostMessage, Plan, PlanError, PlannedFault, PlannedRequest, RequestKind,
};
use crate::Nanos;
use crate::api::Clocks;
use crate::bounds::Bounds;
use crate::rng::Dice;
use crate::scenario::{Benchmarks, Limits, MOST_PACKETS, Network};
use crate::units::{Drawn, Ratio, SECOND};
use crate::workloads::{CHOOSE_KEY, Contend, Workload};

/// The time from the last request or fault of a script to its end, unless the script sets another one.
const AFTERWARDS: Nanos = 5 * SECOND;

/// A plan in the making, for a run whose every step is known: *client 0 puts at 2 s, the copy to replica 2 is
/// dropped, client 1 reads from it at 3 s*.
///
/// No message is dropped but those that the script names, and no bound of the course is judged. After the end
/// everything heals, and the run is judged like any other.
///
/// ```
/// use simulation::bundled::Bundled;
/// use simulation::failure::Failure;
/// use simulation::plan::{Fault, Script};
/// use simulation::units::SECOND;
///
/// let plan = Script::new("a leader that is killed after its answer", 3)
///     .put(2 * SECOND, 0)
///     .fault(3 * SECOND, Fault::KillLeader)
///     .get(4 * SECOND, 1)
///     .asks(2)
///     .plan()?;
/// assert!(Failure::find(&Bundled::default(), &plan).is_none());
/// # Ok::<(), simulation::plan::PlanError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a script is no plan until `plan` is called"]
pub struct Script {
    name: String,
    replicas: u16,
    seed: u64,
    end: Option<Nanos>,
    requests: Vec<Asked>,
    /// The sender and the receiver of each dropped message, with the request that it serves.
    losses: Vec<(u16, u16, Option<usize>)>,
    faults: Vec<PlannedFault>,
    /// The first call that has no meaning where it stands.
    mistake: Option<PlanError>,
}

/// A request, with the number of its key.
#[derive(Clone, Debug)]
struct Asked {
    request: PlannedRequest,
    key: u32,
}

impl Script {
    /// Returns an empty script for a cluster of 1 to 64 replicas. The name stands in reports and file names.
    pub fn new(name: impl Into<String>, replicas: u16) -> Self {
        let (requests, losses, faults) = (Vec::new(), Vec::new(), Vec::new());
        let (name, seed, end, mistake) = (name.into(), 1, None, None);
        Script { name, replicas, seed, end, requests, losses, faults, mistake }
    }

    /// Sets the seed from which replicas draw, and the network its delays; 1 otherwise.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a get of the key `k0` by a client at a time, in nanoseconds from the start of the run.
    ///
    /// A service of one's own draws what a get and a put ask for.
    pub fn get(self, at: Nanos, client: u16) -> Self {
        self.request(at, client, RequestKind::Get)
    }

    /// Adds a put to the key `k0` by a client at a time. Each put has a value of its own.
    pub fn put(self, at: Nanos, client: u16) -> Self {
        self.request(at, client, RequestKind::Put)
    }

    fn request(mut self, at: Nanos, client: u16, kind: RequestKind) -> Self {
        let request = PlannedRequest { at, client, kind, dice: 0, to: None };
        self.requests.push(Asked { request, key: 0 });
        self
    }

    /// Gives the latest request the key with this number, such as 1 for `k1`.
    pub fn key(self, number: u32) -> Self {
        self.of_latest("key", |asked| asked.key = number)
    }

    /// Sends the latest request to this replica first; otherwise it goes to the leader that the client knows, or to
    /// any replica.
    pub fn asks(self, replica: u16) -> Self {
        self.of_latest("asks", |asked| asked.request.to = Some(replica))
    }

    fn of_latest(mut self, method: &str, change: impl FnOnce(&mut Asked)) -> Self {
        match self.requests.last_mut() {
            Some(asked) => change(asked),
            None => {
                let message =
                    format!("`{method}` is about the latest request, and there is none before it");
                let field = "requests".to_owned();
                self.mistake.get_or_insert(PlanError { field, message });
            }
        }
        self
    }

    /// Drops a message from one replica to another: of those that serve the latest request, the first one that is not
    /// dropped already. Before the first request, it is one that serves no request.
    ///
    /// A message serves a request if it is sent while the request, or a message that serves it, is handled.
    pub fn drops(mut self, from: u16, to: u16) -> Self {
        self.losses.push((from, to, self.requests.len().checked_sub(1)));
        self
    }

    /// Adds a fault at a time.
    pub fn fault(mut self, at: Nanos, fault: Fault) -> Self {
        self.faults.push(PlannedFault { at, fault });
        self
    }

    /// Sets the time at which everything heals; 5 s after the last request or fault otherwise.
    pub fn end(mut self, end: Nanos) -> Self {
        self.end = Some(end);
        self
    }

    /// Returns the plan.
    ///
    /// # Errors
    ///
    /// Returns the first field that is out of range, such as a replica that the cluster does not have, or a request
    /// or a fault at the end or later.
    pub fn plan(self) -> Result<Plan, PlanError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let keys = self.requests.iter().map(|asked| asked.key).max().unwrap_or(0).saturating_add(1);
        let workload = Contend { keys, roam: Ratio::ZERO, value_bytes: Drawn::default() };
        // A plan that is checked only at its end must not search for the dice of a key that cannot exist.
        workload.check(&Bounds::new(self.replicas).of("workload"))?;
        let numbered = self.requests.iter().enumerate();
        let mut requests: Vec<PlannedRequest> = numbered
            .map(|(number, asked)| PlannedRequest {
                dice: dice_of(number, asked.key, keys),
                ..asked.request
            })
            .collect();
        let losses = self.losses(&requests);
        requests.sort_by_key(|request| request.at);
        let mut faults = self.faults;
        faults.sort_by_key(|fault| fault.at);
        let times = requests.iter().map(|request| request.at);
        let latest = times.chain(faults.iter().map(|fault| fault.at)).max().unwrap_or(0);
        let end = self.end.unwrap_or(latest.saturating_add(AFTERWARDS));
        if latest >= end {
            let message =
                format!("{end} ns is not after the last request and fault, at {latest} ns");
            return Err(PlanError { field: "end".to_owned(), message });
        }
        let clients = requests.iter().map(|request| request.client).max().unwrap_or(0);
        let plan = Plan {
            scenario: self.name,
            seed: self.seed,
            replicas: self.replicas,
            clients: clients.saturating_add(1),
            workload: workload.into(),
            shared_ids: false,
            end,
            max_messages: MOST_PACKETS,
            losses: Losses::Listed(losses),
            network: Network::default(),
            clocks: Clocks::default(),
            start_ups: Vec::new(),
            loop_wait: 0,
            buggify: false,
            requests,
            faults,
            mix: Ratio::ONE,
            benchmarks: Benchmarks::NONE,
            limits: Limits::NONE,
            progress: None,
            budgets: None,
            branches: Vec::new(),
            withheld: Vec::new(),
            assumptions: Vec::new(),
        };
        plan.check().map(|()| plan)
    }

    /// Returns the lost messages, each counted among those of its link that serve the same request.
    fn losses(&self, requests: &[PlannedRequest]) -> Vec<LostMessage> {
        let mut lost: Vec<LostMessage> = Vec::new();
        for &(from, to, request) in &self.losses {
            let of = request.map_or(Among::NoRequest, |it| Among::Request(requests[it].dice));
            let alike = |it: &&LostMessage| (it.from, it.to, it.of) == (from, to, of);
            let nth = lost.iter().filter(alike).count() as u32 + 1;
            lost.push(LostMessage { from, to, nth, of });
        }
        lost.sort();
        lost
    }
}

/// Returns the dice of a request from which its workload draws this key. No two requests have the same.
fn dice_of(number: usize, key: u32, keys: u32) -> u64 {
    let mut dice = (number as u64) << 32;
    while Dice::new(dice, CHOOSE_KEY).below(keys as usize) != key as usize {
        dice += 1;
    }
    dice
}
