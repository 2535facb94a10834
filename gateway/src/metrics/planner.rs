//! What a planner watches by block, read from the database when somebody asks.
//!
//! So the figures are right after a restart and on every gateway. They are kept for a while, the
//! longer the dearer they were. **Invariant:** a sum never goes back while the service runs, since
//! Prometheus would take that for a restart; a stay that turns out void only holds it up.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use prometheus::{CounterVec, GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};
use store::{BlockBays, BlockFees, BlockStays};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::added;
use crate::app::App;

/// Blocks with a label of their own; the rest is added up as `other`.
const BLOCKS_LIMIT: usize = 500;
/// How long figures are kept at least.
const KEPT: Duration = Duration::from_secs(5);
/// Reading the figures may take one part of so many of the time.
const SHARE_OF_TIME: u32 = 20;

/// The figures read last.
#[derive(Debug, Default)]
pub(super) struct Planner {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    text: String,
    until: Option<Instant>,
    shown: HashMap<(String, Sum), i64>,
}

/// The sums that only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sum {
    Arrivals,
    Departures,
    StayMs,
    FeesFen,
}

/// What the database says.
#[derive(Debug, Default)]
struct Figures {
    bays: Vec<BlockBays>,
    stays: Vec<BlockStays>,
    fees: Vec<BlockFees>,
}

/// The figures of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Block {
    free: i64,
    occupied: i64,
    unknown: i64,
    arrivals: i64,
    departures: i64,
    stay_ms: i64,
    fees_fen: i64,
}

impl Planner {
    /// The figures in Prometheus' text format.
    pub(super) async fn text(&self, app: &App) -> anyhow::Result<String> {
        let mut kept = self.kept.lock().await;
        let asked = Instant::now();
        if kept.until.is_some_and(|until| asked < until) {
            return Ok(kept.text.clone());
        }
        let mut blocks = by_label(&read(app).await?);
        never_back(&mut blocks, &mut kept.shown);
        kept.text = text(&blocks)?;
        kept.until = Some(Instant::now() + KEPT.max(asked.elapsed() * SHARE_OF_TIME));
        Ok(kept.text.clone())
    }
}

/// A vehicle has arrived when it stayed the minimum, and has left when it may no longer be merged.
async fn read(app: &App) -> store::Result<Figures> {
    let now = app.clock.city_now();
    let arrived_by = now.plus_ms(-app.policy.minimum_stay_ms);
    let left_by = now.plus_ms(-app.policy.merge_gap_ms);
    let mut tx = app.store.read().await?;
    Ok(Figures {
        bays: tx.bays_by_block(now.ms()).await?,
        stays: tx.stays_by_block(now.ms(), arrived_by.ms(), left_by.ms()).await?,
        fees: tx.fees_by_block(now.ms()).await?,
    })
}

/// Adds up by label: the first blocks in order of code under their own, the rest as `other`.
fn by_label(figures: &Figures) -> BTreeMap<String, Block> {
    let mut blocks: BTreeMap<&str, Block> = BTreeMap::new();
    for row in &figures.bays {
        let block = blocks.entry(&row.block).or_default();
        match row.state.as_str() {
            "free" => block.free += row.bays,
            "occupied" => block.occupied += row.bays,
            _ => block.unknown += row.bays,
        }
    }
    for row in &figures.stays {
        let block = blocks.entry(&row.block).or_default();
        (block.arrivals, block.departures, block.stay_ms) =
            (row.arrived, row.departed, row.stay_ms);
    }
    for row in &figures.fees {
        blocks.entry(&row.block).or_default().fees_fen = row.fees_fen;
    }
    let mut labelled: BTreeMap<String, Block> = BTreeMap::new();
    for (position, (code, block)) in blocks.into_iter().enumerate() {
        let label = if position < BLOCKS_LIMIT { code } else { "other" };
        labelled.entry(label.to_owned()).or_default().add(&block);
    }
    labelled
}

impl Block {
    fn add(&mut self, other: &Block) {
        self.free += other.free;
        self.occupied += other.occupied;
        self.unknown += other.unknown;
        self.arrivals += other.arrivals;
        self.departures += other.departures;
        self.stay_ms += other.stay_ms;
        self.fees_fen += other.fees_fen;
    }

    fn share_heard(&self) -> f64 {
        let bays = self.free + self.occupied + self.unknown;
        if bays == 0 { 0.0 } else { (self.free + self.occupied) as f64 / bays as f64 }
    }

    fn mean_stay_seconds(&self) -> Option<f64> {
        (self.departures > 0).then(|| self.stay_ms as f64 / 1000.0 / self.departures as f64)
    }
}

/// Holds sums up to what was shown before.
fn never_back(blocks: &mut BTreeMap<String, Block>, shown: &mut HashMap<(String, Sum), i64>) {
    for (label, block) in blocks {
        for (sum, value) in [
            (Sum::Arrivals, &mut block.arrivals),
            (Sum::Departures, &mut block.departures),
            (Sum::StayMs, &mut block.stay_ms),
            (Sum::FeesFen, &mut block.fees_fen),
        ] {
            let before = shown.entry((label.clone(), sum)).or_default();
            *before = (*before).max(*value);
            *value = *before;
        }
    }
}

fn text(blocks: &BTreeMap<String, Block>) -> prometheus::Result<String> {
    let registry = Registry::new();
    let opts = |name: &str, help: &str| Opts::new(name, help);
    let bays = added(
        &registry,
        IntGaugeVec::new(opts("bowei_bays", "Bays by block and state."), &["block", "state"])?,
    )?;
    let heard = opts("bowei_share_heard", "Share of the bays whose sensor is heard, 0 to 1.");
    let heard = added(&registry, GaugeVec::new(heard, &["block"])?)?;
    let arrivals = opts("bowei_arrivals_total", "Vehicles that arrived and stayed the minimum.");
    let arrivals = added(&registry, IntCounterVec::new(arrivals, &["block"])?)?;
    let departures = opts("bowei_departures_total", "Vehicles that left.");
    let departures = added(&registry, IntCounterVec::new(departures, &["block"])?)?;
    let stay =
        opts("bowei_stay_seconds_total", "City time that the vehicles that left had stayed.");
    let stay = added(&registry, CounterVec::new(stay, &["block"])?)?;
    let mean =
        opts("bowei_mean_stay_seconds", "Mean city time that the vehicles that left had stayed.");
    let mean = added(&registry, GaugeVec::new(mean, &["block"])?)?;
    let fees = opts("bowei_fees_fen_total", "Fees of the visits that began in the block, in fen.");
    let fees = added(&registry, IntCounterVec::new(fees, &["block"])?)?;
    let grown = |sum: i64| u64::try_from(sum).unwrap_or(0);
    for (label, block) in blocks {
        let label = label.as_str();
        for (state, count) in
            [("free", block.free), ("occupied", block.occupied), ("unknown", block.unknown)]
        {
            bays.with_label_values(&[label, state]).set(count);
        }
        heard.with_label_values(&[label]).set(block.share_heard());
        arrivals.with_label_values(&[label]).inc_by(grown(block.arrivals));
        departures.with_label_values(&[label]).inc_by(grown(block.departures));
        stay.with_label_values(&[label]).inc_by(grown(block.stay_ms) as f64 / 1000.0);
        fees.with_label_values(&[label]).inc_by(grown(block.fees_fen));
        if let Some(seconds) = block.mean_stay_seconds() {
            mean.with_label_values(&[label]).set(seconds);
        }
    }
    TextEncoder::new().encode_to_string(&registry.gather())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bays(block: &str, state: &str, bays: i64) -> BlockBays {
        BlockBays { block: block.into(), state: state.into(), bays }
    }

    fn stays(block: &str, arrived: i64, departed: i64, stay_ms: i64) -> BlockStays {
        BlockStays { block: block.into(), arrived, departed, stay_ms }
    }

    #[test]
    fn a_planner_reads_occupancy_turnover_and_fees_of_a_block() {
        let figures = Figures {
            bays: vec![
                bays("RM-1", "free", 1),
                bays("RM-1", "occupied", 2),
                bays("RM-1", "unknown", 1),
            ],
            stays: vec![stays("RM-1", 9, 4, 7_200_000)],
            fees: vec![BlockFees { block: "RM-1".into(), fees_fen: 1_500 }],
        };
        let text = text(&by_label(&figures)).unwrap();
        for line in [
            "bowei_bays{block=\"RM-1\",state=\"free\"} 1",
            "bowei_bays{block=\"RM-1\",state=\"occupied\"} 2",
            "bowei_bays{block=\"RM-1\",state=\"unknown\"} 1",
            // 3 of 4 bays.
            "bowei_share_heard{block=\"RM-1\"} 0.75",
            "bowei_arrivals_total{block=\"RM-1\"} 9",
            "bowei_departures_total{block=\"RM-1\"} 4",
            "bowei_stay_seconds_total{block=\"RM-1\"} 7200",
            // 7200 s over 4 vehicles.
            "bowei_mean_stay_seconds{block=\"RM-1\"} 1800",
            "bowei_fees_fen_total{block=\"RM-1\"} 1500",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn blocks_above_the_limit_are_added_up_as_other() {
        let rows = (0..BLOCKS_LIMIT + 3).map(|number| bays(&format!("B{number:04}"), "free", 2));
        let blocks = by_label(&Figures { bays: rows.collect(), ..Figures::default() });
        assert_eq!(blocks.len(), BLOCKS_LIMIT + 1);
        assert_eq!((blocks["B0499"].free, blocks["other"].free), (2, 6));
    }

    #[test]
    fn a_sum_never_goes_back() {
        let mut shown = HashMap::new();
        let mut arrivals = |arrived| {
            let figures =
                Figures { stays: vec![stays("RM-1", arrived, 0, 0)], ..Figures::default() };
            let mut blocks = by_label(&figures);
            never_back(&mut blocks, &mut shown);
            blocks["RM-1"].arrivals
        };
        assert_eq!([5, 4, 6].map(&mut arrivals), [5, 5, 6]);
    }
}
