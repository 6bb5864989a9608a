//! Compiles the library that is preloaded into unmodified executables, for this crate to embed.
//!
//! Sets `cfg(virtual_time)` where virtual time is possible.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/preload");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let library = PathBuf::from(variable("OUT_DIR")).join("libpreload.so");
    println!("cargo::rustc-check-cfg=cfg(virtual_time, preload_shim)");
    let is_linux = variable("CARGO_CFG_TARGET_OS") == "linux";
    let is_gnu = variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if !(is_linux && is_gnu && variable("CARGO_CFG_TARGET_ARCH") == "x86_64") {
        // The crate works without the library, in real time only.
        return;
    }
    println!("cargo::rustc-cfg=virtual_time");
    let mut compiler = Command::new(variable("RUSTC"));
    compiler.args(["--edition=2024", "--crate-name=preload", "--crate-type=cdylib"]);
    compiler.args(["--cfg=preload_shim", "-Cpanic=abort", "-Copt-level=2", "-Cstrip=symbols"]);
    compiler.args(["--target", &variable("TARGET"), "-o"]).arg(&library);
    compiler.arg("src/preload/mod.rs");
    let status = compiler.status().expect("the compiler can be started");
    assert!(status.success(), "the preload library could not be compiled");
}
