//! The page of a history alone: clients, their operations, and the proof if it has no legal order.

use std::io::{self, Write};

use linearizability::{Action, History, Operation, TimeUnit, ValueId, Verdict};
use simulation::check::Class;

use super::data::{CheckResult, Data, FORMAT, Texts};
use super::differences::differences;
use super::events::{Elections, Events, Faults, Leaders, States};
use super::finding::Finding;
use super::page;
use super::traffic::{Attempts, Messages};

/// Writes the page of a history; `name` is what to call it, and `report` the verdict in words.
///
/// # Errors
///
/// Whatever the writer reports.
pub fn write_history(
    out: &mut dyn Write,
    name: &str,
    history: &History,
    verdict: &Verdict,
    report: &str,
) -> io::Result<()> {
    let operations = history.operations();
    let stamps = |it: &Operation| it.returned().unwrap_or(it.invoke);
    let ended = operations.iter().map(stamps).max().unwrap_or(0);
    let class = match verdict {
        Verdict::Linearizable => Class::Pass,
        Verdict::NotLinearizable(_) => Class::Correctness,
        Verdict::Unknown { .. } => Class::Unknown,
    };
    let finding = match verdict {
        Verdict::NotLinearizable(violation) => {
            Some(Finding::of_violation(violation, ended, |it| Some(it.id as usize)))
        }
        _ => None,
    };
    let detail = report.lines().skip(1).collect::<Vec<_>>().join("\n");
    let (ok, class) = (class == Class::Pass, class.name());
    let mut texts = Vec::new();
    let attempts = attempts(history, &mut texts);
    let data = Data {
        format: FORMAT,
        title: name.to_owned(),
        verdict: class,
        digest: None,
        environment: None,
        replay: None,
        unit: if history.unit() == TimeUnit::Events { "events" } else { "ns" },
        healed: None,
        ended,
        replicas: Vec::new(),
        clients: operations.iter().map(|it| it.client + 1).max().unwrap_or(0),
        has_windows: false,
        texts: Texts::of(&texts),
        checks: vec![CheckResult { name: "linearizable", ok, class, detail: &detail }],
        finding,
        messages: Messages::default(),
        attempts,
        states: States::default(),
        faults: Faults::default(),
        events: Events::default(),
        elections: Elections::default(),
        leaders: Leaders::default(),
        measured: None,
        curves: Vec::new(),
    };
    page::write(out, &data, report)
}

/// The operations as attempts, the operation's number being the attempt's place.
fn attempts(history: &History, texts: &mut Vec<String>) -> Attempts {
    let all = || history.operations().iter();
    // Keys first, then values in the order of their ids.
    let keys: Vec<usize> = all().map(|it| it.key.index()).collect();
    let count = history.keys();
    let (mut names, mut values) = (vec![String::new(); count], Vec::new());
    let mut value = |id: ValueId| -> i64 {
        let Some(text) = history.value_text(id) else { return -1 };
        if values.len() <= id.index() {
            values.resize(id.index() + 1, String::new());
        }
        values[id.index()] = text.to_owned();
        (count + id.index()) as i64
    };
    let mut attempts = Attempts {
        sent: differences(all().map(|it| it.invoke)),
        took: all().map(|it| it.returned().map_or(-1, |at| (at - it.invoke) as i64)).collect(),
        request: (0..history.operations().len() as u32).collect(),
        client: all().map(|it| it.client).collect(),
        key: keys.iter().map(|&key| key as i64).collect(),
        ..Attempts::default()
    };
    for operation in all() {
        names[operation.key.index()] = history.key_name(operation.key).to_owned();
        let (kind, written) = match operation.action {
            Action::Get { value } => (0, value),
            Action::Put { value } => (1, value),
            Action::Cas { to, .. } => (2, to),
        };
        let is_unknown = kind == 0 && operation.returned().is_none();
        attempts.kind.push(kind);
        attempts.value.push(if is_unknown { -1 } else { value(written) });
        attempts.to.push(-1);
        attempts.by.push(-1);
        attempts.outcome.push(u8::from(operation.returned().is_some()));
        attempts.lost.push(0);
        attempts.ignored.push(0);
    }
    texts.append(&mut names);
    texts.append(&mut values);
    attempts
}
