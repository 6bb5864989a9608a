//! No circle between the modules at the top of a crate: each file or folder uses only what lies below it.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{Source, sources};

/// The crates that are looked at, by their sources.
const CRATES: [&str; 5] = [
    "replica/src/",
    "simulator/linearizability/src/",
    "simulator/simulation/src/",
    "simulator/executables/src/",
    "simulator/src/",
];

/// What the crate's root defines itself.
const ROOT: &str = "lib";

/// For each module at the top of a crate, the others that it uses, and where.
type Uses = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_circle_between_the_modules_of_a_crate() {
    let sources = sources();
    let mut found = Vec::new();
    for folder in CRATES {
        let uses = uses_in(folder, &sources);
        found.extend(circles(&uses).into_iter().map(|circle| format!("{folder}: {circle}")));
    }
    assert!(found.is_empty(), "modules use each other in a circle:\n  {}", found.join("\n  "));
}

fn uses_in(folder: &str, sources: &[Source]) -> Uses {
    let files: Vec<(&str, &str)> = sources
        .iter()
        .filter_map(|source| Some((source.path.strip_prefix(folder)?, source.text.as_str())))
        .filter(|(path, _)| *path != "main.rs" && !path.ends_with("tests.rs"))
        .collect();
    let modules: BTreeSet<&str> = files.iter().map(|(path, _)| top_of(path)).collect();
    let root = files.iter().find(|(path, _)| *path == "lib.rs").map_or("", |(_, text)| text);
    let exported = exported_by_root(root);
    let mut uses = Uses::new();
    for (path, text) in files {
        let (own, depth) = (top_of(path), depth_of(path));
        for (line, name) in names_at_root(text, depth) {
            let module = match (modules.get(&*name), exported.get(&name)) {
                (Some(module), _) => module,
                (None, Some(module)) if modules.contains(module.as_str()) => module.as_str(),
                _ => ROOT,
            };
            if module != own {
                let place = format!("{path}:{line}");
                uses.entry(own.to_owned()).or_default().entry(module.to_owned()).or_insert(place);
            }
        }
    }
    uses
}

/// The module at the top of the crate that a file belongs to.
fn top_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// How many modules a file is in: 0 for the root.
fn depth_of(path: &str) -> usize {
    let folders = path.matches('/').count();
    if path == "lib.rs" || path.ends_with("/mod.rs") { folders } else { folders + 1 }
}

/// What the root has from its modules, for others or for all in the crate: `use module::Name` and
/// `use module::{…}`.
fn exported_by_root(root: &str) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for part in code_of(root).split("use ").skip(1) {
        let item = part.split(';').next().unwrap_or_default();
        let Some((module, names)) = item.split_once("::") else { continue };
        let names = names.split(|c: char| !c.is_alphanumeric() && c != '_');
        exported
            .extend(names.filter(|name| !name.is_empty()).map(|name| (name.into(), module.into())));
    }
    exported
}

/// The names at the root of the crate that a file uses, as `crate::name`, `super::name` or, in the root itself,
/// `use name::`; with their lines.
fn names_at_root(text: &str, depth: usize) -> Vec<(usize, String)> {
    let code = code_of(text);
    let mut starts = vec!["crate::".to_owned()];
    if depth == 0 {
        starts.push("use ".to_owned());
    } else {
        starts.push("super::".repeat(depth));
    }
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in code.match_indices(&start) {
            let before = code[..at].chars().next_back();
            let is_handed_on = start == "use " && code[..at].ends_with("pub ");
            if is_handed_on || before.is_some_and(|c| c.is_alphanumeric() || "_$:".contains(c)) {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let rest = &code[at + start.len()..];
            found.extend(names_of_list(rest).into_iter().map(|name| (line, name)));
        }
    }
    // In the root, packages stand where modules do; those have no file.
    found.retain(|(_, name)| depth > 0 || !PACKAGES.contains(&name.as_str()));
    found
}

/// What the roots name that is no module of theirs.
const PACKAGES: [&str; 6] =
    ["std", "serde", "crate", "linearizability", "simulation", "executables"];

/// The first names of `name::…` or of `{name::…, name}`.
fn names_of_list(text: &str) -> Vec<String> {
    let name_of = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let Some(list) = text.strip_prefix('{') else {
        return Some(name_of(text)).filter(|name| !name.is_empty()).into_iter().collect();
    };
    let (mut names, mut depth, mut item) = (Vec::new(), 0, String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name_of(item.trim()));
                item.clear();
                if c == '}' {
                    break;
                }
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    names.retain(|name| !name.is_empty() && name != "self");
    names
}

/// A source without comments and without what only tests compile; lines stay in their places.
fn code_of(text: &str) -> String {
    let (mut code, mut lines) = (String::new(), text.lines());
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = &line[..line.len() - line.trim_start().len()];
            let end = format!("{indent}}}");
            code.push('\n');
            for skipped in lines.by_ref() {
                code.push('\n');
                if skipped == end || skipped.ends_with(';') && skipped.starts_with(indent) {
                    let rest = &skipped[indent.len()..];
                    if skipped == end || !rest.starts_with(' ') {
                        break;
                    }
                }
            }
            continue;
        }
        code.push_str(line.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    code
}

/// One circle of each group of modules that use each other, with the places.
fn circles(uses: &Uses) -> Vec<String> {
    let (mut done, mut found) = (BTreeSet::new(), Vec::new());
    for start in uses.keys() {
        if done.contains(start.as_str()) {
            continue;
        }
        if let Some(circle) = way_back(uses, start) {
            let steps = circle.iter().zip(circle.iter().cycle().skip(1));
            let told = steps.map(|(from, to)| format!("{from} uses {to} ({})", uses[*from][*to]));
            found.push(told.collect::<Vec<_>>().join(", "));
            done.extend(circle);
        }
    }
    found
}

/// The shortest way from a module back to itself.
fn way_back<'u>(uses: &'u Uses, start: &'u str) -> Option<Vec<&'u str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = vec![start];
    while !next.is_empty() {
        let mut after = Vec::new();
        for module in next {
            for used in uses.get(module).into_iter().flat_map(BTreeMap::keys) {
                if used == start {
                    let back = |module: &&'u str| came_from.get(*module).copied();
                    let mut way: Vec<_> = std::iter::successors(Some(module), back).collect();
                    way.reverse();
                    return Some(way);
                }
                if !came_from.contains_key(used.as_str()) {
                    came_from.insert(used, module);
                    after.push(used.as_str());
                }
            }
        }
        next = after;
    }
    None
}

#[test]
fn a_circle_is_found_and_spelled_out() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let sources = [
        source("x/lib.rs", "mod a;\nmod b;\nmod c;\npub use c::Thing;\n"),
        source("x/a.rs", "// use crate::c;\nuse std::fmt;\nuse crate::{\n    b::{One, Two},\n};\n"),
        source("x/b/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::a;\n}\nmod inner;\n"),
        source("x/b/inner.rs", "fn f() -> crate::Thing { todo() }\n"),
        source("x/c.rs", "/// See [`crate::a`].\nuse crate::digest::X;\nuse super::a::Y;\n"),
    ];
    let found = circles(&uses_in("x/", &sources));
    assert_eq!(found, ["a uses b (a.rs:3), b uses c (b/inner.rs:1), c uses a (c.rs:3)"]);
    assert_eq!(circles(&uses_in("x/", &sources[..4])), [""; 0]);
}
