//! The folder in which a run's processes live.
//!
//! It is removed with the run, no matter how that ends.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The name of the folder in which a process runs.
const IN_VIEW: &str = "replica";

/// The environment variable with the folder of a process and its descendants.
///
/// It marks these processes, so that those that outlive the run can be found: by [`marked_below`], and by [`REAP`]
/// after the simulator has ended.
pub(super) const MARK: &str = "SIMULATOR_FOLDER";

/// The script of the reaper.
///
/// It waits for a line, which says that nothing is left to do, or for the end of its standard input. Then it kills
/// every process that carries the mark of a folder in this one, until none is left, and removes the folder. A process
/// that is being killed may still write there, and may have locked its own folders, so the script repeats this for a
/// second. A signal that is meant for the simulator does not end it.
const REAP: &str = r#"trap '' HUP INT QUIT TERM
read -r _ && exit
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    left=$(grep -lsF -- "SIMULATOR_FOLDER=$1/" /proc/[0-9]*/environ)
    [ -n "$left" ] || break
    for process in $left; do
        process=${process#/proc/}
        kill -9 "${process%/environ}"
    done
done
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- "$1"
    [ -e "$1" ] || break
    chmod -R u+rwX -- "$1"
    sleep 0.1
done"#;

/// A folder for temporary files, with a shell as its reaper.
///
/// As soon as the simulator closes the shell's standard input, even by being killed, the shell ends the processes
/// that still run in the folder, removes the folder, and exits.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    reaper: Child,
    /// The number of folders made in this one.
    made: AtomicU32,
}

impl Scratch {
    /// Makes the folder and starts its reaper.
    pub(crate) fn new() -> io::Result<Scratch> {
        let folder = new_folder()?;
        let reaper = Command::new("/bin/sh")
            .args(["-c", REAP, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .inspect_err(|_| drop(fs::remove_dir(&folder)))?;
        Ok(Scratch { folder, reaper, made: AtomicU32::new(0) })
    }

    /// Returns the path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder that holds this one.
    pub(crate) fn base(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// Makes a new folder for a process, inside a folder that holds nothing else.
    ///
    /// All such paths have the same length, because a replica's memory layout must not differ from run to run.
    pub(crate) fn folder(&self) -> io::Result<PathBuf> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{number:08x}")).join(IN_VIEW);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes the folder of a process, with everything that the process left.
    pub(crate) fn remove(folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder.parent().unwrap_or(folder))
    }

    /// Returns true if a process lives that was started in one of the folders.
    fn is_inhabited(&self) -> bool {
        marked_below(&self.folder).next().is_some()
    }
}

impl Drop for Scratch {
    /// Removes the folder here if no process is left, as is usual.
    ///
    /// This takes a tenth of the reaper's time.
    fn drop(&mut self) {
        let is_done = !self.is_inhabited() && fs::remove_dir_all(&self.folder).is_ok();
        // A destructor cannot return an error.
        if let Some(mut reaper) = self.reaper.stdin.take()
            && is_done
        {
            let _ = reaper.write_all(b"done\n");
        }
        let _ = self.reaper.wait();
    }
}

/// Returns the processes that carry the mark of a folder in this one. The reaper's script finds them in the same way.
pub(super) fn marked_below(folder: &Path) -> impl Iterator<Item = u32> {
    let mark = format!("{MARK}={}/", folder.display()).into_bytes();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(move |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable.starts_with(&mark))
    })
}

/// Makes a folder in `TMPDIR`, else in memory if programs can start there.
fn new_folder() -> io::Result<PathBuf> {
    if std::env::var_os("TMPDIR").is_none()
        && let Some(folder) = new_folder_in_memory()
    {
        return Ok(folder);
    }
    new_folder_in(&std::env::temp_dir())
}

/// Makes a folder in memory, where files are made ten times as fast.
#[cfg(target_os = "linux")]
fn new_folder_in_memory() -> Option<PathBuf> {
    use rustix::fs::{StatVfsMountFlags, statvfs};

    const IN_MEMORY: &str = "/dev/shm";
    /// The room that any replica needs, in bytes.
    const ROOM: u64 = 1 << 30;

    let found = statvfs(IN_MEMORY).ok()?;
    let has_room = found.f_bavail.saturating_mul(found.f_frsize) >= ROOM;
    let refuses = StatVfsMountFlags::NOEXEC | StatVfsMountFlags::RDONLY;
    let fits = has_room && !found.f_flag.intersects(refuses);
    fits.then(|| new_folder_in(Path::new(IN_MEMORY)).ok()).flatten()
}

#[cfg(not(target_os = "linux"))]
fn new_folder_in_memory() -> Option<PathBuf> {
    None
}

fn new_folder_in(base: &Path) -> io::Result<PathBuf> {
    let own = std::process::id();
    for number in 0..=u32::MAX {
        let folder = base.join(format!("simulator-{own:08x}-{number:08x}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let what = format!("{} cannot be made: {error}", folder.display());
                return Err(io::Error::new(error.kind(), what));
            }
            Ok(()) => return Ok(folder),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
