//! The folder that a run's processes live in, gone when the run is, however it ends.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The name of the folder that a process runs in.
const IN_VIEW: &str = "replica";

/// The environment variable that names its folder to a process, and to all that it starts. It is their mark, by
/// which those are found that outlive the run: by [`marked_below`], and by [`REAP`] where the simulator is gone.
pub(super) const MARK: &str = "SIMULATOR_FOLDER";

/// What the reaper does: it waits for a line, which says that nothing is left to do, or for the end of its
/// standard input. Then it kills every process that carries the mark of a folder in this one, until none
/// is left, and removes the folder. A process that is being killed may still write there, and may have locked what
/// it has made, so it looks again for a while (a second in all). A signal that is meant for the simulator
/// does not end it.
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

/// A folder for temporary files. A shell keeps watch over it: as soon as the simulator lets go of
/// its standard input, be it killed, it removes the folder, ends what still runs there, and ends.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    reaper: Child,
    /// Counts the folders made in it.
    made: AtomicU32,
}

impl Scratch {
    /// Makes the folder.
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

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder that this one lies in.
    pub(crate) fn base(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// Makes a new folder for a process in one that holds nothing else. Its path is as long as any other's: a
    /// replica's memory must not look different from run to run.
    pub(crate) fn folder(&self) -> io::Result<PathBuf> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{number:08x}")).join(IN_VIEW);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes a folder for a process, or what the process left of it.
    pub(crate) fn remove(folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder.parent().unwrap_or(folder))
    }

    /// Whether a process lives that was started in one of its folders.
    fn is_inhabited(&self) -> bool {
        marked_below(&self.folder).next().is_some()
    }
}

impl Drop for Scratch {
    /// Mostly all processes are gone, and the folder is empty: to see to that here takes a tenth of the
    /// time that the reaper needs for it.
    fn drop(&mut self) {
        let is_done = !self.is_inhabited() && fs::remove_dir_all(&self.folder).is_ok();
        // An error here has no receiver.
        if let Some(mut reaper) = self.reaper.stdin.take()
            && is_done
        {
            let _ = reaper.write_all(b"done\n");
        }
        let _ = self.reaper.wait();
    }
}

/// The processes that carry the mark of a folder that lies in this one. The reaper's script finds them likewise.
pub(super) fn marked_below(folder: &Path) -> impl Iterator<Item = u32> {
    let mark = format!("{MARK}={}/", folder.display()).into_bytes();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(move |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable.starts_with(&mark))
    })
}

/// Makes a folder where the user says, else in memory, if programs can be started there.
fn new_folder() -> io::Result<PathBuf> {
    if std::env::var_os("TMPDIR").is_none()
        && let Some(folder) = new_folder_in_memory()
    {
        return Ok(folder);
    }
    new_folder_in(&std::env::temp_dir())
}

/// Makes a folder in memory, where a file is made in a tenth of the time.
#[cfg(target_os = "linux")]
fn new_folder_in_memory() -> Option<PathBuf> {
    use rustix::fs::{StatVfsMountFlags, statvfs};

    const IN_MEMORY: &str = "/dev/shm";
    /// As much room as anybody's replica needs, in bytes.
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
