//! The text form of records and snapshots: numbers as `12 `, texts with their length in bytes before them, as
//! `5:hello`. It needs no escapes, is readable in a pager, and has one form for each value.

/// Adds a number.
pub(crate) fn put_number(out: &mut String, number: u64) {
    put_digits(out, number);
    out.push(' ');
}

/// Adds a text.
pub(crate) fn put_text(out: &mut String, text: &str) {
    out.reserve(text.len() + 1 + MAX_DIGITS);
    put_digits(out, text.len() as u64);
    out.push(':');
    out.push_str(text);
}

/// The largest number of digits of a number.
const MAX_DIGITS: usize = 20;

/// Adds a number's digits, without the cost of formatting.
fn put_digits(out: &mut String, mut number: u64) {
    let mut digits = [0; MAX_DIGITS];
    let mut first = MAX_DIGITS;
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
}

/// The rest of a text. Each read removes a value from the front, or returns `None` if there is no such value.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Reader(text)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.digits(' ')
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.digits(':')?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    /// Returns true if everything was read.
    pub(crate) fn at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn digits(&mut self, end: char) -> Option<u64> {
        let (digits, rest) = self.0.split_once(end)?;
        let number = digits.parse().ok()?;
        // Each number has only one form: no sign, no leading zero.
        let canonical = !digits.starts_with('+') && (digits == "0" || !digits.starts_with('0'));
        self.0 = rest;
        canonical.then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut out = String::new();
        put_number(&mut out, u64::MAX);
        put_text(&mut out, "ö: \n");
        put_text(&mut out, "");
        assert_eq!(out, "18446744073709551615 5:ö: \n0:");
        let mut reader = Reader::new(&out);
        assert_eq!(reader.number(), Some(u64::MAX));
        assert_eq!((reader.text(), reader.text()), (Some("ö: \n"), Some("")));
        assert!(reader.at_end());
    }

    #[test]
    fn there_is_one_form_for_each_value() {
        for bad in ["", "7", "+7 ", "07 ", "-7 ", " 7 ", "18446744073709551616 "] {
            assert_eq!(Reader::new(bad).number(), None, "{bad:?}");
        }
        for bad in ["1:", "3:öö", "9:short", "99999999999999999999:", ":"] {
            assert_eq!(Reader::new(bad).text(), None, "{bad:?}");
        }
    }
}
