//! What a backfill costs: days of readings that arrive after newer ones are stored, beside the same
//! readings arriving in order, byte for byte, in one run.
//!
//! Native devices send what they kept in arrays, oldest first; the arrays of all bays come in turn,
//! as after an outage that hit all of them.

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;
use vocabulary::Timestamp;

use crate::acknowledge::left_over;
use crate::chance::{chance, percent};
use crate::child::free_port;
use crate::command::Common;
use crate::database::Database;
use crate::figures::Spread;
use crate::gateway::{CLIENT_ID, Setup, Source};
use crate::machine::{cpu_s, family_cpu_s, now_ns, seconds};
use crate::message::{Said, Why, native_reading};
use crate::mosquitto::Mosquitto;
use crate::place::{Kind, Place};
use crate::publish::{Load, connect_all, send_all};
use crate::report::{Report, progress};
use crate::subject::until_stored;
use crate::town::{Network, key, network};

const DAY_MS: i64 = 86_400_000;
const CHANGES_PCT: u64 = 22;
const CONNECTIONS: usize = 20;
/// Newest readings of each bay, which are stored before a backfill begins.
const NEWEST: u32 = 3;
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);

/// Cost of re-derivation when days of readings arrive late ÷ the same readings in order.
#[derive(Debug, Args)]
pub(crate) struct Backfill {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    bays: u32,
    /// Length of the outage in days; at most 7, since older readings are placed at their arrival.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=7))]
    days: u32,
    /// Minutes from one reading of a bay to its next.
    #[arg(long, default_value_t = 20, value_name = "MIN")]
    every_min: u32,
    /// Readings in a message: devices send at most 500.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    per_message: u32,
    #[arg(long, default_value_t = 3, value_name = "R")]
    rounds: u32,
}

/// One way for the readings to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    InOrder,
    Late,
}

/// What it took.
#[derive(Clone, Copy, Debug)]
struct Took {
    seconds: f64,
    cpu_s: f64,
}

impl Backfill {
    pub(crate) fn usual(common: &Common) -> Backfill {
        Backfill {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            bays: 1_000,
            days: 7,
            every_min: 20,
            per_message: 500,
            rounds: 2,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(
            "backfill",
            &[
                "database",
                "bays × readings",
                "in order: ms a bay",
                "µs a reading",
                "late: ms a bay",
                "µs a reading",
                "late ÷ in order, time",
                "late ÷ in order, processor",
            ],
        );
        let mut figures = Vec::new();
        for kind in &self.database {
            let mut took: [Vec<Took>; 2] = [Vec::new(), Vec::new()];
            for round in 0..self.rounds {
                for (order, own) in [Order::InOrder, Order::Late].into_iter().zip(&mut took) {
                    let one = self.measure(*kind, order).await?;
                    progress(&format!(
                        "round {} of {}: {} {order:?}: {:.2} s, processor {:.2} s",
                        round + 1,
                        self.rounds,
                        kind.name(),
                        one.seconds,
                        one.cpu_s
                    ));
                    own.push(one);
                }
            }
            self.add(*kind, &took, &mut report, &mut figures);
        }
        report.figures = json!(figures);
        self.common.sink().show(&report)
    }

    async fn measure(&self, kind: Kind, order: Order) -> Result<Took> {
        let mut place = self.common.place()?;
        // Seven of ten devices are native.
        let setup = place.prepared(kind, "backfill", self.bays * 10 / 7 + 10).await?;
        let port = free_port()?;
        let mosquitto = Mosquitto::start(place.dir(), port).await?;
        let took = self.send_both(&place, &setup, port, order).await?;
        mosquitto.until_gone(CLIENT_ID).await?;
        ensure!(!left_over(port, CLIENT_ID, PATIENCE).await?, "messages were left at the broker");
        mosquitto.stop().await?;
        place.close().await?;
        Ok(took)
    }

    /// The newest readings before the days or after them; only the days are measured.
    async fn send_both(
        &self,
        place: &Place,
        setup: &Setup,
        port: u16,
        order: Order,
    ) -> Result<Took> {
        let gateway = setup.start(Source::External(port)).await?;
        let mut database = Database::open(&setup.database).await?;
        let all = self.readings_of_days();
        if order == Order::Late {
            self.send(all..all + NEWEST, port, &mut database).await?;
        }
        let postgres = setup.database.starts_with("postgres").then(|| place.postgres()).flatten();
        let cpu = || cpu_s(gateway.process().id()) + postgres.map_or(0.0, family_cpu_s);
        let before = cpu();
        let took_s = self.send(0..all, port, &mut database).await?;
        let took = Took { seconds: took_s, cpu_s: cpu() - before };
        if order == Order::InOrder {
            self.send(all..all + NEWEST, port, &mut database).await?;
        }
        gateway.stop().await?;
        let (refused, why) = database.rejected().await?;
        ensure!(refused == 0, "{refused} messages refused: {why}");
        database.close().await?;
        Ok(took)
    }

    /// Sends these readings of every bay and waits until they are stored; gives the seconds.
    async fn send(
        &self,
        readings: std::ops::Range<u32>,
        port: u16,
        database: &mut Database,
    ) -> Result<f64> {
        let mark = database.mark().await?;
        let wanted = u64::try_from(readings.len())? * u64::from(self.bays);
        let loads = self.loads(&readings);
        let sockets = connect_all(loads.len(), port).await?;
        let began_ns = now_ns();
        let sending = tokio::spawn(send_all(loads, sockets));
        let done_ns = until_stored(database, &mark, wanted, began_ns).await?;
        sending.await??;
        Ok(seconds(began_ns, done_ns))
    }

    fn readings_of_days(&self) -> u32 {
        self.days * 24 * 60 / self.every_min
    }

    fn loads(&self, readings: &std::ops::Range<u32>) -> Vec<Load> {
        let mut loads: Vec<Load> = (0..CONNECTIONS).map(|_| Load::default()).collect();
        let now_ms = now_ns() / 1_000_000;
        let natives = (0..).filter(|device| network(*device) == Network::Native);
        let devices: Vec<u32> = natives.take(self.bays as usize).collect();
        let told: Vec<Vec<Said>> =
            devices.iter().map(|device| self.told(*device, readings, now_ms)).collect();
        let steps = readings.len().div_ceil(self.per_message as usize);
        for step in 0..steps {
            for (device, said) in devices.iter().zip(&told) {
                let Some(part) = said.chunks(self.per_message as usize).nth(step) else { continue };
                let array: Vec<String> =
                    part.iter().map(|one| native_reading(one, "9f3a1c02")).collect();
                let load = &mut loads[*device as usize % CONNECTIONS];
                load.push(
                    &format!("bowei/v1/{}/up", key(*device)),
                    &format!("[{}]", array.join(",")),
                );
            }
        }
        loads
    }

    /// What one device has to say; times depend on the day only, so that late and in order are alike.
    fn told(&self, device: u32, readings: &std::ops::Range<u32>, now_ms: i64) -> Vec<Said> {
        let spacing_ms = i64::from(self.every_min) * 60_000;
        let hour = now_ms - now_ms % 3_600_000;
        let from = Timestamp::from_ms(hour - i64::from(self.days) * DAY_MS);
        let moment = chance(self.common.seed, u64::from(device), 0) % 60_000;
        let moment = i64::try_from(moment).expect("it is below a minute");
        let mut occupied = false;
        let mut told = Vec::new();
        for number in 0..readings.end {
            let changes =
                percent(self.common.seed, u64::from(device), u64::from(number)) < CHANGES_PCT;
            occupied ^= changes;
            if readings.contains(&number) {
                let why = if changes { Why::Change } else { Why::Heartbeat };
                let at = from.plus_ms(i64::from(number) * spacing_ms + moment);
                // The newest are of today, close together.
                let over = i64::from(number.saturating_sub(self.readings_of_days()));
                let at = at.plus_ms(-over * (spacing_ms - 60_000));
                told.push(Said { device, number, occupied, why, at });
            }
        }
        told
    }

    fn add(
        &self,
        kind: Kind,
        took: &[Vec<Took>; 2],
        report: &mut Report,
        figures: &mut Vec<serde_json::Value>,
    ) {
        let readings = f64::from(self.bays) * f64::from(self.readings_of_days());
        let per_bay =
            |own: &[Took]| Spread::of(own.iter().map(|t| t.seconds * 1e3 / f64::from(self.bays)));
        let per_reading = |own: &[Took]| Spread::of(own.iter().map(|t| t.seconds * 1e6 / readings));
        let [in_order, late] = took;
        let time = Spread::of(late.iter().zip(in_order).map(|(l, i)| l.seconds / i.seconds));
        let cpu = Spread::of(late.iter().zip(in_order).map(|(l, i)| l.cpu_s / i.cpu_s.max(0.01)));
        report.rows.push(vec![
            kind.name().to_owned(),
            format!("{} × {}", self.bays, self.readings_of_days()),
            per_bay(in_order).text(1),
            per_reading(in_order).text(1),
            per_bay(late).text(1),
            per_reading(late).text(1),
            time.text(2),
            cpu.text(2),
        ]);
        figures.push(json!({"database": kind.name(), "in_order_us_a_reading": per_reading(in_order),
            "late_us_a_reading": per_reading(late), "late_ms_a_bay": per_bay(late), "time_ratio": time,
            "processor_ratio": cpu}));
    }
}
