//! Records of runs: what was run, and what was found.
//!
//! ```text
//!   header, then lines as work is done, then the end ──▶ resume, merge, compare
//! ```
//!
//! | module | contents |
//! | --- | --- |
//! | `line` | the lines of the file |
//! | `record` | a whole record, its one order, and its sums |
//! | `read` | reading, with an end that a crash may have torn off |
//! | `log` | writing while work is done |
//! | `claim` | the right to write, which one process has at a time |
//! | `known` | the earlier results that can be used again |
//! | `merge` | the records of shards as one |
//! | `refusal` | the reasons for which records cannot be merged |
//! | `compare` | the findings that are new, gone, ongoing or rare |
//! | `quota` | the failures that are worth a file |
//! | `fleet` | the shard that an engine for array jobs names |
//! | `shard` | one of several equal parts of the work |
//! | `signature` | what the findings of one kind have in common |

mod claim;
mod compare;
mod fleet;
mod known;
mod line;
mod log;
mod merge;
mod quota;
mod read;
mod record;
mod refusal;
mod shard;
mod signature;

pub use claim::{Claim, WriteError};
pub use compare::{Change, Comparison, Kind};
pub use fleet::{Assigned, BAZEL_STATUS_FILE, FleetError, assigned};
pub use known::{Known, take_up};
pub(crate) use known::{is_same_work, same_scenario, set_aside};
pub use line::{
    Chunk, End, Failed, Group, Header, Hex, Line, Run, ScenarioId, State, SubmissionId, Unfit,
    VERSION,
};
pub use log::{Log, LogError, save};
pub use merge::{Allowances, Source, merge};
pub use quota::Quota;
pub use read::{ReadCause, ReadError, Reading, read};
pub use record::{Finding, Record};
pub use refusal::Refusal;
pub use shard::{NoShard, Shard};
pub use signature::{Signature, UnknownSignature};
