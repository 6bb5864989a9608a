//! Records of runs: what was run, and what was found.
//!
//! | module | contents |
//! | --- | --- |
//! | `signature` | what the findings of one kind have in common |

mod signature;

pub use signature::{Signature, UnknownSignature};
