//! Compiles the library that unmodified executables are preloaded with, for this crate to carry.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/preload");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let library = PathBuf::from(variable("OUT_DIR")).join("libpreload.so");
    let is_linux = variable("CARGO_CFG_TARGET_OS") == "linux";
    let is_gnu = variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if !(is_linux && is_gnu && variable("CARGO_CFG_TARGET_ARCH") == "x86_64") {
        // The crate works without, and says so when it is given an executable.
        std::fs::write(&library, []).expect("the build folder can be written");
        return;
    }
    let mut compiler = Command::new(variable("RUSTC"));
    compiler.args(["--edition=2024", "--crate-name=preload", "--crate-type=cdylib"]);
    compiler.args(["--cfg=preload_shim", "-Cpanic=abort", "-Copt-level=2", "-Cstrip=symbols"]);
    compiler.args(["--target", &variable("TARGET"), "-o"]).arg(&library);
    compiler.arg("src/preload/mod.rs");
    let status = compiler.status().expect("the compiler can be started");
    assert!(status.success(), "the preload library could not be compiled");
}
