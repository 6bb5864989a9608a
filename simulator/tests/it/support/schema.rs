//! JSON Schema: as much of it as the schemas in `docs/` use.
//!
//! A complete validator takes longer to build than all the other packages that the tests depend on.

use regex_lite::Regex;
use serde_json::Value;

/// A schema, with the definitions that its parts refer to.
#[derive(Debug)]
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn parse(text: &str) -> Self {
        Schema(serde_json::from_str(text).expect("JSON"))
    }

    /// Returns what is wrong with a value, each with its place; panics at a keyword that is not known here.
    pub(crate) fn errors(&self, value: &Value) -> Vec<String> {
        self.check(&self.0, value, "")
    }

    fn check(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let keywords = schema.as_object().unwrap_or_else(|| panic!("{schema} is no object"));
        let mut errors = Vec::new();
        for (keyword, argument) in keywords {
            errors.extend(self.check_keyword(keyword, argument, schema, value, at));
        }
        errors
    }

    /// Checks a value against one keyword, and its parts against the schemas in the keyword's argument.
    ///
    /// A keyword for another type of value allows everything.
    fn check_keyword(
        &self,
        keyword: &str,
        argument: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
    ) -> Vec<String> {
        let parts = |parts: &mut dyn Iterator<Item = (String, &Value, &Value)>| {
            parts
                .flat_map(|(name, schema, part)| self.check(schema, part, &format!("{at}/{name}")))
                .collect()
        };
        let is_allowed = match keyword {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => return self.check(self.referred(argument), value, at),
            "properties" => {
                let schemas = argument.as_object().expect("an object");
                let found = schemas
                    .iter()
                    .filter_map(|(name, schema)| Some((name.clone(), schema, value.get(name)?)));
                return parts(&mut { found });
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                return parts(&mut items.map(|(index, item)| (index.to_string(), argument, item)));
            }
            "oneOf" => {
                let schemas = argument.as_array().expect("an array");
                schemas.iter().filter(|schema| self.check(schema, value, at).is_empty()).count()
                    == 1
            }
            "type" => match argument.as_array() {
                Some(types) => types.iter().any(|name| is_of_type(value, name)),
                None => is_of_type(value, argument),
            },
            "enum" => argument.as_array().expect("an array").contains(value),
            "const" => argument == value,
            "required" => value.as_object().is_none_or(|object| {
                let mut names = argument.as_array().expect("an array").iter();
                names.all(|name| object.contains_key(name.as_str().expect("a name")))
            }),
            "additionalProperties" if *argument == Value::Bool(false) => {
                let mut names = value.as_object().into_iter().flat_map(|object| object.keys());
                names.all(|name| schema["properties"].get(name).is_some())
            }
            "additionalProperties" => {
                let named = &schema["properties"];
                let others = value.as_object().into_iter().flatten();
                let others = others.filter(|(name, _)| named.get(name).is_none());
                return parts(&mut others.map(|(name, part)| (name.clone(), argument, part)));
            }
            "minimum" => {
                value.as_f64().is_none_or(|number| number >= argument.as_f64().expect("a number"))
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() >= size(argument)),
            "maxItems" => value.as_array().is_none_or(|items| items.len() <= size(argument)),
            "pattern" => value.as_str().is_none_or(|text| {
                Regex::new(argument.as_str().expect("a text")).expect("a pattern").is_match(text)
            }),
            _ => panic!("{keyword}: {argument} is not known to this reader of schemas"),
        };
        let error = || format!("{at}: {value} breaks {keyword}: {argument}");
        if is_allowed { Vec::new() } else { vec![error()] }
    }

    /// Returns the part of the schema to which a `$ref` refers.
    fn referred(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let part = pointer.and_then(|pointer| self.0.pointer(pointer));
        part.unwrap_or_else(|| panic!("{reference} refers to nothing"))
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("{name} is no type"),
    }
}

fn size(argument: &Value) -> usize {
    usize::try_from(argument.as_u64().expect("a size")).expect("a small one")
}

/// Each keyword allows one value and refuses another.
#[test]
fn a_schema_refuses_what_it_does_not_allow() {
    let cases = [
        (r#"{"type": "integer"}"#, "1", "1.5"),
        (r#"{"type": "integer"}"#, "-1", "\"1\""),
        (r#"{"type": ["string", "null"]}"#, "null", "true"),
        (r#"{"type": "array"}"#, "[]", "{}"),
        (r#"{"enum": ["a", "b"]}"#, "\"b\"", "\"c\""),
        (r#"{"const": 1}"#, "1", "2"),
        (r#"{"minimum": 1}"#, "1", "0"),
        (r#"{"minItems": 1}"#, "[1]", "[]"),
        (r#"{"maxItems": 1}"#, "[1]", "[1, 2]"),
        (r#"{"items": {"type": "string"}}"#, r#"["a"]"#, r#"["a", 1]"#),
        (r#"{"pattern": "^[0-9a-f]{2}$"}"#, "\"0f\"", "\"0f0\""),
        (r#"{"required": ["a"]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#),
        (r#"{"properties": {"a": {"const": 1}}}"#, r#"{"b": 2}"#, r#"{"a": 2}"#),
        (
            r#"{"properties": {"a": {}}, "additionalProperties": false}"#,
            r#"{"a": 1}"#,
            r#"{"a": 1, "b": 2}"#,
        ),
        (
            r#"{"properties": {"a": {}}, "additionalProperties": {"const": 1}}"#,
            r#"{"a": 2, "b": 1}"#,
            r#"{"a": 1, "b": 2}"#,
        ),
        (r#"{"oneOf": [{"type": "string"}, {"const": 1}]}"#, "1", "2"),
        (r#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "1", "2"),
        (r##"{"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}"##, "1", "2"),
    ];
    for (schema, good, bad) in cases {
        let errors =
            |text: &str| Schema::parse(schema).errors(&serde_json::from_str(text).expect("JSON"));
        assert_eq!(errors(good), [""; 0], "{schema}");
        assert_eq!(errors(bad).len(), 1, "{schema} allows {bad}");
    }
    let unknown =
        std::panic::catch_unwind(|| Schema::parse(r#"{"format": "date"}"#).errors(&Value::Null));
    assert!(unknown.is_err(), "a keyword that is not read proves nothing");
}
