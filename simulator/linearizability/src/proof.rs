//! The least proof of a violation among unique values.
//!
//! Two clusters contradict each other through at most four operations. If `a` of `u` returned before `b` of `v` was
//! invoked, `u` comes before `v`. If `c` of `v` returned before `d` of `u` was invoked, `v` comes before `u`. With the
//! two puts these are at most six operations. Fewer suffice if a put plays one of the parts, or one get plays two of
//! them. So every cluster offers a few *claims* (pairs of `a` and `d`) of different weight, and the least proof is the
//! lightest pair of claims that contradict each other. It is found exactly, weight by weight.

use super::history::{Action, History, OpId, ValueId};
use super::sweep::KeyOps;
use super::verdict::Kind;

/// A proof: operations, and the real-time order that makes them a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub kind: Kind,
    pub operations: Vec<OpId>,
    pub edges: Vec<Precedence>,
}

/// Two operations in real-time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Precedence {
    pub before: OpId,
    pub after: OpId,
    /// The resulting order of two values, if the proof needs one.
    pub orders: Option<(ValueId, ValueId)>,
}

/// The put and the gets of a value.
#[derive(Clone, Debug, Default)]
struct Cluster {
    value: ValueId,
    /// The put; `None` for the initial value, or for a value from thin air.
    put: Option<OpId>,
    gets: Vec<OpId>,
}

/// Two operations that stand for a cluster. Operations that follow `first` in real time come after the cluster;
/// operations that precede `last` come before it.
#[derive(Clone, Copy, Debug)]
struct Claim {
    cluster: usize,
    /// The first operation; `None` for the initial value, which precedes everything.
    first: Option<OpId>,
    last: OpId,
    /// The return of `first`: operations invoked later come after this cluster.
    returned: Option<u64>,
    /// The invocation of `last`: operations that returned earlier come before this cluster.
    invoked: u64,
    /// The number of operations that it adds to the proof, including the put.
    weight: usize,
}

impl Claim {
    /// Returns true if real time puts each of the two clusters before the other.
    fn contradicts(&self, other: &Claim) -> bool {
        self.cluster != other.cluster
            && self.returned < Some(other.invoked)
            && other.returned < Some(self.invoked)
    }
}

/// Returns the least proof that a key with unique values is not linearizable; `None` if it is.
pub(super) fn least(history: &History, ops: KeyOps<'_>) -> Option<Proof> {
    let clusters = clusters(history, ops);
    misread(history, &clusters).or_else(|| contradiction(history, &clusters))
}

/// Returns the clusters that matter, in the order in which their values first appear.
fn clusters(history: &History, ops: KeyOps<'_>) -> Vec<Cluster> {
    let mut places: Vec<Option<usize>> = vec![None; history.value_count()];
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut cluster_of = |value: ValueId| {
        *places[value.index()].get_or_insert_with(|| {
            clusters.push(Cluster { value, ..Cluster::default() });
            clusters.len() - 1
        })
    };
    let all = || ops.open_after(0);
    let placed: Vec<(OpId, bool, usize)> = all()
        .filter_map(|id| match history.operation(id).action {
            Action::Put { value } => Some((id, true, cluster_of(value))),
            Action::Get { value } if history.operation(id).returned().is_some() => {
                Some((id, false, cluster_of(value)))
            }
            _ => None,
        })
        .collect();
    for (id, is_put, place) in placed {
        if is_put { clusters[place].put = Some(id) } else { clusters[place].gets.push(id) }
    }
    let returned = |id: OpId| history.operation(id).returned().is_some();
    clusters.retain(|cluster| !cluster.gets.is_empty() || cluster.put.is_some_and(returned));
    clusters
}

/// Returns a proof by a get of a value that was never written, or whose write had not begun.
fn misread(history: &History, clusters: &[Cluster]) -> Option<Proof> {
    let unwritten =
        clusters.iter().filter(|cluster| cluster.put.is_none() && cluster.value != history.initial);
    let from_thin_air =
        unwritten.flat_map(|cluster| &cluster.gets).min_by_key(|&&id| history.operation(id).end);
    if let Some(&get) = from_thin_air {
        return Some(Proof { kind: Kind::ThinAir, operations: vec![get], edges: Vec::new() });
    }
    let pairs = clusters.iter().filter_map(|cluster| {
        let get = *cluster.gets.iter().min_by_key(|&&id| history.operation(id).end)?;
        Some((get, cluster.put?))
    });
    let early = pairs.filter(|&(get, put)| history.operation(get).precedes(history.operation(put)));
    let (get, put) = early.min_by_key(|&(get, _)| history.operation(get).end)?;
    Some(Proof {
        kind: Kind::FutureRead,
        operations: vec![get, put],
        edges: vec![Precedence { before: get, after: put, orders: None }],
    })
}

/// Returns a proof by two contradicting clusters, with as few operations as possible.
fn contradiction(history: &History, clusters: &[Cluster]) -> Option<Proof> {
    // Most clusters contradict no other, so only those that do are examined in detail.
    let widest =
        clusters.iter().enumerate().filter_map(|(index, cluster)| widest(history, index, cluster));
    let widest = Rivals::new(widest.collect());
    let suspects = widest.claims.iter().filter(|claim| widest.rival(claim).is_some());
    let mut by_weight: [Vec<Claim>; 4] = Default::default();
    for suspect in suspects {
        offer(history, suspect.cluster, &clusters[suspect.cluster], |claim| {
            by_weight[claim.weight].push(claim);
        });
    }
    let by_weight = by_weight.map(Rivals::new);
    for total in 2..=6 {
        for light in 1..=total / 2 {
            let heavy = total - light;
            if heavy > 3 {
                continue;
            }
            let found = by_weight[heavy]
                .claims
                .iter()
                .find_map(|claim| Some((claim, by_weight[light].rival(claim)?)));
            if let Some((one, other)) = found {
                return Some(prove(clusters, other, one));
            }
        }
    }
    None
}

fn claim(
    history: &History,
    cluster: usize,
    first: Option<OpId>,
    last: OpId,
    weight: usize,
) -> Claim {
    let returned = first.map(|id| history.operation(id).end);
    Claim { cluster, first, last, returned, invoked: history.operation(last).invoke, weight }
}

/// Returns the claim that contradicts everything that any claim of the cluster contradicts.
fn widest(history: &History, index: usize, cluster: &Cluster) -> Option<Claim> {
    let members = || cluster.put.iter().chain(&cluster.gets).copied();
    let last = members().max_by_key(|&id| history.operation(id).invoke)?;
    let first = members().min_by_key(|&id| history.operation(id).end);
    let first = if cluster.put.is_none() { None } else { first };
    Some(claim(history, index, first, last, 0))
}

/// Offers all claims of a cluster that no lighter or equal one makes superfluous.
fn offer(history: &History, index: usize, cluster: &Cluster, mut offer: impl FnMut(Claim)) {
    let mut claim = |first, last, weight| offer(claim(history, index, first, last, weight));
    let earliest = cluster.gets.iter().copied().min_by_key(|&id| history.operation(id).end);
    let latest = cluster.gets.iter().copied().max_by_key(|&id| history.operation(id).invoke);
    let Some(put) = cluster.put else {
        latest.into_iter().for_each(|latest| claim(None, latest, 1));
        return;
    };
    claim(Some(put), put, 1);
    let (Some(earliest), Some(latest)) = (earliest, latest) else {
        return;
    };
    claim(Some(put), latest, 2);
    claim(Some(earliest), put, 2);
    cluster.gets.iter().for_each(|&get| claim(Some(get), get, 2));
    claim(Some(earliest), latest, 3);
}

fn prove(clusters: &[Cluster], one: &Claim, other: &Claim) -> Proof {
    let puts = [one, other].map(|claim| clusters[claim.cluster].put);
    let roles = [one.first, Some(one.last), other.first, Some(other.last)];
    let mut operations: Vec<OpId> = puts.into_iter().chain(roles).flatten().collect();
    operations.sort_unstable();
    operations.dedup();
    let edge = |a: &Claim, b: &Claim| {
        let orders = Some((clusters[a.cluster].value, clusters[b.cluster].value));
        a.first.map(|before| Precedence { before, after: b.last, orders })
    };
    let edges = [edge(one, other), edge(other, one)].into_iter().flatten().collect();
    Proof { kind: Kind::Cycle, operations, edges }
}

/// An index of claims, ordered by `returned`, to search for one that contradicts a given claim.
struct Rivals {
    claims: Vec<Claim>,
    /// For each length of prefix, the claim invoked last, and the one invoked last among all other clusters.
    latest: Vec<[Option<usize>; 2]>,
}

impl Rivals {
    fn new(mut claims: Vec<Claim>) -> Rivals {
        claims.sort_by_key(|claim| claim.returned);
        let mut latest = Vec::with_capacity(claims.len() + 1);
        let mut best: [Option<usize>; 2] = [None, None];
        latest.push(best);
        for (index, claim) in claims.iter().enumerate() {
            let later =
                |place: Option<usize>| place.is_none_or(|at| claims[at].invoked < claim.invoked);
            let same =
                |place: Option<usize>| place.is_some_and(|at| claims[at].cluster == claim.cluster);
            best = match best {
                [first, second] if later(first) => {
                    [Some(index), if same(first) { second } else { first }]
                }
                [first, second] if !same(first) && later(second) => [first, Some(index)],
                unchanged => unchanged,
            };
            latest.push(best);
        }
        Rivals { claims, latest }
    }

    /// Returns a claim of another cluster that contradicts this one, if there is one.
    fn rival(&self, claim: &Claim) -> Option<&Claim> {
        let before = self.claims.partition_point(|other| other.returned < Some(claim.invoked));
        let candidates = self.latest[before].into_iter().flatten();
        candidates.map(|index| &self.claims[index]).find(|other| other.contradicts(claim))
    }
}
