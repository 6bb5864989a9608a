//! Delta debugging of a list.

/// Removes the items from a list that `is_enough` does not need: pieces of half the length first, then of a quarter,
/// and so on, down to single items until none can be removed. `is_enough` is called with the remaining items.
pub(super) fn shorten<T: Clone>(list: &[T], mut is_enough: impl FnMut(&[T]) -> bool) {
    if list.is_empty() || is_enough(&[]) {
        return;
    }
    let mut list = list.to_vec();
    let mut piece = list.len().div_ceil(2);
    loop {
        let before = list.len();
        let mut end = list.len();
        // From the back, because later items may depend on earlier ones, but not the reverse.
        while end > 0 {
            let start = end.saturating_sub(piece);
            let rest = [&list[..start], &list[end..]].concat();
            if !rest.is_empty() && is_enough(&rest) {
                list = rest;
            }
            end = start;
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
        shorten(&list, |rest| {
            asked += 1;
            let enough = needed.iter().all(|item| rest.contains(item));
            if enough {
                left = rest.to_vec();
            }
            enough
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
}
