//! Tests of the replica's behaviour through its public interface.

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
