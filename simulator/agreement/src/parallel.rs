//! Several tasks at a time, with results in the order of the tasks.

use std::ops::ControlFlow;

use simulation::pool;

/// Runs `work` for each task on up to `jobs` threads.
pub(crate) fn each<T: Sync, R: Send>(
    jobs: usize,
    tasks: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let mut results: Vec<(usize, R)> = Vec::new();
    let run = |(number, task), found: &mut dyn FnMut((usize, R))| found((number, work(task)));
    pool::work(tasks.iter().enumerate(), jobs, run, |result| {
        results.extend(result);
        ControlFlow::Continue(())
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        let tasks: Vec<u64> = (0..100).collect();
        let squares: Vec<u64> = tasks.iter().map(|n| n * n).collect();
        assert_eq!(super::each(7, &tasks, |n| n * n), squares);
        assert!(super::each(3, &[], |n: &u64| *n).is_empty());
    }
}
