//! A replica's disk: one file, of which a crash keeps the synced bytes, and possibly more.

use crate::api::{DiskLoss, FileChange};
use crate::rng::Dice;

/// The file of one replica.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// The durable bytes.
    file: Vec<u8>,
    /// The change that was written and is not durable yet.
    unsynced: FileChange,
    /// True if a bit of the durable bytes was flipped.
    damaged: bool,
}

impl Disk {
    /// Writes a change to the file, and leaves `change` empty.
    pub(crate) fn write(&mut self, change: &mut FileChange) {
        std::mem::swap(&mut self.unsynced, change);
        *change = FileChange::default();
    }

    /// Makes the written change durable.
    pub(crate) fn sync(&mut self) {
        if self.unsynced.anew {
            std::mem::swap(&mut self.file, &mut self.unsynced.bytes);
            self.damaged = false;
        } else {
            self.file.extend_from_slice(&self.unsynced.bytes);
        }
        self.unsynced.anew = false;
        self.unsynced.bytes.clear();
    }

    /// Crashes the replica, and returns the loss.
    ///
    /// Of the unsynced bytes a prefix survives, which may be none or all of them. The file may have grown before its
    /// bytes were written; the missing bytes are then zeros. A new file exists completely or not at all, because it
    /// replaces the old one in one step.
    pub(crate) fn crash(&mut self, dice: &mut Dice) -> DiskLoss {
        if self.unsynced.anew {
            let replaced = dice.below(2) == 0;
            if replaced {
                self.sync();
            }
            self.unsynced = FileChange::default();
            return DiskLoss::default();
        }
        let written = self.unsynced.bytes.len();
        let kept = dice.below(written + 1);
        self.file.extend_from_slice(&self.unsynced.bytes[..kept]);
        if dice.below(4) == 0 {
            self.file.resize(self.file.len() + written - kept, 0);
        }
        self.unsynced = FileChange::default();
        DiskLoss { bytes: written - kept, is_torn: (1..written).contains(&kept), unkept: None }
    }

    /// Changes one durable bit; returns false if the file is empty.
    pub(crate) fn flip_bit(&mut self, dice: &mut Dice) -> bool {
        if self.file.is_empty() {
            return false;
        }
        let at = dice.below(self.file.len());
        self.file[at] ^= 1 << dice.below(8);
        self.damaged = true;
        true
    }

    /// Returns true if the file was damaged, so that a replica is right to refuse it.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Returns the file that a restarting replica reads, and may repair.
    pub(crate) fn file(&mut self) -> &mut Vec<u8> {
        &mut self.file
    }
}
