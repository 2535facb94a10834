//! `gateway export`

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;
use vocabulary::Timestamp;

use super::database::Database;
use super::import_rows::said;
use crate::flow::export_mosquitto::export_mosquitto;
use crate::flow::export_stays::{Asked, export_stays};
use crate::flow::export_visits::export_visits;

const PASSWORDS: &str = "passwords";
const RIGHTS: &str = "mosquitto.acl";

/// Write what other programs need.
#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The accounts at the broker as Mosquitto reads them: `passwords` and `mosquitto.acl`. Lines of
    /// a `passwords` that is there already are kept if they belong to accounts made elsewhere.
    Mosquitto {
        /// Folder to write into.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Every stay, a JSON object a line on standard output, with the bounds of its edges and its
    /// doubts (docs/SIMULATOR.md). No plates. Void and superseded stays are among them.
    Stays(Stays),
    /// Every billed visit with the case that its newest bill was computed from, a JSON object a line
    /// on standard output: what `billing simulate` prices again. No plates.
    Visits(Visits),
}

/// Export billed visits.
#[derive(Debug, Args)]
struct Visits {
    #[command(flatten)]
    database: Database,
}

impl Visits {
    async fn run(self) -> Result<ExitCode> {
        let (_, store) = self.database.open().await?;
        let mut out = BufWriter::new(output::Stream);
        let written = export_visits(&mut store.snapshot().await?, &mut out).await?;
        out.flush().context("writing the visits")?;
        store.close().await;
        eprintln!("{written} visits");
        Ok(ExitCode::SUCCESS)
    }
}

/// Export stays.
#[derive(Debug, Args)]
struct Stays {
    /// Only stays that had not ended before this instant.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    since: Option<Timestamp>,
    /// Only stays that began before this instant.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    until: Option<Timestamp>,
    #[command(flatten)]
    database: Database,
}

impl Stays {
    async fn run(self) -> Result<ExitCode> {
        let Stays { since, until, database } = self;
        let (_, store) = database.open().await?;
        let mut out = BufWriter::new(output::Stream);
        let asked = Asked { since, until };
        let written = export_stays(&mut store.snapshot().await?, asked, &mut out).await?;
        out.flush().context("writing the stays")?;
        store.close().await;
        eprintln!("{written} stays");
        Ok(ExitCode::SUCCESS)
    }
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|refused| refused.to_string())
}

impl Export {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let (out, database) = match self.what {
            What::Mosquitto { out, database } => (out, database),
            What::Stays(stays) => return stays.run().await,
            What::Visits(visits) => return visits.run().await,
        };
        let (_, store) = database.open().await?;
        let before = std::fs::read_to_string(out.join(PASSWORDS)).unwrap_or_default();
        let files = export_mosquitto(&mut store.read().await?, &before).await.map_err(said)?;
        store.close().await;
        std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        put(&out.join(PASSWORDS), &files.passwords)?;
        put(&out.join(RIGHTS), &files.rights)?;
        outln!("{} accounts written to {}", files.accounts, out.display());
        outln!("Mosquitto takes them in when it gets SIGHUP: kill -HUP \"$(pidof mosquitto)\"");
        for name in &files.left_out {
            eprintln!(
                "{name}: left out, a device has the same name: choose another for the account"
            );
        }
        Ok(if files.left_out.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Whole or not at all, and for the owner alone: that of the file before, else that of the folder, so that
/// a Mosquitto that has given up root's rights reads what root wrote anew.
fn put(path: &Path, content: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let failed = || format!("cannot write {}", path.display());
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .with_context(failed)?;
    file.write_all(content.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)?;
    hand_over(&file, path).with_context(failed)?;
    std::fs::rename(&fresh, path).with_context(failed)
}

/// Only root gives files away; whoever else writes keeps what it wrote.
fn hand_over(file: &File, path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let before = path.metadata().or_else(|_| folder.unwrap_or(Path::new(".")).metadata())?;
    match fchown(file, Some(before.uid()), Some(before.gid())) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;

    /// Another owner can only be given by root; everybody else sees their own kept.
    #[test]
    fn a_file_that_is_written_anew_keeps_its_owner_and_a_first_one_gets_the_folders() {
        let dir = tempfile::tempdir().unwrap();
        let given = |path: &Path, id| chown(path, Some(id), Some(id)).is_ok();
        let owner = |path: &Path| path.metadata().map(|of| (of.uid(), of.gid())).unwrap();
        let file = dir.path().join(PASSWORDS);
        let as_root = given(dir.path(), 1883);
        put(&file, "a:b\n").unwrap();
        assert_eq!(owner(&file), owner(dir.path()));
        assert!(!as_root || owner(&file) == (1883, 1883) && given(&file, 102));
        let before = owner(&file);
        put(&file, "c:d\n").unwrap();
        assert_eq!(
            (owner(&file), std::fs::read_to_string(&file).unwrap()),
            (before, "c:d\n".into())
        );
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    }
}
