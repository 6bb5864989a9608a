//! The least number of messages that replication can cost.

use simulation::scenario::Scenario;
use simulation::units::Ratio;

/// Returns the expected number of messages between replicas that storing all puts takes.
///
/// Each put is sent to only as many followers as make a majority with the leader, and again only where no answer
/// came. The messages of elections, and those that keep a leader, are not included.
///
/// At loss `p` a message and its answer both arrive with probability `(1 − p)²`, and a try costs `1 + (1 − p)`
/// messages, since a dropped message has no answer. So an answer costs `(2 − p) / (1 − p)²` messages: two without
/// loss. This holds for one put at a time; puts that wait together share messages.
pub(crate) fn messages_for_puts(scenario: &Scenario) -> f64 {
    let answers = f64::from(scenario.replicas / 2);
    let arrives = 1.0 - fraction(scenario.drops);
    expected_puts(scenario) * answers * (1.0 + arrives) / (arrives * arrives)
}

/// Returns the expected number of puts in a run of a scenario.
///
/// They are the planned puts, and each get that is a client's first request, since a client without a key sends a put
/// instead.
pub(crate) fn expected_puts(scenario: &Scenario) -> f64 {
    let get = fraction(scenario.mix);
    let clients = f64::from(scenario.extension.workload.clients);
    f64::from(scenario.requests) * (1.0 - get) + clients * get
}

fn fraction(ratio: Ratio) -> f64 {
    f64::from(ratio.ppb()) / f64::from(Ratio::BILLION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::files::load_scenario;

    /// Returns puts and messages, in tenths, of a scenario.
    ///
    /// It has 500 requests by 8 clients, and a fifth of them are gets.
    fn floor(replicas: u16, drops: &str) -> Option<(i64, i64)> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/course/simple-2.json");
        let (mut scenario, _) = load_scenario(file).ok()?;
        (scenario.replicas, scenario.drops) = (replicas, drops.parse().ok()?);
        let tenths = |number: f64| (number * 10.0).round() as i64;
        let messages = tenths(messages_for_puts(&scenario));
        Some((tenths(expected_puts(&scenario)), messages))
    }

    #[test]
    fn without_loss_a_put_costs_two_messages_for_each_answer_needed() {
        assert_eq!(floor(5, "0"), Some((4016, 4 * 4016)));
        assert_eq!(floor(4, "0"), floor(5, "0"));
        assert_eq!(floor(3, "0"), Some((4016, 2 * 4016)));
    }

    #[test]
    fn when_half_of_all_is_lost_an_answer_costs_four_tries_of_one_and_a_half_messages() {
        assert_eq!(floor(5, "0.5"), Some((4016, 2 * 6 * 4016)));
    }
}
