//! Failure files: a stored failure can be read again, and edits by hand do no harm.

use std::fmt::Write as _;
use std::path::Path;

use simulation::bundled::Bundled;
use simulation::check::{CheckName, Class, Subject};
use simulation::engine::{self, Options};
use simulation::failure::Failure;
use simulation::plan::{Losses, Plan};
use simulation::units::Ratio;
use simulator::files::load_scenario;

use crate::support::assert_snapshot;

/// Returns the failure of a course scenario that no replica can satisfy.
///
/// A single message earns no credit in it.
fn failure() -> Failure {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/course/advanced-1.json");
    let (mut scenario, _) = load_scenario(Path::new(path)).unwrap();
    scenario.benchmarks.total_msgs = [1, 1, 1];
    Failure::find(&Bundled::default(), &Plan::new(&scenario, 3)).unwrap()
}

fn parse(text: &str) -> Result<Failure, String> {
    Failure::parse(Path::new("x.json"), text).map_err(|error| error.to_string())
}

#[test]
fn a_failure_comes_back_from_its_file_and_reproduces_its_digest() {
    let failure = failure();
    assert_eq!((failure.class, failure.check), (Class::Budget, CheckName::Budget));
    let reason = &failure.reason;
    assert!(reason.starts_with("total messages earn no credit: "), "{reason}");
    let stored = failure.to_json().unwrap();
    let read = parse(&stored).unwrap();
    assert_eq!(read, failure);
    assert_eq!(Failure::find(&Bundled::default(), &read.plan), Some(failure.clone()));
    let lines = stored.lines().count();
    assert!(lines < failure.plan.requests.len() + 80, "a line for each request, not {lines}");
}

/// The first versions of the format identified a metric of the budget only by the text of the reason.
#[test]
fn a_file_without_a_subject_gets_it_from_its_reason() {
    let failure = failure();
    assert_eq!(failure.subject, Some(Subject::TotalMessages));
    let stored = failure.to_json().unwrap();
    let line = "  \"subject\": \"total_messages\",\n";
    assert!(stored.contains(line), "{stored}");
    let old = stored.replacen(line, "", 1);
    assert_eq!(parse(&old).unwrap(), failure);
    let reasons = [
        ("failures earn no credit", Subject::Failures),
        ("duplicates earn no credit", Subject::Duplicates),
        ("median latency earns no credit", Subject::MedianLatency),
        (
            "a packet storm, 20000 messages between replicas by 8.2 s, ended the run",
            Subject::PacketLimit,
        ),
    ];
    for (reason, subject) in reasons {
        let old = old.replacen(&failure.reason, reason, 1);
        assert_eq!(parse(&old).unwrap().subject, Some(subject), "{reason}");
    }
}

/// The number of messages that ends the run, and its time, change as the plan shrinks.
#[test]
fn a_packet_storm_is_the_same_failure_whatever_its_count() {
    let mut plan = failure().plan;
    plan.benchmarks.total_msgs = [u64::MAX; 3];
    plan.benchmarks.failures = [u64::MAX; 3];
    plan.limits.maximum_get_fail_fraction = Ratio::ONE;
    plan.limits.maximum_put_fail_fraction = Ratio::ONE;
    plan.max_messages = 400;
    let storm = Failure::find(&Bundled::default(), &plan).unwrap();
    assert_eq!(storm.subject, Some(Subject::PacketLimit), "{}", storm.finding());
    plan.max_messages = 300;
    let again = storm.again(&Bundled::default(), &plan).unwrap();
    assert_eq!(again.subject, storm.subject);
    assert_ne!(again.reason, storm.reason);
}

#[test]
fn losses_by_chance_and_the_list_of_them_are_the_same_run() {
    let mut plan = failure().plan;
    let by_chance = engine::run(&Bundled::default(), &plan, Options::default());
    assert!(by_chance.losses.len() > 20, "{}", by_chance.losses.len());
    plan.losses = Losses::Listed(by_chance.losses.clone());
    let listed = engine::run(&Bundled::default(), &plan, Options::default());
    assert_eq!(listed.digest, by_chance.digest);
    assert_eq!(listed.losses, by_chance.losses);
}

#[test]
fn a_digest_that_differs_is_explained() {
    let mut failure = failure();
    let digest = engine::run(&Bundled::default(), &failure.plan, Options::default()).digest;
    let name = failure.system.clone();
    assert_eq!(failure.difference(&name, None, digest), None);
    failure.digest = "0123456789abcdef".to_owned();
    let expect = |failure: &Failure, system, words| {
        let text = failure.difference(system, Some("Go 2"), digest).unwrap();
        assert!(text.contains(words) && text.contains(&digest.to_string()), "{text}");
    };
    expect(&failure, &name, "has changed since");
    expect(&failure, "another", "found in the bundled Raft replica, and this is another");
    failure.environment = Some("Go 1".to_owned());
    expect(&failure, &name, "it was driven by Go 1, and now by Go 2");
    failure.version = "0.0.9".to_owned();
    expect(&failure, &name, "found with version 0.0.9");
}

/// A change at 9 s shows in all digest samples from then on, and in none before.
#[test]
fn checkpoints_tell_where_runs_parted() {
    let failure = failure();
    let mut plan = failure.plan.clone();
    let last = plan.requests.iter_mut().find(|request| request.at > 9_000_000_000).unwrap();
    last.client ^= 1;
    let at = last.at;
    let stored = parse(&failure.to_json().unwrap()).unwrap().digest_samples.unwrap();
    let evidence = engine::run(&Bundled::default(), &plan, Options::default());
    assert_ne!(evidence.digest.to_string(), failure.digest);
    let (from, until) = stored.parted(&evidence.digest_samples).unwrap();
    assert!((from..until.unwrap()).contains(&at), "{from} {at} {until:?}");
    let again = engine::run(&Bundled::default(), &failure.plan, Options::default());
    assert_eq!(again.digest_samples, stored);
}

#[test]
fn bad_files_are_refused_in_words() {
    let good = failure().to_json().unwrap();
    let edited = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        parse(&good.replacen(from, to, 1)).unwrap_err()
    };
    let not_failures = ["", "{\"format\": 1,\n oops}", "{\"lifetime\": 30}", "{}"];
    let edits = [
        ("\"format\": 1", "\"format\": 2"),
        ("\"class\": \"budget\"", "\"class\": \"bad\""),
        ("\"check\": \"budget\"", "\"check\": \"budge\""),
        ("\"check\": \"budget\"", "\"check\": \"zen\""),
        ("\"subject\": \"total_messages\"", "\"subject\": \"totl_messages\""),
        ("\"replicas\": 5", "\"replicas\": 0"),
        ("\"replicas\": 5", "\"replicas\": 65"),
        ("\"replicas\": 5", "\"replicas\": 3"),
        ("\"clients\": 8", "\"clients\": 0"),
        ("\"clients\": 8", "\"clients\": 1"),
        ("\"at\": 5000000000", "\"at\": 99000000000000000"),
        ("\"at\": 5000000000", "\"at\": -1"),
        ("\"max\": 0", "\"max\": 99000000000"),
        ("\"min\": 0", "\"min\": 1"),
        ("\"random\": \"0.1\"", "\"random\": \"7\""),
        ("\"random\": \"0.1\"", "\"listed\": [{\"from\": 0, \"to\": 5, \"nth\": 1}]"),
        ("\"seed\": 3", "\"seed\": 3, \"sede\": 4"),
        ("\"dice\": ", "\"dise\": "),
        ("\"digest\": \"", "\"digest\": \"xyz"),
        ("\"checkpoints\": \"", "\"checkpoints\": \"x"),
    ];
    let whole = not_failures.map(|text| (format!("{text:?}"), parse(text).unwrap_err()));
    let edited = edits.map(|(from, to)| (format!("{from} becomes {to}"), edited(from, to)));
    let mut report = String::new();
    for (what, error) in whole.into_iter().chain(edited) {
        assert_eq!(error.lines().count(), 1, "{error}");
        writeln!(report, "{what}\n    {error}\n").unwrap();
    }
    assert_snapshot!("failure_errors", report);
}

/// A typing error must not turn a fault off without a message.
#[test]
fn slips_in_faults_are_refused_with_their_place_and_what_was_meant() {
    let good = failure().to_json().unwrap();
    let heal = "{\"kind\": \"heal\"}";
    let line = good.lines().position(|line| line.contains(heal)).unwrap() + 1;
    let links = |messages: &str| {
        format!(
            "{{\"kind\": \"links\", \"links\": {{\"around\": [\"leader\"]}}, \"messages\": \
             [{messages}], \"effect\": {{\"lose\": {{\"chance\": \"0.5\"}}}}, \"until\": 9}}"
        )
    };
    let with = |fault: &str| parse(&good.replacen(heal, fault, 1));
    assert_eq!(with(&links("\"vote\"")).map(|_| ()), Ok(()));
    assert_eq!(with(&links("\"ballot\"")).map(|_| ()), Ok(()), "another system's");
    let cases = [
        ("{\"kind\": \"heel\"}".to_owned(), "`heel` is unknown", "did you mean `heal`?"),
        ("{\"kind\": \"heal\", \"until\": 9}".to_owned(), ".fault.until`", "unknown field"),
        (links("\"votes\""), ".fault.messages[0]`", "did you mean `vote`?"),
        (links("\"vote\"").replace("until", "untill"), "`untill`", "did you mean `until`?"),
        (links("\"vote\"").replace("chance", "chanse"), "`chanse`", "expected `chance`"),
        (links("\"vote\"").replace("lose", "loose"), "`loose`", "did you mean `lose`?"),
        (links("\"vote\"").replace("leader", "leadr"), "`leadr`", "did you mean `leader`?"),
        (
            links("\"vote\"").replace("\"until\": 9", "\"until\": -9"),
            "expected a whole number, 0 or more",
            "found -9",
        ),
    ];
    for (fault, what, hint) in cases {
        let message = with(&fault).unwrap_err();
        assert!(message.starts_with(&format!("x.json:{line}:")), "{message}");
        assert!(message.contains(what) && message.contains(hint), "{message}");
    }
}

/// The plan is valid, though no command makes one like it: in any order, at the limits of the engine.
#[test]
fn an_edited_plan_that_is_in_range_runs() {
    let plan = failure().plan;
    let mut reversed = plan.clone();
    reversed.requests.reverse();
    reversed.faults.reverse();
    let lonely = Plan { replicas: 1, faults: Vec::new(), ..plan.clone() };
    let crowded = Plan { replicas: 64, ..plan.clone() };
    let over = Plan { end: 0, ..plan.clone() };
    let almost_over = Plan { end: plan.requests[9].at, ..plan.clone() };
    let silent = Plan { requests: Vec::new(), max_messages: 0, ..plan.clone() };
    let lost = Plan { losses: Losses::Random("1".parse().unwrap()), ..plan };
    for plan in [reversed, lonely, crowded, over, almost_over, silent, lost] {
        assert_eq!(plan.check(), Ok(()));
        engine::run(&Bundled::default(), &plan, Options::default());
    }
}
