//! Tests of the scripts that are followed, the programs that are refused, and the messages.

use std::io::Write as _;

use super::*;

#[test]
fn first_lines_are_followed() {
    let named = |line: &str| match first_line(line.as_bytes())? {
        Kind::Script { asks_for, arguments } => Ok((asks_for.display().to_string(), arguments)),
        Kind::Program(_) => unreachable!("a line is a script's"),
    };
    let ok = |name: &str, arguments: Option<&[&str]>| {
        let arguments = arguments.map(|all| all.iter().map(OsString::from).collect());
        Ok::<_, String>((name.to_owned(), arguments))
    };
    assert_eq!(named("/usr/bin/python3 -u"), ok("/usr/bin/python3", None));
    assert_eq!(named(" /usr/bin/env python3"), ok("python3", Some(&[])));
    assert_eq!(named("/usr/bin/env -S python3 -u -O"), ok("python3", Some(&["-u", "-O"])));
    assert_eq!(named("/usr/bin/env -S A=1 python3 -u"), ok("python3", None));
    assert_eq!(named("/usr/bin/env -S -i python3 -u"), ok("python3", None));
    assert_eq!(named("/usr/bin/env -S python3 '-u x'"), ok("python3", None));
    assert!(named("").is_err() && named("/usr/bin/env").is_err());
    assert!(named("/usr/bin/env python3\r").is_err_and(|why| why.contains("carriage return")));
}

#[test]
fn a_test_program_is_fit() {
    let program = std::env::current_exe().expect("it has a path");
    let found = look(&program).expect("it can be started");
    assert_eq!(found.interposition(), Ok(Interposition::Preload));
    assert_eq!(found.path, fs::canonicalize(&program).expect("it exists"));
    assert_eq!(found.program, found.path);
    let environment = found.environment();
    assert!(environment.to_lowercase().contains("libc"), "no interpreter: {environment}");
}

/// Makes a folder with a pyenv wrapper of a Python that is a copy of this test.
fn pyenv(name: &str) -> (PathBuf, PathBuf) {
    let root = std::env::temp_dir().join(format!("preflight-{name}-{}", std::process::id()));
    let python = root.join("versions/3.9/bin/python3");
    fs::create_dir_all(python.parent().expect("it has one")).expect("a folder");
    fs::copy(std::env::current_exe().expect("it has a path"), &python).expect("a copy");
    fs::write(root.join("version"), "3.9\n").expect("a file");
    let wrapper = format!("#!/bin/sh\nexport PYENV_ROOT=\"{}\"\n", root.display());
    write_executable(&root.join("python3"), wrapper.as_bytes(), 0o755);
    (root, python)
}

fn write_executable(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its owner");
}

#[test]
fn the_python_behind_a_wrapper_is_found_however_it_is_asked_for() {
    if std::env::var_os("PYENV_VERSION").is_some() {
        // This bypasses the test harness, which hides the output of passing tests.
        writeln!(io::stderr(), "skipped: PYENV_VERSION chooses the Python here")
            .expect("it can be written");
        return;
    }
    let (root, python) = pyenv("wrapper");
    let wrapper = root.join("python3").display().to_string();
    let script = root.join("replica");
    let look_at = |line: &str| {
        write_executable(&script, format!("#!{line}\nsh\n").as_bytes(), 0o755);
        let found = look(&script).expect("it can be started");
        assert_eq!(found.program, fs::canonicalize(&python).expect("it exists"), "{line}");
        assert_eq!(found.language.programs.first(), Some(&"python"), "{line}");
        found.interpreter.map(|it| (it.path, it.arguments))
    };
    let direct = |arguments: &[&str]| {
        Some((python.clone(), arguments.iter().map(OsString::from).collect::<Vec<_>>()))
    };
    assert_eq!(look_at(&format!("/usr/bin/env {wrapper}")), direct(&[]));
    assert_eq!(look_at(&format!("/usr/bin/env -S {wrapper} -u")), direct(&["-u"]));
    assert_eq!(look_at(&format!("/usr/bin/env -S A=1 {wrapper} -u")), None);
    assert_eq!(look_at(&format!("{wrapper} -u")), None);
    fs::remove_dir_all(&root).expect("it can go");
}

/// Returns a program with one segment, with as many fields as the preflight reads.
fn elf(machine: u16, kind: u32, content: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 64 + 56];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    file[18..20].copy_from_slice(&machine.to_le_bytes());
    file[32] = 64;
    (file[54], file[56]) = (56, 1);
    file[64..68].copy_from_slice(&kind.to_le_bytes());
    file[72] = 64 + 56;
    file[96] = content.len() as u8;
    file.extend_from_slice(content);
    file
}

#[test]
fn what_cannot_be_driven_is_refused_with_the_reason() {
    let folder = std::env::temp_dir().join(format!("preflight-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let refusal = |name: &str, content: &[u8], mode: u32| {
        let path = folder.join(name);
        write_executable(&path, content, mode);
        (look(&path).and_then(|found| found.interposition()).expect_err(name).why, look(&path))
    };
    let glibc = b"/lib64/ld-linux-x86-64.so.2\0";
    let go = b"\x04\0\0\0\x53\0\0\0\x04\0\0\0Go\0\0";
    let cases = [
        ("not-executable", elf(62, 3, glibc), 0o644, "it is not executable: chmod +x"),
        ("setuid", elf(62, 3, glibc), 0o4755, "setuid"),
        ("arm", elf(183, 3, glibc), 0o755, "another kind of machine"),
        ("static", elf(62, 1, b""), 0o755, "or run it in real time, with --clock real"),
        ("musl", elf(62, 3, b"/lib/ld-musl-x86_64.so.1\0"), 0o755, "expected those of glibc"),
        ("go", elf(62, 4, go), 0o755, "-linkmode=external"),
        ("torn", elf(62, 3, glibc)[..80].to_vec(), 0o755, "a damaged program"),
        ("text", b"hello".to_vec(), 0o755, "neither a program nor a script"),
        ("lost", b"#!/no/such/thing\n".to_vec(), 0o755, "which is not installed"),
        ("empty", Vec::new(), 0o755, "neither a program nor a script"),
    ];
    for (name, content, mode, expected) in cases {
        let (why, found) = refusal(name, &content, mode);
        assert!(why.contains(expected), "{name}: {why}");
        if why.contains(elf::INSTEAD) {
            assert!(found.is_ok(), "{name}: {why}");
        }
    }
    assert!(look(&folder).expect_err("a folder").why.contains("this is a folder"));
    let fit = folder.join("fit");
    write_executable(&fit, &elf(62, 3, glibc), 0o755);
    assert_eq!(look(&fit).and_then(|found| found.interposition()), Ok(Interposition::Preload));
    fs::remove_dir_all(&folder).expect("it can go");
}

#[test]
fn a_virtual_environment_is_named() {
    let (root, python) = pyenv("venv");
    let venv = root.join("venv");
    fs::create_dir_all(venv.join("bin")).expect("a folder");
    std::os::unix::fs::symlink(&python, venv.join("bin/python3")).expect("a link");
    let script = root.join("replica");
    let line = format!("#!{}\n", venv.join("bin/python3").display());
    write_executable(&script, line.as_bytes(), 0o755);
    let environment = || look(&script).expect("it can be started").environment();
    assert!(!environment().contains("virtual"), "{}", environment());
    fs::write(venv.join("pyvenv.cfg"), "home = /usr/bin\n").expect("a file");
    let whole = fs::canonicalize(&python).expect("it exists");
    let words = format!("{} (in a virtual environment), ", whole.display());
    assert!(environment().starts_with(&words), "{}", environment());
    fs::remove_dir_all(&root).expect("it can go");
}
