//! The viewer's modules as one script.
//!
//! Each file is an ordinary module, so that the folder can be served and worked on as it is. A page holds one script:
//! the files one after the other, without the lines that import from each other. No two files define the same name.

/// The files, each after those that it imports from.
const MODULES: &[(&str, &str)] = &[
    ("format.js", include_str!("viewer/format.js")),
    ("unpack.js", include_str!("viewer/unpack.js")),
    ("texts.js", include_str!("viewer/texts.js")),
    ("data.js", include_str!("viewer/data.js")),
    ("colours.js", include_str!("viewer/colours.js")),
    ("view.js", include_str!("viewer/view.js")),
    ("lanes.js", include_str!("viewer/lanes.js")),
    ("draw.js", include_str!("viewer/draw.js")),
    ("draw_clients.js", include_str!("viewer/draw_clients.js")),
    ("draw_messages.js", include_str!("viewer/draw_messages.js")),
    ("details.js", include_str!("viewer/details.js")),
    ("spent.js", include_str!("viewer/spent.js")),
    ("plots.js", include_str!("viewer/plots.js")),
    ("panel.js", include_str!("viewer/panel.js")),
    ("explained.js", include_str!("viewer/explained.js")),
    ("search.js", include_str!("viewer/search.js")),
    ("input.js", include_str!("viewer/input.js")),
    ("main.js", include_str!("viewer/main.js")),
];

/// Returns the script.
pub(super) fn viewer() -> String {
    let mut script = String::from("\"use strict\";\n");
    for (name, text) in MODULES {
        script.push_str(&format!("\n// {name}\n"));
        for line in text.lines().filter(|line| !line.starts_with("import ")) {
            script.push_str(line.strip_prefix("export ").unwrap_or(line));
            script.push('\n');
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The name that a line at the top of a module defines.
    fn defined(line: &str) -> Option<&str> {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        let words = ["function ", "const ", "let ", "class "];
        let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
        rest.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next()
    }

    #[test]
    fn no_two_modules_define_the_same_name() {
        let mut names = BTreeSet::new();
        for (file, text) in MODULES {
            for name in text.lines().filter_map(defined).filter(|name| !name.is_empty()) {
                assert!(names.insert(name), "{file} defines {name} again");
            }
        }
        assert!(names.len() > MODULES.len());
    }

    #[test]
    fn modules_import_only_from_those_before_them() {
        for (place, (file, text)) in MODULES.iter().enumerate() {
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let from = line.split('"').nth(1).and_then(|it| it.strip_prefix("./"));
                let known = MODULES[..place].iter().any(|(name, _)| Some(*name) == from);
                assert!(known, "{file}: {line}");
            }
        }
    }

    /// What ends a script element early would let data become markup.
    #[test]
    fn the_script_holds_nothing_that_ends_it() {
        let script = viewer().to_lowercase();
        assert!(!script.contains("</script") && !script.contains("<!--"));
        for way in [
            "innerhtml",
            "outerhtml",
            "insertadjacenthtml",
            "document.write",
            "eval(",
            "new function",
        ] {
            assert!(!script.contains(way), "{way}");
        }
    }
}
