//! Layout: how reports fit the width of a terminal. The one place that knows it.
//!
//! - A line that is too long goes on in the next one, below the cell or the text that it is part of.
//! - A table that is too wide writes its cells in their short form; if that is not enough, it leaves out columns
//!   by their rank ([`Table`]), and says which.
//! - A command that is too long is broken so that a shell still takes it ([`Page::command`]).
//!
//! A terminal has the width that it has, or what `COLUMNS` says. Elsewhere, without `COLUMNS`, tables are laid out
//! for 120 columns, and other lines stay whole, so that other programs can search them.

mod command;
mod page;
mod table;
#[cfg(feature = "terminal")]
mod terminal;
#[cfg(not(feature = "terminal"))]
#[path = "plain.rs"]
mod terminal;

pub use page::Page;
pub use table::{Cell, Column, Table};

/// The width of tables where nothing else is known.
pub const DEFAULT_WIDTH: usize = 120;

/// The least width that a page has: no terminal in use is narrower.
pub const LEAST_WIDTH: usize = 40;

pub use terminal::columns;
