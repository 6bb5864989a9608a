//! Direct calls of the kernel and of the C library's own functions.

use std::arch::asm;
use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers of system calls on x86-64.
pub(crate) mod number {
    pub(crate) const READ: usize = 0;
    pub(crate) const WRITE: usize = 1;
    pub(crate) const OPEN: usize = 2;
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const FSTAT: usize = 5;
    pub(crate) const POLL: usize = 7;
    pub(crate) const RT_SIGACTION: usize = 13;
    pub(crate) const RT_SIGPROCMASK: usize = 14;
    pub(crate) const IOCTL: usize = 16;
    pub(crate) const PWRITE64: usize = 18;
    pub(crate) const READV: usize = 19;
    pub(crate) const WRITEV: usize = 20;
    pub(crate) const SELECT: usize = 23;
    pub(crate) const SCHED_YIELD: usize = 24;
    pub(crate) const MSYNC: usize = 26;
    pub(crate) const DUP: usize = 32;
    pub(crate) const DUP2: usize = 33;
    pub(crate) const PAUSE: usize = 34;
    pub(crate) const NANOSLEEP: usize = 35;
    pub(crate) const GETPID: usize = 39;
    pub(crate) const SOCKET: usize = 41;
    pub(crate) const CONNECT: usize = 42;
    pub(crate) const SENDTO: usize = 44;
    pub(crate) const RECVFROM: usize = 45;
    pub(crate) const SENDMSG: usize = 46;
    pub(crate) const RECVMSG: usize = 47;
    pub(crate) const SHUTDOWN: usize = 48;
    pub(crate) const BIND: usize = 49;
    pub(crate) const LISTEN: usize = 50;
    pub(crate) const GETSOCKNAME: usize = 51;
    pub(crate) const GETPEERNAME: usize = 52;
    pub(crate) const GETSOCKOPT: usize = 55;
    pub(crate) const CLONE: usize = 56;
    pub(crate) const FORK: usize = 57;
    pub(crate) const VFORK: usize = 58;
    pub(crate) const EXECVE: usize = 59;
    pub(crate) const KILL: usize = 62;
    pub(crate) const FCNTL: usize = 72;
    pub(crate) const FSYNC: usize = 74;
    pub(crate) const FDATASYNC: usize = 75;
    pub(crate) const TRUNCATE: usize = 76;
    pub(crate) const FTRUNCATE: usize = 77;
    pub(crate) const CHDIR: usize = 80;
    pub(crate) const CREAT: usize = 85;
    pub(crate) const GETTIMEOFDAY: usize = 96;
    pub(crate) const GETRUSAGE: usize = 98;
    pub(crate) const SYSINFO: usize = 99;
    pub(crate) const TIMES: usize = 100;
    pub(crate) const GETEUID: usize = 107;
    pub(crate) const GETEGID: usize = 108;
    pub(crate) const GETPPID: usize = 110;
    pub(crate) const GETPGRP: usize = 111;
    pub(crate) const GETPGID: usize = 121;
    pub(crate) const RT_SIGQUEUEINFO: usize = 129;
    pub(crate) const PERSONALITY: usize = 135;
    pub(crate) const PRCTL: usize = 157;
    pub(crate) const ARCH_PRCTL: usize = 158;
    pub(crate) const SYNC: usize = 162;
    pub(crate) const MOUNT: usize = 165;
    pub(crate) const GETTID: usize = 186;
    pub(crate) const TKILL: usize = 200;
    pub(crate) const TIME: usize = 201;
    pub(crate) const FUTEX: usize = 202;
    pub(crate) const SCHED_SETAFFINITY: usize = 203;
    pub(crate) const SCHED_GETAFFINITY: usize = 204;
    pub(crate) const EPOLL_CREATE: usize = 213;
    pub(crate) const CLOCK_GETTIME: usize = 228;
    pub(crate) const CLOCK_NANOSLEEP: usize = 230;
    pub(crate) const EXIT_GROUP: usize = 231;
    pub(crate) const EPOLL_WAIT: usize = 232;
    pub(crate) const EPOLL_CTL: usize = 233;
    pub(crate) const TGKILL: usize = 234;
    pub(crate) const WAITID: usize = 247;
    pub(crate) const OPENAT: usize = 257;
    pub(crate) const PSELECT6: usize = 270;
    pub(crate) const PPOLL: usize = 271;
    pub(crate) const UNSHARE: usize = 272;
    pub(crate) const EPOLL_PWAIT: usize = 281;
    pub(crate) const EPOLL_CREATE1: usize = 291;
    pub(crate) const DUP3: usize = 292;
    pub(crate) const PWRITEV: usize = 296;
    pub(crate) const RECVMMSG: usize = 299;
    pub(crate) const PRLIMIT64: usize = 302;
    pub(crate) const SYNCFS: usize = 306;
    pub(crate) const SENDMMSG: usize = 307;
    pub(crate) const SECCOMP: usize = 317;
    pub(crate) const GETRANDOM: usize = 318;
    pub(crate) const MEMFD_CREATE: usize = 319;
    pub(crate) const EXECVEAT: usize = 322;
    pub(crate) const PIDFD_OPEN: usize = 434;
    pub(crate) const CLONE3: usize = 435;
    pub(crate) const CLOSE_RANGE: usize = 436;
    pub(crate) const EPOLL_PWAIT2: usize = 441;
}

pub(crate) const EINTR: i32 = 4;
pub(crate) const EAGAIN: i32 = 11;
pub(crate) const EACCES: i32 = 13;
pub(crate) const EBUSY: i32 = 16;
pub(crate) const EINVAL: i32 = 22;
pub(crate) const ESRCH: i32 = 3;
pub(crate) const ENOTCONN: i32 = 107;
pub(crate) const EDESTADDRREQ: i32 = 89;
pub(crate) const EMSGSIZE: i32 = 90;
pub(crate) const ETIMEDOUT: i32 = 110;

pub(crate) const AF_INET: i32 = 2;
pub(crate) const AF_INET6: i32 = 10;
pub(crate) const SOCK_STREAM: i32 = 1;
pub(crate) const SOCK_DGRAM: i32 = 2;
pub(crate) const MSG_PEEK: i32 = 2;
pub(crate) const MSG_TRUNC: i32 = 0x20;
pub(crate) const MSG_DONTWAIT: i32 = 0x40;
pub(crate) const O_NONBLOCK: usize = 0o4000;
pub(crate) const F_GETFL: i32 = 3;
pub(crate) const POLLIN: i16 = 1;
pub(crate) const POLLOUT: i16 = 4;

/// `struct timespec`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timespec {
    pub(crate) seconds: i64,
    pub(crate) nanos: i64,
}

impl Timespec {
    pub(crate) fn of(nanos: u64) -> Self {
        let billion = 1_000_000_000;
        Timespec { seconds: (nanos / billion) as i64, nanos: (nanos % billion) as i64 }
    }

    /// Returns nanoseconds; 0 for negative times, which are in the past anyway.
    pub(crate) fn as_nanos(self) -> u64 {
        let whole = u64::try_from(self.seconds).unwrap_or(0).saturating_mul(1_000_000_000);
        whole.saturating_add(u64::try_from(self.nanos).unwrap_or(0))
    }

    pub(crate) fn is_valid(self) -> bool {
        self.seconds >= 0 && (0..1_000_000_000).contains(&self.nanos)
    }
}

/// `struct timeval`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeval {
    pub(crate) seconds: i64,
    pub(crate) micros: i64,
}

impl Timeval {
    pub(crate) fn of(nanos: u64) -> Self {
        let micros = nanos / 1_000;
        Timeval { seconds: (micros / 1_000_000) as i64, micros: (micros % 1_000_000) as i64 }
    }

    pub(crate) fn as_nanos(self) -> u64 {
        Timespec { seconds: self.seconds, nanos: self.micros.saturating_mul(1_000) }.as_nanos()
    }
}

/// `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PollFd {
    pub(crate) fd: i32,
    pub(crate) events: i16,
    pub(crate) revents: i16,
}

/// `struct iovec`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct IoVec {
    pub(crate) base: *mut u8,
    pub(crate) length: usize,
}

/// `struct msghdr`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct MsgHdr {
    pub(crate) name: *mut u8,
    pub(crate) name_length: u32,
    pub(crate) iov: *mut IoVec,
    pub(crate) iov_length: usize,
    pub(crate) control: *mut c_void,
    pub(crate) control_length: usize,
    pub(crate) flags: i32,
}

/// `struct mmsghdr`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct MMsgHdr {
    pub(crate) header: MsgHdr,
    pub(crate) length: u32,
}

/// Makes a system call. Negative results are error numbers.
///
/// # Safety
///
/// The arguments must be what the kernel expects of this call.
#[inline]
pub(crate) unsafe fn syscall(number: usize, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the instruction clobbers rax, rcx and r11 only; the rest is the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Makes a system call with arguments of any kind that fits a register.
macro_rules! kernel {
    ($number:ident $(, $arg:expr)* $(,)?) => {{
        #[allow(unused_mut, unused_assignments, reason = "calls without arguments")]
        let args = {
            let mut args = [0usize; 6];
            let mut at = 0;
            $( args[at] = $arg as usize; at += 1; )*
            let _ = at;
            args
        };
        $crate::shim::sys::syscall($crate::shim::sys::number::$number, args)
    }};
}
pub(crate) use kernel;

unsafe extern "C" {
    fn __errno_location() -> *mut i32;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn getenv(name: *const c_char) -> *const c_char;
}

/// Returns the error of the C function that failed last.
pub(crate) fn errno() -> i32 {
    // SAFETY: the C library's own variable of this thread.
    unsafe { *__errno_location() }
}

/// Sets `errno` and returns -1.
pub(crate) fn fail(error: i32) -> isize {
    // SAFETY: the C library's own variable of this thread.
    unsafe { *__errno_location() = error };
    -1
}

/// Turns a result of the kernel into that of the C library.
pub(crate) fn c_result(result: isize) -> isize {
    if (-4095..0).contains(&result) { fail(-result as i32) } else { result }
}

/// Returns the number in an environment variable.
pub(crate) fn env_number(name: &CStr) -> Option<u64> {
    // SAFETY: the environment's strings end with a zero and stay where they are.
    let text = unsafe {
        let value = getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    };
    text?.to_str().ok()?.parse().ok()
}

/// The C library's own function of a name, looked up at its first use.
#[derive(Debug)]
pub(crate) struct Original {
    name: &'static CStr,
    address: AtomicUsize,
}

impl Original {
    pub(crate) const fn new(name: &'static CStr) -> Self {
        Original { name, address: AtomicUsize::new(0) }
    }

    /// Returns the address of the function.
    ///
    /// If there is none, ends the process: it was linked with a C library of another kind.
    pub(crate) fn address(&self) -> usize {
        let known = self.address.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        const RTLD_NEXT: usize = usize::MAX;
        // SAFETY: a name that ends with a zero, and the handle for "the next library".
        let found = unsafe { dlsym(RTLD_NEXT as *mut c_void, self.name.as_ptr()) } as usize;
        assert!(found != 0, "the C library lacks {:?}", self.name);
        self.address.store(found, Ordering::Relaxed);
        found
    }
}

/// Calls the C library's own function: `original!(c"sem_post", fn(*mut c_void) -> i32)(semaphore)`.
macro_rules! original {
    ($name:literal, $type:ident) => {{
        static ORIGINAL: $crate::shim::sys::Original = $crate::shim::sys::Original::new($name);
        // SAFETY: the type is that of the C function of this name.
        std::mem::transmute::<usize, $type>(ORIGINAL.address())
    }};
    ($name:literal, fn($($type:ty),*) $(-> $ret:ty)?) => {{
        static ORIGINAL: $crate::shim::sys::Original = $crate::shim::sys::Original::new($name);
        // SAFETY: the type is that of the C function of this name.
        std::mem::transmute::<usize, unsafe extern "C" fn($($type),*) $(-> $ret)?>(ORIGINAL.address())
    }};
}
pub(crate) use original;

/// Returns the id of the calling thread.
pub(crate) fn gettid() -> i32 {
    // SAFETY: no arguments.
    unsafe { kernel!(GETTID) as i32 }
}

/// Returns the process's real id.
pub(crate) fn real_pid() -> i32 {
    // SAFETY: no arguments.
    unsafe { kernel!(GETPID) as i32 }
}

/// Ends the process.
pub(crate) fn exit_now(status: i32) -> ! {
    loop {
        // SAFETY: does not return.
        unsafe { kernel!(EXIT_GROUP, status) };
    }
}
