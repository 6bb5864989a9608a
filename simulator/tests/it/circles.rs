//! Tests that there is no circle between modules.
//!
//! Of the files and folders in a folder, each uses only those below it.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{Source, sources};

/// The sources of the crates that are tested.
const CRATES: [&str; 8] = [
    "replica/src/",
    "simulator/linearizability/src/",
    "simulator/simulation/src/",
    "simulator/executables/src/",
    "simulator/testing/src/",
    "simulator/src/",
    "simulator/known-bugs/src/",
    "simulator/agreement/src/",
];

/// Folders whose modules may use each other in circles, with the reason.
const KNOTS: [(&str, &str); 1] = [(
    "simulator/executables/src/preload/shim",
    "the functions of the C library use each other, and all of them the world that they share",
)];

/// The name of the module that a crate's root is.
const ROOT: &str = "lib";

/// The names from the root of the crate to a module.
type ModulePath = Vec<String>;

/// The uses between the modules of a folder, each with a place.
type Uses = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_circle_between_modules() {
    let sources = sources();
    let mut found = Vec::new();
    for folder in CRATES {
        for (inner, uses) in uses_in(folder, &sources) {
            let place = format!("{folder}{}", inner.join("/"));
            if KNOTS.iter().all(|(knot, _)| *knot != place) {
                found.extend(circles(&uses).into_iter().map(|circle| format!("{place}: {circle}")));
            }
        }
    }
    assert!(found.is_empty(), "modules use each other in a circle:\n  {}", found.join("\n  "));
}

/// The modules of a crate.
struct Modules {
    /// The path and the code of each file, by its module.
    files: BTreeMap<ModulePath, (String, String)>,
    /// The names that each module takes from others by `use`, with their paths.
    names: BTreeMap<ModulePath, BTreeMap<String, Vec<String>>>,
}

impl Modules {
    fn read(folder: &str, sources: &[Source]) -> Self {
        let (mut files, mut names) = (BTreeMap::new(), BTreeMap::new());
        for source in sources {
            let Some(path) = source.path.strip_prefix(folder) else { continue };
            if path.ends_with("tests.rs") {
                continue;
            }
            let code = code_of(&source.text);
            // If a library has a program, the program uses the library as any other program does.
            let module = module_of(path);
            if path == "main.rs" && files.contains_key(&module) {
                continue;
            }
            names.insert(module.clone(), names_used(&code));
            files.insert(module, (path.to_owned(), code));
        }
        Modules { files, names }
    }

    /// Returns the module to which a path leads: the deepest one with a file.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> ModulePath {
        let mut at = from.to_vec();
        for (place, name) in path.iter().enumerate() {
            let inner = [at.as_slice(), std::slice::from_ref(name)].concat();
            match name.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ if self.files.contains_key(&inner) => at = inner,
                _ => {
                    // A name that another module takes from elsewhere is not its own.
                    let handed_on = self.names.get(&at).and_then(|names| names.get(name));
                    let is_elsewhere = place > 0 && depth < 8;
                    let Some(onwards) = handed_on.filter(|_| is_elsewhere) else { return at };
                    let first = [at.as_slice(), &onwards[..1]].concat();
                    let is_ours = ["crate", "super", "self"].contains(&onwards[0].as_str())
                        || self.files.contains_key(&first);
                    if !is_ours {
                        return at;
                    }
                    let rest = [onwards.as_slice(), &path[place + 1..]].concat();
                    return self.resolve(&at, &rest, depth + 1);
                }
            }
        }
        at
    }
}

/// Returns the modules of each folder that use others in it.
fn uses_in(folder: &str, sources: &[Source]) -> BTreeMap<ModulePath, Uses> {
    let modules = Modules::read(folder, sources);
    let mut all: BTreeMap<ModulePath, Uses> = BTreeMap::new();
    for (own, (file, code)) in &modules.files {
        let is_root = own.is_empty() && file != "main.rs";
        for (line, path) in paths_in(code, is_root) {
            let used = modules.resolve(own, &path, 0);
            let common = own.iter().zip(&used).take_while(|(own, used)| own == used).count();
            // A folder's own file and the modules in the folder belong together, except in the root of the crate.
            let root = ROOT.to_owned();
            let module = |path: &'_ [String]| match path.get(common) {
                None if common == 0 => Some(root.clone()),
                module => module.cloned(),
            };
            let (Some(user), Some(used)) = (module(own), module(&used)) else { continue };
            if user == used {
                continue;
            }
            let uses = all.entry(own[..common].to_vec()).or_default();
            let of_user = uses.entry(user).or_default();
            of_user.entry(used).or_insert_with(|| format!("{file}:{line}"));
        }
    }
    all
}

/// Returns the module that a file holds; empty for the root.
fn module_of(path: &str) -> ModulePath {
    let mut names: ModulePath =
        path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        names.pop();
    }
    names
}

/// Returns the names that a module takes from others by `use`, with their paths.
fn names_used(code: &str) -> BTreeMap<String, Vec<String>> {
    let mut names = BTreeMap::new();
    for part in code.split("use ").skip(1) {
        let item = part.split(';').next().unwrap_or_default();
        for mut path in paths_of_list(item) {
            if path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            if let Some(last) = path.last() {
                names.insert(last.clone(), path);
            }
        }
    }
    names
}

/// Returns the paths that begin with `crate`, `super` or `self`, with their lines.
///
/// A root also uses paths that begin with one of its modules.
fn paths_in(code: &str, is_root: bool) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::", "use "].into_iter().take(3 + usize::from(is_root))
    {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            let is_handed_on = start == "use " && code[..at].ends_with("pub ");
            if is_handed_on || before.is_some_and(|c| c.is_alphanumeric() || "_$:".contains(c)) {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let path = code[at..].trim_start_matches("use ");
            found.extend(paths_of_list(path).into_iter().map(|path| (line, path)));
        }
    }
    // In a root, packages can stand where modules do.
    found.retain(|(_, path)| !is_root || !path.first().is_some_and(|it| PACKAGES.contains(&&**it)));
    found
}

/// The first names of paths in a root that are not its modules.
const PACKAGES: [&str; 6] =
    ["std", "serde", "crate", "linearizability", "simulation", "executables"];

/// Returns the paths at the beginning of a text: `a::b`, or `{a::b, c::{d, e}}`.
fn paths_of_list(text: &str) -> Vec<Vec<String>> {
    let Some(list) = text.strip_prefix('{') else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() {
            return vec![Vec::new()];
        }
        let inner = rest.strip_prefix("::").map_or(vec![Vec::new()], paths_of_list);
        let path = |inner| [vec![name.to_owned()], inner].concat();
        return inner.into_iter().map(path).collect();
    };
    let (mut paths, mut depth, mut item) = (Vec::new(), 0, String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                paths.extend(paths_of_list(item.trim()));
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
    paths.retain(|path| !path.is_empty());
    paths
}

/// Returns a source without comments and test code; lines keep their places.
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

/// Returns one circle of each group of modules that use each other, with the places.
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

/// Returns the shortest way from a module back to itself.
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
fn circles_are_found_and_spelled_out() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let sources = [
        source("x/lib.rs", "mod a;\nmod b;\nmod c;\npub use c::Thing;\n"),
        source("x/a.rs", "// use crate::c;\nuse std::fmt;\nuse crate::{\n    b::{One, Two},\n};\n"),
        source("x/b/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::a;\n}\nmod inner;\n"),
        source("x/b/inner.rs", "fn f() -> crate::Thing { todo() }\nuse super::deep::{x::X, Y};\n"),
        source("x/b/deep/mod.rs", "mod x;\npub use x::X;\nuse super::Named;\n"),
        source("x/b/deep/x.rs", "use super::super::inner::Z;\n"),
        source("x/c.rs", "/// See [`crate::a`].\nuse crate::digest::X;\nuse super::a::Y;\n"),
    ];
    let found = |sources: &[Source]| {
        let all = uses_in("x/", sources);
        all.into_values().flat_map(|uses| circles(&uses)).collect::<Vec<_>>()
    };
    let outer = "a uses b (a.rs:3), b uses c (b/inner.rs:1), c uses a (c.rs:3)";
    let inner = "deep uses inner (b/deep/x.rs:1), inner uses deep (b/inner.rs:2)";
    assert_eq!(found(&sources), [outer, inner]);
    assert_eq!(found(&sources[..5]), [""; 0]);
}
