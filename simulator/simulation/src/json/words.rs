//! The errors of `serde_json`, in words for the person who wrote the text.

use serde_json::error::Category;

/// Describes an error without its place, and without the words of a programming language.
pub(crate) fn explain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = &message[..message.rfind(" at line ").unwrap_or(message.len())];
    match error.classify() {
        Category::Eof => message.replace("EOF while parsing", "the text ends within"),
        Category::Syntax => of_syntax(message),
        Category::Data => of_data(message),
        Category::Io => message.to_owned(),
    }
}

fn of_syntax(message: &str) -> String {
    let ours = match message {
        "expected value" => "expected a value",
        "expected ident" => "expected true, false or null",
        "expected `:`" => "expected a colon after the field's name",
        "expected `,` or `}`" => "expected a comma or the end of the object, }",
        "expected `,` or `]`" => "expected a comma or the end of the list, ]",
        "key must be a string" => "expected a field's name in double quotes",
        "trailing comma" => "expected a value after the comma",
        "trailing characters" => "expected nothing after the value",
        "invalid escape" => "expected one of \" \\ / b f n r t u after a backslash",
        "invalid number" => "expected a number such as 17 or 0.5",
        text if text.starts_with("control character") => {
            "a text must not hold a line break or another control character, write \\n"
        }
        other => other,
    };
    ours.to_owned()
}

fn of_data(message: &str) -> String {
    let between = |start: &str, end: &str| {
        let (inner, rest) = message.strip_prefix(start)?.split_once(end)?;
        Some((inner.to_owned(), rest.to_owned()))
    };
    let wrong = |kind: &str| between(kind, ", expected ");
    if let Some((found, wanted)) = wrong("invalid type: ").or_else(|| wrong("invalid value: ")) {
        return format!("expected {}, found {}", expected(&wanted), plain(&found));
    }
    if let Some((name, wanted)) = between("unknown variant `", "`, expected ") {
        return format!("`{name}` is unknown, expected {wanted}");
    }
    if let Some((name, _)) = between("missing field `", "`") {
        return format!("the field `{name}` is missing");
    }
    if let Some((name, _)) = between("duplicate field `", "`") {
        return format!("the field `{name}` is there twice");
    }
    message.to_owned()
}

/// Describes what was expected: types by their values.
fn expected(wanted: &str) -> String {
    let ours = match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i64" => "a whole number",
        "f64" => "a number",
        "a string" | "a borrowed string" | "string or map" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        "a boolean" => "true or false",
        "unit" => "null",
        text if text.starts_with("struct ") || text.starts_with("internally tagged enum") => {
            "an object"
        }
        other => other,
    };
    ours.to_owned()
}

/// Describes what was found: values as they stand in the file.
fn plain(found: &str) -> String {
    let kinds = ["string ", "integer ", "floating point ", "boolean ", "character "];
    let value = kinds.iter().find_map(|kind| found.strip_prefix(kind)).unwrap_or(found);
    match value {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" => "null".to_owned(),
        value => value.trim_matches('`').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::explain;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Get,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        #[allow(dead_code, reason = "only read")]
        count: u32,
        #[allow(dead_code, reason = "only read")]
        kinds: Vec<Kind>,
    }

    #[test]
    fn nothing_is_said_in_the_words_of_a_programming_language() {
        let cases = [
            ("", "the text ends within a value"),
            ("{", "the text ends within an object"),
            ("{a: 1}", "expected a field's name in double quotes"),
            ("{\"count\": 1,}", "expected a value after the comma"),
            ("{\"count\" 1}", "expected a colon after the field's name"),
            ("{\"count\": 1} x", "the field `kinds` is missing"),
            (
                "{\"count\": -1, \"kinds\": []}",
                "expected a whole number from 0 to 4294967295, found -1",
            ),
            ("{\"count\": \"x\"}", "expected a whole number from 0 to 4294967295, found \"x\""),
            ("{\"count\": 1, \"kinds\": 2}", "expected a list, found 2"),
            ("{\"count\": 1, \"kinds\": [\"gt\"]}", "`gt` is unknown, expected `get`"),
            ("{\"count\": 1, \"count\": 2}", "the field `count` is there twice"),
            ("{\"count\": nul}", "expected true, false or null"),
            ("{\"count\": 1 \"kinds\": []}", "expected a comma or the end of the object, }"),
        ];
        for (text, expected) in cases {
            let error = serde_json::from_str::<Thing>(text).expect_err("it is no such thing");
            assert_eq!(explain(&error), expected, "{text}");
        }
        let error = serde_json::from_str::<BTreeMap<String, u64>>("[1]").expect_err("a list");
        assert_eq!(explain(&error), "expected an object, found a list");
    }
}
