//! Records in a replica's file.
//!
//! ```text
//!   length (4) | checksum of the content (8) | checksum of the twelve bytes before (8) | content | end (1)
//! ```
//!
//! Each write is one record. A crash may leave the first bytes of the last write, and zeros in place of the others.
//! Such a *torn* record is cut off: nothing that depended on it has left the replica. A record that is complete and
//! does not match its checksum is *damaged*: it was durable, the replica has promised what it says, and must not
//! start without it. The header has a checksum of its own, so that a damaged length does not pass for a torn record;
//! the last byte is not zero, and no flipped bit makes it zero.

use simulation::digest::Digest;

const HEADER: usize = 20;

/// The last byte of a record.
const END: u8 = 0xff;

/// Returns a record with this content.
///
/// # Panics
///
/// Panics if the content is longer than 4 GiB.
pub fn record(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a record is shorter than 4 GiB");
    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum(content).to_le_bytes());
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes.extend(content);
    bytes.push(END);
    bytes
}

/// Returns the contents of a file's records, and cuts off a torn record at its end.
///
/// # Errors
///
/// Returns where a record is damaged.
pub fn read(file: &mut Vec<u8>) -> Result<Vec<Vec<u8>>, String> {
    let mut contents = Vec::new();
    let mut at = 0;
    let has_lost_end = file.last() == Some(&0);
    while let Some((header, rest)) = file[at..].split_at_checked(HEADER) {
        let (head, check) = header.split_at(HEADER - 8);
        if number(check) != checksum(head) {
            if has_lost_end && rest.iter().all(|byte| *byte == 0) {
                break;
            }
            return Err(format!("the header of the record at byte {at} is damaged"));
        }
        let (length, check) = head.split_at(4);
        let length = number(length) as usize;
        let Some((content, rest)) = rest.split_at_checked(length) else { break };
        let Some((end, rest)) = rest.split_first() else { break };
        if number(check) != checksum(content) || *end != END {
            if has_lost_end && rest.is_empty() {
                break;
            }
            return Err(format!("the record at byte {at} is damaged"));
        }
        contents.push(content.to_vec());
        at += HEADER + length + 1;
    }
    file.truncate(at);
    Ok(contents)
}

/// Returns the number that up to eight bytes are, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(bytes);
    digest.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        [record(b"one"), record(b""), record(b"three")].concat()
    }

    #[test]
    fn what_is_torn_is_cut_off() {
        let last = record(b"three").len();
        for torn in 1..=last {
            let mut file = file();
            let whole = file.len();
            file.truncate(whole - torn);
            let mut with_zeros = file.clone();
            with_zeros.resize(whole, 0);
            for mut file in [file, with_zeros] {
                assert_eq!(read(&mut file).unwrap(), [b"one".to_vec(), Vec::new()]);
                assert_eq!(file, [record(b"one"), record(b"")].concat());
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        for bit in 0..file().len() * 8 {
            let mut file = file();
            file[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&mut file).is_err(), "bit {bit}");
        }
    }
}
