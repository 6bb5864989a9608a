//! The limits on what a process may write.

/// Limits on the bytes that a process writes. The default suits replicas that print every datagram of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The limit on any one file, its standard output and error included.
    pub file: u64,
}

const MIB: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits { file: 1_024 * MIB }
    }
}

impl Limits {
    /// Returns limits of `mib` MiB for each file.
    pub(crate) fn of_mib(mib: u32) -> Self {
        Limits { file: u64::from(mib) * MIB }
    }

    /// Returns the limit of each file, in MiB.
    pub(crate) fn mib(self) -> u32 {
        (self.file / MIB) as u32
    }

    /// Returns the limit of each file, in MiB, if it is not the default.
    pub(crate) fn unusual(self) -> Option<u32> {
        (self != Limits::default()).then(|| self.mib())
    }

    /// Returns the limit on all files together between two waits, in virtual time.
    ///
    /// It allows for replicas that print their whole log with each datagram.
    pub(crate) fn at_one_go(self) -> u64 {
        (self.file / 256).max(MIB)
    }

    /// Returns the phrase for reports about limits that are not the default.
    pub(crate) fn peculiarity(self) -> Option<String> {
        self.unusual().map(|mib| format!("files of at most {mib} MiB"))
    }

    /// Returns the finding about a process that ended, if the limit was the cause.
    ///
    /// The signs are the kernel's signal and an error that the program reported.
    pub(crate) fn named_by(self, how: &str, errors: &[String]) -> Option<String> {
        let is_told = |line: &String| line.contains("File too large") || line.contains("EFBIG");
        (how.contains("SIGXFSZ") || errors.iter().any(is_told)).then(|| {
            format!(
                "{how}: one of its files reached the limit of {} MiB (--file-limit)",
                self.mib()
            )
        })
    }

    /// Returns the finding about a stream that has reached the limit, if it has.
    pub(crate) fn reached_by(self, stream: &str, bytes: u64) -> Option<String> {
        let mib = self.mib();
        (bytes >= self.file)
            .then(|| format!("filled its {stream} to the limit of {mib} MiB (--file-limit)"))
    }
}
