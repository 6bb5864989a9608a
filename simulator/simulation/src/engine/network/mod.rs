//! The virtual network: one serial router, links that can fail in every way a network can, and the
//! way between clients and replicas.
//!
//! ```text
//!   replica ──▶ router ──▶ links ─────────────────────────▶ replica
//!                 │          partition, losses, delays,
//!                 │          and faults that come and go
//!                 ▼
//!               client links ◀────requests, answers────▶ client
//! ```
//!
//! | file | what it holds |
//! | --- | --- |
//! | `router` | the single loop of the original simulator |
//! | `links` | what a scenario asks of all links, and what becomes of each message |
//! | `client_links` | what happens between clients and replicas |
//!
//! While a plan asks for nothing but what the course has, nothing is drawn but losses, and a message
//! takes one comparison more.

mod client_links;
mod links;
mod router;

pub(crate) use client_links::ClientLinks;
pub(crate) use links::{Fate, Links};
pub(crate) use router::Router;
