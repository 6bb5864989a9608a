//! Reads by lease depend on clocks, and reads by ReadIndex do not (thesis §6.4).
//!
//! Outside the bound on clocks the former go wrong, and the latter stay right, in the very same plans.

use simulation::api::Clocks;
use simulation::bundled::Bundled;
use simulation::check::{CheckName, Class};
use simulation::failure::Failure;
use simulation::plan::Plan;
use simulation::scenario::Scenario;

/// Returns a plan whose clients share one key, while something is wrong with clocks.
///
/// They read and write it at any replica.
fn plan(events: &str, seed: u64) -> Plan {
    let text = format!(
        r#"{{"lifetime": 20, "replicas": 3, "requests": 400, "mix": 0.6, "tests": {{"benchmarks": {{
            "total_msgs": [1000, 2000, 60000], "failures": [1, 50, 401],
            "duplicates": [1, 2, 400], "median_latency": [1, 5, 10]}},
            "maximum_get_fail_fraction": 1.0, "maximum_put_fail_fraction": 1.0}},
            "simulator": {{"clocks": "unbounded", "events": [{events}],
                "workload": {{"kind": "contend", "clients": 6, "keys": 1, "roam": 0.5}}}}}}"#
    );
    Plan::new(&Scenario::parse("leases", &text).unwrap().0, seed)
}

/// Returns the number of runs in which reads went wrong, by lease and by ReadIndex.
///
/// In the former the replicas are told that their clocks can be relied upon; in the latter they are told the truth.
fn stale_reads(events: &str) -> (usize, usize) {
    let stale = |clocks| {
        let plans = (0..20).map(|seed| Plan { clocks, ..plan(events, seed) });
        let failures: Vec<_> =
            plans.filter_map(|plan| Failure::find(&Bundled::default(), &plan)).collect();
        for failure in &failures {
            let how = (failure.class, failure.check);
            assert_eq!(how, (Class::Correctness, CheckName::Linearizable), "{}", failure.reason);
        }
        failures.len()
    };
    (stale(Clocks::Bounded), stale(Clocks::Unbounded))
}

/// A leader wakes up, still cut off, and takes its lease for valid, because no time has passed by its clock.
#[test]
fn a_frozen_leader_reads_stale_values_by_lease_and_none_by_read_index() {
    let freezes = [3, 8, 13].map(|time| {
        format!(
            r#"{{"type": "freeze", "time": {time}, "lasts": 3, "who": "leader"}},
            {{"type": "isolate", "time": {time}, "lasts": 4, "who": "leader"}}"#
        )
    });
    let (by_lease, by_read_index) = stale_reads(&freezes.join(","));
    assert!(by_lease >= 5, "{by_lease}");
    assert_eq!(by_read_index, 0);
}

/// Fast followers time out, and elect another leader, while the lease of the first is still valid.
#[test]
fn fast_clocks_make_leases_overlap_and_do_nothing_to_read_index() {
    let race = r#"{"type": "clock", "time": 0, "until": 20, "who": ["any", "any"], "rate_ppm": 1000000},
        {"type": "isolate", "count": 5, "time": [1, 16], "lasts": [2, 4], "who": "leader"}"#;
    let (by_lease, by_read_index) = stale_reads(race);
    assert!(by_lease >= 5, "{by_lease}");
    assert_eq!(by_read_index, 0);
}

/// Leases allow for drift within the bound.
#[test]
fn leases_hold_while_clocks_drift_inside_the_bound() {
    let drift = r#"{"type": "clock", "time": 0, "until": 20, "who": "any", "rate_ppm": 45000},
        {"type": "clock", "time": 0, "until": 20, "who": "any", "rate_ppm": -45000},
        {"type": "isolate", "count": 5, "time": [1, 16], "lasts": [2, 4], "who": "leader"}"#;
    assert_eq!(stale_reads(drift), (0, 0));
}
