//! The folder of a run, and what lies in it: the town file and the databases.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use tempfile::TempDir;

use crate::gateway::Setup;
use crate::postgres::Cluster;
use crate::report::progress;
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
    /// Databases that hold a town of so many bays and nothing else; they are copied.
    towns: HashMap<(Kind, u32), String>,
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
        Ok(Place { dir, gateway, cluster: None, towns: HashMap::new() })
    }

    pub(crate) fn gateway(&self) -> &Path {
        &self.gateway
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

    /// A database with schema and town in it. The first PostgreSQL one starts a cluster.
    pub(crate) async fn prepared(&mut self, kind: Kind, name: &str, bays: u32) -> Result<Setup> {
        let town = self.imported(kind, bays).await?;
        let dir = self.folder(name)?;
        let database = match kind {
            Kind::Sqlite => {
                let copy = dir.join("bowei.db");
                let file = town.strip_prefix("sqlite:").context("the address of a file")?;
                tokio::fs::copy(file, &copy).await.context("copying the town's database")?;
                format!("sqlite:{}", copy.display())
            }
            Kind::Postgres => self.cluster().await?.create(name, Some(&town_name(bays))).await?,
        };
        Ok(Setup { program: self.gateway.clone(), dir, database })
    }

    /// The database that a town of so many bays was imported into; nobody has it open.
    async fn imported(&mut self, kind: Kind, bays: u32) -> Result<String> {
        if let Some(known) = self.towns.get(&(kind, bays)) {
            return Ok(known.clone());
        }
        progress(&format!("importing a town of {bays} bays into {}", kind.name()));
        let name = town_name(bays);
        let dir = self.folder(&format!("{}_{name}", kind.name().to_lowercase()))?;
        let database = match kind {
            Kind::Sqlite => format!("sqlite:{}", dir.join("bowei.db").display()),
            Kind::Postgres => self.cluster().await?.create(&name, None).await?,
        };
        let setup = Setup { program: self.gateway.clone(), dir, database };
        let town = self.town(bays)?;
        setup.prepare(&town).await.with_context(|| format!("preparing {name}"))?;
        self.towns.insert((kind, bays), setup.database.clone());
        Ok(setup.database)
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    async fn cluster(&mut self) -> Result<&Cluster> {
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(&self.dir.path().join("postgres")).await?);
        }
        self.cluster.as_ref().context("it was started just now")
    }

    /// An empty PostgreSQL database. The first one starts a cluster.
    pub(crate) async fn empty_postgres(&mut self, name: &str) -> Result<String> {
        self.cluster().await?.create(name, None).await
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

fn town_name(bays: u32) -> String {
    format!("town_{bays}")
}
