//! The library's messages, as the harness carries them.

use std::fmt;

use kit::commands::fingerprint;
use protobuf::Message as _;
use raft::eraftpb::{self, MessageType};
use simulation::api::{Message, MessageRole};

/// A message of the library. Its types have the names of the bundled replica's, which are those of their roles.
#[derive(Clone)]
pub(crate) struct Word(pub eraftpb::Message);

impl Message for Word {
    fn fingerprint(&self) -> u64 {
        fingerprint(&self.0.write_to_bytes().unwrap_or_default())
    }

    fn kind(&self) -> &'static str {
        match self.0.get_msg_type() {
            MessageType::MsgPropose => "propose",
            MessageType::MsgAppend => "appendEntries",
            MessageType::MsgAppendResponse | MessageType::MsgHeartbeatResponse => "appended",
            MessageType::MsgRequestVote => "requestVote",
            MessageType::MsgRequestPreVote => "preVote",
            MessageType::MsgRequestVoteResponse | MessageType::MsgRequestPreVoteResponse => "vote",
            MessageType::MsgSnapshot => "installSnapshot",
            MessageType::MsgHeartbeat => "heartbeat",
            MessageType::MsgReadIndex => "read",
            MessageType::MsgReadIndexResp => "readAnswer",
            _ => "other",
        }
    }

    fn role(&self) -> MessageRole {
        let named = MessageRole::named(self.kind()).unwrap_or(MessageRole::Other);
        let is_read_answer = self.0.get_msg_type() == MessageType::MsgReadIndexResp;
        if is_read_answer { MessageRole::ReadAcknowledgement } else { named }
    }

    fn size(&self) -> u64 {
        u64::from(self.0.compute_size())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = &self.0;
        write!(f, "{}, term {}", self.kind(), m.term)?;
        if m.index > 0 {
            write!(f, ", position {}", m.index)?;
        }
        if !m.entries.is_empty() {
            write!(f, ", {} entries", m.entries.len())?;
        }
        if m.commit > 0 {
            write!(f, ", commit {}", m.commit)?;
        }
        if !m.context.is_empty() {
            write!(f, ", context {:016x}", fingerprint(&m.context))?;
        }
        f.write_str(if m.reject { ", refused" } else { "" })
    }
}
