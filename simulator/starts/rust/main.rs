//! A replicated key-value store with a fixed primary: the replica with the lowest id.
//!
//! The primary sends each put to all others, and again until a majority has it; then it answers.
//! The others send clients to the primary. They never take its place, so once it is killed no
//! request is answered any more.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};
use std::{env, io};

use serde_json::{Map, Value, json};

const RESEND_AFTER: Duration = Duration::from_millis(100);

/// A put in the primary's log, with the replicas that have it.
struct Put {
    request: Value,
    has: BTreeSet<String>,
}

struct Replica {
    socket: UdpSocket,
    me: String,
    others: Vec<String>,
    primary: String,
    /// The primary's values, each of which is on a majority.
    store: BTreeMap<String, Value>,
    /// The primary's puts in order.
    log: Vec<Put>,
    /// How many puts at the start of the log are in the store.
    committed: usize,
    /// The puts that this replica keeps for the primary, by their place in the log.
    copies: BTreeMap<usize, Value>,
}

impl Replica {
    fn send(&self, kind: &str, to: &str, fields: Value) -> io::Result<()> {
        let mut message = json!({"src": self.me, "dst": to, "leader": self.primary, "type": kind});
        if let (Value::Object(message), Value::Object(fields)) = (&mut message, fields) {
            message.extend(fields);
        }
        self.socket.send(message.to_string().as_bytes()).map(drop)
    }

    fn replicate(&self, place: usize) -> io::Result<()> {
        let Put { request, has } = &self.log[place];
        let copy = json!({"place": place, "key": request["key"], "value": request["value"]});
        let lacking = self.others.iter().filter(|other| !has.contains(*other));
        lacking.into_iter().try_for_each(|other| self.send("copy", other, copy.clone()))
    }

    /// Answers the puts that a majority has, in the order of the log.
    fn commit(&mut self) -> io::Result<()> {
        let majority = self.others.len().div_ceil(2) + 1;
        while let Some(put) = self.log.get(self.committed).filter(|put| put.has.len() >= majority) {
            let request = &put.request;
            self.store.insert(text(&request["key"]), request["value"].clone());
            self.send("ok", &text(&request["src"]), json!({"MID": request["MID"]}))?;
            self.committed += 1;
        }
        Ok(())
    }

    fn handle(&mut self, message: Value) -> io::Result<()> {
        let (source, mid) = (text(&message["src"]), &message["MID"]);
        let place = message["place"].as_u64().unwrap_or(0) as usize;
        match message["type"].as_str() {
            Some("get" | "put") if self.me != self.primary => {
                self.send("redirect", &source, json!({"MID": mid}))
            }
            Some("get") => {
                let value = self.store.get(&text(&message["key"])).cloned().unwrap_or(json!(""));
                self.send("ok", &source, json!({"MID": mid, "value": value}))
            }
            Some("put") => {
                self.log.push(Put { request: message, has: BTreeSet::from([self.me.clone()]) });
                self.replicate(self.log.len() - 1)
            }
            Some("copy") => {
                self.copies.insert(place, message);
                self.send("copied", &source, json!({"place": place}))
            }
            Some("copied") => {
                self.log[place].has.insert(source);
                self.commit()
            }
            _ => Ok(()),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let port: u16 = arguments.next().ok_or("expected a port, an id and the other ids")?.parse()?;
    let me = arguments.next().ok_or("expected an id")?;
    let others: Vec<String> = arguments.collect();
    let primary = others.iter().min().filter(|other| **other < me).unwrap_or(&me).clone();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect((Ipv4Addr::LOCALHOST, port))?;
    let (store, copies) = (BTreeMap::new(), BTreeMap::new());
    let (log, committed) = (Vec::new(), 0);
    let mut replica = Replica { socket, me, others, primary, store, log, committed, copies };

    replica.send("hello", "FFFF", Value::Object(Map::new()))?;
    let mut buffer = vec![0; 65_535];
    let mut resend_at = Instant::now() + RESEND_AFTER;
    loop {
        let wait = resend_at.saturating_duration_since(Instant::now());
        replica.socket.set_read_timeout(Some(wait.max(Duration::from_micros(1))))?;
        match replica.socket.recv(&mut buffer) {
            Ok(length) => replica.handle(serde_json::from_slice(&buffer[..length])?)?,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => {}
            Err(error) => return Err(error.into()),
        }
        if Instant::now() >= resend_at {
            (replica.committed..replica.log.len())
                .try_for_each(|place| replica.replicate(place))?;
            resend_at = Instant::now() + RESEND_AFTER;
        }
    }
}
