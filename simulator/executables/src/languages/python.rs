//! Python.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::versions;

use super::words::Telling;
use super::{Language, millis, words};

pub(super) static LANGUAGE: Language = Language {
    programs: &["python", "pypy"],
    start_up: millis(20, 60),
    kept: &["VIRTUAL_ENV", "PYTHONPATH", "PYENV_ROOT"],
    // Python leaves no files next to the program, and each line is written as soon as it is printed.
    set: &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")],
    set_in_virtual_time: &[],
    // The order of sets of strings.
    seeded: &["PYTHONHASHSEED"],
    // The folder of compiled modules.
    generated: &["__pycache__"],
    behind: Some(behind),
    environment: Some(environment),
    bypass: None,
    words,
};

/// Returns the Python that a wrapper of pyenv starts.
///
/// The wrapper takes longer to answer than a run takes, and starts dozens of processes each time. So it is asked only
/// if more than one version may be meant.
fn behind(wrapper: &Path, script: &Path, name: &str) -> Option<PathBuf> {
    if let Some(path) = chosen_by_pyenv(wrapper, script, name).filter(|path| path.is_file()) {
        return Some(path);
    }
    let mut command = Command::new(wrapper);
    let answer = versions::answer(command.args(["-c", "import sys; print(sys.executable)"]));
    // The links of the path are not followed, because a virtual environment knows itself by its own path.
    answer.map(PathBuf::from)
}

/// Python looks for packages next to the path by which it was started.
fn environment(program: &Path) -> Option<&'static str> {
    let is_virtual = program.parent()?.parent()?.join("pyvenv.cfg").is_file();
    is_virtual.then_some("in a virtual environment")
}

/// Returns the program behind `wrapper` if pyenv chooses it by its `version` file.
///
/// A setting in the environment, or a `.python-version` above the script or above the current folder, would come
/// first.
fn chosen_by_pyenv(wrapper: &Path, script: &Path, name: &str) -> Option<PathBuf> {
    let text = fs::read_to_string(wrapper).ok()?;
    let root = text.lines().find_map(|line| line.strip_prefix("export PYENV_ROOT=\""))?;
    let root = Path::new(root.strip_suffix('"')?);
    let folders = [script.parent()?.to_owned(), env::current_dir().ok()?];
    let mut above = folders.iter().flat_map(|folder| folder.ancestors());
    let is_set = env::var_os("PYENV_VERSION").is_some();
    if is_set || above.any(|folder| folder.join(".python-version").exists()) {
        return None;
    }
    let version = fs::read_to_string(root.join("version")).ok()?;
    Some(root.join("versions").join(version.trim()).join("bin").join(name))
}

/// Selects the exception, its place, and the exception before it.
///
/// Python writes the stack first.
fn words(lines: &[&str]) -> Option<Telling> {
    let is_frame = |line: &str| line.trim_start().starts_with("File \"");
    let is_own = |line: &str| is_frame(line) && !is_library(line);
    let is_told = |line: &str| !line.is_empty() && !line.starts_with(char::is_whitespace);
    // The beginning may be cut off, and a syntax error has none.
    let frame = words::last(lines, is_frame)?;
    let exception = words::next(lines, frame + 1, is_told)?;
    // A place in the program itself says more than one in a library.
    let block = words::last(&lines[..=frame], |line| line.starts_with("Traceback")).unwrap_or(0);
    let frame = words::last(&lines[block..=frame], is_own).map_or(frame, |own| block + own);
    let is_source = |place: usize| lines.get(place).is_some_and(|line| line.starts_with(' '));
    let mut told = vec![frame];
    told.extend(Some(frame + 1).filter(|&place| is_source(place)));
    // The message may have several lines.
    told.extend((exception..lines.len()).take(3).take_while(|&place| !lines[place].is_empty()));
    told.extend(raised_before(lines, frame));
    Some(Telling::new(told, exception))
}

/// Returns true if a place is in Python's own library, or in an installed one.
fn is_library(line: &str) -> bool {
    line.contains("/lib/python") || line.contains("<frozen ") || line.contains("/site-packages/")
}

/// Returns the lines about an exception that was being handled when another was raised.
fn raised_before(lines: &[&str], frame: usize) -> Vec<usize> {
    let is_joint = |line: &str| {
        line.starts_with("During handling of the above exception")
            || line.starts_with("The above exception was the direct cause")
    };
    let joint = words::last(&lines[..frame], is_joint);
    let before = joint.and_then(|joint| words::last(&lines[..joint], words::names_an_exception));
    before.into_iter().chain(joint.filter(|_| before.is_some())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::words::tests::told;

    #[test]
    fn one_version_for_everything_is_told() {
        let root = env::temp_dir().join(format!("pyenv-{}", std::process::id()));
        let scripts = root.join("scripts");
        fs::create_dir_all(&scripts).expect("a folder");
        let wrapper = root.join("python3");
        let text = format!("#!/bin/bash\nexport PYENV_ROOT=\"{}\"\nexec …\n", root.display());
        fs::write(&wrapper, text).expect("a file");
        let script = scripts.join("replica");
        assert_eq!(chosen_by_pyenv(&wrapper, &script, "python3"), None);
        fs::write(root.join("version"), "3.11.7\n").expect("a file");
        let program = root.join("versions/3.11.7/bin/python3");
        if env::var_os("PYENV_VERSION").is_none() {
            assert_eq!(chosen_by_pyenv(&wrapper, &script, "python3"), Some(program));
        }
        fs::write(scripts.join(".python-version"), "3.8.18\n").expect("a file");
        assert_eq!(chosen_by_pyenv(&wrapper, &script, "python3"), None);
        fs::remove_dir_all(&root).expect("it can go");
    }

    #[test]
    fn of_a_traceback_the_exception_is_told() {
        let traceback = "noise\nTraceback (most recent call last):\n  File \"kv\", line 99, in <module>\n    \
                         main()\n  File \"kv\", line 9, in main\n    raise ValueError(\"no\")\n    ^^^^^\n\
                         ValueError: no\nnot at all";
        let expected = [
            "  File \"kv\", line 9, in main",
            "    raise ValueError(\"no\")",
            "> ValueError: no",
            "not at all",
        ];
        assert_eq!(told(words, traceback), expected);
    }

    #[test]
    fn the_program_s_own_line_is_told_rather_than_the_library_s() {
        let text = "Traceback (most recent call last):\n  File \"kv\", line 7, in main\n    json.loads(x)\n  File \
                    \"/usr/lib/python3.11/json/__init__.py\", line 339, in loads\n    raise TypeError\n\
                    TypeError: not set";
        let expected =
            ["  File \"kv\", line 7, in main", "    json.loads(x)", "> TypeError: not set"];
        assert_eq!(told(words, text), expected);
    }

    #[test]
    fn of_a_syntax_error_the_place_is_told() {
        let syntax =
            "  File \"kv\", line 9\n    print 1\n    ^^^\nSyntaxError: Missing parentheses";
        let expected =
            ["  File \"kv\", line 9", "    print 1", "> SyntaxError: Missing parentheses"];
        assert_eq!(told(words, syntax), expected);
    }

    #[test]
    fn an_exception_that_was_being_handled_is_told_too() {
        let chained = "Traceback (most recent call last):\n  File \"kv\", line 1, in a\n    x\nKeyError: 'k'\n\n\
                       During handling of the above exception, another exception occurred:\n\n\
                       Traceback (most recent call last):\n  File \"kv\", line 2, in b\n    y\nOSError: z";
        let expected = [
            "KeyError: 'k'",
            "During handling of the above exception, another exception occurred:",
            "  File \"kv\", line 2, in b",
            "    y",
            "> OSError: z",
        ];
        assert_eq!(told(words, chained), expected);
    }
}
