//! `gateway import`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;

use super::database::Database;
use super::{import_messages, import_roads, import_rows};
use crate::clock::Clock;
use crate::flow::import_town;

/// Import data into a database.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A town: operator, payee, tariffs, zones, blocks, bays and devices (docs/PROTOCOL.md). Safe to
    /// repeat; a running gateway learns of it by itself.
    Town {
        /// The town file (JSON).
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Bays from a CSV or GeoJSON file: new ones, and new versions of known ones. Every wrong line is
    /// named; nothing is stored if there is one. Safe to repeat.
    Bays(import_rows::Bays),
    /// Devices from a CSV file: registered, and put into the bays it names. Every wrong line is named;
    /// nothing is stored if there is one. Safe to repeat.
    Devices(import_rows::Devices),
    /// Messages as a broker received them, a JSON object a line: {"at":"…","topic":"…","payload":{…}}
    /// (docs/PROTOCOL.md). They go the way of ingest, each at the time `at` of its receipt. What was
    /// stored before counts as a repeat. A line that makes no sense ends the import and is named.
    Messages(import_messages::Messages),
    /// Roads and places with names from an OpenStreetMap extract (.osm.pbf), prepared for finding ways
    /// and put into force as a whole; a running gateway takes them in by itself. One-ways, access, turn
    /// restrictions and limits are kept (docs/ROADS.md). What cannot be read is refused by name.
    Osm(import_roads::Osm),
    /// Roads from GeoJSON, for those who have no OpenStreetMap: lines with the same tags as properties. Every
    /// wrong feature is named; nothing is stored if there is one.
    Roads(import_roads::GeoRoads),
}

impl Import {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let (file, database) = match self.what {
            What::Town { file, database } => (file, database),
            What::Bays(bays) => return bays.run().await,
            What::Devices(devices) => return devices.run().await,
            What::Messages(messages) => return messages.run().await,
            What::Osm(osm) => return Box::pin(osm.run()).await,
            What::Roads(roads) => return Box::pin(roads.run()).await,
        };
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let town = import_town::read(&text).with_context(|| file.display().to_string())?;
        let (_, store) = database.open().await?;
        let imported = import_town::import_town(&store, &town, Clock::real().city_now()).await?;
        store.close().await;
        outln!(
            "imported {} bays, {} devices, {} tariffs",
            imported.bays,
            imported.devices,
            imported.tariffs
        );
        if !town.note.is_empty() {
            outln!("note in the file: {}", town.note);
        }
        Ok(ExitCode::SUCCESS)
    }
}
