//! The kernel's data about a process in real time.
//!
//! They show if it hangs, starts other processes, or bypasses the simulator.
//!
//! The data are samples, taken twice a second: what begins and ends between two samples goes unnoticed.

use std::fs;

use crate::watch::name;

/// The looks in a row at unread data that show a hanging process.
///
/// They take five seconds.
///
/// A process that computes for a second or two is slow, not dead.
const MOST_NAPS: u32 = 10;

/// The looks at one process so far.
#[derive(Debug, Default)]
pub(super) struct Look {
    naps: u32,
    /// The bytes in its socket, and the datagrams it had sent, at the last look.
    queued: u64,
    heard: u64,
}

impl Look {
    /// If the process breaks a rule, returns a phrase that follows its name.
    ///
    /// `process` is the process that was started, `port` the one at which it receives, `heard` the number of
    /// datagrams that it has sent.
    pub(super) fn find(&mut self, process: u32, port: u16, heard: u64) -> Option<String> {
        let socket = sockets("udp").find(|socket| socket.port == port)?;
        if self.naps(socket.queued, heard) {
            let seconds = MOST_NAPS / 2;
            return Some(format!("hangs: has neither read nor sent a datagram for {seconds} s"));
        }
        let family = family(process);
        if family.iter().any(|&member| has_tcp(member)) {
            let why =
                "opens a TCP connection: replicas talk to each other by datagrams to the simulator";
            return Some(why.to_owned());
        }
        let speaker = family.iter().find(|&&member| holds(member, socket.inode))?;
        let child = children(*speaker).into_iter().next()?;
        Some(format!("starts another process, {}: a replica is one process", name(child)))
    }

    /// Returns true if the process has neither read nor sent anything for too long.
    fn naps(&mut self, queued: u64, heard: u64) -> bool {
        let naps = queued > 0 && queued >= self.queued && heard == self.heard;
        self.naps = if naps { self.naps + 1 } else { 0 };
        (self.queued, self.heard) = (queued, heard);
        self.naps >= MOST_NAPS
    }
}

/// A socket, as the kernel lists it.
struct Socket {
    port: u16,
    /// The bytes that wait to be read.
    queued: u64,
    inode: u64,
}

impl Socket {
    /// Reads a line such as `7: 0100007F:9C40 00000000:0000 07 00000000:00000300 … 0 4711 …`.
    fn parse(line: &str) -> Option<Socket> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, _, queues, _, _, _, _, inode, ..] = fields.as_slice() else {
            return None;
        };
        let hex = |text: &str| u64::from_str_radix(text.rsplit(':').next()?, 16).ok();
        Some(Socket {
            port: hex(local)?.try_into().ok()?,
            queued: hex(queues)?,
            inode: inode.parse().ok()?,
        })
    }
}

/// Returns the sockets of a protocol, of both versions of IP.
fn sockets(protocol: &str) -> impl Iterator<Item = Socket> + use<> {
    let list = |version| fs::read_to_string(format!("/proc/net/{protocol}{version}"));
    let text = list("").unwrap_or_default() + &list("6").unwrap_or_default();
    let sockets: Vec<Socket> = text.lines().filter_map(Socket::parse).collect();
    sockets.into_iter()
}

/// Returns a process and all processes that it started, parents first.
fn family(process: u32) -> Vec<u32> {
    let mut family = vec![process];
    let mut next = 0;
    while let Some(&member) = family.get(next) {
        family.extend(children(member));
        next += 1;
    }
    family
}

/// Returns the processes that a process has started and that still run.
fn children(process: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>())
        .flatten()
        .collect()
}

/// Returns the inodes of a process's sockets.
fn inodes(process: u32) -> Vec<u64> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let names = files.filter_map(|file| fs::read_link(file.path()).ok());
    let inode = |name: std::path::PathBuf| {
        name.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    names.filter_map(inode).collect()
}

fn holds(process: u32, inode: u64) -> bool {
    inodes(process).contains(&inode)
}

/// Returns true if a process holds a TCP socket that is bound or connected.
fn has_tcp(process: u32) -> bool {
    let inodes = inodes(process);
    // A process with one socket has no TCP socket, which saves reading a list that may be long.
    inodes.len() > 1 && sockets("tcp").any(|socket| inodes.contains(&socket.inode))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn a_socket_is_found_with_what_waits_in_it() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let address = socket.local_addr().expect("an address");
        let port = address.port();
        let queued = || sockets("udp").find(|socket| socket.port == port).map(|it| it.queued);
        assert_eq!(queued(), Some(0));
        socket.send_to(b"hello", address).expect("it is sent");
        assert!(queued() > Some(0));
    }

    #[test]
    fn tcp_is_noticed() {
        let me = std::process::id();
        let _other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        assert!(has_tcp(me));
        drop(listener);
    }

    #[test]
    fn who_reads_or_speaks_does_not_hang() {
        let mut look = Look::default();
        let hangs = |look: &mut Look, each: &dyn Fn(u64) -> (u64, u64)| {
            (0..2 * u64::from(MOST_NAPS)).any(|number| {
                let (queued, heard) = each(number);
                look.naps(queued, heard)
            })
        };
        assert!(!hangs(&mut look, &|_| (0, 7)), "nothing to read");
        assert!(!hangs(&mut look, &|number| (1_000, number)), "speaks");
        assert!(!hangs(&mut look, &|number| (1_000 - 300 * (number % 3), 7)), "reads");
        assert!(hangs(&mut look, &|number| (1_000 + number, 7)));
    }
}
