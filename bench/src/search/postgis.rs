//! The same bays in PostGIS: a table with a partial index over the free ones, asked for the nearest by index (KNN) with a
//! prepared statement over one connection; another connection changes states meanwhile.
//!
//! Places are kept in UTM zone 48, whose metres are metres to four in ten thousand here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sqlx::{Connection, PgConnection};
use vocabulary::Point;

use super::bare::BareGrid;
use super::city::City;
use super::{CHANGES_PER_S, COMPARED, RADIUS_M, Round, WANTED, distances, same, set_up};
use crate::report::progress;

const SCHEMA: [&str; 2] = [
    "create extension if not exists postgis",
    "create table bay (no integer primary key, free boolean not null, at geometry(point, 32648) not null) \
     with (fillfactor = 80)",
];
const READY: [&str; 2] =
    ["create index bay_free on bay using gist (at) where free", "vacuum analyze bay"];
const INSERT: &str = "insert into bay select v.no, v.free, \
     st_transform(st_setsrid(st_makepoint(v.lon, v.lat), 4326), 32648) \
     from unnest($1::int[], $2::boolean[], $3::float8[], $4::float8[]) as v (no, free, lon, lat)";
const NEAREST: &str = "select no, at <-> st_transform(st_setsrid(st_makepoint($1, $2), 4326), 32648) as distance_m \
     from bay where free and st_dwithin(at, st_transform(st_setsrid(st_makepoint($1, $2), 4326), 32648), $3) \
     order by at <-> st_transform(st_setsrid(st_makepoint($1, $2), 4326), 32648) limit $4";
const CHANGE: &str = "update bay set free = v.free from unnest($1::int[], $2::boolean[]) as v (no, free) \
     where bay.no = v.no and bay.free <> v.free";
/// Rows of one statement when it is filled, and changes of one when it is asked.
const ROWS: usize = 50_000;
const CHANGES: usize = 100;

pub(crate) struct Postgis {
    url: String,
    connection: PgConnection,
}

/// Installs it unless some PostgreSQL here has it.
///
/// # Errors
/// When it cannot be installed; says what to install.
pub(crate) fn install() -> Result<()> {
    let has = |version: std::path::PathBuf| version.join("extension/postgis.control").exists();
    let there = || {
        let versions = std::fs::read_dir(Path::new("/usr/share/postgresql")).into_iter().flatten();
        versions.filter_map(|entry| Some(entry.ok()?.path())).any(has)
    };
    if !there() {
        set_up("postgis")
            .context("PostGIS is missing: install Debian's postgresql-15-postgis-3")?;
    }
    ensure!(there(), "PostGIS is still missing");
    Ok(())
}

impl Postgis {
    /// A table of all bays with its index; how long both took.
    pub(crate) async fn fill(url: &str, city: &City) -> Result<(Postgis, f64)> {
        let mut connection = PgConnection::connect(url).await?;
        for statement in SCHEMA {
            sqlx::query(statement).execute(&mut connection).await.context("making the table")?;
        }
        let began = Instant::now();
        let all: Vec<(i32, (Point, bool))> = (0..).zip(city.bays()).collect();
        for rows in all.chunks(ROWS) {
            let of = |part: fn(&(i32, (Point, bool))) -> f64| {
                rows.iter().map(part).collect::<Vec<f64>>()
            };
            sqlx::query(INSERT)
                .bind(rows.iter().map(|(no, _)| *no).collect::<Vec<i32>>())
                .bind(rows.iter().map(|(_, (_, free))| *free).collect::<Vec<bool>>())
                .bind(of(|(_, (at, _))| at.lon()))
                .bind(of(|(_, (at, _))| at.lat()))
                .execute(&mut connection)
                .await
                .context("filling the table")?;
        }
        for statement in READY {
            sqlx::query(statement).execute(&mut connection).await?;
        }
        let seconds = began.elapsed().as_secs_f64();
        progress(&format!("PostGIS has {} bays after {seconds:.1} s", city.len()));
        Ok((Postgis { url: url.to_owned(), connection }, seconds))
    }

    async fn nearest(&mut self, at: Point) -> Result<Vec<(u32, f64)>> {
        let found: Vec<(i32, f64)> = sqlx::query_as(NEAREST)
            .bind(at.lon())
            .bind(at.lat())
            .bind(RADIUS_M)
            .bind(i64::try_from(WANTED)?)
            .fetch_all(&mut self.connection)
            .await?;
        found.into_iter().map(|(no, distance_m)| Ok((u32::try_from(no)?, distance_m))).collect()
    }

    /// The same bays as the bare grid finds, before anything changes.
    pub(crate) async fn compare(&mut self, city: &City, bare: &BareGrid) -> Result<()> {
        for number in 0..COMPARED {
            let at = city.question(1, number);
            let plain = bare.nearest(at, RADIUS_M, WANTED);
            let found = self.nearest(at).await?;
            same(&distances(&plain), &distances(&found))
                .with_context(|| format!("PostGIS at {at:?}"))?;
        }
        Ok(())
    }

    /// One question after the other for a while, as another connection changes states.
    pub(crate) async fn asked(
        &mut self,
        city: &Arc<City>,
        turn: u64,
        length: Duration,
    ) -> Result<Round> {
        let (over, changed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let changing = tokio::spawn(change(
            self.url.clone(),
            Arc::clone(city),
            turn,
            (Arc::clone(&over), Arc::clone(&changed)),
        ));
        let (began, mut number, mut took_us, mut found) = (Instant::now(), 0_u64, Vec::new(), 0);
        while began.elapsed() < length {
            let at = city.question(turn, number);
            let one = Instant::now();
            found += self.nearest(at).await?.len();
            took_us.push(one.elapsed().as_secs_f64() * 1e6);
            number += 1;
        }
        let seconds = began.elapsed().as_secs_f64();
        let changes_per_s = changed.load(Ordering::Relaxed) as f64 / seconds;
        over.store(true, Ordering::Relaxed);
        changing.await??;
        ensure!(found > 0, "PostGIS found nothing");
        Ok(Round { per_s: number as f64 / seconds, took_us, changes_per_s })
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// Up to 10,000 changes a second, in statements of a hundred.
async fn change(
    url: String,
    city: Arc<City>,
    turn: u64,
    (over, changed): (Arc<AtomicBool>, Arc<AtomicU64>),
) -> Result<()> {
    let mut connection = PgConnection::connect(&url).await?;
    let began = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let done = changed.load(Ordering::Relaxed);
        if done as f64 > began.elapsed().as_secs_f64() * CHANGES_PER_S as f64 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        let (mut numbers, mut free) = (Vec::with_capacity(CHANGES), Vec::with_capacity(CHANGES));
        for number in done..done + CHANGES as u64 {
            let (bay, is_free) = city.change(turn, number);
            numbers.push(i32::try_from(bay)?);
            free.push(is_free);
        }
        sqlx::query(CHANGE).bind(&numbers).bind(&free).execute(&mut connection).await?;
        changed.store(done + CHANGES as u64, Ordering::Relaxed);
    }
    Ok(connection.close().await?)
}
