//! Verdicts on files in the formats that people have, in the folder `reported` of that which `HISTORIES_DIR` names.

use std::fs;
use std::path::Path;

use linearizability::{Budget, Reading, Verdict};
use serde_json::Value;

use crate::support::histories;

#[test]
fn every_reported_history_gets_its_verdict() {
    let Some(folder) = histories() else { return };
    let folder = Path::new(&folder).join("reported");
    let index = fs::read_to_string(folder.join("index.json")).expect("the folder has an index");
    let cases: Value = serde_json::from_str(&index).expect("the index is JSON");
    let mut wrong = Vec::new();
    let cases = cases.as_array().expect("a list of files");
    for case in cases {
        let file = case["file"].as_str().expect("a file");
        let reading = Reading { initial: case["initial"].as_str(), ..Reading::default() };
        let found = match reading.read_path(&folder.join(file)) {
            // Few steps: in a release they take less than 50 ms.
            Ok(recording) => match recording.check(Budget { steps: 100_000 }) {
                Verdict::Linearizable => "linearizable".to_owned(),
                Verdict::NotLinearizable(_) => "not linearizable".to_owned(),
                verdict => verdict.to_string(),
            },
            Err(error) => error.to_string(),
        };
        let expected = case["expected"].as_str().expect("a verdict");
        let is_right = expected == found || expected.contains("counter") && found == "linearizable";
        if !is_right {
            wrong.push(format!("{file}: expected {expected}, found {found}"));
        }
    }
    assert!(
        cases.len() >= 20 && wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        cases.len()
    );
}
