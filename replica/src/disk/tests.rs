use replica::{Command, Config, Entry, Op, Outputs, Replica, Request};

use super::*;

const ID: NodeId = NodeId(0);

/// A directory that is removed with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("replica-disk-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Scratch(path)
    }

    fn records(&self) -> PathBuf {
        self.0.join(RECORDS)
    }

    fn open(&self) -> Result<Opened, DiskError> {
        Disk::open(&self.0, ID)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn noop(index: u64, term: u64) -> Durable {
    Durable::Append { index, entry: Entry { term, command: Command::Noop } }
}

/// A few records.
fn sample() -> Vec<Durable> {
    vec![
        Durable::Term { term: 1, voted_for: Some(ID) },
        noop(1, 1),
        noop(2, 1),
        Durable::Truncate { from: 2 },
        Durable::Term { term: 2, voted_for: None },
    ]
}

fn sum(records: &[Durable]) -> DurableState {
    let mut state = DurableState::default();
    for record in records {
        assert_eq!(state.apply(record), Ok(()));
    }
    state
}

#[test]
fn what_was_persisted_is_there_again_and_a_torn_tail_is_cut_off() {
    let scratch = Scratch::new("again");
    let records = sample();
    let mut opened = scratch.open().unwrap();
    assert!(opened.state.is_empty());
    opened.disk.persist(&records[..2]).unwrap();
    opened.disk.persist(&[]).unwrap();
    opened.disk.persist(&records[2..]).unwrap();
    drop(opened);

    let mut file = OpenOptions::new().append(true).open(scratch.records()).unwrap();
    file.write_all(&[9, 0, 0]).unwrap();
    let mut opened = scratch.open().unwrap();
    assert_eq!((opened.torn_bytes, &opened.state), (3, &sum(&records)));
    opened.disk.persist(&[noop(2, 2)]).unwrap();
    drop(opened);
    let opened = scratch.open().unwrap();
    assert_eq!(opened.torn_bytes, 0);
    assert_ne!(opened.state, sum(&records));
}

#[test]
fn a_snapshot_makes_the_file_short() {
    let scratch = Scratch::new("snapshot");
    let config = Config { snapshot_after: 8, ..Config::default() };
    let mut replica = Replica::new(config.clone(), ID, &[], 1, 0);
    let mut opened = scratch.open().unwrap();
    let mut out = Outputs::default();
    replica.on_timer(0, &mut out);
    for put in 0..1000 {
        let op = Op::Put { key: "k".into(), value: "v".repeat(1000 + put).into() };
        let request = Request { client: NodeId(21), id: put.to_string().into(), op };
        replica.on_request(1, request, &mut out);
        opened.disk.persist(&out.persist).unwrap();
        out.clear();
    }
    let length = fs::metadata(scratch.records()).unwrap().len();
    assert!(length < 60_000, "{length} bytes of a megabyte");
    assert!(!scratch.0.join(NEW_RECORDS).exists());
    drop(opened);
    let again = Replica::recover(config, ID, &[], 1, 0, scratch.open().unwrap().state);
    assert_eq!(again.snapshot_index(), replica.snapshot_index());
    assert_eq!(again.log().last_index(), 1001);
    assert_eq!(again.snapshot_index() % 8, 0);
}

#[test]
fn a_crash_while_the_file_is_written_anew_leaves_the_old_one() {
    let scratch = Scratch::new("anew");
    let records = sample();
    scratch.open().unwrap().disk.persist(&records).unwrap();
    fs::write(scratch.0.join(NEW_RECORDS), "replica 1 00").unwrap();
    assert_eq!(scratch.open().unwrap().state, sum(&records));
}

#[test]
fn problems_are_told_with_file_and_offset() {
    let scratch = Scratch::new("problems");
    let records = sample();
    let mut opened = scratch.open().unwrap();
    opened.disk.persist(&records).unwrap();
    let path = scratch.records().display().to_string();
    let locked = scratch.open().unwrap_err().to_string();
    assert!(locked.contains("in use by another process"), "{locked}");
    drop(opened);

    let foreign = Disk::open(&scratch.0, NodeId(1)).unwrap_err().to_string();
    assert!(
        foreign.starts_with(&format!("{path} does not begin with \"replica 1 0001\\n\"")),
        "{foreign}"
    );
    let mut damaged = fs::read(scratch.records()).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(scratch.records(), &damaged).unwrap();
    let error = scratch.open().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{path}, byte ")), "{error}");
    assert_eq!(fs::read(scratch.records()).unwrap(), damaged, "left as it was");
}
