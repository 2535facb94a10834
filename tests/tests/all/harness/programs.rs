//! The programs as built, run as a user runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder that holds the workspace.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

/// One of our programs, built beside the test binary.
pub(crate) fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("this process has a program");
    let folder = tests.ancestors().nth(2).expect("target/debug/deps holds the test binary");
    let program = folder.join(name);
    assert!(
        program.exists(),
        "{} is missing: run `make test`, or `cargo build -p gateway -p sandbox -p firmware-sim`",
        program.display()
    );
    program
}

/// A command of one of our programs, free of settings that this environment happens to have.
pub(crate) fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program(name));
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("BOWEI_") {
            command.env_remove(variable);
        }
    }
    command.args(arguments);
    command
}

/// Runs a program of ours to its end.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Output {
    command(name, arguments).output().expect("a program that exists starts")
}

/// Runs any command to its end; it must succeed. Gives what it printed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    out
}

/// Bytes that a program printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
