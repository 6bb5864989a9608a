//! Verdicts on histories outside of the repository, in the folder that `HISTORIES_DIR` names.

use std::fs;
use std::path::Path;

use linearizability::{Budget, Call, History, Recorder, Returned, ValueId, Verdict, check};
use serde_json::Value;

use crate::support::histories;

#[test]
fn every_shared_history_gets_its_verdict() {
    let Some(folder) = histories() else { return };
    let mut checked = 0;
    for file in ["small_unique", "small_repeated", "small_cas", "public"] {
        let path = Path::new(&folder).join(file).with_extension("jsonl");
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (index, line) in text.lines().enumerate() {
            let case: Value = serde_json::from_str(line).expect("a history is JSON");
            let verdict = check(&history(&case), Budget::default());
            let found = match verdict {
                Verdict::Linearizable => "linearizable",
                Verdict::NotLinearizable(_) => "not_linearizable",
                Verdict::Unknown { .. } => "unknown",
            };
            assert_eq!(case["verdict"], found, "{file} line {}", index + 1);
            checked += 1;
        }
    }
    assert!(checked > 0, "no histories in {folder}");
    eprintln!("{checked} histories checked");
}

fn history(case: &Value) -> History {
    let mut recorder = Recorder::new();
    let initial = value(&mut recorder, &case["initial"]);
    recorder.set_initial(initial);
    for op in case["ops"].as_array().expect("a list of operations") {
        let key = recorder.key(op["key"].as_str().expect("a key"));
        let got = value(&mut recorder, &op["value"]);
        let (call, answer) = match op["kind"].as_str() {
            Some("put") => (Call::Put { key, value: got }, Some(Returned::Put)),
            Some("get") => (Call::Get { key }, Some(Returned::Got(got))),
            Some("cas") => {
                let from = value(&mut recorder, &op["from"]);
                (Call::Cas { key, from, to: got }, op["ok"].as_bool().map(Returned::Cas))
            }
            other => panic!("unknown kind {other:?}"),
        };
        let client = op["client"].as_u64().expect("a client") as u32;
        let id = recorder.invoke(client, call, op["invoke_ns"].as_u64().expect("a stamp"));
        if let (Some(answer), Some(at)) = (answer, op["return_ns"].as_u64()) {
            assert!(recorder.returned(id, answer, at));
        }
    }
    recorder.finish()
}

fn value(recorder: &mut Recorder, value: &Value) -> ValueId {
    match value {
        Value::Null => ValueId::MISSING,
        Value::String(text) => recorder.value(text),
        other => recorder.literal(&other.to_string()),
    }
}
