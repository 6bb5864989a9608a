//! Violations as text: the proof, in 80 columns.

use std::fmt;

use super::history::{Action, History, KeyId, NEVER, Operation, TimeUnit, ValueId};
use super::proof::Proof;
use super::verdict::{Edge, Evidence, Kind, Verdict, Violation};

/// The largest number of operations of a proof that are shown: the last ones. No register needs more than six.
const MOST_SHOWN: usize = 20;

/// The largest width of the text.
const COLUMNS: usize = 80;

impl Violation {
    /// Returns the violation of a proof, with names and stamps.
    pub(super) fn new(history: &History, key: KeyId, proof: &Proof, lost_at: u64) -> Violation {
        let mut ids = proof.operations.clone();
        ids.sort_by_key(|&id| (history.operation(id).invoke, id));
        let evidence = |&id| {
            let operation = history.operation(id);
            let call = describe(history, operation);
            Evidence {
                id: id.0,
                client: operation.client,
                call,
                invoke: operation.invoke,
                returned: operation.returned(),
            }
        };
        let mut precedences = proof.edges.clone();
        precedences
            .sort_by_key(|edge| (history.operation(edge.before).end, edge.before, edge.after));
        let edges = precedences.into_iter().map(|edge| Edge {
            before: edge.before.0,
            after: edge.after.0,
            orders: edge
                .orders
                .map(|(first, then)| [value_name(history, first), value_name(history, then)]),
        });
        Violation {
            given: None,
            key: history.key_name(key).to_string(),
            kind: proof.kind,
            operations: ids.iter().map(evidence).collect(),
            edges: edges.collect(),
            lost_at,
            unit: history.unit(),
        }
    }

    /// Returns the number of operations that a text leaves out, from the first on.
    fn left_out(&self) -> usize {
        self.operations.len().saturating_sub(MOST_SHOWN)
    }

    fn evidence(&self, id: u32) -> Option<&Evidence> {
        self.operations[self.left_out()..].iter().find(|evidence| evidence.id == id)
    }

    /// Returns the unit that shows the stamps exactly: seconds with decimals if one of them is 1 s or more.
    fn scale(&self) -> Scale {
        let stamps = || {
            self.operations
                .iter()
                .flat_map(|evidence| [Some(evidence.invoke), evidence.returned])
                .flatten()
        };
        match self.unit {
            TimeUnit::Events => Scale::Whole("events"),
            TimeUnit::Nanoseconds => {
                let fits = |decimals: &u32| stamps().all(|at| at % 10_u64.pow(9 - decimals) == 0);
                let decimals = (0..9).find(fits).unwrap_or(9);
                match (decimals, stamps().all(|at| at < 1_000_000_000)) {
                    (0..=6, true) => Scale::Micros,
                    (_, true) => Scale::Whole("ns"),
                    (_, false) => Scale::Seconds(decimals),
                }
            }
        }
    }

    /// Returns the sentences that explain the violation.
    pub fn sentences(&self) -> Vec<String> {
        self.sentences_in(self.scale())
    }

    fn sentences_in(&self, scale: Scale) -> Vec<String> {
        let mut told = match (self.kind, &self.operations[..]) {
            (Kind::ThinAir, [only]) => vec![format!("{}: that value was never written", only.call)],
            _ => Vec::new(),
        };
        let given = self.given.and_then(|id| self.evidence(id));
        let tells = |it: &Evidence| format!("{} tells the state, whatever came before it", it.call);
        told.extend(given.map(tells));
        let edges = self.edges.iter().filter_map(|edge| {
            let (before, after) = (self.evidence(edge.before)?, self.evidence(edge.after)?);
            let returned = scale.show(before.returned?);
            let began = scale.show(after.invoke);
            let mut sentence = format!(
                "{} had returned ({returned}) before {} began ({began})",
                before.call, after.call
            );
            if let Some([first, then]) = &edge.orders {
                sentence += &format!(", so {first} comes before {then}");
                if self.edges.len() == 1 {
                    // The initial value precedes everything, which needs no operation as proof.
                    sentence += ", the initial value";
                }
            }
            Some(sentence)
        });
        told.into_iter().chain(edges).collect()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale();
        let unit = scale.unit();
        if !self.key.is_empty() {
            write!(f, "key {}: ", Plain(&self.key))?;
        }
        match self.operations.len() {
            1 => writeln!(f, "no order makes this operation legal")?,
            count => writeln!(f, "no order of these {count} operations is legal")?,
        }
        let rows: Vec<[String; 5]> =
            self.operations.iter().map(|evidence| row(evidence, scale)).collect();
        let width =
            |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (ids, clients, calls, starts, ends) =
            (width(0), width(1), width(2), width(3), width(4));
        let left_out = self.left_out();
        if left_out > 0 {
            writeln!(f, "  ({left_out} operations before these are left out)")?;
        }
        for [id, client, call, start, end] in &rows[left_out..] {
            writeln!(
                f,
                "  {id:<ids$} {client:<clients$} {call:<calls$}  [{start:>starts$} .. {end:>ends$}] {unit}"
            )?;
        }
        let sentences = self.sentences_in(scale);
        if !sentences.is_empty() {
            f.write_str(&wrapped(&format!("{}.", sentences.join(";\n"))))?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Linearizable => f.write_str("linearizable"),
            Verdict::NotLinearizable(violation) => violation.fmt(f),
            Verdict::Unknown { key, steps } if key.is_empty() => {
                write!(f, "unknown, gave up after {steps} steps of the search")
            }
            Verdict::Unknown { key, steps } => {
                write!(f, "key {}: unknown, gave up after {steps} steps of the search", Plain(key))
            }
        }
    }
}

/// A unit in which stamps are shown.
#[derive(Clone, Copy)]
enum Scale {
    /// Stamps without conversion.
    Whole(&'static str),
    /// Nanoseconds, shown as microseconds.
    Micros,
    /// Nanoseconds, shown as seconds with this number of decimals.
    Seconds(u32),
}

impl Scale {
    fn unit(self) -> &'static str {
        match self {
            Scale::Whole(unit) => unit,
            Scale::Micros => "µs",
            Scale::Seconds(_) => "s",
        }
    }

    fn show(self, at: u64) -> String {
        match self {
            Scale::Whole(_) => at.to_string(),
            Scale::Micros => (at / 1_000).to_string(),
            Scale::Seconds(0) => (at / 1_000_000_000).to_string(),
            Scale::Seconds(decimals) => {
                let (whole, rest) = (at / 1_000_000_000, at % 1_000_000_000);
                let rest = rest / 10_u64.pow(9 - decimals);
                format!("{whole}.{rest:0width$}", width = decimals as usize)
            }
        }
    }
}

fn row(evidence: &Evidence, scale: Scale) -> [String; 5] {
    let end = evidence.returned.map_or("∞".to_string(), |at| scale.show(at));
    let start = scale.show(evidence.invoke);
    [
        format!("#{}", evidence.id),
        format!("c{}", evidence.client),
        evidence.call.clone(),
        start,
        end,
    ]
}

/// Breaks lines that are too wide: before a conclusion, and if necessary at any space.
fn wrapped(text: &str) -> String {
    let is_wide = |line: &str| line.chars().count() > COLUMNS;
    let lines = text.lines().map(|line| {
        if is_wide(line) { line.replace(", so ", ",\n  so ") } else { line.to_string() }
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    let mut wrapped = String::new();
    let mut column = 0;
    for word in lines.split_inclusive([' ', '\n']) {
        let width = word.trim_end().chars().count();
        if column > 0 && column + width > COLUMNS {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push_str("\n  ");
            column = 2;
        }
        wrapped.push_str(word);
        column = if word.ends_with('\n') { 0 } else { column + word.chars().count() };
    }
    wrapped
}

/// Returns an operation as text: `put(7)`, `get -> 7`, `cas(7 -> 8)`.
fn describe(history: &History, operation: &Operation) -> String {
    let name = |value| value_name(history, value);
    match operation.action {
        Action::Put { value } => format!("put({})", name(value)),
        Action::Get { .. } if operation.end == NEVER => "get -> ?".to_string(),
        Action::Get { value } => format!("get -> {}", name(value)),
        Action::Cas { from, to, ok: Some(false) } => {
            format!("failed cas({} -> {})", name(from), name(to))
        }
        Action::Cas { from, to, .. } => format!("cas({} -> {})", name(from), name(to)),
    }
}

fn value_name(history: &History, value: ValueId) -> String {
    history.value_text(value).map_or_else(|| "nothing".to_owned(), |text| Plain(text).to_string())
}

/// Text from a history, made suitable for a terminal: without control characters, and short enough that two values and
/// two stamps fit on a line.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDEST: usize = 12;
        if self.0.is_empty() {
            return f.write_str("\"\"");
        }
        let long = self.0.chars().nth(WIDEST).is_some();
        let shown = if long { WIDEST - 1 } else { WIDEST };
        let shown: String =
            self.0.chars().take(shown).map(|c| if c.is_control() { '·' } else { c }).collect();
        write!(f, "{shown}{}", if long { "…" } else { "" })
    }
}
