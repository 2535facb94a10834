//! The nearest free bays of a million, found by a bare grid, by the search with all it has, and by PostGIS, in turns,
//! while states change.
//!
//! The bare grid is that of `cargo bench -p wayfinding --bench search`: places and free bits and nothing else. All three
//! have the same bays and get the same questions. The two grids take 10,000 changes a second; PostGIS as many of them as it
//! can.

#[path = "../../wayfinding/benches/search/bare.rs"]
#[expect(clippy::cast_possible_truncation, reason = "sizes of a made-up city")]
mod bare;
mod city;
mod ours;
mod postgis;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::command::Common;
use crate::figures::{Spread, percentile};
use crate::place::Place;
use crate::report::{Report, progress};
use bare::BareGrid;
use city::{City, Laid};
use ours::Ours;
use postgis::Postgis;

pub(crate) const WANTED: usize = 20;
pub(crate) const RADIUS_M: f64 = 500.0;
const CHANGES_PER_S: u64 = 10_000;
/// How full the city is, in tenths of a percent.
const FULL: [u64; 2] = [850, 985];
/// Answers that are compared.
const COMPARED: u64 = 200;

/// The nearest free bays: a bare grid, the search, and PostGIS if asked for.
#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    common: Common,
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=4_000_000))]
    bays: u32,
    /// How bays lie: each by chance, so that neighbours share nothing, or the twenty of a block along a kerb.
    #[arg(long, value_enum, default_value_t = Laid::Scattered)]
    city: Laid,
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each is asked in a round.
    #[arg(long, default_value_t = 1_500, value_name = "MS", value_parser = clap::value_parser!(u64).range(50..=60_000))]
    round_ms: u64,
    /// Measure PostGIS on the same data, too; it is installed if it is missing (Debian).
    #[arg(long)]
    postgis: bool,
}

/// What one of them did at one fullness.
#[derive(Debug, Default)]
struct Figures {
    build_s: f64,
    bytes_a_bay: Option<f64>,
    per_s: Vec<f64>,
    took_us: Vec<f64>,
    changes_per_s: Vec<f64>,
}

/// The three at one fullness.
struct Measured {
    full: u64,
    bare: Figures,
    ours: Figures,
    postgis: Option<Figures>,
}

impl Search {
    pub(crate) fn usual(common: &Common) -> Search {
        Search {
            common: common.clone(),
            bays: 1_000_000,
            city: Laid::Scattered,
            rounds: 5,
            round_ms: 1_500,
            postgis: false,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut place = self.common.place()?;
        if self.postgis {
            postgis::install()?;
        }
        let mut measured = Vec::new();
        for full in FULL {
            measured.push(self.measure(&mut place, full).await?);
        }
        place.close().await?;
        self.common.sink().show(&self.report(&measured))
    }

    async fn measure(&self, place: &mut Place, full: u64) -> Result<Measured> {
        let city = Arc::new(City::of(self.common.seed, self.bays, self.city, full));
        progress(&format!("{} bays, {} % full", self.bays, full as f64 / 10.0));
        let began = Instant::now();
        let bare = Arc::new(BareGrid::build(city.bays()));
        let mut figures = [Figures::default(), Figures::default()];
        figures[0].build_s = began.elapsed().as_secs_f64();
        let (ours, built) = Ours::build(&city);
        let ours = Arc::new(ours);
        figures[1].build_s = built.as_secs_f64();
        figures[1].bytes_a_bay = Some(ours.bytes() as f64 / f64::from(self.bays));
        compare(
            &city,
            |at| distances(&bare.nearest(at, RADIUS_M, WANTED)),
            |at| ours.distances(at),
        )?;
        let mut postgis = match self.postgis {
            true => Some(
                Postgis::fill(&place.empty_postgres(&format!("bays_{full}")).await?, &city).await?,
            ),
            false => None,
        };
        if let Some((postgis, _)) = &mut postgis {
            postgis.compare(&city, &bare).await?;
        }
        let mut third = postgis
            .as_ref()
            .map(|(_, build_s)| Figures { build_s: *build_s, ..Figures::default() });
        for round in 0..self.rounds {
            let turn = u64::from(round) + 1_000;
            for (which, of) in figures.iter_mut().enumerate() {
                let (bare, ours) = (Arc::clone(&bare), Arc::clone(&ours));
                let city = Arc::clone(&city);
                let length = Duration::from_millis(self.round_ms);
                let one = tokio::task::spawn_blocking(move || {
                    asked(&city, (&bare, &ours), which, turn, length)
                });
                of.take(one.await?);
            }
            if let (Some((postgis, _)), Some(of)) = (&mut postgis, &mut third) {
                of.take(postgis.asked(&city, turn, Duration::from_millis(self.round_ms)).await?);
            }
        }
        if let Some((postgis, _)) = postgis {
            postgis.close().await?;
        }
        let [bare, ours] = figures;
        Ok(Measured { full, bare, ours, postgis: third })
    }

    fn report(&self, measured: &[Measured]) -> Report {
        let mut report = Report::new(
            "search",
            &[
                "full",
                "way",
                "built in s",
                "bytes a bay",
                "answers/s",
                "p50 µs",
                "p99 µs",
                "× bare",
                "× PostGIS",
                "changes/s",
            ],
        );
        let mut all = Vec::new();
        for Measured { full, bare, ours, postgis } in measured {
            let ways =
                [("bare grid", Some(bare)), ("search", Some(ours)), ("PostGIS", postgis.as_ref())];
            for (way, of) in ways.into_iter().filter_map(|(way, of)| Some((way, of?))) {
                report.rows.push(row(*full, way, of, bare, postgis.as_ref()));
                all.push(figures(*full, way, of, bare, postgis.as_ref()));
            }
        }
        report.figures = json!({"bays": self.bays, "kerbs": self.city == Laid::Kerbs, "ways": all});
        report
    }
}

impl Figures {
    fn take(&mut self, round: Round) {
        self.per_s.push(round.per_s);
        self.took_us.extend(round.took_us);
        self.changes_per_s.push(round.changes_per_s);
    }

    /// In each round, against the other one.
    fn against(&self, other: &Figures) -> Spread {
        Spread::of(self.per_s.iter().zip(&other.per_s).map(|(own, other)| own / other))
    }

    fn sorted_us(&self) -> Vec<f64> {
        let mut took = self.took_us.clone();
        took.sort_by(f64::total_cmp);
        took
    }
}

/// What one was asked in one round.
pub(crate) struct Round {
    pub(crate) per_s: f64,
    pub(crate) took_us: Vec<f64>,
    pub(crate) changes_per_s: f64,
}

fn row(
    full: u64,
    way: &str,
    of: &Figures,
    bare: &Figures,
    postgis: Option<&Figures>,
) -> Vec<String> {
    let took = of.sorted_us();
    let dash = || "–".to_owned();
    vec![
        format!("{:.1} %", full as f64 / 10.0),
        way.to_owned(),
        format!("{:.2}", of.build_s),
        of.bytes_a_bay.map_or_else(dash, |bytes| format!("{bytes:.0}")),
        Spread::of(of.per_s.iter().copied()).thousands(),
        format!("{:.1}", percentile(&took, 50.0)),
        format!("{:.1}", percentile(&took, 99.0)),
        of.against(bare).text(2),
        postgis.map_or_else(dash, |postgis| of.against(postgis).text(1)),
        format!("{:.0}", Spread::of(of.changes_per_s.iter().copied()).median),
    ]
}

fn figures(full: u64, way: &str, of: &Figures, bare: &Figures, postgis: Option<&Figures>) -> Value {
    let took = of.sorted_us();
    json!({"full": full as f64 / 1000.0, "way": way, "build_s": of.build_s, "bytes_a_bay": of.bytes_a_bay,
        "per_s": Spread::of(of.per_s.iter().copied()), "p50_us": percentile(&took, 50.0), "p99_us": percentile(&took, 99.0),
        "of_bare": of.against(bare), "of_postgis": postgis.map(|postgis| of.against(postgis)),
        "changes_per_s": Spread::of(of.changes_per_s.iter().copied())})
}

/// One of the two grids for a while, as both take changes.
fn asked(
    city: &City,
    (bare, ours): (&BareGrid, &Ours),
    which: usize,
    turn: u64,
    length: Duration,
) -> Round {
    let over = AtomicBool::new(false);
    let changed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let began = Instant::now();
            while !over.load(Ordering::Relaxed) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "counts up from 0"
                )]
                let due = (began.elapsed().as_secs_f64() * CHANGES_PER_S as f64) as u64;
                for number in changed.load(Ordering::Relaxed)..due {
                    let (bay, free) = city.change(turn, number);
                    bare.set(bay as usize, free);
                    ours.set(bay as usize, free);
                    changed.store(number + 1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let (began, mut number, mut took_us, mut found) = (Instant::now(), 0_u64, Vec::new(), 0);
        while began.elapsed() < length {
            let at = city.question(turn, number);
            let one = Instant::now();
            found += match which {
                0 => bare.nearest(at, RADIUS_M, WANTED).len(),
                _ => ours.offers(at),
            };
            took_us.push(one.elapsed().as_secs_f64() * 1e6);
            number += 1;
        }
        let seconds = began.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        assert!(found > 0, "nothing was found");
        let changes_per_s = changed.load(Ordering::Relaxed) as f64 / seconds;
        Round { per_s: number as f64 / seconds, took_us, changes_per_s }
    })
}

pub(crate) fn distances(found: &[(u32, f64)]) -> Vec<f64> {
    found.iter().map(|(_, distance_m)| *distance_m).collect()
}

/// The same number of bays at the same distances, to a metre and a thousandth: each of the three has another idea of how
/// long a degree is. Of two questions in a hundred a bay at the edge may be in or out.
fn compare(
    city: &City,
    one: impl Fn(vocabulary::Point) -> Vec<f64>,
    other: impl Fn(vocabulary::Point) -> Vec<f64>,
) -> Result<()> {
    for number in 0..COMPARED {
        let at = city.question(1, number);
        same(&one(at), &other(at)).with_context(|| format!("at {at:?}"))?;
    }
    Ok(())
}

pub(crate) fn same(one: &[f64], other: &[f64]) -> Result<()> {
    ensure!(one.len().abs_diff(other.len()) <= 1, "{} and {} bays", one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        ensure!((a - b).abs() <= 1.5 + 0.002 * a, "{a} m and {b} m");
    }
    Ok(())
}

/// Runs the installer that comes with the sources.
pub(crate) fn set_up(what: &str) -> Result<()> {
    let script = Path::new("deploy/setup.sh");
    ensure!(
        script.exists(),
        "run this in the repository's folder: {} is not here",
        script.display()
    );
    let done = Command::new(script).arg(what).status()?;
    ensure!(done.success(), "`deploy/setup.sh {what}` failed");
    Ok(())
}
