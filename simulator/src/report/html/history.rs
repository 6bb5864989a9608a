//! The page of a history alone: clients, their operations, and the proof if it has no legal order.

use std::io::{self, Write};

use linearizability::{Action, History, Operation, TimeUnit, ValueId, Verdict};
use simulation::check::Class;

use super::columns::Columns;
use super::data::{CheckResult, Data, FORMAT};
use super::events::{Elections, Events, Faults, Leaders, States};
use super::finding::Finding;
use super::page;
use super::texts::Texts;
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
    let mut columns = Columns::default();
    let attempts = attempts(&mut columns, history, &mut texts);
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
        texts: Texts::of(&mut columns, texts.iter().map(String::as_str)),
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
        columns,
        explained: None,
    };
    page::write(out, &data, report)
}

/// The operations as attempts, the operation's number being the attempt's place.
fn attempts(columns: &mut Columns, history: &History, texts: &mut Vec<String>) -> Attempts {
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
    let mut shown = Vec::new();
    for operation in all() {
        names[operation.key.index()] = history.key_name(operation.key).to_owned();
        let (kind, written) = match operation.action {
            Action::Get { value } => (0, value),
            Action::Put { value } => (1, value),
            Action::Cas { to, .. } => (2, to),
        };
        let is_unknown = kind == 0 && operation.returned().is_none();
        shown.push((kind, if is_unknown { -1 } else { value(written) }));
    }
    texts.append(&mut names);
    texts.append(&mut values);
    let mut same = |number: i64| columns.add(all().map(|_| number));
    let (to, by, lost, ignored) = (same(-1), same(-1), same(0), same(0));
    Attempts {
        sent: columns.moments(all().map(|it| it.invoke)),
        took: columns.add(all().map(|it| it.returned().map_or(-1, |at| (at - it.invoke) as i64))),
        request: columns.add(0..history.operations().len()),
        client: columns.add(all().map(|it| it.client)),
        kind: columns.add(shown.iter().map(|&(kind, _)| kind)),
        key: columns.add(keys),
        value: columns.add(shown.iter().map(|&(_, value)| value)),
        to,
        by,
        outcome: columns.add(all().map(|it| u8::from(it.returned().is_some()))),
        lost,
        ignored,
    }
}
