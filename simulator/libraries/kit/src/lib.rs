//! The parts that adapters of consensus libraries share.
//!
//! | module | contents |
//! | --- | --- |
//! | [`commands`] | a client's request as bytes in a log, and the store that applies it once |
//! | [`executor`] | runs a library's asynchronous tasks in virtual time |
//! | [`calls`] | calls of other replicas, for tasks that wait for an answer |
//! | [`held`] | the requests that a replica has not answered, and when to ask its library again |
//! | [`journal`] | records in a replica's file; a torn one is told from a damaged one |
//! | [`findings`] | the program: repeats stored failures, explores scenarios |
#![forbid(unsafe_code)]

pub mod calls;
pub mod commands;
pub mod executor;
pub mod findings;
pub mod held;
pub mod journal;
