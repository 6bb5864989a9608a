//! Shows a process its own folder under the same path in every run.
//!
//! The real path differs from run to run, because several runs go on at once and each process has a folder of its
//! own. The behaviour of some programs depends on it: V8 hashes the path of its main script, and the layout of its
//! hash tables and caches then decides how often it reads a clock. So the process gets a mount namespace of its own,
//! in which the parent of its folder is mounted at [`View::PARENT`]. Its own folder may then be removed there, as
//! anywhere.
//!
//! Root may do this, and other users may where unprivileged user namespaces are permitted; [`View::is_permitted`]
//! says if so.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::processes::check;
use crate::shim::sys::kernel;

/// A folder that a process is to run in, and to see below [`View::PARENT`].
#[derive(Clone, Debug)]
pub(crate) struct View {
    parent: CString,
    /// The path at which the process finds it.
    path: CString,
    /// The maps that keep users and groups the same inside a user namespace.
    users: String,
    groups: String,
}

impl View {
    /// The path at which the process sees the parent of its folder. It does not see what else is at that path.
    pub(crate) const PARENT: &str = "/dev/shm";

    const PARENT_FOR_THE_KERNEL: &CStr = c"/dev/shm";

    /// Returns the view of a folder.
    ///
    /// # Errors
    ///
    /// If the folder's path holds a zero byte, or the folder has no parent.
    pub(crate) fn of(folder: &Path) -> io::Result<View> {
        let parent = folder.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let for_the_kernel = |path: &Path| CString::new(path.as_os_str().as_bytes());
        let (parent, path) = (for_the_kernel(parent)?, for_the_kernel(&View::path_of(folder))?);
        // SAFETY: no arguments; these calls cannot fail.
        let (user, group) = unsafe { (kernel!(GETEUID), kernel!(GETEGID)) };
        let map = |id: isize| format!("{id} {id} 1\n");
        Ok(View { parent, path, users: map(user), groups: map(group) })
    }

    /// Returns the path at which a process sees a folder of its own.
    pub(crate) fn path_of(folder: &Path) -> PathBuf {
        Path::new(View::PARENT).join(folder.file_name().unwrap_or_default())
    }

    /// Returns true if this machine permits such a view, which a process tries.
    pub(crate) fn is_permitted(folder: &Path) -> bool {
        let Ok(view) = View::of(folder) else { return false };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 0"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: between fork and exec there are only system calls, no allocations and no locks.
        unsafe { command.pre_exec(move || view.enter()) };
        command.status().is_ok_and(|status| status.success())
    }

    /// Gives the calling process the view, and makes the folder its working folder.
    ///
    /// Makes only system calls, no allocations, and takes no locks.
    pub(crate) fn enter(&self) -> io::Result<()> {
        const NEW_MOUNTS: usize = 0x2_0000;
        const NEW_USERS: usize = 0x1000_0000;
        const BIND: usize = 0x1000;
        const RECURSIVE_AND_PRIVATE: usize = 0x4000 | 0x4_0000;
        let (nothing, root, here) = (0_usize, c"/", Self::PARENT_FOR_THE_KERNEL);
        // SAFETY: numbers, and strings that end with a zero byte and live until the calls return.
        unsafe {
            if check(kernel!(UNSHARE, NEW_MOUNTS)).is_err() {
                check(kernel!(UNSHARE, NEW_MOUNTS | NEW_USERS))?;
                write(c"/proc/self/setgroups", b"deny")?;
                write(c"/proc/self/uid_map", self.users.as_bytes())?;
                write(c"/proc/self/gid_map", self.groups.as_bytes())?;
            }
            let flags = RECURSIVE_AND_PRIVATE;
            check(kernel!(MOUNT, nothing, root.as_ptr(), nothing, flags, nothing))?;
            let parent = self.parent.as_ptr();
            check(kernel!(MOUNT, parent, here.as_ptr(), nothing, BIND, nothing))?;
            check(kernel!(CHDIR, self.path.as_ptr()))?;
        }
        Ok(())
    }
}

/// Writes one of the kernel's files.
fn write(path: &CStr, text: &[u8]) -> io::Result<()> {
    const WRITE_ONLY: usize = 1;
    // SAFETY: a string that ends with a zero byte, a buffer and its length, and a descriptor that is closed once.
    unsafe {
        let file = check(kernel!(OPEN, path.as_ptr(), WRITE_ONLY))?;
        let written = check(kernel!(WRITE, file, text.as_ptr(), text.len()));
        kernel!(CLOSE, file);
        written?;
    }
    Ok(())
}
