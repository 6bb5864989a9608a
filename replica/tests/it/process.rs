//! Tests of the real process with a directory: killed at any time, it keeps all acknowledged puts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::elections::luck;

const CLIENT: &str = "0020";
/// A time that no operation takes, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The number of puts in flight at a time.
const WINDOW: usize = 4;
/// The time without an answer after which a put counts as lost with a process.
const LOST: Duration = Duration::from_millis(500);

fn id(member: usize) -> String {
    format!("{member:04X}")
}

/// The processes, the network between them, and a client, all on one socket and in one thread.
struct World {
    socket: UdpSocket,
    directory: PathBuf,
    processes: Vec<Option<Child>>,
    addresses: BTreeMap<String, SocketAddr>,
    /// The replica that the client takes for the leader.
    leader: usize,
    /// The last number used, which identifies a request and is the value of a put.
    number: u64,
    /// The puts in flight: their keys, and the times at which they were sent.
    asked: BTreeMap<u64, (String, Instant)>,
    /// The newest acknowledged value of each key.
    acknowledged: BTreeMap<String, u64>,
    acknowledgements: u64,
}

impl World {
    fn new(name: &str, members: usize) -> Self {
        let directory =
            std::env::temp_dir().join(format!("replica-process-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        World {
            socket,
            directory,
            processes: (0..members).map(|_| None).collect(),
            addresses: BTreeMap::new(),
            leader: 0,
            number: 0,
            asked: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            acknowledgements: 0,
        }
    }

    fn data(&self, member: usize) -> PathBuf {
        self.directory.join(id(member))
    }

    fn command(&self, member: usize) -> Command {
        let members = self.processes.len();
        let mut command = Command::new(env!("CARGO_BIN_EXE_replica"));
        command
            .arg(self.socket.local_addr().unwrap().port().to_string())
            .arg(id(member))
            .args((0..members).filter(|&other| other != member).map(id))
            .arg("--data")
            .arg(self.data(member))
            // So that some of the kills occur while the file is being replaced.
            .args(["--snapshot-after", "20"])
            .stdout(Stdio::null());
        command
    }

    fn start(&mut self, member: usize) {
        let process = self.command(member).stderr(Stdio::null()).spawn().unwrap();
        self.processes[member] = Some(process);
    }

    /// Kills a process, as `kill -9` does.
    fn kill(&mut self, member: usize) {
        self.addresses.remove(&id(member));
        if let Some(mut process) = self.processes[member].take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Forwards one datagram, if there is one. Returns an answer to the client if it is not about a put.
    fn deliver(&mut self) -> Option<Value> {
        let mut buffer = [0; 65_536];
        let (length, address) = self.socket.recv_from(&mut buffer).ok()?;
        let datagram: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        let from = datagram["src"].as_str().unwrap().to_owned();
        if datagram["type"] == "hello" {
            self.addresses.insert(from, address);
            return None;
        }
        // Datagrams of killed processes arrive, but do not show that they are alive.
        match datagram["dst"].as_str() {
            Some(CLIENT) => self.answered(datagram),
            Some(to) => {
                if let Some(to) = self.addresses.get(to) {
                    let _ = self.socket.send_to(&buffer[..length], to);
                }
                None
            }
            None => panic!("{datagram}"),
        }
    }

    fn answered(&mut self, answer: Value) -> Option<Value> {
        if let Ok(leader) = usize::from_str_radix(answer["leader"].as_str().unwrap(), 16)
            && leader < self.processes.len()
        {
            self.leader = leader;
        }
        let number = answer["MID"].as_str().unwrap().parse().unwrap();
        let Some((key, _)) = self.asked.remove(&number) else {
            return Some(answer);
        };
        if answer["type"] == "ok" {
            let newest = self.acknowledged.entry(key).or_default();
            *newest = number.max(*newest);
            self.acknowledgements += 1;
        }
        None
    }

    /// Sends a request with a new number to the leader; does nothing while the leader is not running.
    fn ask(&mut self, request: Value) -> Option<u64> {
        let to = id(self.leader);
        let Some(address) = self.addresses.get(&to) else {
            self.leader = (self.leader + 1) % self.processes.len();
            return None;
        };
        let mut request = request;
        self.number += 1;
        request["src"] = CLIENT.into();
        request["dst"] = to.into();
        request["leader"] = "FFFF".into();
        request["MID"] = self.number.to_string().into();
        let _ = self.socket.send_to(request.to_string().as_bytes(), address);
        Some(self.number)
    }

    /// Keeps sending puts: most to a few keys, so that there are snapshots, and some to keys of their own.
    fn load(&mut self) {
        self.asked.retain(|_, (_, since)| since.elapsed() < LOST);
        while self.asked.len() < WINDOW {
            let next = self.number + 1;
            let key =
                if next.is_multiple_of(4) { format!("k{next}") } else { format!("k{}", next % 8) };
            let put = json!({"type": "put", "key": key, "value": next.to_string()});
            match self.ask(put) {
                Some(number) => self.asked.insert(number, (key, Instant::now())),
                None => return,
            };
        }
    }

    fn load_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.load();
            self.deliver();
        }
    }

    fn wait_for_hello(&mut self, member: usize) {
        let end = Instant::now() + PATIENCE;
        while !self.addresses.contains_key(&id(member)) {
            assert!(Instant::now() < end, "{} says nothing", id(member));
            self.deliver();
        }
    }

    fn wait_for_acknowledgement(&mut self) {
        let (before, end) = (self.acknowledgements, Instant::now() + PATIENCE);
        while self.acknowledgements == before {
            assert!(Instant::now() < end, "no put is acknowledged");
            self.load();
            self.deliver();
        }
    }

    /// Returns the value of a key, with as many requests as necessary.
    fn get(&mut self, key: &str) -> u64 {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "{key} is not answered");
            let number = self.ask(json!({"type": "get", "key": key}));
            let wait = Instant::now() + LOST;
            while Instant::now() < wait {
                let Some(answer) = self.deliver() else {
                    continue;
                };
                if answer["MID"].as_str() != number.map(|number| number.to_string()).as_deref() {
                    continue;
                }
                match answer["value"].as_str() {
                    Some("") => return 0,
                    Some(value) => return value.parse().unwrap(),
                    None => break,
                }
            }
        }
    }

    /// Checks that each of these keys has the value that was last acknowledged, or that of a later put.
    fn check(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            let value = self.get(&key);
            let acknowledged = self.acknowledged[&key];
            assert!(
                value >= acknowledged,
                "{key} has {value}, but {acknowledged} was acknowledged"
            );
        }
    }

    fn check_all(&mut self) {
        let keys: Vec<_> = self.acknowledged.keys().cloned().collect();
        self.check(keys);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().flatten() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn two_hundred_kills_lose_no_acknowledged_put() {
    let mut world = World::new("alone", 1);
    let mut random = luck(9);
    let mut touched = BTreeSet::new();
    for life in 0..200 {
        world.start(0);
        if life % 4 == 3 {
            // During its start.
            std::thread::sleep(Duration::from_micros(random() % 6000));
        } else {
            world.wait_for_hello(0);
            world.check(std::mem::take(&mut touched));
            let before = world.acknowledged.clone();
            world.wait_for_acknowledgement();
            world.load_for(Duration::from_micros(random() % 30_000));
            let newer = |(key, value): &(&String, &u64)| before.get(*key) != Some(*value);
            touched = world.acknowledged.iter().filter(newer).map(|(key, _)| key.clone()).collect();
        }
        world.kill(0);
    }
    world.start(0);
    world.wait_for_hello(0);
    world.check_all();
    world.wait_for_acknowledgement();
    assert!(world.acknowledgements > 150, "{} puts are no load", world.acknowledgements);
}

#[test]
fn members_killed_in_turn_and_all_at_once_lose_no_acknowledged_put() {
    let mut world = World::new("three", 3);
    let mut random = luck(10);
    for member in 0..3 {
        world.start(member);
        world.wait_for_hello(member);
    }
    world.wait_for_acknowledgement();
    for kill in 0..40 {
        // Without its leader the cluster makes no progress for seconds, which happens twice.
        let after_leader = if kill % 20 == 10 { 0 } else { 1 + random() % 2 };
        let member = (world.leader + after_leader as usize) % 3;
        world.kill(member);
        world.load_for(Duration::from_micros(random() % 20_000));
        world.start(member);
        world.wait_for_hello(member);
        world.wait_for_acknowledgement();
        world.load_for(Duration::from_micros(random() % 20_000));
    }
    for member in 0..3 {
        world.kill(member);
    }
    for member in 0..3 {
        world.start(member);
        world.wait_for_hello(member);
    }
    world.check_all();
    assert!(world.acknowledgements > 40, "{} puts are no load", world.acknowledgements);
}

#[test]
fn a_torn_tail_is_told_and_damage_is_refused() {
    let mut world = World::new("damaged", 1);
    world.start(0);
    world.wait_for_hello(0);
    world.wait_for_acknowledgement();
    world.kill(0);
    let records = world.data(0).join("records");
    let mut bytes = fs::read(&records).unwrap();

    fs::write(&records, &bytes[..bytes.len() - 1]).unwrap();
    let mut process = world.command(0).stderr(Stdio::piped()).spawn().unwrap();
    world.wait_for_hello(0);
    world.kill(0);
    process.kill().unwrap();
    let said = String::from_utf8(process.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("torn by a crash"), "{said}");

    // The first record begins after "replica 1 0000\n".
    bytes[40] ^= 4;
    fs::write(&records, &bytes).unwrap();
    let output = world.command(0).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let place = format!("{}, byte 15: ", records.display());
    assert!(said.contains(&place), "{said}");
}

/// A member that counts twice would make a majority of fewer members.
#[test]
fn nobody_is_named_twice() {
    let said = |ids: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replica"));
        let output = command.arg("9").args(ids).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["0000", "0001", "0000"]).contains("0000 is this replica's own id"));
    assert!(said(&["0000", "0001", "0002", "0001"]).contains("0001 is named twice"));
}
