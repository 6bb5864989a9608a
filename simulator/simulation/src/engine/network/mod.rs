//! The virtual network: one serial router, links that can fail in every way a network can, and the
//! way between clients and replicas.
//!
//! ```text
//!   replica ──▶ router ──▶ links ─────────────────────────▶ replica
//!                 │          partition, losses, delays,
//!                 │          and conditions that come and go
//!                 ▼
//!               client links ◀────requests, answers────▶ client
//! ```
//!
//! | file | what it holds |
//! | --- | --- |
//! | `router` | the single loop of the original simulator |
//! | `links` | what a scenario asks of all links, and what becomes of each message |
//! | `conditions` | what is wrong with some links until some time |
//! | `client_links` | what happens between clients and replicas |
//! | `sets` | sets of replicas and of links |
//!
//! While a plan asks for nothing but what the course has, nothing is drawn but losses, and a message
//! takes one comparison more.

mod client_links;
mod conditions;
mod links;
mod router;
mod sets;

pub(crate) use client_links::ClientLinks;
pub(crate) use links::{Fate, Links, Passage};
pub(crate) use router::Router;
pub(crate) use sets::{LinkSet, NodeSet};
