use super::*;
use crate::log::{Command, Entry};

const ID: NodeId = NodeId(0);

fn noop(index: u64, term: u64) -> Durable {
    Durable::Append { index, entry: Entry { term, command: Command::Noop } }
}

/// Returns a few records and their file, with the offsets of each record and of the end.
fn sample() -> (Vec<Durable>, Vec<u8>, Vec<usize>) {
    let records = vec![
        Durable::Term { term: 1, voted_for: Some(ID) },
        noop(1, 1),
        noop(2, 1),
        Durable::Truncate { from: 2 },
        Durable::Term { term: 2, voted_for: None },
    ];
    let mut bytes = header(ID).into_bytes();
    let mut ends = vec![bytes.len()];
    for record in &records {
        encode(record, &mut bytes);
        ends.push(bytes.len());
    }
    (records, bytes, ends)
}

fn sum(records: &[Durable]) -> Journal {
    let mut journal = Journal::new(ID);
    assert_eq!(journal.add(records, &mut Vec::new()), Ok(Write::Append));
    journal
}

#[test]
fn a_file_cut_anywhere_has_the_records_before_the_cut() {
    let (records, bytes, ends) = sample();
    for cut in ends[0]..=bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        let sound_bytes = ends[whole];
        let found =
            Found { journal: sum(&records[..whole]), sound_bytes, torn_bytes: cut - sound_bytes };
        assert_eq!(Journal::read(&bytes[..cut], ID), Ok(found), "cut at {cut}");

        let mut unwritten = bytes[..cut].to_vec();
        unwritten.resize(cut + 4096, 0);
        let sound_bytes = Journal::read(&unwritten, ID).map(|found| found.sound_bytes);
        assert_eq!(sound_bytes, Ok(ends[whole]), "cut at {cut}, then zeros");
    }
    for cut in 0..ends[0] {
        assert!(
            matches!(Journal::read(&bytes[..cut], ID), Err(Damage::Foreign { .. })),
            "cut at {cut}"
        );
    }
}

#[test]
fn each_flipped_bit_is_found_where_it_is() {
    let (_, bytes, ends) = sample();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match Journal::read(&flipped, ID) {
            Err(Damage::Foreign { .. }) => assert!(bit / 8 < ends[0], "bit {bit}"),
            Err(Damage::Record { offset, .. }) => {
                let begin = ends.iter().rev().find(|end| **end <= bit / 8);
                assert_eq!(Some(&offset), begin, "bit {bit}");
            }
            Ok(found) => panic!("bit {bit} passed: {found:?}"),
        }
    }
}

#[test]
fn sound_records_in_the_wrong_order_are_refused() {
    let mut bytes = header(ID).into_bytes();
    let offset = bytes.len();
    encode(&noop(7, 1), &mut bytes);
    let problem = "the record does not follow from those before it";
    assert_eq!(Journal::read(&bytes, ID), Err(Damage::Record { offset, problem }));
}
