//! A Raft key-value replica as a pure state machine.
#![forbid(unsafe_code)]
