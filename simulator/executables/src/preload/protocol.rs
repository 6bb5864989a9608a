//! The frames that the simulator and a process exchange over two pipes.
//!
//! The two take turns: exactly one of them runs. Every frame begins with the length of its content, in four bytes;
//! all numbers are little-endian.
//!
//! | from | frame | content |
//! | --- | --- | --- |
//! | process | attach | its process id; sent once, before it first waits |
//! | process | wait | the time until which all its threads wait, whether turns were drawn, what they sent before |
//! | process | sync | the time until which the sync lasts, the synced file, and the datagrams sent before |
//! | process | cut | a file that was made shorter, and its new length; it goes on at once |
//! | process | end | the datagrams that it sent before it ended by itself |
//! | process | refuse | the reason it must end: it asked for what the simulation does not offer, or loops |
//! | simulator | resume | the time, the duration of a sync, whether turns are drawn, a datagram that arrived |

use std::ffi::CStr;

/// The file descriptor in the process from which it reads the simulator's frames.
pub(crate) const RESUME_FD: i32 = 900;

/// The file descriptor in the process to which it writes its frames.
pub(crate) const REPORT_FD: i32 = 901;

/// The file descriptor of the preload library in the process.
pub(crate) const LIBRARY_FD: i32 = 902;

/// The environment variable with the seed of the process's random numbers.
///
/// Its presence also says that there are two pipes to the simulator.
pub(crate) const SEED_VARIABLE: &CStr = c"SIMULATOR_SEED";

/// The environment variable with the process id that the process sees as its own.
pub(crate) const PID_VARIABLE: &CStr = c"SIMULATOR_PID";

/// The environment variable with the simulator's port, from which all datagrams come.
pub(crate) const PORT_VARIABLE: &CStr = c"SIMULATOR_PORT";

/// The environment variable with the number of the processor to run on once attached.
pub(crate) const CORE_VARIABLE: &CStr = c"SIMULATOR_CORE";

/// The environment variable with the time at which the process is ready, in nanoseconds.
///
/// The process's clocks show no earlier time.
pub(crate) const START_VARIABLE: &CStr = c"SIMULATOR_START";

/// The environment variable with the date at which the run begins, in nanoseconds since 1970.
pub(crate) const WALL_VARIABLE: &CStr = c"SIMULATOR_WALL";

/// The environment variable with the seconds by which the function `time` is ahead.
///
/// The number is different for each replica, since many programs seed their generators with the result of `time`.
pub(crate) const AHEAD_VARIABLE: &CStr = c"SIMULATOR_AHEAD";

/// The environment variable with the uptime at which the run begins, in nanoseconds.
pub(crate) const BOOT_VARIABLE: &CStr = c"SIMULATOR_BOOT";

/// The environment variable with the bytes that a thread may write between two waits.
///
/// The process's standard output and error count, too.
pub(crate) const MOST_WRITTEN_VARIABLE: &CStr = c"SIMULATOR_MOST_WRITTEN";

/// The signal by which the simulator interrupts a thread that computes for long.
///
/// It is one of the last of the kernel's signals, which programs hardly use.
pub(crate) const SPIN_SIGNAL: usize = 63;

/// The time until which a process waits whose threads all wait for a datagram only.
pub(crate) const FOREVER: u64 = u64::MAX;

/// The longest frame, in bytes.
pub(crate) const LONGEST_FRAME: usize = 1 << 28;

const ATTACH: u8 = 1;
const WAIT: u8 = 2;
const REFUSE: u8 = 3;
const END: u8 = 4;
const SYNC: u8 = 5;
const CUT: u8 = 6;

/// A frame from a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report<'a> {
    /// The process takes part from now on.
    Attach {
        /// The real id of the process.
        pid: u32,
    },
    /// All its threads wait.
    Wait {
        /// The time until which they wait, in nanoseconds; [`FOREVER`] for datagrams only.
        until: u64,
        /// True if turns of its threads were drawn since the last such report.
        has_drawn: bool,
        /// The datagrams sent since the last report, in order.
        sent: Datagrams<'a>,
    },
    /// The process syncs, and waits for an answer.
    Sync {
        /// The synced file.
        what: Synced,
        /// The time until which the sync lasts, in nanoseconds.
        until: u64,
        /// The datagrams sent since the last report, in order.
        sent: Datagrams<'a>,
    },
    /// The process made a file shorter. It does not wait for an answer.
    Cut {
        /// The device and the number of the file.
        device: u64,
        inode: u64,
        /// The new length, in bytes.
        length: u64,
    },
    /// The process is about to end by itself.
    End {
        /// The datagrams sent since the last report, in order.
        sent: Datagrams<'a>,
    },
    /// The process asked for something that does not exist here, or loops.
    ///
    /// It will never go on.
    Refuse {
        /// The reason, as a phrase that follows the process's name.
        why: &'a str,
    },
}

/// The object of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    /// A file or a folder, by its device and number.
    File { device: u64, inode: u64 },
    /// The file of which a part is mapped at this address.
    Memory { address: u64 },
    /// All files.
    All,
}

impl Synced {
    /// Returns the form that it has in a frame.
    fn words(self) -> [u64; 3] {
        match self {
            Synced::File { device, inode } => [0, device, inode],
            Synced::Memory { address } => [1, address, 0],
            Synced::All => [2, 0, 0],
        }
    }

    fn of_words(words: [u64; 3]) -> Option<Synced> {
        match words {
            [0, device, inode] => Some(Synced::File { device, inode }),
            [1, address, 0] => Some(Synced::Memory { address }),
            [2, 0, 0] => Some(Synced::All),
            _ => None,
        }
    }
}

/// A datagram that a process sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Datagram<'a> {
    /// The time at which it left, in the process's virtual time, in nanoseconds.
    pub at: u64,
    /// The port of the socket from which it left.
    pub from: u16,
    /// The port it is addressed to.
    pub to: u16,
    /// The content of the datagram.
    pub payload: &'a [u8],
}

/// Datagrams in the form that they have in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Datagrams<'a>(&'a [u8]);

impl<'a> Datagrams<'a> {
    /// Takes datagrams that [`write_datagram`] wrote one after another.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Datagrams(bytes)
    }

    /// Returns the bytes of the datagrams.
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = Datagram<'a>;

    /// Returns the next datagram. An incomplete one ends the list.
    fn next(&mut self) -> Option<Datagram<'a>> {
        let mut reader = Reader(self.0);
        let (at, from, to) = (reader.u64()?, reader.u16()?, reader.u16()?);
        let length = reader.u32()?;
        let payload = reader.take(length as usize)?;
        self.0 = reader.0;
        Some(Datagram { at, from, to, payload })
    }
}

/// A frame from the simulator: the time, what is decided about the process, and a datagram, if any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resume<'a> {
    /// The virtual time, in nanoseconds since the run began.
    pub now: u64,
    /// The time that a sync takes, in nanoseconds; `None` if no replica of the run restarts.
    ///
    /// Syncs have no effect then, and are not reported.
    pub sync_time: Option<u64>,
    /// True if the seed decides the turns of its threads from the first datagram on.
    pub draws_turns: bool,
    /// The receiving port, and the content of the datagram that arrived there.
    pub arrived: Option<(u16, &'a [u8])>,
}

/// Appends the frame of [`Report::Attach`].
pub(crate) fn write_attach(out: &mut Vec<u8>, pid: u32) {
    frame(out, |out| {
        out.push(ATTACH);
        out.extend_from_slice(&pid.to_le_bytes());
    });
}

/// Appends the frame of [`Report::Wait`], with the datagrams `sent` that [`write_datagram`] wrote.
pub(crate) fn write_wait(out: &mut Vec<u8>, until: u64, has_drawn: bool, sent: &[u8]) {
    frame(out, |out| {
        out.push(WAIT);
        out.extend_from_slice(&until.to_le_bytes());
        out.push(u8::from(has_drawn));
        out.extend_from_slice(sent);
    });
}

/// Appends the frame of [`Report::End`].
pub(crate) fn write_end(out: &mut Vec<u8>, sent: &[u8]) {
    frame(out, |out| {
        out.push(END);
        out.extend_from_slice(sent);
    });
}

/// Appends the frame of [`Report::Sync`].
pub(crate) fn write_sync(out: &mut Vec<u8>, what: Synced, until: u64, sent: &[u8]) {
    frame(out, |out| {
        out.push(SYNC);
        let words = what.words().into_iter().chain([until]);
        words.for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        out.extend_from_slice(sent);
    });
}

/// Appends the frame of [`Report::Cut`].
pub(crate) fn write_cut(out: &mut Vec<u8>, device: u64, inode: u64, length: u64) {
    frame(out, |out| {
        out.push(CUT);
        let words = [device, inode, length];
        words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    });
}

/// Appends one datagram to the list that a [`Report::Wait`] carries.
pub(crate) fn write_datagram(out: &mut Vec<u8>, datagram: Datagram<'_>) {
    out.extend_from_slice(&datagram.at.to_le_bytes());
    out.extend_from_slice(&datagram.from.to_le_bytes());
    out.extend_from_slice(&datagram.to.to_le_bytes());
    out.extend_from_slice(&(datagram.payload.len() as u32).to_le_bytes());
    out.extend_from_slice(datagram.payload);
}

/// Appends the frame of [`Report::Refuse`].
pub(crate) fn write_refuse(out: &mut Vec<u8>, why: &str) {
    frame(out, |out| {
        out.push(REFUSE);
        out.extend_from_slice(why.as_bytes());
    });
}

/// Appends the frame of [`Resume`].
pub(crate) fn write_resume(out: &mut Vec<u8>, resume: &Resume<'_>) {
    frame(out, |out| {
        out.extend_from_slice(&resume.now.to_le_bytes());
        out.extend_from_slice(&resume.sync_time.unwrap_or(FOREVER).to_le_bytes());
        out.push(u8::from(resume.draws_turns));
        if let Some((port, payload)) = resume.arrived {
            out.extend_from_slice(&port.to_le_bytes());
            out.extend_from_slice(payload);
        }
    });
}

/// Reads a process's frame, without its length; returns `None` if it is not one.
pub(crate) fn read_report(frame: &[u8]) -> Option<Report<'_>> {
    let mut reader = Reader(frame);
    match reader.take(1)?[0] {
        ATTACH => Some(Report::Attach { pid: reader.u32()? }),
        WAIT => {
            let (until, has_drawn) = (reader.u64()?, reader.flag()?);
            Some(Report::Wait { until, has_drawn, sent: Datagrams(reader.0) })
        }
        SYNC => {
            let what = Synced::of_words([reader.u64()?, reader.u64()?, reader.u64()?])?;
            Some(Report::Sync { what, until: reader.u64()?, sent: Datagrams(reader.0) })
        }
        CUT => {
            let (device, inode, length) = (reader.u64()?, reader.u64()?, reader.u64()?);
            Some(Report::Cut { device, inode, length })
        }
        END => Some(Report::End { sent: Datagrams(reader.0) }),
        REFUSE => Some(Report::Refuse { why: std::str::from_utf8(reader.0).ok()? }),
        _ => None,
    }
}

/// Reads a simulator's frame, without its length; returns `None` if it is not one.
pub(crate) fn read_resume(frame: &[u8]) -> Option<Resume<'_>> {
    let mut reader = Reader(frame);
    let now = reader.u64()?;
    let sync_time = Some(reader.u64()?).filter(|&time| time != FOREVER);
    let draws_turns = reader.flag()?;
    let arrived = if reader.0.is_empty() { None } else { Some((reader.u16()?, reader.0)) };
    Some(Resume { now, sync_time, draws_turns, arrived })
}

/// Returns the length of the first frame in `bytes`, without the length field; `None` if `bytes` has less than four
/// bytes.
pub(crate) fn frame_length(bytes: &[u8]) -> Option<usize> {
    Some(Reader(bytes).u32()? as usize)
}

fn frame(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    content(out);
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// A reader that takes numbers off the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn flag(&mut self) -> Option<bool> {
        self.array().map(|[byte]| byte != 0)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(all(test, not(preload_shim)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut sent = Vec::new();
        let datagrams = [
            Datagram { at: 5, from: 50_000, to: 40_001, payload: b"{}" },
            Datagram { at: 6, from: 50_000, to: 40_001, payload: b"" },
        ];
        datagrams.iter().for_each(|&datagram| write_datagram(&mut sent, datagram));
        let mut bytes = Vec::new();
        write_wait(&mut bytes, 7, true, &sent);
        assert_eq!(frame_length(&bytes), Some(bytes.len() - 4));
        let Some(Report::Wait { until: 7, has_drawn: true, sent }) = read_report(&bytes[4..])
        else {
            panic!("not what was written");
        };
        assert_eq!(sent.collect::<Vec<_>>(), datagrams);

        for arrived in [None, Some((50_000, b"x".as_slice()))] {
            let mut bytes = Vec::new();
            let sync_time = arrived.map(|_| 3);
            let draws_turns = arrived.is_some();
            let resume = Resume { now: 9, sync_time, draws_turns, arrived };
            write_resume(&mut bytes, &resume);
            assert_eq!(read_resume(&bytes[4..]), Some(resume));
        }
    }

    #[test]
    fn a_sync_is_read_as_it_was_written() {
        let file = Synced::File { device: 1, inode: 2 };
        for what in [file, Synced::Memory { address: 4_096 }, Synced::All] {
            let mut bytes = Vec::new();
            write_sync(&mut bytes, what, 8, &[]);
            let sync = Report::Sync { what, until: 8, sent: Datagrams(&[]) };
            assert_eq!(read_report(&bytes[4..]), Some(sync));
        }
        let mut bytes = Vec::new();
        write_cut(&mut bytes, 1, 2, 3);
        let cut = Report::Cut { device: 1, inode: 2, length: 3 };
        assert_eq!(read_report(&bytes[4..]), Some(cut));
    }

    #[test]
    fn garbage_is_no_frame() {
        for garbage in
            [&[][..], &[9], &[ATTACH, 1], &[WAIT, 0, 0], &[REFUSE, 0xff], &[SYNC, 9], &[CUT]]
        {
            assert_eq!(read_report(garbage), None, "{garbage:?}");
        }
        assert_eq!(read_resume(&[0; 16]), None);
        assert_eq!(Datagrams(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 200, 0, 0, 0, 1]).count(), 0);
    }
}
