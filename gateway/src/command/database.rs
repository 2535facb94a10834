//! Which database a command works on: `--data DIR`, `--database URL`, or a configuration file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use store::Store;
use vocabulary::Timestamp;

use crate::clock::Clock;
use crate::config::Config;

/// Switches that name a database.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct Database {
    /// Folder of an SQLite database, as `gateway demo --data` makes it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// sqlite:PATH or postgres://user:password@host/database.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Take the database from a configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Database {
    /// The configuration that goes with it: the file's, else defaults with this database.
    pub(super) fn config(&self) -> Result<Config> {
        if let Some(path) = &self.config {
            return Config::load(path, std::env::vars());
        }
        Ok(Config { database: self.address()?, ..Config::default() })
    }

    fn address(&self) -> Result<String> {
        match (&self.data, &self.database) {
            (Some(dir), _) => Ok(sqlite_in(dir)),
            (None, Some(url)) => Ok(url.clone()),
            (None, None) => anyhow::bail!("name a database: --data, --database or --config"),
        }
    }

    /// Opens a database that must be there already, with the right schema.
    pub(super) async fn open(&self) -> Result<(Config, Store)> {
        let config = self.config()?;
        if let Some(path) = config.database.strip_prefix("sqlite:") {
            ensure!(Path::new(path).exists(), "there is no database at {path}");
        }
        let store = Store::open(&config.database).await.context("opening the database")?;
        store.check_schema().await?;
        Ok((config, store))
    }
}

impl Database {
    /// The time in the city whose database this is: that of a demo goes on from its stored clock.
    pub(super) async fn city_now(store: &Store) -> Result<Timestamp> {
        Ok(match store.read().await?.clock().await? {
            Some(row) => Timestamp::from_ms(row.last_city_at),
            None => Clock::real().city_now(),
        })
    }
}

/// The database file in a data folder.
pub(super) fn sqlite_in(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("bowei.db").display())
}
