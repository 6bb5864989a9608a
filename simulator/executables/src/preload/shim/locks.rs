//! Locks, condition variables, semaphores and futexes.
//!
//! A thread waits for the baton instead of waiting in the kernel.
//!
//! The states of mutexes and semaphores stay the C library's own. Condition variables need none, since only one
//! thread runs at a time.

use std::ffi::c_void;

use super::calls::call;
use super::clock::{virtual_time, woken};
use super::schedule::{give_way, may_interrupt, wait};
use super::sys::{self, EBUSY, EINVAL, ETIMEDOUT, Timespec, c_result, fail, original};
use super::world::{is_attached, settings, with};
use super::{c_functions, clock};
use crate::protocol::FOREVER;

type Handle = *mut c_void;

/// Wakes up to `most` threads that wait for this object, and returns how many it woke.
///
/// The calling thread may be interrupted then, before it does anything else.
pub(crate) fn wake(object: usize, most: usize) -> usize {
    let woken = wake_quietly(object, most);
    may_interrupt();
    woken
}

/// Wakes threads as [`wake`] does, without an interruption.
fn wake_quietly(object: usize, most: usize) -> usize {
    if is_attached() { with(|world| world.wake(object, most)) } else { 0 }
}

/// Unlocks a mutex, as the first part of something that must not be interrupted.
///
/// # Safety
///
/// `mutex` is a mutex that the caller holds.
unsafe fn unlock(mutex: Handle) -> i32 {
    // SAFETY: the caller's promise.
    let result = unsafe { original!(c"pthread_mutex_unlock", fn(Handle) -> i32)(mutex) };
    wake_quietly(mutex as usize, 1);
    result
}

/// Tries until it succeeds, fails with another error than "busy", or runs late.
///
/// The calling thread may be interrupted before that.
fn acquire(object: Handle, until: u64, mut attempt: impl FnMut() -> i32) -> i32 {
    may_interrupt();
    let mut deadline = None;
    loop {
        let result = attempt();
        if result != EBUSY {
            return result;
        }
        let until = *deadline.get_or_insert_with(|| woken(until));
        if wait(object as usize, until, &[]) {
            return if attempt() == 0 { 0 } else { ETIMEDOUT };
        }
    }
}

/// # Safety
///
/// `mutex` is a mutex.
unsafe fn lock(mutex: Handle, until: u64) -> i32 {
    // SAFETY: the caller's promise.
    acquire(mutex, until, || unsafe {
        original!(c"pthread_mutex_trylock", fn(Handle) -> i32)(mutex)
    })
}

/// # Safety
///
/// `semaphore` is a semaphore.
unsafe fn down(semaphore: Handle, until: u64) -> i32 {
    let attempt = || {
        // SAFETY: the caller's promise. It fails only when the count is zero.
        let result = unsafe { original!(c"sem_trywait", fn(Handle) -> i32)(semaphore) };
        if result == 0 { 0 } else { EBUSY }
    };
    match acquire(semaphore, until, attempt) {
        0 => 0,
        error => fail(error) as i32,
    }
}

/// # Safety
///
/// `mutex` is a mutex that the caller holds.
unsafe fn wait_for_signal(condition: Handle, mutex: Handle, until: u64) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        unlock(mutex);
        let is_late = wait(condition as usize, woken(until), &[]);
        lock(mutex, FOREVER);
        if is_late { ETIMEDOUT } else { 0 }
    }
}

c_functions! {
    fn pthread_mutex_lock(mutex: Handle) -> i32 { lock(mutex, FOREVER) }

    fn pthread_mutex_timedlock(mutex: Handle, until: *const Timespec) -> i32 { lock(mutex, virtual_time(*until)) }

    fn pthread_mutex_clocklock(mutex: Handle, _clock: i32, until: *const Timespec) -> i32 {
        lock(mutex, virtual_time(*until))
    }

    fn pthread_mutex_unlock(mutex: Handle) -> i32 {
        let result = unlock(mutex);
        may_interrupt();
        result
    }

    fn pthread_cond_wait(condition: Handle, mutex: Handle) -> i32 { wait_for_signal(condition, mutex, FOREVER) }

    fn pthread_cond_timedwait(condition: Handle, mutex: Handle, until: *const Timespec) -> i32 {
        if !(*until).is_valid() {
            return EINVAL;
        }
        wait_for_signal(condition, mutex, virtual_time(*until))
    }

    fn pthread_cond_clockwait(condition: Handle, mutex: Handle, _clock: i32, until: *const Timespec) -> i32 {
        pthread_cond_timedwait(condition, mutex, until)
    }

    fn pthread_cond_signal(condition: Handle) -> i32 {
        wake(condition as usize, 1);
        0
    }

    fn pthread_cond_broadcast(condition: Handle) -> i32 {
        wake(condition as usize, usize::MAX);
        0
    }

    fn sem_wait(semaphore: Handle) -> i32 { down(semaphore, FOREVER) }

    fn sem_timedwait(semaphore: Handle, until: *const Timespec) -> i32 { down(semaphore, virtual_time(*until)) }

    fn sem_clockwait(semaphore: Handle, _clock: i32, until: *const Timespec) -> i32 {
        down(semaphore, virtual_time(*until))
    }

    fn sem_post(semaphore: Handle) -> i32 {
        let result = original!(c"sem_post", fn(Handle) -> i32)(semaphore);
        wake(semaphore as usize, 1);
        result
    }

    fn pthread_rwlock_rdlock(handle: Handle) -> i32 {
        acquire(handle, FOREVER, || original!(c"pthread_rwlock_tryrdlock", fn(Handle) -> i32)(handle))
    }

    fn pthread_rwlock_wrlock(handle: Handle) -> i32 {
        acquire(handle, FOREVER, || original!(c"pthread_rwlock_trywrlock", fn(Handle) -> i32)(handle))
    }

    fn pthread_rwlock_timedrdlock(handle: Handle, until: *const Timespec) -> i32 {
        let until = virtual_time(*until);
        acquire(handle, until, || original!(c"pthread_rwlock_tryrdlock", fn(Handle) -> i32)(handle))
    }

    fn pthread_rwlock_timedwrlock(handle: Handle, until: *const Timespec) -> i32 {
        let until = virtual_time(*until);
        acquire(handle, until, || original!(c"pthread_rwlock_trywrlock", fn(Handle) -> i32)(handle))
    }

    fn pthread_rwlock_unlock(handle: Handle) -> i32 {
        let result = original!(c"pthread_rwlock_unlock", fn(Handle) -> i32)(handle);
        wake(handle as usize, usize::MAX);
        result
    }

    fn sched_yield() -> i32 {
        if is_attached() && with(|world| world.schedule.is_anybody_ready()) {
            give_way();
        } else {
            clock::spend(1_000);
        }
        0
    }

    fn pthread_yield() -> i32 { sched_yield() }

    /// Makes a system call by number: mostly the futexes of run-times other than C's.
    fn syscall(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
        c_result(if settings().enabled {
            call(number, [a, b, c, d, e, f])
        } else {
            sys::syscall(number, [a, b, c, d, e, f])
        })
    }
}
