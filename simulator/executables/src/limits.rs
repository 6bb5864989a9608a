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
    /// Limits each file to `mib` MiB.
    pub(crate) fn of_mib(mib: u32) -> Self {
        Limits { file: u64::from(mib) * MIB }
    }

    /// The limit of each file, in MiB.
    pub(crate) fn mib(self) -> u32 {
        (self.file / MIB) as u32
    }

    /// The limit of each file, in MiB, if it is not the usual one.
    pub(crate) fn unusual(self) -> Option<u32> {
        (self != Limits::default()).then(|| self.mib())
    }

    /// In virtual time, to all files together before it waits again: a part of that, and no less than replicas
    /// write that print their whole log with each datagram.
    pub(crate) fn at_one_go(self) -> u64 {
        (self.file / 256).max(MIB)
    }

    /// What reports say of limits that are not as usual.
    pub(crate) fn peculiarity(self) -> Option<String> {
        self.unusual().map(|mib| format!("files of at most {mib} MiB"))
    }

    /// What is to be said of an end, if the limit brought it about: the kernel's signal, or an error that the
    /// program told of.
    pub(crate) fn named_by(self, how: &str, errors: &[String]) -> Option<String> {
        let is_told = |line: &String| line.contains("File too large") || line.contains("EFBIG");
        (how.contains("SIGXFSZ") || errors.iter().any(is_told)).then(|| {
            format!(
                "{how}: one of its files reached the limit of {} MiB (--file-limit)",
                self.mib()
            )
        })
    }

    /// What is to be said of a stream that has reached the limit, if it has.
    pub(crate) fn reached_by(self, stream: &str, bytes: u64) -> Option<String> {
        let mib = self.mib();
        (bytes >= self.file)
            .then(|| format!("filled its {stream} to the limit of {mib} MiB (--file-limit)"))
    }
}
