//! How a datagram between replicas reads in a timeline: its type, then the fields that tell most.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::output::plain;
use simulation::text::beginning;

/// The most characters of a datagram that are shown, and of one text in it.
const SHOWN: usize = 120;
const SHOWN_OF_TEXT: usize = 40;

/// The most characters of a `MID` that are shown: enough to tell two of them apart.
const SHOWN_OF_MID: usize = 8;

/// What is the same in all datagrams, or stands before it in the timeline already.
const KNOWN: [&str; 4] = ["src", "dst", "leader", "type"];

/// What tells most, in this order; a name begins with it, whatever its case and whatever stands between its words.
const FIRST: [&str; 7] = ["term", "currentterm", "leader", "candidate", "vote", "key", "value"];

/// Writes a datagram.
pub(super) fn write(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let Fields(mut fields) = serde_json::from_slice(bytes).unwrap_or_default();
    let kind = fields.iter().find(|(name, _)| name == "type");
    let mut text = kind.and_then(|(_, kind)| kind.as_str()).unwrap_or_default().to_owned();
    fields.retain(|(name, _)| !KNOWN.contains(&name.as_str()));
    fields.sort_by_key(|(name, _)| rank(name));
    for (name, value) in &fields {
        let most = if is_mid(name) { SHOWN_OF_MID } else { SHOWN_OF_TEXT };
        text.push_str(&format!(" {name} {}", shown(value, most)));
    }
    f.write_str(&beginning(&plain(&text), SHOWN))
}

fn is_mid(name: &str) -> bool {
    name == "MID"
}

/// Where a field stands; those of one rank stay in the order in which the replica wrote them.
fn rank(name: &str) -> usize {
    let plain: String = name.chars().filter(|char| char.is_alphanumeric()).collect();
    let plain = plain.to_ascii_lowercase();
    let first = FIRST.iter().position(|first| plain.starts_with(first));
    first.unwrap_or(FIRST.len() + usize::from(is_mid(name)))
}

/// A value: a text without quotes unless it is empty, anything else as JSON.
fn shown(value: &Value, most: usize) -> String {
    match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(text) => beginning(text, most).into_owned(),
        None => value.to_string(),
    }
}

/// The fields of an object, in its order.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shown<'a>(&'a str);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(f, self.0.as_bytes())
        }
    }

    fn shown(text: &str) -> String {
        Shown(text).to_string()
    }

    #[test]
    fn the_type_comes_first_then_what_tells_most_and_the_mid_last() {
        let text = r#"{"src":"0000","MID":"ABCDEFGHIJKLMNOP","dst":"0001","prev_index":4,"value":"","key":"k",
            "entries":[1],"leader":"FFFF","Candidate_ID":"0000","term":7,"type":"append"}"#;
        let expected = "append term 7 Candidate_ID 0000 key k value \"\" prev_index 4 entries [1] MID ABCDEFGH…";
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn long_texts_are_cut() {
        let long = format!(r#"{{"type":"put","value":"{}","key":"k"}}"#, "v".repeat(300));
        assert_eq!(shown(&long), format!("put key k value {}…", "v".repeat(SHOWN_OF_TEXT)));
    }

    #[test]
    fn nothing_is_shown_that_a_terminal_would_obey() {
        let text =
            r#"{"src":"0000","type":"\u001b[31mvote\u0007","\u001b[2Jterm":7,"by":"\u009bJ"}"#;
        assert_eq!(shown(text), "vote term 7 by J");
    }

    #[test]
    fn what_is_no_object_shows_nothing() {
        assert_eq!(shown("[1]"), "");
    }
}
