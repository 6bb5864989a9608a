//! The library's runtime: the kit's executor, by the library's own trait.

use std::convert::Infallible;
use std::future::Future;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use kit::executor::{self, Elapsed, Sleep, Task, Timeout};
use openraft::{AsyncRuntime, OptionalSend, TokioRuntime};
use rand::{Error, RngCore};
use simulation::Nanos;

/// The executor that runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Virtual;

/// The library's one-shot channels, which belong to no runtime.
type Sender<T> = <TokioRuntime as AsyncRuntime>::OneshotSender<T>;
type Receiver<T> = <TokioRuntime as AsyncRuntime>::OneshotReceiver<T>;
type ReceiverError = <TokioRuntime as AsyncRuntime>::OneshotReceiverError;

impl AsyncRuntime for Virtual {
    type JoinError = Infallible;
    type JoinHandle<T: OptionalSend + 'static> = Joined<T>;
    type Sleep = Sleep;
    type Instant = Instant;
    type TimeoutError = Elapsed;
    type Timeout<R, T: Future<Output = R> + OptionalSend> = Timeout<T>;
    type ThreadLocalRng = Random;
    type OneshotSender<T: OptionalSend> = Sender<T>;
    type OneshotReceiver<T: OptionalSend> = Receiver<T>;
    type OneshotReceiverError = ReceiverError;

    fn spawn<T: Future + 'static>(future: T) -> Joined<T::Output> {
        Joined(executor::spawn(future))
    }

    fn sleep(duration: Duration) -> Sleep {
        Self::sleep_until(after(duration))
    }

    fn sleep_until(deadline: Instant) -> Sleep {
        executor::sleep_until(deadline.0)
    }

    fn timeout<R, F: Future<Output = R>>(duration: Duration, future: F) -> Timeout<F> {
        Self::timeout_at(after(duration), future)
    }

    fn timeout_at<R, F: Future<Output = R>>(deadline: Instant, future: F) -> Timeout<F> {
        executor::timeout_at(deadline.0, future)
    }

    fn is_panic(error: &Infallible) -> bool {
        match *error {}
    }

    fn thread_rng() -> Random {
        Random
    }

    fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
        TokioRuntime::oneshot()
    }
}

/// The result of a task. A panic of a task ends the replica, so there is no error.
pub(crate) struct Joined<T>(Task<T>);

impl<T> Future for Joined<T> {
    type Output = Result<T, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(Ok)
    }
}

/// Random numbers from the seed.
pub(crate) struct Random;

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        executor::random() as u32
    }

    fn next_u64(&mut self) -> u64 {
        executor::random()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| executor::random() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// A moment of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Nanos);

fn after(duration: Duration) -> Instant {
    Instant(executor::now()) + duration
}

fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

impl openraft::Instant for Instant {
    fn now() -> Self {
        Instant(executor::now())
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Instant(self.0.saturating_add(nanos(duration)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Instant(self.0.saturating_sub(nanos(duration)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}
