//! The replica's behaviour, seen from outside.

mod cluster;
mod durability;
mod elections;
mod hostile;
mod paper;
mod process;
mod reads;
mod replication;
mod requests;
mod safety;
mod wire;
