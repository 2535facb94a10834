//! A folder of tariff files: which file a name means, and the tariff in it.
//!
//! The folder is listed with its sub-folders once; a file is read when a row first names it, so that
//! a broken one is told of by the rows that name it and by no others.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use billing::tariff::Tariff;

use crate::input::{Wrong, tariff};
use crate::told::Told;

/// Deepest sub-folder looked into.
const DEPTH_LIMIT: usize = 8;
/// Most names shown where one is not there.
const SHOWN_LIMIT: usize = 12;

pub(crate) struct Library {
    folder: PathBuf,
    /// `jingtai-2022`, and `gansu/jingtai-2022` for one in a sub-folder, to the files of that name.
    files: BTreeMap<String, Vec<PathBuf>>,
    read: HashMap<PathBuf, Result<Tariff, Wrong>>,
}

impl Library {
    pub(crate) fn open(folder: &Path) -> Result<Self, Wrong> {
        let mut files = BTreeMap::new();
        list(&mut files, folder, "", 0)?;
        Ok(Library { folder: folder.to_owned(), files, read: HashMap::new() })
    }

    /// The tariff of a name, and the class of street that follows it after a slash.
    pub(crate) fn tariff(&mut self, name: &str) -> Result<(&Tariff, Option<String>), Told> {
        let (path, street) = self.file(name)?;
        let read = self.read.entry(path.clone()).or_insert_with(|| tariff(&path));
        match read {
            Ok(tariff) => Ok((tariff, street)),
            Err(problems) => Err(Told::new("tariff_broken", problems.clone())),
        }
    }

    fn file(&self, name: &str) -> Result<(PathBuf, Option<String>), Told> {
        let cuts = name.rmatch_indices('/').map(|(at, _)| (&name[..at], Some(&name[at + 1..])));
        for (name, street) in std::iter::once((name, None)).chain(cuts) {
            let found = self.files.get(name).map(Vec::as_slice).unwrap_or_default();
            // One in the folder itself comes before those in its sub-folders.
            let own = |path: &&PathBuf| path.parent() == Some(self.folder.as_path());
            let paths: Vec<&PathBuf> = match found.iter().filter(own).collect::<Vec<_>>() {
                own if own.is_empty() => found.iter().collect(),
                own => own,
            };
            match paths.as_slice() {
                [] => {}
                [path] => return Ok(((*path).clone(), street.map(str::to_owned))),
                several => {
                    let several: Vec<String> =
                        several.iter().map(|p| p.display().to_string()).collect();
                    let message = format!("{name} is the name of several: {}", several.join(", "));
                    return Err(Told::new("tariff_ambiguous", message));
                }
            }
        }
        Err(self.not_found(name))
    }

    fn not_found(&self, name: &str) -> Told {
        let stem = name.split('/').next().unwrap_or_default();
        let mut known: Vec<&str> = self.files.keys().map(String::as_str).collect();
        let more = known.len().saturating_sub(SHOWN_LIMIT);
        known.truncate(SHOWN_LIMIT);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let folder = self.folder.display();
        let has = if known.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}{more}", known.join(", "))
        };
        Told::new("tariff_not_found", format!("{folder} has no tariff {stem}.yaml; {has}"))
    }
}

/// Adds the tariff files of a folder; a sub-folder that cannot be listed has none.
fn list(
    files: &mut BTreeMap<String, Vec<PathBuf>>,
    folder: &Path,
    within: &str,
    depth: usize,
) -> Result<(), Wrong> {
    let wrong = |error| format!("{}: {error}", folder.display());
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        entries.push(entry.map_err(wrong)?.path());
    }
    entries.sort();
    for path in entries {
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.is_dir() && !path.is_symlink() && depth < DEPTH_LIMIT {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let _ = list(files, &path, &format!("{within}{name}/"), depth + 1);
        } else if is_yaml && path.is_file() {
            let long = format!("{within}{stem}");
            files.entry(stem.to_owned()).or_default().push(path.clone());
            if long != stem {
                files.entry(long).or_default().push(path);
            }
        }
    }
    Ok(())
}
