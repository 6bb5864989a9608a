//! A replica for the course: a process over UDP, with a thread for each task.
//!
//! The first replica keeps everything, and the others redirect clients to it.
//!
//! ```text
//! cargo build --example udp_replica
//! simulator run scenarios/course/simple-1.json --replica target/debug/examples/udp_replica
//! ```
//!
//! It is not written for the simulator: it reads the wall clock, sleeps and locks as it likes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

const PRIMARY: &str = "0000";

struct Replica {
    me: String,
    socket: UdpSocket,
    requests: Mutex<VecDeque<Value>>,
    arrived: Condvar,
}

impl Replica {
    fn send(&self, mut message: Value) -> std::io::Result<()> {
        message["src"] = json!(self.me);
        message["leader"] = json!(PRIMARY);
        self.socket.send(message.to_string().as_bytes()).map(drop)
    }

    /// Puts requests into the queue.
    fn listen(&self) -> std::io::Result<()> {
        let mut buffer = vec![0; 65_536];
        loop {
            let length = self.socket.recv(&mut buffer)?;
            if let Ok(message) = serde_json::from_slice::<Value>(&buffer[..length])
                && (message["type"] == "get" || message["type"] == "put")
            {
                self.requests.lock().unwrap_or_else(PoisonError::into_inner).push_back(message);
                self.arrived.notify_one();
            }
        }
    }

    /// Tells the other replicas the time now and then.
    fn beat(&self) -> std::io::Result<()> {
        loop {
            thread::sleep(Duration::from_millis(150));
            // The order of a map of the standard library depends on the system's random numbers.
            let order: Vec<i32> = HashMap::from([(1, ()), (2, ()), (3, ())]).into_keys().collect();
            let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();

            self.send(
                json!({"type": "beat", "dst": "FFFF", "at": at.as_nanos() as u64, "order": order}),
            )?;
        }
    }

    /// Answers the requests in the queue.
    fn answer(&self) -> std::io::Result<()> {
        let mut store = BTreeMap::new();
        loop {
            let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            let waited =
                self.arrived.wait_timeout_while(requests, Duration::from_secs(1), |requests| {
                    requests.is_empty()
                });
            let next = waited.unwrap_or_else(PoisonError::into_inner).0.pop_front();
            let Some(request) = next else { continue };
            let mut answer = json!({"dst": request["src"], "MID": request["MID"], "type": "ok"});
            let key = request["key"].to_string();
            if self.me != PRIMARY {
                answer["type"] = json!("redirect");
            } else if request["type"] == "put" {
                store.insert(key, request["value"].clone());
            } else {
                answer["value"] = store.get(&key).cloned().unwrap_or_else(|| json!(""));
            }
            self.send(answer)?;
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok());
    let (Some(port), Some(me)) = (port, arguments.next()) else {
        eprintln!("usage: udp_replica <port> <id> <other id>...");
        return Ok(());
    };
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect((Ipv4Addr::LOCALHOST, port))?;
    let (requests, arrived) = (Mutex::new(VecDeque::new()), Condvar::new());
    let replica = Replica { me, socket, requests, arrived };
    replica.send(json!({"type": "hello", "dst": "FFFF"}))?;
    thread::scope(|scope| {
        scope.spawn(|| replica.listen());
        scope.spawn(|| replica.beat());
        replica.answer()
    })
}
