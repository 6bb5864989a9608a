//! `docs/scenarios.md`: its examples are scenarios, and it names every field.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use simulation::UnderTest as _;
use simulation::api::MessageRole;
use simulation::bundled::Bundled;
use simulation::check::{Class, judge};
use simulation::engine::Options;
use simulation::faults::{AnyLinkFault, AnyNodeFault};
use simulation::plan::Plan;
use simulation::scenario::{EventKind, Scenario};

use crate::tidy::sources;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    fs::read_to_string(path).expect("the page")
}

/// The blocks of JSON on the page.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```json\n").skip(1);
    blocks.map(|rest| rest.split_once("```").expect("an end").0).collect()
}

#[test]
fn examples_on_the_page_are_scenarios() {
    let page = page();
    let (mut whole, mut parts) = (0, 0);
    for example in examples(&page) {
        let is_part = example.starts_with("\"simulator\"");
        let text = if is_part {
            format!(
                r#"{{"lifetime": 30, "replicas": 5, "requests": 9, "tests": {{"benchmarks": {{
                    "total_msgs": [1, 2, 3], "failures": [1, 2, 3], "duplicates": [1, 2, 3],
                    "median_latency": [1, 2, 3]}}}}, {example}}}"#
            )
        } else {
            example.to_owned()
        };
        let (scenario, warnings) = Scenario::parse("example", &text).expect("a scenario");
        assert_eq!(warnings, [], "{example}");
        if is_part {
            parts += 1;
            continue;
        }
        whole += 1;
        for seed in 0..10 {
            let plan = Plan::new(&scenario, seed);
            let evidence = Bundled::default().run(&plan, Options::default());
            let verdict = judge(&plan, &evidence);
            assert_eq!(verdict.class, Class::Pass, "seed {seed}: {:#?}", verdict.checks);
        }
    }
    assert_eq!((whole, parts), (2, 6));
}

/// The fields that the parser asks for, as the sources name them.
fn fields() -> BTreeSet<String> {
    const ASKS: [&str; 8] = [
        "take(",
        "require(",
        "or_default(",
        "drawn(",
        "drawn_or(",
        "flag(",
        "metric(",
        "fields.span(",
    ];
    let folders =
        ["scenario/", "faults/", "workloads/"].map(|it| format!("simulator/simulation/src/{it}"));
    let mut fields = BTreeSet::new();
    for source in sources() {
        if !folders.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        for asks in ASKS {
            let arguments =
                code.split(asks).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            fields.extend(
                arguments.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()),
            );
        }
        let limits = code.split("\"maximum_").skip(1).filter_map(|rest| rest.split_once('"'));
        fields.extend(limits.map(|(name, _)| format!("maximum_{name}")));
    }
    fields
}

#[test]
fn the_page_names_every_field_and_no_other() {
    let page = page();
    let mut known = fields();
    assert!(known.len() > 40 && known.contains("jump_s"), "the sources are read: {known:?}");
    let faults = AnyNodeFault::NAMES.iter().chain(AnyLinkFault::NAMES);
    known.extend(faults.map(|name| (*name).to_owned()));
    known.extend(["isolate", "ring", "bridge", "partition"].map(str::to_owned));
    known.extend(MessageRole::all().map(|role| role.name().to_owned()));
    known.extend(EventKind::ALL.map(|kind| kind.name().to_owned()));
    let missing: Vec<_> =
        known.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "the page lacks {missing:?}");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let unknown: Vec<_> =
        rows.map(|(name, _)| name).filter(|name| !known.contains(*name)).collect();
    assert!(unknown.is_empty(), "the page has rows of unknown fields: {unknown:?}");
}
