//! Files that appear whole or not at all: written beside their place, then renamed.

use std::io;
use std::path::{Path, PathBuf};

/// A file, with its name before it is put and its path after.
#[derive(Debug)]
pub(super) struct Made {
    /// `pdf`.
    pub(super) format: &'static str,
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

/// Puts files into a folder, which is made if it is not there. Before the first gets its name all are
/// written; what was written so far is removed when one cannot be.
///
/// # Errors
/// The path that could not be written, and why.
pub(super) fn put(folder: &Path, files: Vec<Made>) -> Result<Vec<Made>, (PathBuf, io::Error)> {
    std::fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    let own = std::process::id();
    let mut beside: Vec<PathBuf> = Vec::with_capacity(files.len());
    let mut written = Ok(());
    for made in &files {
        let path = folder.join(format!(".{}.{own}.part", made.path.display()));
        written = std::fs::write(&path, &made.bytes).map_err(|error| (path.clone(), error));
        beside.push(path);
        if written.is_err() {
            break;
        }
    }
    let mut put = Vec::with_capacity(files.len());
    if written.is_ok() {
        for (made, from) in files.into_iter().zip(&beside) {
            let path = folder.join(&made.path);
            written = std::fs::rename(from, &path).map_err(|error| (path.clone(), error));
            if written.is_err() {
                break;
            }
            put.push(Made { path, ..made });
        }
    }
    if written.is_err() {
        for path in beside {
            // What is left is what was not renamed; a second failure tells nothing new.
            let _ = std::fs::remove_file(path);
        }
    }
    written.map(|()| put)
}
