//! Checks the structure of OFD files with the crate ofd-core, or has it draw one.
//!
//!     peer-ofd FILE...                 prints what is wrong; exit code 1 if anything is
//!     peer-ofd --png FILE DIR          draws every page as DIR/page-1.png, …; exit code 1 if it cannot

use std::path::Path;
use std::process::ExitCode;

use ofd_core::{OfdReader, RenderOptions, Result, check_path};

/// Enough to read the smallest letters.
const DPI: f64 = 110.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sound = match arguments.as_slice() {
        [] => {
            eprintln!("usage: peer-ofd FILE... | peer-ofd --png FILE DIR");
            return ExitCode::from(2);
        }
        [option, file, folder] if option == "--png" => match draw(file, Path::new(folder)) {
            Ok(()) => true,
            Err(error) => {
                println!("{file}: {error}");
                false
            }
        },
        files => files.iter().map(|file| check(file)).fold(true, |all, sound| all && sound),
    };
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check(file: &str) -> bool {
    let report = check_path(file);
    for problem in &report.problems {
        println!("{file}: {problem}");
    }
    report.conforms()
}

fn draw(file: &str, folder: &Path) -> Result<()> {
    let mut reader = OfdReader::open(file)?;
    let bodies = reader.ofd().doc_bodies.clone();
    let document = reader.load_document(&bodies[0])?;
    let options = RenderOptions::with_dpi(DPI);
    for page in 0..document.pages().len() {
        let picture = folder.join(format!("page-{}.png", page + 1));
        reader.render_page_to_file(&document, page, &options, picture)?;
    }
    Ok(())
}
