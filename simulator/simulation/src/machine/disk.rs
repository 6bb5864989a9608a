//! A replica's disk: one file, of which a crash keeps what was synced, and perhaps more.

use crate::api::FileChange;
use crate::rng::Dice;

/// The file of one replica.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// What is durable.
    file: Vec<u8>,
    /// What was written and is not durable yet.
    unsynced: FileChange,
    /// A bit was flipped in what the file holds.
    damaged: bool,
}

/// What a crash took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Bytes that were written and not synced.
    pub bytes: usize,
    /// Others that were written with them are there.
    pub is_torn: bool,
}

impl Disk {
    /// The replica writes; the change is left empty.
    pub(crate) fn write(&mut self, change: &mut FileChange) {
        std::mem::swap(&mut self.unsynced, change);
        *change = FileChange::default();
    }

    /// What was written becomes durable.
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

    /// The replica dies. Of what was not synced yet some first bytes reached the disk, or none, or
    /// all; the file may have grown before its bytes were there, which then are zeros. A new file is
    /// there or is not: it takes the old one's place in one step.
    pub(crate) fn crash(&mut self, dice: &mut Dice) -> Loss {
        if self.unsynced.anew {
            let replaced = dice.below(2) == 0;
            if replaced {
                self.sync();
            }
            self.unsynced = FileChange::default();
            return Loss { bytes: 0, is_torn: false };
        }
        let written = self.unsynced.bytes.len();
        let kept = dice.below(written + 1);
        self.file.extend_from_slice(&self.unsynced.bytes[..kept]);
        if dice.below(4) == 0 {
            self.file.resize(self.file.len() + written - kept, 0);
        }
        self.unsynced = FileChange::default();
        Loss { bytes: written - kept, is_torn: (1..written).contains(&kept) }
    }

    /// Changes a bit of what is durable, if there is any.
    pub(crate) fn flip_bit(&mut self, dice: &mut Dice) -> bool {
        if self.file.is_empty() {
            return false;
        }
        let at = dice.below(self.file.len());
        self.file[at] ^= 1 << dice.below(8);
        self.damaged = true;
        true
    }

    /// Whether the file is not what was written, so that a replica does right to refuse it.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// What a replica that starts again finds, and may repair.
    pub(crate) fn file(&mut self) -> &mut Vec<u8> {
        &mut self.file
    }
}
