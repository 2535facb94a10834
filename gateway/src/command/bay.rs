//! `gateway bay`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use output::outln;
use store::Lane;
use vocabulary::{BayCode, Interval, Point, Timestamp, VehicleClass, WeeklyHours};

use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::bay_features::FeaturesChange;
use crate::flow::change_bay::{BayChange, Changed, change_bay, end_bay};
use crate::flow::close_bay::{close_bay, lift_closure};

/// Manage bays. Times are RFC 3339, for example 2026-10-01T00:00:00+08:00.
#[derive(Debug, Args)]
pub(super) struct Bay {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Change a bay from a date on; what is not named stays as it was.
    Change(Change),
    /// End a bay: from a date on it is none.
    End {
        /// As painted.
        code: String,
        /// From when on; now if left out.
        #[arg(long, value_parser = instant)]
        at: Option<Timestamp>,
        #[command(flatten)]
        database: Database,
    },
    /// Plan a closure of a bay.
    Close {
        /// As painted.
        code: String,
        #[arg(long, value_parser = instant)]
        from: Timestamp,
        #[arg(long, value_parser = instant)]
        to: Timestamp,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        database: Database,
    },
    /// End a closure now, or take it back if it has not begun.
    Lift {
        /// As painted.
        code: String,
        /// When it began or begins.
        #[arg(long, value_parser = instant)]
        from: Timestamp,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Args)]
struct Change {
    /// As painted.
    code: String,
    /// From when on; now if left out.
    #[arg(long, value_parser = instant)]
    from: Option<Timestamp>,
    /// Code of a zone.
    #[arg(long)]
    zone: Option<String>,
    /// Code of a block.
    #[arg(long)]
    block: Option<String>,
    /// Degrees WGS-84.
    #[arg(long, requires = "lat", allow_hyphen_values = true)]
    lon: Option<f64>,
    #[arg(long, requires = "lon", allow_hyphen_values = true)]
    lat: Option<f64>,
    #[arg(long)]
    heading_deg: Option<f64>,
    #[arg(long)]
    length_m: Option<f64>,
    /// With commas between, or `all`.
    #[arg(long, value_name = "CLASSES")]
    vehicle_classes: Option<String>,
    /// For example "mo-fr 08:00-20:00; sa 08:00-12:00", or `always`.
    #[arg(long, value_name = "HOURS")]
    permitted_hours: Option<String>,
    /// Of vehicles; 0 for no limit.
    #[arg(long, value_name = "MM")]
    max_height_mm: Option<i64>,
    /// Of vehicles; 0 for the length of the bay.
    #[arg(long, value_name = "MM")]
    max_length_mm: Option<i64>,
    /// Whether there is a charging point.
    #[arg(long, value_name = "BOOL")]
    charging: Option<bool>,
    /// Whether it is kept for disabled drivers.
    #[arg(long, value_name = "BOOL")]
    accessible: Option<bool>,
    #[command(flatten)]
    database: Database,
}

/// Reads an instant of the command line.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|_| "write it as 2026-10-01T00:00:00+08:00".to_owned())
}

impl Bay {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Change(change) => change.run().await?,
            What::End { code, at, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let (code, actor) = (BayCode::parse(&code)?, Actor::command_line());
                let mut tx = store.begin(Lane::Command).await?;
                end_bay(&mut tx, &actor, &code, at, now).await.map_err(said)?;
                tx.commit().await?;
                outln!("{code} ends at {}", at.unwrap_or(now));
            }
            What::Close { code, from, to, reason, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let (code, actor) = (BayCode::parse(&code)?, Actor::command_line());
                let when = Interval::new(from, to).context("--to lies before --from")?;
                let mut tx = store.begin(Lane::Command).await?;
                close_bay(&mut tx, &actor, &code, (when, &reason), now).await.map_err(said)?;
                tx.commit().await?;
                outln!("{code} is closed from {from} to {to}");
            }
            What::Lift { code, from, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let (code, actor) = (BayCode::parse(&code)?, Actor::command_line());
                let mut tx = store.begin(Lane::Command).await?;
                lift_closure(&mut tx, &actor, &code, from, now).await.map_err(said)?;
                tx.commit().await?;
                outln!("the closure of {code} is over");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Change {
    async fn run(self) -> Result<()> {
        let change = self.read()?;
        let (_, store) = self.database.open().await?;
        let now = Database::city_now(&store).await?;
        let (code, actor) = (BayCode::parse(&self.code)?, Actor::command_line());
        let mut tx = store.begin(Lane::Command).await?;
        let changed = change_bay(&mut tx, &actor, &code, &change, now).await.map_err(said)?;
        tx.commit().await?;
        match changed {
            Changed::Yes => outln!("{code} changes at {}", change.valid_from.unwrap_or(now)),
            Changed::No => outln!("{code} is so already"),
        }
        Ok(())
    }

    fn read(&self) -> Result<BayChange> {
        let place = match (self.lon, self.lat) {
            (Some(lon), Some(lat)) => Some(Point::new(lon, lat)?),
            _ => None,
        };
        let classes = self.vehicle_classes.as_deref().map(|text| match text {
            "all" => Some(Vec::new()),
            text => text.split(',').map(|name| VehicleClass::from_name(name.trim())).collect(),
        });
        let hours = self.permitted_hours.as_deref().map(|text| match text {
            "always" => Ok(None),
            text => WeeklyHours::parse(text).map(Some),
        });
        let unknown =
            "vehicle classes: small, large, new_energy_small, new_energy_large, motorcycle";
        Ok(BayChange {
            valid_from: self.from,
            zone: self.zone.clone(),
            block: self.block.clone(),
            place,
            heading_deg: self.heading_deg,
            length_m: self.length_m,
            vehicle_classes: classes.map(|read| read.context(unknown)).transpose()?,
            permitted_hours: hours.transpose()?,
            features: FeaturesChange::of_numbers(
                self.max_height_mm,
                self.max_length_mm,
                self.charging,
                self.accessible,
            ),
        })
    }
}
