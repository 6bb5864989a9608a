//! Texts, kept by their forms: most differ from others in their numbers only.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::{Column, Columns};

/// The letter of a form that stands for a number.
const NUMBER: char = '\u{1}';

/// The texts that numbers stand for: a run may have millions, of few forms.
#[derive(Debug, Serialize)]
pub(super) struct Texts {
    /// The form of each text.
    form: Column,
    /// The numbers in the texts, each as its difference from the one at the same place in the last text of the form.
    numbers: Column,
    /// All forms, one after the other, the length of each in bytes, and the count of its numbers.
    forms: Column,
    lengths: Column,
    counts: Column,
}

impl Texts {
    pub(super) fn of<'t>(
        columns: &mut Columns,
        texts: impl Iterator<Item = &'t str> + Clone,
    ) -> Texts {
        let mut forms: HashMap<String, usize> = HashMap::new();
        let (mut order, mut last): (Vec<String>, Vec<Vec<i64>>) = (Vec::new(), Vec::new());
        let (mut form, mut numbers) = (Vec::new(), Vec::new());
        for text in texts {
            let (shape, found) = split(text);
            let place = *forms.entry(shape).or_insert_with_key(|shape| {
                order.push(shape.clone());
                last.push(vec![0; found.len()]);
                order.len() - 1
            });
            form.push(place);
            for (before, number) in last[place].iter_mut().zip(found) {
                numbers.push(number - *before);
                *before = number;
            }
        }
        Texts {
            form: columns.add(form),
            numbers: columns.add(numbers),
            lengths: columns.add(order.iter().map(String::len)),
            counts: columns.add(last.iter().map(Vec::len)),
            forms: columns.text(order.iter().map(String::as_str)),
        }
    }
}

/// Returns the form of a text, and its numbers: digits between other things than letters and digits.
fn split(text: &str) -> (String, Vec<i64>) {
    if text.contains(NUMBER) {
        // Nothing in it is taken for a number, and the viewer puts none in its place.
        return (text.replace(NUMBER, "\u{fffd}"), Vec::new());
    }
    let (mut form, mut numbers) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let is_word = rest.starts_with(char::is_alphanumeric);
        let end = rest.find(|letter: char| letter.is_alphanumeric() != is_word);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        match number(part) {
            Some(number) => {
                form.push(NUMBER);
                numbers.push(number);
            }
            None => form.push_str(part),
        }
        rest = after;
    }
    (form, numbers)
}

/// Returns the number that a word is, if it is written as the viewer writes it.
fn number(word: &str) -> Option<i64> {
    let is_plain = word.len() <= 9 && (word == "0" || !word.starts_with('0'));
    let has_digits = word.bytes().all(|letter| letter.is_ascii_digit());
    if is_plain && has_digits { word.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_a_mark_for_each_number() {
        let (form, numbers) = split("leader 0003  log 12/1, k7 at 0.5 s, 1234567890");
        assert_eq!(form, "leader 0003  log \u{1}/\u{1}, k7 at \u{1}.\u{1} s, 1234567890");
        assert_eq!(numbers, [12, 1, 0, 5]);
        assert_eq!(split("").0, "");
        assert_eq!(split("a\u{1}7"), ("a\u{fffd}7".to_owned(), Vec::new()));
    }

    #[test]
    fn texts_of_one_form_are_told_apart_by_numbers() {
        let mut columns = Columns::default();
        let texts = Texts::of(&mut columns, ["log 7", "x", "log 9", "log 7"].into_iter());
        assert_eq!(texts.form.bytes_in(&columns), [0, 1, 0, 0]);
        assert_eq!(texts.numbers.bytes_in(&columns), [7, 2, 0xfe]);
        assert_eq!(texts.forms.bytes_in(&columns), b"log \x01x");
        assert_eq!(texts.lengths.bytes_in(&columns), [5, 1]);
        assert_eq!(texts.counts.bytes_in(&columns), [1, 0]);
    }
}
