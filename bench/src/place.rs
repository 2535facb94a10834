//! The folder of a run, and what lies in it: the town file and the databases.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use tempfile::TempDir;

use crate::gateway::Setup;
use crate::postgres::Cluster;
use crate::town;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }
}

/// Where a run works. Removed at its end.
#[derive(Debug)]
pub(crate) struct Place {
    dir: TempDir,
    gateway: PathBuf,
    cluster: Option<Cluster>,
}

impl Place {
    /// A folder in `within`, for the gateway program at `gateway` (beside this program if none).
    pub(crate) fn new(within: Option<&Path>, gateway: Option<&Path>) -> Result<Place> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix("bowei-bench-");
        let dir = match within {
            Some(within) => builder.tempdir_in(within)?,
            None => builder.tempdir()?,
        };
        // PostgreSQL runs under another account and has to get to its part.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open)?;
        let beside = || Ok::<_, std::io::Error>(std::env::current_exe()?.with_file_name("gateway"));
        let gateway = gateway.map_or_else(beside, |path| path.canonicalize())?;
        ensure!(gateway.exists(), "{} is missing: run `make bench`", gateway.display());
        Ok(Place { dir, gateway, cluster: None })
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes the file of a town of so many bays.
    pub(crate) fn town(&self, bays: u32) -> Result<PathBuf> {
        let path = self.dir.path().join(format!("town-{bays}.json"));
        if !path.exists() {
            std::fs::write(&path, town::file(bays).to_string())?;
        }
        Ok(path)
    }

    /// An empty database with schema and town in it. The first PostgreSQL one starts a cluster.
    pub(crate) async fn prepared(&mut self, kind: Kind, name: &str, bays: u32) -> Result<Setup> {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir)?;
        let database = match kind {
            Kind::Sqlite => format!("sqlite:{}", dir.join("bowei.db").display()),
            Kind::Postgres => self.cluster().await?.create(name).await?,
        };
        let setup = Setup { program: self.gateway.clone(), dir, database };
        let town = self.town(bays)?;
        setup.prepare(&town).await.with_context(|| format!("preparing {name}"))?;
        Ok(setup)
    }

    async fn cluster(&mut self) -> Result<&Cluster> {
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(&self.dir.path().join("postgres")).await?);
        }
        self.cluster.as_ref().context("it was started just now")
    }

    /// The process of the PostgreSQL server, if one runs.
    pub(crate) fn postgres(&self) -> Option<u32> {
        self.cluster.as_ref().map(Cluster::process)
    }

    /// Ends what runs in it and removes it.
    pub(crate) async fn close(mut self) -> Result<()> {
        if let Some(cluster) = self.cluster.take() {
            cluster.stop().await?;
        }
        // What PostgreSQL leaves behind belongs to its account; root may remove it.
        Ok(self.dir.close()?)
    }
}
