//! Which Python a wrapper of pyenv starts, if possible without asking it: it takes longer to answer
//! than a run takes, with dozens of processes each time. Only the plain case is told, one version for
//! everything; in any other it is asked.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::versions;

/// Returns the program that runs a script in the end which asks for a Python by name, where `PATH` has a
/// script of that name.
pub(super) fn python_behind(
    wrapper: &Path,
    script: &Path,
    name: &Path,
    is_program: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let name = name.to_str().filter(|name| name.starts_with("python"))?;
    let is_program = |path: &PathBuf| is_program(path);
    if let Some(path) = behind(wrapper, script, name).filter(&is_program) {
        return Some(path);
    }
    let mut command = Command::new(wrapper);
    let answer = versions::answer(command.args(["-c", "import sys; print(sys.executable)"]));
    // Not the name with all links followed: a virtual environment knows itself by its own name.
    answer.map(PathBuf::from).filter(is_program)
}

/// The program behind `wrapper`, when pyenv's choice is the one in its `version` file. A setting in the
/// environment, or a `.python-version` in a folder above the script or above ours, would come first.
fn behind(wrapper: &Path, script: &Path, name: &str) -> Option<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_for_everything_is_told() {
        let root = env::temp_dir().join(format!("pyenv-{}", std::process::id()));
        let scripts = root.join("scripts");
        fs::create_dir_all(&scripts).expect("a folder");
        let wrapper = root.join("python3");
        let text = format!("#!/bin/bash\nexport PYENV_ROOT=\"{}\"\nexec …\n", root.display());
        fs::write(&wrapper, text).expect("a file");
        let script = scripts.join("replica");
        assert_eq!(behind(&wrapper, &script, "python3"), None);
        fs::write(root.join("version"), "3.11.7\n").expect("a file");
        let program = root.join("versions/3.11.7/bin/python3");
        if env::var_os("PYENV_VERSION").is_none() {
            assert_eq!(behind(&wrapper, &script, "python3"), Some(program));
        }
        fs::write(scripts.join(".python-version"), "3.8.18\n").expect("a file");
        assert_eq!(behind(&wrapper, &script, "python3"), None);
        fs::remove_dir_all(&root).expect("it can go");
    }
}
