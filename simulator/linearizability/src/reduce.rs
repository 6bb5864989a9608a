//! Removal of pieces from a proof, as both searches for a small proof do it.

/// Removes pieces of `chunk` items, the last first, where what is left still is a proof.
///
/// `smaller` gets what is left, which is sorted. It returns the proof that this contains, if it does.
pub(crate) fn without_chunks(
    mut proof: Vec<usize>,
    chunk: usize,
    mut smaller: impl FnMut(Vec<usize>) -> Option<Vec<usize>>,
) -> Vec<usize> {
    let mut end = proof.len();
    while end > 0 {
        let start = end.saturating_sub(chunk);
        if let Some(rest) = smaller([&proof[..start], &proof[end..]].concat()) {
            proof = rest;
        }
        end = start.min(proof.len());
    }
    proof
}
