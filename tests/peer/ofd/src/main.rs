//! Checks the structure of OFD files with the crate ofd-core, or draws a page of one.
//!
//!     peer-ofd FILE...               prints what is wrong; exit code 1 if anything is
//!     peer-ofd --png FILE OUT.png    draws the first page

use std::process::ExitCode;

use ofd_core::check_path;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            eprintln!("usage: peer-ofd FILE... | peer-ofd --png FILE OUT.png");
            ExitCode::from(2)
        }
        files => {
            let sound = files.iter().map(|file| check(file)).filter(|sound| !sound).count() == 0;
            if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

fn check(file: &str) -> bool {
    let report = check_path(file);
    for problem in &report.problems {
        println!("{file}: {problem}");
    }
    report.conforms()
}
