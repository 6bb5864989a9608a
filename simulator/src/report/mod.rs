//! Reports on runs, for people and for programs.
//!
//! | module | shows |
//! | --- | --- |
//! | [`text`] | one run, under the course's own metric names |
//! | [`table`], [`line`](mod@line) | many runs, a line each scenario |
//! | [`elections`] | the candidates, the leaders, and what each replica did at the end |
//! | [`grades`], [`grade_runs`] | many submissions, a row each, and their runs |
//! | [`gradescope`] | the grades of a submission, for Gradescope |
//! | [`ci`](mod@ci) | the results of a command, for CI systems |
//! | [`export`] | one run, in the formats of other tools |
//! | [`timeline`] | everything that happened in a run, in order |
//! | [`plan`](mod@plan) | a plan at a glance |
//! | [`elide`] | the beginning and the end of long output |
//! | [`confidence`] | what the number of failures says about runs that were not made |
//! | [`marks`] | the coverage marks, by number of runs that reached them |
//! | [`never_sent`] | warnings about faults that had nothing to strike |
//! | [`receipts`] | the messages that replicas received, by role and kind |
//! | [`json`] | one run, for programs |
//!
//! All but the last are written on a [`layout::Page`], which makes them fit.

pub mod ci;
pub mod confidence;
pub mod elections;
pub mod elide;
pub mod explanation;
pub mod export;
pub mod grade_runs;
pub mod grades;
pub mod gradescope;
pub mod html;
pub mod json;
pub mod line;
pub mod marks;
pub mod never_sent;
pub mod receipts;
pub mod table;
pub mod text;

pub use testing::report::{Outcome, label_of_command, layout, plan, style, timeline};
