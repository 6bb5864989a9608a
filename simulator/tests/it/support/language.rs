//! Replicas in other languages, built into a folder as a student would have them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A language in which there are test replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Java,
    Node,
    Cpp,
    Go,
}

/// The name of the executable, as in the course.
const NAME: &str = "3700kvstore";

/// Builds a replica from the folder next to this file.
///
/// Returns `None` if its language is not installed, which is a failure where everything is to be tested.
pub(crate) fn build(language: Language, name: &str, folder: &Path) -> Option<PathBuf> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables");
    let executable = folder.join(NAME);
    let copy = |from: &str, to: &Path| {
        fs::copy(sources.join(from), to).expect("a copy");
    };
    match language {
        Language::Python => {
            is_installed("python3", "--version")?;
            copy(&format!("{name}.py"), &executable);
            copy("course.py", &folder.join("course.py"));
        }
        Language::Node => {
            is_installed("node", "--version")?;
            copy(&format!("{name}.js"), &executable);
        }
        Language::Java => {
            is_installed("javac", "-version")?;
            let class = name[..1].to_uppercase() + &name[1..];
            let source = sources.join(&class).with_extension("java");
            run(Command::new("javac").arg("-d").arg(folder).arg(source));
            let script = format!("#!/bin/sh\nexec java -cp . {class} \"$@\"\n");
            fs::write(&executable, script).expect("a file");
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&executable, mode).expect("its owner");
        }
        Language::Cpp => {
            is_installed("g++", "--version")?;
            let source = sources.join(name).with_extension("cpp");
            run(Command::new("g++").args(["-O1", "-pthread", "-o"]).arg(&executable).arg(source));
        }
        Language::Go => {
            is_installed("go", "version")?;
            let source = sources.join(name).with_extension("go");
            let mut go = Command::new("go");
            go.env("CGO_ENABLED", "1").args(["build", "-trimpath", "-o"]).arg(&executable);
            run(go.arg(source));
        }
    }
    Some(executable)
}

fn is_installed(program: &str, question: &str) -> Option<()> {
    if Command::new(program).arg(question).output().is_ok() {
        return Some(());
    }
    super::lacks(program);
    None
}

fn run(command: &mut Command) {
    let status = command.status().expect("it was found");
    assert!(status.success(), "{command:?}");
}
