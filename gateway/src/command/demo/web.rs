//! Finds the driver's app that was built beside this program, so that the demo needs no switch for it.

use std::path::{Path, PathBuf};

/// Where `make web` leaves it, from the source folder.
const BUILT: &str = "miniprogram/dist/build/h5";
/// `target/debug/gateway`, and one more for a target with a triple in its path.
const FOLDERS_UP: usize = 4;

/// The folder of the app; none if it is not built.
pub(super) fn find() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1).take(FOLDERS_UP));
    first_built(above.chain(here.as_deref()))
}

fn first_built<'a>(roots: impl Iterator<Item = &'a Path>) -> Option<PathBuf> {
    let mut folders = roots.map(|root| root.join(BUILT));
    folders.find(|folder| folder.join("index.html").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_that_holds_a_built_app_is_found() {
        let source = tempfile::tempdir().unwrap();
        let built = source.path().join(BUILT);
        std::fs::create_dir_all(&built).unwrap();
        let program = source.path().join("target/debug/gateway");
        let find = || first_built(program.ancestors().skip(1).take(FOLDERS_UP));
        assert_eq!(find(), None, "an empty folder is no app");
        std::fs::write(built.join("index.html"), "<!doctype html>").unwrap();
        assert_eq!(find(), Some(built));
    }
}
