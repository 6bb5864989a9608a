//! Shows a process its own folder under a path that is the same in every run.
//!
//! The path of a process's folder is another one each time: several runs go on at once, and each process has
//! a folder of its own. What some programs do depends on it: V8 hashes the path of its main script, and what
//! its hash tables and caches then look like decides how often it reads a clock. So the process gets a mount
//! namespace of its own, in which the folder above its own lies at [`View::PARENT`]: its own may be removed
//! there, as anywhere.
//!
//! Root may do so, and where unprivileged user namespaces are permitted anybody may; [`View::is_permitted`] says.

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
    /// Where the process finds it.
    path: CString,
    /// What makes users and groups in a user namespace those that they are outside.
    users: String,
    groups: String,
}

impl View {
    /// Where the process sees the folder that its own lies in. What is there elsewhere is hidden from it.
    pub(crate) const PARENT: &str = "/dev/shm";

    const PARENT_FOR_THE_KERNEL: &CStr = c"/dev/shm";

    /// A view of a folder.
    ///
    /// # Errors
    ///
    /// If the folder's path holds a zero byte, or there is no folder above it.
    pub(crate) fn of(folder: &Path) -> io::Result<View> {
        let parent = folder.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let for_the_kernel = |path: &Path| CString::new(path.as_os_str().as_bytes());
        let (parent, path) = (for_the_kernel(parent)?, for_the_kernel(&View::path_of(folder))?);
        // SAFETY: no arguments; these calls cannot fail.
        let (user, group) = unsafe { (kernel!(GETEUID), kernel!(GETEGID)) };
        let map = |id: isize| format!("{id} {id} 1\n");
        Ok(View { parent, path, users: map(user), groups: map(group) })
    }

    /// Where a process sees a folder of its own.
    pub(crate) fn path_of(folder: &Path) -> PathBuf {
        Path::new(View::PARENT).join(folder.file_name().unwrap_or_default())
    }

    /// Whether this machine lets a process have such a view. It is tried.
    pub(crate) fn is_permitted(folder: &Path) -> bool {
        let Ok(view) = View::of(folder) else { return false };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 0"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: between fork and exec only system calls are made: no memory, no locks.
        unsafe { command.pre_exec(move || view.enter()) };
        command.status().is_ok_and(|status| status.success())
    }

    /// Gives the calling process the view, and makes the folder its working folder. Only system calls are
    /// made: no memory, no locks.
    pub(crate) fn enter(&self) -> io::Result<()> {
        const NEW_MOUNTS: usize = 0x2_0000;
        const NEW_USERS: usize = 0x1000_0000;
        const BIND: usize = 0x1000;
        const RECURSIVE_AND_PRIVATE: usize = 0x4000 | 0x4_0000;
        let (nothing, root, here) = (0_usize, c"/", Self::PARENT_FOR_THE_KERNEL);
        // SAFETY: numbers, and texts that end with a zero and live until the calls return.
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

/// Writes a file of the kernel's.
fn write(path: &CStr, text: &[u8]) -> io::Result<()> {
    const WRITE_ONLY: usize = 1;
    // SAFETY: a text that ends with a zero, a buffer and its length, and a descriptor that is closed once.
    unsafe {
        let file = check(kernel!(OPEN, path.as_ptr(), WRITE_ONLY))?;
        let written = check(kernel!(WRITE, file, text.as_ptr(), text.len()));
        kernel!(CLOSE, file);
        written?;
    }
    Ok(())
}
