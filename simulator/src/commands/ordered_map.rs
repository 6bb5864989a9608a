//! A parallel map whose results come in the order of the tasks.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use simulation::pool;

/// Runs up to `jobs` tasks at a time, and returns the value of `each`.
///
/// `each` takes the results in the order of the tasks, while others run.
///
/// Once `stop` is set, or `each` has returned, no further task begins, and the results end early.
pub(crate) fn ordered_map<T: Send, R: Send, A>(
    tasks: impl Iterator<Item = T> + Send,
    jobs: NonZero<u16>,
    stop: &AtomicBool,
    work: impl Fn(T) -> R + Sync,
    each: impl FnOnce(&mut dyn Iterator<Item = R>) -> A,
) -> A {
    let over = AtomicBool::new(false);
    let goes_on = || !stop.load(Ordering::Relaxed) && !over.load(Ordering::Relaxed);
    let tasks = tasks.enumerate().take_while(|_| goes_on());
    let run = |(number, task), found: &mut dyn FnMut((usize, R))| found((number, work(task)));
    let (send, results) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            pool::work(tasks, usize::from(jobs.get()), run, |result| {
                // The receiver may be gone, because it needed no more results.
                result.into_iter().for_each(|result| drop(send.send(result)));
                ControlFlow::Continue(())
            });
        });
        let mut waiting = BTreeMap::new();
        let mut next = 0..;
        let mut ordered = std::iter::from_fn(|| {
            let number = next.next()?;
            while !waiting.contains_key(&number) {
                let (done, result) = results.recv().ok()?;
                waiting.insert(done, result);
            }
            waiting.remove(&number)
        });
        let answer = each(&mut ordered);
        over.store(true, Ordering::Relaxed);
        answer
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn jobs(number: u16) -> NonZero<u16> {
        NonZero::new(number).expect("not zero")
    }

    #[test]
    fn results_come_in_order_whoever_is_first() {
        let stop = AtomicBool::new(false);
        let work = |number: u64| {
            thread::sleep(Duration::from_millis(number % 3));
            number
        };
        let all = |results: &mut dyn Iterator<Item = u64>| results.collect::<Vec<_>>();
        assert_eq!(ordered_map(0..20, jobs(4), &stop, work, all), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_begun_after_the_end() {
        let stop = AtomicBool::new(false);
        let first = |results: &mut dyn Iterator<Item = u64>| results.next();
        assert_eq!(ordered_map(0..u64::MAX, jobs(2), &stop, |number| number, first), Some(0));
    }
}
