//! The index of the pages of many runs: failures by kind, and tables.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use minijinja::{Value, context};

use super::page::{policy, render};
use simulation::check::{CheckName, Class};

const INDEX: &str = include_str!("viewer/index.html");
const STYLE: &str = include_str!("viewer/style.css");

/// Of one kind of failure, no more are listed.
const MOST_LISTED: usize = 200;

/// The index of the pages of many runs.
#[derive(Debug, Default)]
pub struct Index {
    title: String,
    facts: Vec<String>,
    failures: BTreeMap<(Reverse<Class>, CheckName), Vec<Entry>>,
    tables: Vec<Table>,
    pace: Option<Pace>,
}

/// A failure in an index.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name of the run.
    pub name: String,
    /// The reason of its failure, in one line.
    pub reason: String,
    /// The command that shows it again.
    pub command: String,
    /// The file of its page, in the index's own folder, if it has one.
    pub page: Option<String>,
}

/// A table in an index.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its content.
    pub title: String,
    /// The names of its columns.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Its content.
    pub text: String,
    /// The name of a tier, by which it is coloured.
    pub class: &'static str,
    /// The file that it links to, if any.
    pub page: Option<String>,
}

/// A count over time.
#[derive(Clone, Debug)]
struct Pace {
    title: String,
    points: String,
}

impl Index {
    /// An index without entries.
    pub fn new(title: impl Into<String>) -> Index {
        Index { title: title.into(), ..Index::default() }
    }

    /// Adds a line to its beginning.
    pub fn fact(&mut self, fact: impl Into<String>) {
        self.facts.push(fact.into());
    }

    /// Adds a failure of a kind.
    pub fn failure(&mut self, class: Class, check: CheckName, entry: Entry) {
        self.failures.entry((Reverse(class), check)).or_default().push(entry);
    }

    /// Returns how many failures of a kind there are so far.
    pub fn count(&self, class: Class, check: CheckName) -> usize {
        self.failures.get(&(Reverse(class), check)).map_or(0, Vec::len)
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Draws a count that grows over time: pairs of a time and the count by then.
    pub fn pace(&mut self, title: impl Into<String>, counts: &[(f64, f64)]) {
        let Some(&(end, most)) = counts.last() else { return };
        let place = |&(at, count): &(f64, f64)| {
            format!("{:.1},{:.1}", 600.0 * at / end.max(1e-9), 78.0 - 76.0 * count / most.max(1.0))
        };
        let points = counts.iter().map(place).collect::<Vec<_>>().join(" ");
        self.pace = Some(Pace { title: title.into(), points });
    }

    /// Writes the index.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let groups = self.failures.iter().map(|((Reverse(class), check), entries)| {
            context! {
                class => class.name(),
                check => check.as_str(),
                count => entries.len(),
                entries => entries.iter().take(MOST_LISTED).map(Entry::value).collect::<Vec<_>>(),
                left => entries.len().saturating_sub(MOST_LISTED),
            }
        });
        let pace = self.pace.as_ref();
        let values = context! {
            title => &self.title,
            policy => policy(&[STYLE], &[]),
            style => STYLE,
            facts => &self.facts,
            groups => groups.collect::<Vec<_>>(),
            tables => self.tables.iter().map(Table::value).collect::<Vec<_>>(),
            pace => pace.map(|pace| context! { title => &pace.title, points => &pace.points }),
        };
        render(out, "index.html", INDEX, values)
    }
}

impl Entry {
    fn value(&self) -> Value {
        context! {
            name => &self.name,
            reason => &self.reason,
            command => &self.command,
            page => &self.page,
        }
    }
}

impl Table {
    fn value(&self) -> Value {
        let cell = |cell: &Cell| {
            context! { text => &cell.text, class => cell.class, page => &cell.page }
        };
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>());
        context! {
            title => &self.title,
            head => &self.head,
            rows => rows.collect::<Vec<_>>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_kind_comes_first_and_texts_stay_texts() {
        let mut index = Index::new("<b>title</b>");
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            reason: "<script>".to_owned(),
            command: "simulator replay \"x\"".to_owned(),
            page: Some("a.html".to_owned()),
        };
        index.failure(Class::Budget, CheckName::Budget, entry("cheap"));
        index.failure(Class::Correctness, CheckName::Linearizable, entry("wrong"));
        let cell = Cell { text: "<i>".to_owned(), class: "full", page: None };
        index.table(Table { rows: vec![vec![cell]], ..Table::default() });
        let mut out = Vec::new();
        index.write(&mut out).expect("memory");
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.find("wrong") < text.find("cheap"), "{text}");
        assert!(
            !text.contains("<b>") && !text.contains("<script>") && !text.contains("<i>"),
            "{text}"
        );
        assert!(
            text.contains("href=\"a.html\"") && text.contains("script-src &#x27;none&#x27;"),
            "{text}"
        );
    }
}
