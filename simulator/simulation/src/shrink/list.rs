//! Delta debugging of a list.

use std::ops::Range;

/// Removes from a list what can be done without: pieces of half its length first, then of a quarter, and
/// so on; single items until none can be removed.
///
/// `first_enough` is given lists, each of them what one removal would leave, and returns the place of the
/// first that is enough. After `patience` pieces in a row that are needed, smaller ones are tried.
pub(super) fn shorten<T: Clone>(
    list: &[T],
    patience: usize,
    mut first_enough: impl FnMut(&mut dyn Iterator<Item = Vec<T>>) -> Option<usize>,
) {
    if list.is_empty() || first_enough(&mut std::iter::once(Vec::new())).is_some() {
        return;
    }
    let mut list = list.to_vec();
    let mut piece = list.len().div_ceil(2);
    loop {
        let before = list.len();
        let mut end = list.len();
        // From the back, because later items may depend on earlier ones, but not the reverse.
        while end > 0 {
            let ends = std::iter::successors(Some(end), |end| end.checked_sub(piece));
            let pieces = ends.filter(|&end| end > 0).map(|end| end.saturating_sub(piece)..end);
            let pieces: Vec<Range<usize>> = pieces.filter(|it| it.len() < list.len()).collect();
            let rest = |it: &Range<usize>| [&list[..it.start], &list[it.end..]].concat();
            let Some(found) = first_enough(&mut pieces.iter().map(rest).take(patience)) else {
                break;
            };
            end = pieces[found].start;
            list.drain(pieces[found].clone());
        }
        if piece == 1 && list.len() == before {
            return;
        }
        piece = piece.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::shorten;

    /// Returns the remaining items if these are needed, and the number of calls of `is_enough`.
    fn left(length: u32, needed: &[u32]) -> (Vec<u32>, u32) {
        let list: Vec<u32> = (0..length).collect();
        let (mut left, mut asked) = (list.clone(), 0);
        shorten(&list, usize::MAX, |mut candidates| {
            Iterator::position(&mut candidates, |rest| {
                asked += 1;
                let enough = needed.iter().all(|item| rest.contains(item));
                if enough {
                    left = rest;
                }
                enough
            })
        });
        (left, asked)
    }

    #[test]
    fn what_is_needed_is_left() {
        for needed in [&[][..], &[0], &[99], &[3, 50, 51, 98]] {
            assert_eq!(left(100, needed).0, needed);
        }
        assert_eq!(left(1, &[0]).0, [0]);
        assert_eq!(left(0, &[]), (vec![], 0));
    }

    #[test]
    fn a_long_list_takes_few_questions() {
        let (left, asked) = left(1000, &[123, 456]);
        assert_eq!(left, [123, 456]);
        assert!(asked < 60, "{asked}");
    }

    #[test]
    fn a_list_that_is_needed_for_its_length_takes_few_questions() {
        let list: Vec<u32> = (0..1000).collect();
        let (mut left, mut asked) = (list.clone(), 0);
        shorten(&list, 8, |mut candidates| {
            Iterator::position(&mut candidates, |rest| {
                asked += 1;
                let enough = rest.len() >= 700;
                if enough {
                    left = rest;
                }
                enough
            })
        });
        assert_eq!(left.len(), 700);
        assert!(asked < 100, "{asked}");
    }
}
