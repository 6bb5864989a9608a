//! The replica as a process: one UDP socket, one thread, and the state machine of the library.
#![forbid(unsafe_code)]

mod disk;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use replica::wire::{self, Incoming, MAX_DATAGRAM};
use replica::{Config, DurableState, Nanos, NodeId, Outputs, ReadMode, Replica};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use disk::{Disk, DiskError, Opened};

const USAGE: &str = "\
usage: replica <port> <id> <other id>... [<option>...]
  <port>      UDP port on 127.0.0.1 to which everything is sent, 1 to 65535
  <id>        this replica's address, four upper-case hex digits, not FFFF
  <other id>  the other replicas' addresses, in any order; none for a replica alone
  --data      directory: keeps all that must survive a crash there, one directory a replica; without it, in memory only
  --reads     lease|read-index: gets are answered by a lease (default), or by asking a majority
  --snapshot-after
              how many entries are applied between two snapshots at least, 0 to 2^64 - 1 (default 8192)
  --seed      number: makes election timeouts repeatable, 0 to 2^64 - 1";

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("replica: {problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("replica {}: {error}", options.id);
            ExitCode::FAILURE
        }
    }
}

/// The options of the command line.
struct Options {
    port: u16,
    id: NodeId,
    peers: Vec<NodeId>,
    data: Option<PathBuf>,
    config: Config,
    seed: u64,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments;
        let mut positional = Vec::new();
        let mut data = None;
        let mut config = Config::default();
        let mut seed = None;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--data" => data = Some(parse_directory(arguments.next())?),
                "--reads" => config.read_mode = parse_reads(arguments.next())?,
                "--snapshot-after" => {
                    config.snapshot_after = parse_number("--snapshot-after", arguments.next())?;
                }
                "--seed" => seed = Some(parse_number("--seed", arguments.next())?),
                flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
                _ => positional.push(argument),
            }
        }
        let [port, id, peers @ ..] = positional.as_slice() else {
            return Err("a port and an id are needed".to_owned());
        };
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(format!("{port:?} is not a port")),
            Ok(port) => port,
        };
        let id = parse_id(id)?;
        let peers: Vec<NodeId> = peers.iter().map(|id| parse_id(id)).collect::<Result<_, _>>()?;
        refuse_twice(id, &peers)?;
        Ok(Options { port, id, peers, data, config, seed: seed.unwrap_or_else(random_seed) })
    }
}

fn parse_id(text: &str) -> Result<NodeId, String> {
    match text.parse() {
        Ok(NodeId::EVERYBODY) => Err("FFFF means all replicas, and is the id of none".to_owned()),
        Ok(id) => Ok(id),
        Err(error) => Err(format!("{text:?} is not an id: {error}")),
    }
}

/// Returns an error if a member is named twice: each member counts once in a majority.
fn refuse_twice(id: NodeId, peers: &[NodeId]) -> Result<(), String> {
    for (number, peer) in peers.iter().enumerate() {
        if *peer == id {
            return Err(format!("{id} is this replica's own id, and not another's"));
        }
        if peers[..number].contains(peer) {
            return Err(format!("{peer} is named twice"));
        }
    }
    Ok(())
}

fn parse_directory(text: Option<String>) -> Result<PathBuf, String> {
    match text {
        Some(text) if !text.is_empty() => Ok(text.into()),
        _ => Err("--data needs a directory".to_owned()),
    }
}

fn parse_reads(text: Option<String>) -> Result<ReadMode, String> {
    match text.as_deref() {
        Some("lease") => Ok(ReadMode::Lease),
        Some("read-index") => Ok(ReadMode::ReadIndex),
        _ => Err("--reads needs lease or read-index".to_owned()),
    }
}

fn parse_number(option: &str, text: Option<String>) -> Result<u64, String> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{option} needs a number from 0 to 2^64 - 1"))
}

/// Returns a seed that differs from run to run, and between the processes of one run.
fn random_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32)
}

/// Sends the hello, then serves; returns only if the socket or the directory fails.
fn run(options: &Options) -> Result<std::convert::Infallible, Box<dyn Error>> {
    let (mut disk, state) = open_disk(options)?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // A connected socket receives only from the simulator.
    socket.connect((Ipv4Addr::LOCALHOST, options.port))?;
    socket.set_nonblocking(true)?;

    let started = Instant::now();
    let clock = || started.elapsed().as_nanos() as Nanos;
    let config = options.config.clone();
    let mut replica =
        Replica::recover(config, options.id, &options.peers, options.seed, clock(), state);
    let mut out = if disk.is_some() { Outputs::default() } else { Outputs::volatile() };
    let mut text = Vec::new();
    let mut datagram = vec![0; MAX_DATAGRAM + 1];

    wire::encode_hello(&mut text, options.id);
    send(&socket, &text);
    loop {
        let now = clock();
        if now >= replica.next_wakeup() {
            replica.on_timer(now, &mut out);
            flush(&socket, &mut disk, &replica, &mut out, &mut text)?;
            continue;
        }
        wait_for_datagram(&socket, replica.next_wakeup() - now)?;
        let Some(length) = receive(&socket, &mut datagram)? else {
            continue;
        };
        match wire::decode(&datagram[..length], options.id) {
            Ok(Incoming::Message { from, message }) => {
                replica.on_message(clock(), from, message, &mut out);
            }
            Ok(Incoming::Request(request)) => replica.on_request(clock(), request, &mut out),
            Err(_) => replica.on_malformed(),
        }
        flush(&socket, &mut disk, &replica, &mut out, &mut text)?;
    }
}

/// Returns the disk and the state persisted before; without a directory, no disk and an empty state.
fn open_disk(options: &Options) -> Result<(Option<Disk>, DurableState), DiskError> {
    let Some(directory) = &options.data else {
        return Ok((None, DurableState::default()));
    };
    let Opened { disk, state, torn_bytes } = Disk::open(directory, options.id)?;
    if torn_bytes > 0 {
        let (id, directory) = (options.id, directory.display());
        eprintln!(
            "replica {id}: {directory}: cut off a record of {torn_bytes} bytes, torn by a crash"
        );
    }
    Ok((Some(disk), state))
}

/// Persists the records, then sends all outputs of the replica: messages before answers, because more depends on them.
fn flush(
    socket: &UdpSocket,
    disk: &mut Option<Disk>,
    replica: &Replica,
    out: &mut Outputs,
    text: &mut Vec<u8>,
) -> Result<(), DiskError> {
    if let Some(disk) = disk {
        disk.persist(&out.persist)?;
    }
    let (id, leader) = (replica.id(), replica.leader());
    for (to, message) in &out.messages {
        wire::encode_message(text, id, *to, leader, message);
        send(socket, text);
    }
    for response in &out.responses {
        wire::encode_response(text, id, leader, response);
        send(socket, text);
    }
    out.clear();
    Ok(())
}

/// Sends a datagram. After an error the datagram is lost, which Raft tolerates.
fn send(socket: &UdpSocket, text: &[u8]) {
    while let Err(error) = socket.send(text)
        && error.kind() == ErrorKind::Interrupted
    {}
}

/// Waits for a datagram, at most for `nanos`. It does not use a read timeout of the socket, which expires only at a
/// tick of the kernel, up to 8 ms late: longer than a retry should take.
fn wait_for_datagram(socket: &UdpSocket, nanos: Nanos) -> io::Result<()> {
    let timeout = Timespec {
        tv_sec: (nanos / 1_000_000_000).min(3600) as i64,
        tv_nsec: (nanos % 1_000_000_000) as _,
    };
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Receives a datagram; returns `None` if there is none, or if the simulator is not reachable at the moment.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.recv(buffer) {
        Ok(length) => Ok(Some(length)),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset => Ok(None),
            _ => Err(error),
        },
    }
}
