//! `gateway import osm` and `gateway import roads`

use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use output::outln;
use serde_json::{Value, json};
use vocabulary::Point;
use wayfinding::osm::{Bounds, Pass, Settings};
use wayfinding::{Counts, NamedPlace, Network, Roads, Spot, Survey, read_geojson_roads};

use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::import_roads::{NewRoads, store_roads};
use crate::osm_file::{Progress, read_osm_file};

/// Largest GeoJSON file, in bytes.
const GEOJSON_LIMIT: u64 = 512 << 20;
/// What may be held where nobody says how much is free, in MiB.
const USUAL_LIMIT_MIB: u64 = 1_024;
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Import roads and places from OpenStreetMap.
#[derive(Debug, Args)]
pub(super) struct Osm {
    /// The map (.osm.pbf), of any size: only what lies in the rectangle is held.
    file: PathBuf,
    /// West,south,east,north in degrees; streets that touch it are taken whole. Without it the whole file is taken.
    #[arg(long, value_name = "W,S,E,N", value_parser = bounds, allow_hyphen_values = true)]
    bbox: Option<Bounds>,
    /// How much memory reading may take; by default half of what is free.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    memory_mib: Option<u64>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    database: Database,
}

/// Import roads from GeoJSON.
#[derive(Debug, Args)]
pub(super) struct GeoRoads {
    /// The file (.geojson): lines with OpenStreetMap's tags as properties (docs/ROADS.md).
    file: PathBuf,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
struct How {
    /// Read and prepare, say what there is, and store nothing. Needs no database.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Osm {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let file = open(&self.file)?;
        let whole = file.metadata().map_or(0, |facts| facts.len());
        let limit_bytes = self.memory_mib.unwrap_or_else(free_mib) << 20;
        let settings = Settings { bounds: self.bbox, limit_bytes };
        let mut teller = Teller::new(whole, self.bbox.is_some());
        let read = read_osm_file(file, settings, |progress| teller.tell(progress))?;
        teller.end();
        let survey = match read {
            Ok(survey) => survey,
            Err(wrong) => return Ok(self.how.refuse(wrong.reject.code(), &wrong.to_string())),
        };
        let places = survey.places.clone();
        self.how.finish(&self.file, survey, Some(&places), &self.database).await
    }
}

impl GeoRoads {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let size = open(&self.file)?.metadata().map_or(0, |facts| facts.len());
        anyhow::ensure!(
            size <= GEOJSON_LIMIT,
            "{} is larger than 512 MiB: split it",
            self.file.display()
        );
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(self.how.refuse("not_utf8", "save it as UTF-8"));
        };
        match read_geojson_roads(text.trim_start_matches('\u{feff}')) {
            Ok(survey) => self.how.finish(&self.file, survey, None, &self.database).await,
            Err(wrong) if self.how.json => {
                outln!("{}", json!({"stored": false, "wrong": wrong}));
                Ok(ExitCode::from(1))
            }
            Err(wrong) => {
                for line in &wrong {
                    eprintln!("{line}");
                }
                outln!("{} wrong: nothing stored", wrong.len());
                Ok(ExitCode::from(1))
            }
        }
    }
}

impl How {
    /// A refusal: exit code 1.
    fn refuse(&self, code: &str, detail: &str) -> ExitCode {
        if self.json {
            outln!("{}", json!({"stored": false, "error": {"code": code, "detail": detail}}));
        } else {
            eprintln!("refused: {code}: {detail}");
        }
        ExitCode::from(1)
    }

    /// Prepares what was read, stores it unless that is not wanted, and says what there is.
    async fn finish(
        &self,
        file: &Path,
        survey: Survey,
        places: Option<&[NamedPlace]>,
        database: &Database,
    ) -> Result<ExitCode> {
        let counts = survey.counts;
        let began = Instant::now();
        let network = Network::build(&survey);
        drop(survey);
        eprintln!("preparing {} junctions", network.size().junctions);
        let prepared = tokio::task::spawn_blocking(move || Roads::prepare(network)).await?;
        let roads = match prepared {
            Ok(roads) => roads,
            Err(reject) => return Ok(self.refuse(reject.code(), &reject.to_string())),
        };
        eprintln!("prepared in {:.1} s", began.elapsed().as_secs_f64());
        let bytes = if self.dry_run {
            roads.to_bytes().len()
        } else {
            let (_, store) = database.open().await?;
            let now = Database::city_now(&store).await?;
            let source = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let new = NewRoads { roads: &roads, source: &source, counts, places };
            let bytes =
                store_roads(&store, &Actor::command_line(), &new, now).await.map_err(said)?;
            store.close().await;
            bytes
        };
        self.print(&roads, &counts, bytes);
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, roads: &Roads, counts: &Counts, bytes: usize) {
        let prepared = roads.prepared();
        if self.json {
            let answer: Value = json!({"stored": !self.dry_run, "read": counts, "prepared": prepared, "bytes": bytes});
            outln!("{answer}");
            return;
        }
        let size = prepared.size;
        outln!(
            "{} streets, {} junctions, {} edges, {} of {} driving directions on the main network",
            counts.streets,
            size.junctions,
            size.edges,
            prepared.main_arcs,
            size.arcs
        );
        outln!(
            "{} turn restrictions kept ({} without effect), left out: {} that hold at times, {} for others, {} unreadable",
            counts.rules,
            size.rules_without_effect,
            counts.rules_conditional,
            counts.rules_of_others,
            counts.rules_unreadable
        );
        outln!("{} places with names, {} names of streets", counts.places, size.names);
        let end = if self.dry_run { "nothing stored (dry run)" } else { "stored" };
        outln!("{} MiB: {end}", bytes.div_ceil(1 << 20));
    }
}

/// Tells those who wait how far reading is.
struct Teller {
    whole: u64,
    with_bounds: bool,
    told: Instant,
    has_told: bool,
}

impl Teller {
    fn new(whole: u64, with_bounds: bool) -> Teller {
        Teller { whole, with_bounds, told: Instant::now(), has_told: false }
    }

    fn tell(&mut self, progress: Progress) {
        if self.told.elapsed() < TELL_EVERY {
            return;
        }
        self.told = Instant::now();
        self.has_told = true;
        let number = match (progress.pass, self.with_bounds) {
            (Pass::Inside, _) | (Pass::Streets, false) => 1,
            (Pass::Streets, true) | (Pass::Nodes, false) => 2,
            (Pass::Nodes, true) => 3,
        };
        let of = if self.with_bounds { 3 } else { 2 };
        let percent = progress.bytes.saturating_mul(100) / self.whole.max(1);
        let end = if std::io::stderr().is_terminal() { "\r" } else { "\n" };
        eprint!("reading, pass {number} of {of}: {percent:3} %{end}");
    }

    fn end(&self) {
        if self.has_told && std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(!file.metadata().is_ok_and(|f| f.is_dir()), "{} is a folder", path.display());
    Ok(file)
}

/// Half of the memory that is free, in MiB.
fn free_mib() -> u64 {
    let facts = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = facts.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.map_or(USUAL_LIMIT_MIB, |kib| (kib / 1_024 / 2).max(1))
}

/// `west,south,east,north`.
fn bounds(text: &str) -> Result<Bounds, String> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|part| part.trim().parse().map_err(|_| format!("{part:?} is no number")))
        .collect::<Result<_, String>>()?;
    let [west, south, east, north] = numbers[..] else {
        return Err("four numbers: west,south,east,north in degrees".to_owned());
    };
    let corner = |lon, lat| {
        let point = Point::new(lon, lat);
        point.map_err(|_| format!("{lon},{lat} is no place on earth: longitude comes first"))
    };
    let (south_west, north_east) = (corner(west, south)?, corner(east, north)?);
    if south > north {
        return Err(format!("south ({south}) is above north ({north})"));
    }
    Ok(Bounds { south_west: Spot::of(south_west), north_east: Spot::of(north_east) })
}

#[cfg(test)]
mod tests {
    use super::bounds;

    #[test]
    fn a_rectangle_is_west_south_east_north() {
        assert!(bounds("104.1,36.5,104.2,36.6").is_ok());
        assert!(bounds("179.9, -17, -179.9, -16").is_ok(), "over the date line");
        for wrong in
            ["", "1,2,3", "1,2,3,4,5", "a,2,3,4", "104,91,105,92", "104,37,105,36", "nan,1,2,3"]
        {
            assert!(bounds(wrong).is_err(), "{wrong}");
        }
    }
}
