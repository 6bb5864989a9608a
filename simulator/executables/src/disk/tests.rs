use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The number of crashes that are tried; enough that each result of a draw occurs.
const CRASHES: u64 = 64;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    /// Makes a folder with files, and the disk of a process that runs there.
    fn with(files: &[(&str, &str)]) -> (Folder, Disk) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("disk-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        let folder = Folder(path);
        files.iter().for_each(|(name, content)| folder.write(name, content));
        let mut disk = Disk::of(&folder.0, Rc::default()).expect("it can be read");
        disk.begin_step(0);
        (folder, disk)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).expect("a file");
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.0.join(from), self.0.join(to)).expect("it is there");
    }

    fn file(&self, name: &str) -> Synced {
        let metadata = fs::metadata(self.0.join(name)).expect("it is there");
        Synced::File { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Writes a file, and reports that it was cut to nothing before.
    fn rewrite(&self, name: &str, content: &str, disk: &mut Disk) {
        self.write(name, content);
        if let Synced::File { device, inode } = self.file(name) {
            disk.cut(device, inode, 0);
        }
    }

    fn sync(&self, name: &str, disk: &mut Disk) {
        assert!(disk.sync(self.file(name), 0, 0));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns what is left after a crash, as one text: names and contents.
fn crash(disk: &mut Disk, dice: u64) -> String {
    let (left, _, _) = disk.crash(&mut Dice::new(dice, 0));
    let files = left.0.iter().filter_map(|(path, entry)| match entry {
        Entry::Copy { content, .. } => {
            Some(format!("{}={}", path.display(), String::from_utf8_lossy(content)))
        }
        _ => None,
    });
    files.collect::<Vec<_>>().join(" ")
}

/// Returns all that can be left.
fn crashes(disk: &mut Disk) -> BTreeSet<String> {
    (0..CRASHES).map(|dice| crash(disk, dice)).collect()
}

fn all(results: &[&str]) -> BTreeSet<String> {
    results.iter().map(|&result| result.to_owned()).collect()
}

#[test]
fn what_was_synced_is_there_and_of_the_rest_a_prefix_may_be() {
    let (folder, mut disk) = Folder::with(&[]);
    folder.write("log", "one");
    folder.sync("log", &mut disk);
    assert_eq!(
        crashes(&mut disk),
        all(&["log=one"]),
        "with its name, though the folder was not synced"
    );
    folder.write("log", "one23");
    let expected = ["log=one", "log=one2", "log=one23", "log=one\0\0", "log=one2\0"];
    assert_eq!(crashes(&mut disk), all(&expected));
    folder.sync("log", &mut disk);
    assert_eq!(crashes(&mut disk), all(&["log=one23"]));
}

/// Of two threads that sync one file, the one that begins later may be done earlier.
#[test]
fn a_sync_that_is_done_late_takes_nothing_back() {
    let (folder, mut disk) = Folder::with(&[]);
    let slow = DiskService { sync_time: 1, is_full: false };
    let sync = |disk: &mut Disk, content: &str, until| {
        folder.write("log", content);
        assert!(disk.sync(folder.file("log"), until, 0));
    };
    disk.set_service(slow);
    sync(&mut disk, "one", 60);
    sync(&mut disk, "one2", 6);
    disk.begin_step(6);
    assert_eq!(crashes(&mut disk), all(&["log=one2"]));
    disk.begin_step(60);
    assert_eq!(crashes(&mut disk), all(&["log=one2"]));
    // The disk is fast again before a slow sync is done.
    sync(&mut disk, "one23", 90);
    disk.set_service(DiskService::default());
    sync(&mut disk, "one234", 61);
    disk.begin_step(90);
    assert_eq!(crashes(&mut disk), all(&["log=one234"]));
}

#[test]
fn a_rename_is_complete_or_undone_until_the_folder_is_synced() {
    let (folder, mut disk) = Folder::with(&[("state", "old")]);
    folder.write("new", "new");
    folder.sync("new", &mut disk);
    folder.rename("new", "state");
    assert_eq!(crashes(&mut disk), all(&["new=new state=old", "state=new"]));
    folder.sync(".", &mut disk);
    assert_eq!(crashes(&mut disk), all(&["state=new"]));
    // The next one is renamed without a sync of its content.
    folder.write("new", "3");
    folder.rename("new", "state");
    folder.sync(".", &mut disk);
    assert_eq!(crashes(&mut disk), all(&["state=", "state=3", "state=\0"]));
}

#[test]
fn a_file_that_is_written_anew_in_its_place_may_be_empty() {
    let (folder, mut disk) = Folder::with(&[("state", "old")]);
    folder.rewrite("state", "ne", &mut disk);
    let expected = ["state=old", "state=", "state=n", "state=ne", "state=n\0", "state=\0\0"];
    assert_eq!(crashes(&mut disk), all(&expected));
    folder.sync("state", &mut disk);
    assert_eq!(crashes(&mut disk), all(&["state=ne"]));
}

#[test]
fn a_page_that_is_written_in_its_place_is_the_old_or_the_new_one() {
    let (folder, mut disk) = Folder::with(&[("pages", &("a".repeat(512) + &"b".repeat(512)))]);
    folder.write("pages", &("c".repeat(512) + &"d".repeat(512)));
    let ends = |text: &str| (text.as_bytes()[6] as char, text.as_bytes()[text.len() - 1] as char);
    let left: BTreeSet<_> = crashes(&mut disk).iter().map(|text| ends(text)).collect();
    assert_eq!(left, BTreeSet::from([('a', 'b'), ('a', 'd'), ('c', 'b'), ('c', 'd')]));
}

#[test]
fn a_sync_that_takes_time_counts_when_it_is_finished() {
    let (folder, mut disk) = Folder::with(&[]);
    folder.write("log", "1");
    disk.set_service(DiskService { sync_time: 10, is_full: false });
    assert!(disk.sync(folder.file("log"), 10, 0));
    disk.begin_step(9);
    assert!(crashes(&mut disk).len() > 1);
    disk.begin_step(10);
    assert_eq!(crashes(&mut disk), all(&["log=1"]));
    disk.set_service(DiskService { sync_time: 0, is_full: true });
    assert!(!disk.sync(folder.file("log"), 10, 0));
    assert!(disk.used().was_refused);
}

#[test]
fn what_is_left_depends_on_the_dice_alone() {
    let names = ["a", "b", "c", "d/e", "d/f"];
    let left = |order: &mut dyn Iterator<Item = &&str>| {
        let (folder, mut disk) = Folder::with(&[]);
        fs::create_dir(folder.0.join("d")).expect("a folder");
        order.for_each(|name| folder.write(name, "content"));
        (0..CRASHES).map(|dice| crash(&mut disk, dice)).collect::<Vec<_>>()
    };
    assert_eq!(left(&mut names.iter()), left(&mut names.iter().rev()));
}

#[test]
fn a_process_that_has_not_begun_has_changed_nothing() {
    let (folder, _) = Folder::with(&[("companion", "1")]);
    let mut disk = Disk::of(&folder.0, Rc::default()).expect("it can be read");
    folder.write("early", "2");
    assert_eq!(crashes(&mut disk), all(&["companion=1"]));
}

#[test]
fn a_bit_flips_only_in_what_the_replica_has_made_durable() {
    let (folder, _) = Folder::with(&[("companion", "1")]);
    let companions = Rc::new(BTreeSet::from([PathBuf::from("companion")]));
    let mut disk = Disk::of(&folder.0, companions).expect("it can be read");
    disk.begin_step(0);
    folder.write("log", "1");
    assert!(!disk.flip_bit(&mut Dice::new(0, 0)));
    folder.sync("log", &mut disk);
    assert!(disk.flip_bit(&mut Dice::new(0, 0)));
    let log = fs::read(folder.0.join("log")).expect("it is there");
    assert_eq!((log.len(), (log[0] ^ b'1').count_ones()), (1, 1));
    let log = String::from_utf8_lossy(&log).into_owned();
    assert_eq!(crashes(&mut disk), BTreeSet::from([format!("companion=1 log={log}")]));
}
