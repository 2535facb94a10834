//! The map in memory: what is drawn of the city, under which layout version, and the tiles that were made of it.
//!
//! Follows register, roads and named places of the database; a map that looks the same keeps its version. Nothing of
//! states is known here. **Invariants:** a layout version is a hash of all that is drawn, so that every gateway and every
//! start gives the same map the same version; tiles of one version are never mixed with another's.

mod cache;
mod layers;
mod style;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::Stream;
use sha2::{Digest, Sha256};
use store::{RegisterState, Tx};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_stream::wrappers::WatchStream;
use vocabulary::{BayCode, Point, Timestamp};
use wayfinding::Roads;
use wayfinding::tiles::{Layout, LayoutBuilder, MapBay, MapName, TileId};

use crate::app::App;
use crate::config::Map;
use cache::Cache;

pub use style::{BEGIN_ZOOM, Theme, attribution, centre, style, tile_url};

/// How often it is asked whether something changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Not sooner again than after so many times what reading took.
const REST: u32 = 10;
/// Places of bays are dated: read again even if nobody changed anything (machine time).
const EVERY: Duration = Duration::from_secs(300);
/// Tiles made at a time: the other cores answer requests.
const MAKERS: usize = 2;
/// Smaller tiles are sent as they are.
const PACKED_FROM: usize = 1024;
/// Digits of a layout version.
pub const VERSION_DIGITS: usize = 16;

/// The map of the city.
#[derive(Debug)]
pub struct CityMap {
    settings: Map,
    sheet: RwLock<Arc<Sheet>>,
    makers: Semaphore,
    versions: watch::Sender<String>,
    /// What it was read from at start; taken by `follow`.
    read_in: Mutex<Option<Read>>,
}

/// The map under one layout version.
#[derive(Debug)]
pub struct Sheet {
    pub version: String,
    pub layout: Layout,
    /// Something of it comes from OpenStreetMap.
    pub of_osm: bool,
    cache: Cache,
}

/// A tile that was made.
#[derive(Debug)]
pub struct Made {
    pub plain: Bytes,
    /// With gzip, if that is worth it.
    pub packed: Option<Bytes>,
}

/// What the map depends on.
#[derive(Clone, Debug)]
struct Read {
    register: RegisterState,
    roads: Option<Arc<Roads>>,
}

impl CityMap {
    /// Reads the map; an empty one if tiles are not served.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(
        tx: &mut Tx,
        roads: Option<Arc<Roads>>,
        settings: &Map,
        now: Timestamp,
    ) -> Result<CityMap> {
        // Asked first: what changes meanwhile is read again.
        let read_in = Read { register: tx.register_state().await?, roads };
        let sheet = Arc::new(read(tx, &read_in, settings, now).await?);
        let versions = watch::Sender::new(sheet.version.clone());
        let (sheet, makers) = (RwLock::new(sheet), Semaphore::new(MAKERS));
        let read_in = Mutex::new(Some(read_in));
        Ok(CityMap { settings: settings.clone(), sheet, makers, versions, read_in })
    }

    /// The map in force.
    #[must_use]
    pub fn sheet(&self) -> Arc<Sheet> {
        Arc::clone(&self.sheet.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every layout version that comes from now on.
    pub fn versions(&self) -> impl Stream<Item = String> + use<> {
        WatchStream::from_changes(self.versions.subscribe())
    }

    /// A tile; none if nothing lies in it.
    ///
    /// # Errors
    /// When the service stops.
    pub async fn tile(&self, sheet: &Arc<Sheet>, tile: TileId) -> Result<Option<Arc<Made>>> {
        if let Some(made) = sheet.cache.get(tile) {
            return Ok(Some(made));
        }
        let _permit = self.makers.acquire().await.context("making a tile")?;
        // Another request may have made it meanwhile.
        if let Some(made) = sheet.cache.get(tile) {
            return Ok(Some(made));
        }
        let from = Arc::clone(sheet);
        let made = tokio::task::spawn_blocking(move || from.layout.tile(tile).map(make)).await;
        let made = made.context("making a tile")?.map(Arc::new);
        if let Some(made) = &made {
            sheet.cache.put(tile, Arc::clone(made));
        }
        Ok(made)
    }

    fn put(&self, sheet: Sheet) {
        if sheet.version == self.sheet().version {
            return;
        }
        let version = sheet.version.clone();
        *self.sheet.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(sheet);
        self.versions.send_replace(version);
    }
}

impl Read {
    fn is_like(&self, other: &Read) -> bool {
        let same_roads = match (&self.roads, &other.roads) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_roads && self.register == other.register
    }
}

/// Keeps the map as the database has it, until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn follow(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let mut before = app.map.read_in.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (mut rest_until, mut stale_at) = (Instant::now(), Instant::now() + EVERY);
    tokio::pin!(shutdown);
    if !app.config.map.serve_tiles {
        shutdown.await;
        return Ok(());
    }
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = tokio::time::sleep_until(rest_until.max(Instant::now() + LOOK_EVERY)) => {}
        }
        let began = Instant::now();
        match catch_up(&app, before.as_ref().filter(|_| began < stale_at)).await {
            Ok(Some(read)) => {
                before = Some(read);
                let ended = Instant::now();
                (rest_until, stale_at) = (ended + (ended - began) * REST, ended + EVERY);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the map could not be read");
            }
        }
    }
}

/// Reads the map again unless everything is as it was before; what it was read from then.
async fn catch_up(app: &App, before: Option<&Read>) -> Result<Option<Read>> {
    let mut tx = app.store.read().await?;
    let roads = app.roads.current().map(|current| current.roads);
    let now_in = Read { register: tx.register_state().await?, roads };
    if before.is_some_and(|before| now_in.is_like(before)) {
        return Ok(None);
    }
    app.map.put(read(&mut tx, &now_in, &app.map.settings, app.clock.city_now()).await?);
    Ok(Some(now_in))
}

async fn read(tx: &mut Tx, from: &Read, settings: &Map, now: Timestamp) -> Result<Sheet> {
    let mut builder = LayoutBuilder::new(settings.datum.into());
    let mut of_osm = false;
    if settings.serve_tiles {
        tx.each_map_bay(now.ms(), |row| {
            let (no, code) = (u64::try_from(row.bay_no), BayCode::parse(&row.code));
            let (Ok(no), Ok(code), Ok(at)) = (no, code, Point::new(row.lon, row.lat)) else {
                return;
            };
            let (heading_deg, length_m) = (row.heading_deg, row.length_m);
            let (block, street) = (row.block.as_str(), row.street.as_str());
            builder.bay(&MapBay { no, code, at, heading_deg, length_m, block, street });
        })
        .await?;
        for row in tx.named_places().await? {
            of_osm = true;
            let Ok(at) = Point::new(row.lon, row.lat) else { continue };
            let name = row.name_zh.as_deref().unwrap_or(&row.name);
            let name_en = row.name_en.as_deref().unwrap_or_default();
            builder.place(&MapName { kind: &row.kind, name, name_en, at });
        }
    }
    let roads = from.roads.clone().filter(|_| settings.serve_tiles);
    let cache_bytes =
        usize::try_from(settings.cache_mib).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    let finished = tokio::task::spawn_blocking(move || {
        if let Some(roads) = roads {
            builder.roads(roads.network());
        }
        let layout = builder.finish();
        let version = version_of(&layout);
        Sheet { version, layout, of_osm, cache: Cache::of(cache_bytes) }
    });
    finished.await.context("drawing the map")
}

/// Digits of a hash of all that is drawn.
fn version_of(layout: &Layout) -> String {
    let mut hash = Sha256::new();
    layout.each_byte(&mut |bytes| hash.update(bytes));
    let mut digits = hex::encode(hash.finalize());
    digits.truncate(VERSION_DIGITS);
    digits
}

fn make(plain: Vec<u8>) -> Made {
    let packed = (plain.len() >= PACKED_FROM).then(|| gzip(&plain)).flatten();
    Made { packed: packed.filter(|packed| packed.len() < plain.len()), plain: plain.into() }
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut encoder, plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
