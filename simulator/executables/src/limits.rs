//! How much a process may write.

/// Bytes that a process may write. The default suits replicas that print every datagram of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// To any one file, its standard output and error included.
    pub file: u64,
}

const MIB: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits { file: 1_024 * MIB }
    }
}

impl Limits {
    /// Limits each file to so many MiB.
    pub fn of_mib(mib: u32) -> Self {
        Limits { file: u64::from(mib) * MIB }
    }

    /// The limit of each file, in MiB.
    pub fn mib(self) -> u32 {
        (self.file / MIB) as u32
    }

    /// In virtual time, to all files together before it waits again: a sixteenth.
    pub fn at_one_go(self) -> u64 {
        self.file / 16
    }

    /// What reports say of limits that are not as usual.
    pub fn peculiarity(self) -> Option<String> {
        (self != Limits::default()).then(|| format!("files of at most {} MiB", self.mib()))
    }

    /// What is to be said of a stream that has reached the limit, if it has.
    pub fn reached_by(self, stream: &str, bytes: u64) -> Option<String> {
        let mib = self.mib();
        (bytes >= self.file)
            .then(|| format!("filled its {stream} to the limit of {mib} MiB (--file-limit)"))
    }
}
