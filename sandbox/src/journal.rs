//! An append-only file of JSON lines, on disk before `append` returns.
//!
//! A last line without its newline was never acknowledged and is cut off at opening; a damaged
//! line before it is an error that names the line, never skipped. Not for several writers: the
//! data folder's lock sees to that.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An open journal, positioned at its end.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    length: u64,
    state: Writable,
}

/// Whether the end of the file is known to be a whole line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writable {
    Yes,
    TornByFailure,
}

impl Journal {
    /// Opens or makes the file and reads its lines.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> anyhow::Result<(Journal, Vec<T>)> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let length = u64::try_from(whole)?;
        if whole < bytes.len() {
            tracing::warn!(path = %path.display(), "cutting off a torn last line");
            file.set_len(length)?;
            file.sync_data()?;
        }
        let lines = read_lines(&bytes[..whole])
            .with_context(|| format!("{} is damaged", path.display()))?;
        Ok((Journal { file, length, state: Writable::Yes }, lines))
    }

    /// Writes one line and waits until it is on disk. After an error the line is not in the file.
    pub(crate) fn append<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        if self.state == Writable::TornByFailure {
            return Err(io::Error::other("an earlier write could not be undone; restart"));
        }
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        match self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            Ok(()) => {
                self.length += u64::try_from(bytes.len()).map_err(io::Error::other)?;
                Ok(())
            }
            Err(error) => {
                if self.file.set_len(self.length).is_err() {
                    self.state = Writable::TornByFailure;
                }
                Err(error)
            }
        }
    }
}

fn read_lines<T: DeserializeOwned>(bytes: &[u8]) -> anyhow::Result<Vec<T>> {
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(n, line)| serde_json::from_slice(line).with_context(|| format!("line {}", n + 1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &str, expect: Result<&[u32], &str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        std::fs::write(&path, content).unwrap();
        match (Journal::open::<u32>(&path), expect) {
            (Ok((mut journal, lines)), Ok(expected)) => {
                assert_eq!(lines, expected, "{content:?}");
                journal.append(&99_u32).unwrap();
                drop(journal);
                let (_, again) = Journal::open::<u32>(&path).unwrap();
                assert_eq!(again, [expected, &[99]].concat(), "{content:?}");
            }
            (Err(error), Err(expected)) => {
                let text = format!("{error:#}");
                assert!(text.contains(expected), "{content:?}: {text}");
            }
            (got, expected) => panic!("{content:?}: {expected:?}, got {:?}", got.map(|x| x.1)),
        }
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_a_damaged_earlier_one_is_named() {
        check("", Ok(&[]));
        check("1\n2\n", Ok(&[1, 2]));
        check("1\n2", Ok(&[1]));
        check("1\n{\"out_tra", Ok(&[1]));
        check("1\n\n2\n", Ok(&[1, 2]));
        check("1\noops\n2\n", Err("line 2"));
    }
}
