//! Tables whose columns fit a width.

use std::io::{self, Write};

use anstyle::Style;

use super::columns;
use crate::report::style;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The heading, and its short form.
    pub heads: [&'static str; 2],
    /// The columns on a terminal that a cell takes, and a cell in its short form; a wider heading counts.
    pub widths: [usize; 2],
    /// When it is left out: the highest rank first, 0 never.
    pub rank: u8,
}

/// A cell: a text, and a word after it in a colour of its own, whose short form is its first letter.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// The style of the text.
    pub style: Style,
    /// The word and its style.
    pub word: Option<(&'static str, Style)>,
}

impl Cell {
    /// A cell that holds a text only.
    pub fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A cell that holds a text in a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Cell {
        Cell { style, ..Cell::new(text) }
    }

    /// A cell that ends in a word.
    pub fn with_word(text: impl Into<String>, word: &'static str, style: Style) -> Cell {
        Cell { word: Some((word, style)), ..Cell::new(text) }
    }
}

/// A table that has been made to fit.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    /// The columns that are shown.
    shown: Vec<usize>,
    is_short: bool,
    gap: usize,
}

impl Table {
    /// Chooses what is shown of these columns in lines of this width: all in their long form, else all in their short
    /// form, else as many as fit, those of the highest rank left out first.
    pub fn new(columns: Vec<Column>, width: usize) -> Table {
        let shown = (0..columns.len()).collect();
        let mut table = Table { columns, shown, is_short: false, gap: 2 };
        if table.width() <= width {
            return table;
        }
        table.is_short = true;
        loop {
            for gap in [2, 1] {
                table.gap = gap;
                if table.width() <= width {
                    return table;
                }
            }
            let rank = |column: &usize| table.columns[*column].rank;
            let Some(last) = table.shown.iter().copied().max_by_key(rank).filter(|it| rank(it) > 0)
            else {
                return table;
            };
            table.shown.retain(|&column| column != last);
        }
    }

    /// Returns true if cells are in their short form.
    pub fn is_short(&self) -> bool {
        self.is_short
    }

    /// The headings of the columns that are left out.
    pub fn left_out(&self) -> impl Iterator<Item = &'static str> {
        let is_out = |(number, _): &(usize, &Column)| !self.shown.contains(number);
        self.columns.iter().enumerate().filter(is_out).map(|(_, column)| column.heads[0])
    }

    /// Writes the headings.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write_heading(&self, out: &mut dyn Write) -> io::Result<()> {
        let form = usize::from(self.is_short);
        let heads = self.columns.iter().map(|column| Cell::styled(column.heads[form], style::BOLD));
        self.write_row(out, &heads.collect::<Vec<_>>())
    }

    /// Writes a row, a cell for each column that the table was made with. One that is too wide moves what follows.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write_row(&self, out: &mut dyn Write, cells: &[Cell]) -> io::Result<()> {
        let mut spaces = 0;
        for &number in &self.shown {
            let Some(Cell { text, style, word }) = cells.get(number) else { continue };
            write!(out, "{:spaces$}{style}{text}{style:#}", "")?;
            let mut used = columns(text);
            if let Some((word, style)) = word {
                let word = if self.is_short { &word[..1] } else { word };
                write!(out, " {style}{word}{style:#}")?;
                used += 1 + columns(word);
            }
            spaces = self.width_of(number).saturating_sub(used) + self.gap;
        }
        writeln!(out)
    }

    fn width(&self) -> usize {
        let widths = self.shown.iter().map(|&column| self.width_of(column));
        widths.sum::<usize>() + self.gap * self.shown.len().saturating_sub(1)
    }

    fn width_of(&self, column: usize) -> usize {
        let (column, form) = (self.columns[column], usize::from(self.is_short));
        column.widths[form].max(column.heads[form].len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize) -> String {
        let column = |name, rank| Column { heads: [name, name], widths: [12, 6], rank };
        let columns =
            vec![column("name", 0), column("tier", 2), column("more", 3), column("id", 1)];
        let table = Table::new(columns, width);
        let mut out = Vec::new();
        let tier = Cell::with_word("17", "Bonus", style::BEST);
        let cells = [Cell::new("one"), tier, Cell::new("more"), Cell::new("0f")];
        table.write_heading(&mut out).expect("memory");
        table.write_row(&mut out, &cells).expect("memory");
        let left_out: Vec<_> = table.left_out().collect();
        let text = anstream::adapter::strip_bytes(&out).into_vec();
        String::from_utf8(text).expect("UTF-8") + &left_out.join(", ")
    }

    #[test]
    fn cells_are_shortened_before_columns_are_left_out() {
        let wide = "\
name          tier          more          id
one           17 Bonus      more          0f
";
        assert_eq!(table(54), wide);
        assert_eq!(table(53), "name    tier    more    id\none     17 B    more    0f\n");
        assert_eq!(table(29), "name   tier   more   id\none    17 B   more   0f\n");
        assert_eq!(table(26), "name    tier    id\none     17 B    0f\nmore");
        assert_eq!(table(10), "name\none\ntier, more, id");
    }
}
