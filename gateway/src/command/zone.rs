//! `gateway zone`

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use output::outln;
use store::{Lane, Store};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::bay::instant;
use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::change_bay::Changed;
use crate::flow::change_zone::{ZoneChange, change_zone};

/// Manage zones. Times are RFC 3339, for example 2026-10-01T00:00:00+08:00.
#[derive(Debug, Args)]
pub(super) struct Zone {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Give a zone another tariff or payee from a date on; who arrived before keeps the old one.
    Change {
        /// Code, or id where several operators have zones of this code.
        zone: String,
        /// From when on; now if left out.
        #[arg(long, value_parser = instant)]
        from: Option<Timestamp>,
        /// Id of an imported tariff.
        #[arg(long)]
        tariff: Option<String>,
        /// Name of a payee of the operator.
        #[arg(long)]
        payee: Option<String>,
        #[command(flatten)]
        database: Database,
    },
}

impl Zone {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let What::Change { zone, from, tariff, payee, database } = self.what;
        let (_, store) = database.open().await?;
        let now = Database::city_now(&store).await?;
        let zone_id = named(&store, &zone).await?;
        let change = ZoneChange { valid_from: from, tariff_id: tariff, payee };
        let mut tx = store.begin(Lane::Command).await?;
        let actor = Actor::command_line();
        let changed = change_zone(&mut tx, &actor, zone_id, &change, now).await.map_err(said)?;
        tx.commit().await?;
        match changed {
            Changed::Yes => outln!("{zone} changes at {}", from.unwrap_or(now)),
            Changed::No => outln!("{zone} is so already"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn named(store: &Store, name: &str) -> Result<Uuid> {
    let zones = store.read().await?.zones().await?;
    let is = |id: Uuid, code: &str| code == name || id.to_string() == name;
    let found: Vec<Uuid> =
        zones.iter().filter(|z| is(z.zone_id, &z.code)).map(|z| z.zone_id).collect();
    match found.as_slice() {
        [zone] => Ok(*zone),
        [] => bail!("no zone has the code {name}"),
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            bail!("several zones have the code {name}; name one by its id: {}", ids.join(", "))
        }
    }
}
