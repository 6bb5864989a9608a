//! System calls by number.
//!
//! `syscall` makes them, and programs that bypass the C library do.
//!
//! Each is answered as the C library's function for it would be.

use super::clock::{from_now, virtual_time, woken};
use super::files::open_at;
use super::schedule::wait;
use super::sys::{EAGAIN, ESRCH, ETIMEDOUT, Timespec, errno, kernel, number as nr, syscall};
use super::world::{is_attached, settings};
use super::{clock, control, disk, epoll, files, locks, poll, process, random, socket, threads};
use crate::protocol::FOREVER;

/// Returns the kernel's result for the result of a C function.
fn raw(result: impl TryInto<isize>) -> isize {
    match result.try_into().unwrap_or(-1) {
        -1 => -(errno() as isize),
        result => result,
    }
}

/// Makes a system call. Negative results are error numbers.
///
/// # Safety
///
/// The arguments must be what the kernel expects of this call.
pub(crate) unsafe fn call(number: usize, args: [usize; 6]) -> isize {
    // SAFETY: the caller's promise; each of these functions takes the calls of its subject only.
    unsafe {
        let known = on_files(number, args)
            .or_else(|| on_disk(number, args))
            .or_else(|| on_sockets(number, args))
            .or_else(|| waiting(number, args))
            .or_else(|| on_time(number, args))
            .or_else(|| on_processes(number, args));
        known.unwrap_or_else(|| syscall(number, args))
    }
}

/// Answers calls on files and their descriptors.
///
/// # Safety
///
/// As for [`call`].
unsafe fn on_files(number: usize, [a, b, c, d, ..]: [usize; 6]) -> Option<isize> {
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::READ => raw(files::read(a as i32, b as *mut u8, c)),
            nr::WRITE => raw(files::write(a as i32, b as *const u8, c)),
            nr::READV => raw(files::readv(a as i32, b as *mut _, c as i32)),
            nr::WRITEV => raw(files::writev(a as i32, b as *const _, c as i32)),
            nr::OPEN => raw(files::open(a as *const _, b as i32, c as u32)),
            nr::OPENAT => raw(open_at(a as i32, b as *const _, c as i32, d as u32)),
            nr::CLOSE => raw(files::close(a as i32)),
            nr::CLOSE_RANGE => raw(files::close_range(a as u32, b as u32, c as i32)),
            nr::DUP => raw(files::dup(a as i32)),
            nr::DUP2 => raw(files::dup2(a as i32, b as i32)),
            nr::DUP3 => raw(files::dup3(a as i32, b as i32, c as i32)),
            nr::FCNTL => raw(files::fcntl(a as i32, b as i32, c)),
            nr::IOCTL => raw(files::ioctl(a as i32, b, c)),
            nr::GETRANDOM => random::getrandom(a as *mut u8, b, c as u32),
            _ => return None,
        }
    })
}

/// Answers calls that make files durable, or shorter.
///
/// # Safety
///
/// As for [`call`].
unsafe fn on_disk(number: usize, [a, b, c, d, ..]: [usize; 6]) -> Option<isize> {
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::FSYNC | nr::FDATASYNC => raw(disk::fsync(a as i32)),
            nr::SYNC => {
                disk::sync();
                0
            }
            nr::SYNCFS => raw(disk::syncfs(a as i32)),
            nr::MSYNC => raw(disk::msync(a as *mut _, b, c as i32)),
            nr::TRUNCATE => raw(disk::truncate(a as *const _, b as i64)),
            nr::FTRUNCATE => raw(disk::ftruncate(a as i32, b as i64)),
            nr::CREAT => raw(disk::creat(a as *const _, b as u32)),
            nr::PWRITE64 => raw(disk::pwrite(a as i32, b as *const u8, c, d as i64)),
            nr::PWRITEV => raw(disk::pwritev(a as i32, b as *const _, c as i32, d as i64)),
            _ => return None,
        }
    })
}

/// Answers calls on sockets.
///
/// # Safety
///
/// As for [`call`].
unsafe fn on_sockets(number: usize, [a, b, c, d, e, f]: [usize; 6]) -> Option<isize> {
    let (fd, flags) = (a as i32, d as i32);
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::SOCKET => raw(socket::socket(a as i32, b as i32, c as i32)),
            nr::BIND => raw(socket::bind(fd, b as *const u8, c as u32)),
            nr::CONNECT => raw(socket::connect(fd, b as *const u8, c as u32)),
            nr::LISTEN => raw(socket::listen(fd, b as i32)),
            nr::SHUTDOWN => raw(socket::shutdown(fd, b as i32)),
            nr::GETSOCKNAME => raw(socket::getsockname(fd, b as *mut u8, c as *mut u32)),
            nr::GETPEERNAME => raw(socket::getpeername(fd, b as *mut u8, c as *mut u32)),
            nr::SENDTO => {
                raw(socket::sendto(fd, b as *const u8, c, flags, e as *const u8, f as u32))
            }
            nr::RECVFROM => {
                raw(socket::recvfrom(fd, b as *mut u8, c, flags, e as *mut u8, f as *mut u32))
            }
            nr::SENDMSG => raw(socket::sendmsg(fd, b as *const _, c as i32)),
            nr::RECVMSG => raw(socket::recvmsg(fd, b as *mut _, c as i32)),
            nr::SENDMMSG => raw(socket::sendmmsg(fd, b as *mut _, c as u32, flags)),
            nr::RECVMMSG => raw(socket::recvmmsg(fd, b as *mut _, c as u32, flags, e as *mut _)),
            _ => return None,
        }
    })
}

/// Answers calls that wait for files, for other threads, or for a time.
///
/// # Safety
///
/// As for [`call`].
unsafe fn waiting(number: usize, [a, b, c, d, e, f]: [usize; 6]) -> Option<isize> {
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::POLL => raw(poll::poll(a as *mut _, b as u64, c as i32)),
            nr::PPOLL => raw(poll::ppoll(a as *mut _, b as u64, c as *const _, d)),
            nr::SELECT => raw(poll::select(a as i32, b as _, c as _, d as _, e as *mut _)),
            nr::PSELECT6 => raw(poll::pselect(a as i32, b as _, c as _, d as _, e as *const _, f)),
            nr::EPOLL_CREATE => raw(epoll::epoll_create(a as i32)),
            nr::EPOLL_CREATE1 => raw(epoll::epoll_create1(a as i32)),
            nr::EPOLL_CTL => raw(epoll::epoll_ctl(a as i32, b as i32, c as i32, d as *mut _)),
            nr::EPOLL_WAIT | nr::EPOLL_PWAIT => {
                raw(epoll::epoll_wait(a as i32, b as *mut _, c as i32, d as i32))
            }
            nr::EPOLL_PWAIT2 => {
                raw(epoll::epoll_pwait2(a as i32, b as *mut _, c as i32, d as *const _, e))
            }
            nr::PAUSE => raw(process::pause()),
            nr::SCHED_YIELD => raw(locks::sched_yield()),
            nr::FUTEX => futex(a, b, c as u32, d, e),
            _ => return None,
        }
    })
}

/// Answers calls on clocks, and sleeps.
///
/// # Safety
///
/// As for [`call`].
unsafe fn on_time(number: usize, [a, b, c, d, ..]: [usize; 6]) -> Option<isize> {
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::CLOCK_GETTIME => raw(clock::clock_gettime(a as i32, b as *mut Timespec)),
            nr::GETTIMEOFDAY => raw(clock::gettimeofday(a as *mut _, b as *mut _)),
            nr::TIME => clock::time(a as *mut i64) as isize,
            nr::TIMES => raw(clock::times(a as *mut _)),
            nr::GETRUSAGE => raw(clock::getrusage(a as i32, b as *mut _)),
            nr::NANOSLEEP => raw(clock::nanosleep(a as *const _, b as *mut _)),
            nr::CLOCK_NANOSLEEP => {
                -clock::clock_nanosleep(a as i32, b as i32, c as *const _, d as *mut _) as isize
            }
            _ => return None,
        }
    })
}

/// Answers calls on processes, threads and signals.
///
/// # Safety
///
/// As for [`call`].
unsafe fn on_processes(number: usize, [a, b, c, d, e, f]: [usize; 6]) -> Option<isize> {
    // SAFETY: the caller's promise; each function expects what the system call of its name does.
    Some(unsafe {
        match number {
            nr::GETPID => settings().pid as isize,
            nr::GETPPID => threads::getppid() as isize,
            nr::GETTID => threads::gettid() as isize,
            nr::GETPGRP => threads::getpgrp() as isize,
            nr::GETPGID => raw(threads::getpgid(a as i32)),
            nr::KILL => raw(threads::kill(a as i32, b as i32)),
            nr::TGKILL => threads::signal_thread(a as i32, b as i32, c as i32),
            nr::TKILL => threads::signal_thread(settings().pid, a as i32, b as i32),
            nr::PIDFD_OPEN | nr::RT_SIGQUEUEINFO => match threads::target(a as i32) {
                Some(pid) => syscall(number, [pid as usize, b, c, d, e, f]),
                None => -(ESRCH as isize),
            },
            nr::SCHED_GETAFFINITY => {
                match raw(process::sched_getaffinity(a as i32, b, c as *mut u8)) {
                    // The kernel returns the length of the mask that it has filled in.
                    0 => 8,
                    error => error,
                }
            }
            nr::CLONE | nr::CLONE3 | nr::FORK | nr::VFORK => {
                process::may_start();
                return None;
            }
            nr::EXECVE | nr::EXECVEAT if is_attached() => control::refuse(process::OTHER),
            nr::SYSINFO => raw(process::sysinfo(a as *mut _)),
            nr::EXIT_GROUP => process::_exit(a as i32),
            _ => return None,
        }
    })
}

/// # Safety
///
/// As for the system call `futex`.
unsafe fn futex(word: usize, operation: usize, value: u32, time: usize, fifth: usize) -> isize {
    const WAIT: usize = 0;
    const WAKE: usize = 1;
    const REQUEUE: usize = 3;
    const COMPARE_REQUEUE: usize = 4;
    const WAIT_BITSET: usize = 9;
    const WAKE_BITSET: usize = 10;
    let most = if value > i32::MAX as u32 { usize::MAX } else { value as usize };
    match operation & 0x7f {
        kind @ (WAIT | WAIT_BITSET) => {
            // SAFETY: the caller's promise: a word, and a time or null.
            let (current, time) = unsafe {
                let time = time as *const Timespec;
                (*(word as *const u32), if time.is_null() { None } else { Some(*time) })
            };
            if current != value {
                return -(EAGAIN as isize);
            }
            let until = match time {
                None => FOREVER,
                Some(time) if kind == WAIT => from_now(time.as_nanos()),
                Some(time) => virtual_time(time),
            };
            if wait(word, woken(until), &[]) { -(ETIMEDOUT as isize) } else { 0 }
        }
        WAKE | WAKE_BITSET => locks::wake(word, most) as isize,
        // A thread that should be moved to the other word is woken instead, and looks again.
        REQUEUE | COMPARE_REQUEUE => locks::wake(word, usize::MAX) as isize,
        // SAFETY: the caller's promise.
        _ => unsafe { kernel!(FUTEX, word, operation, value, time, fifth, 0) },
    }
}
