//! The forecast in service: counts each block's bays every five minutes of city time, learns, keeps what it learned.
//!
//! Counts come from the live index, so every gateway learns the same by itself; what is stored is only for the next
//! start. **Invariant:** what is not known is not counted as free or taken. Nothing rests on the stored parts: those that
//! cannot be read are learned anew.

mod counting;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use anyhow::Result;
use store::{BlockHour, ForecastRow, Lane};
use vocabulary::{BayId, Timestamp};
use wayfinding::State;
use wayfinding::forecast::{Count, Flow, Forecaster, Keeper, Kept, Outlook, Slot};

use crate::app::App;
use counting::Counted;

/// China has one zone and no summer time.
const AHEAD_OF_UTC_MIN: i32 = 8 * 60;
const STEP_MS: i64 = 5 * 60_000;
/// What was learned is stored this often, in steps: every hour.
const STORE_EVERY: i64 = 12;
/// Parts stored in one transaction.
const PARTS: usize = 500;
const RULES: &str = "rules";
const BLOCK: &str = "block/";
const HOUR_MS: i64 = 3_600_000;
/// How far back stays are learned from at the first start: eight weeks, after which patterns forget.
const PAST_MS: i64 = 56 * 24 * HOUR_MS;

/// What is learned, and of which blocks.
#[derive(Debug, Default)]
pub struct Forecasts(RwLock<Learned>);

#[derive(Debug, Default)]
struct Learned {
    keeper: Keeper,
    numbers: BTreeMap<Arc<str>, usize>,
    /// Stored parts of blocks that were not seen yet.
    waiting: BTreeMap<String, Vec<u8>>,
    newest: Option<Slot>,
    /// What each bay was like at the newest count.
    bays: Vec<(BayId, State)>,
    steps: i64,
}

/// A forecast, and what it starts from.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub count: Count,
    pub outlook: Option<Outlook>,
    /// Arrivals and departures in an hour that are usual at such a time.
    pub hourly: Option<(f64, f64)>,
}

impl Forecasts {
    /// What is to be expected of a block so many minutes from now; none if there is no such block.
    #[must_use]
    pub fn expected(&self, block: &str, minutes: f64) -> Option<Expected> {
        let learned = self.read();
        let number = *learned.numbers.get(block)?;
        let count = learned.keeper.count(number)?;
        let outlook = learned.keeper.outlook(number, minutes);
        let hourly = learned.keeper.hourly(number, minutes);
        Some(Expected { count, outlook, hourly })
    }

    /// How good forecasts were since the start.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        self.read().keeper.kept()
    }

    /// Takes back what was stored.
    fn restore(&self, rows: Vec<ForecastRow>) {
        let mut learned = self.write();
        for row in rows {
            if row.part == RULES {
                if let Err(reject) = learned.keeper.forecaster_mut().restore_rules(&row.content) {
                    tracing::warn!(%reject, "the rules of the forecast are learned anew");
                }
            } else if let Some(code) = row.part.strip_prefix(BLOCK) {
                learned.waiting.insert(code.to_owned(), row.content);
            }
        }
    }

    /// Learns from the stays of the past what is usual in the blocks known by now: how full they were, how many vehicles came
    /// and left. An hour of which a quarter is in doubt says nothing.
    fn learn_past(&self, hours: &[BlockHour]) {
        let mut learned = self.write();
        for hour in hours {
            let Some(number) = learned.numbers.get(hour.block.as_str()).copied() else { continue };
            let bays = learned.keeper.count(number).map_or(0, |count| count.bays);
            let whole_ms = HOUR_MS * i64::from(bays);
            if whole_ms == 0 || hour.doubtful_ms * 4 > whole_ms {
                continue;
            }
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            let free = (1.0 - hour.occupied_ms as f64 / whole_ms as f64) as f32;
            // Over the hour evenly: when in it they came is not kept.
            let flow = [hour.arrivals, hour.departures].map(|vehicles| vehicles as f32 / 12.0);
            let begins = Slot::nearest(Timestamp::from_ms(hour.hour_at), AHEAD_OF_UTC_MIN);
            for step in 0..12 {
                let (forecaster, slot) = (learned.keeper.forecaster_mut(), begins.plus(step));
                forecaster.learn_past(number, slot, free);
                forecaster.learn_past_flow(number, slot, free, flow);
            }
        }
    }

    /// Takes the counts of a step; whether it is time to store.
    fn step(&self, slot: Slot, counted: Counted) -> bool {
        let mut learned = self.write();
        for code in counted.blocks.keys() {
            learned.know(code);
        }
        let in_order: Vec<(usize, (Count, Flow))> = learned
            .numbers
            .iter()
            .map(|(code, number)| (*number, counted.blocks.get(code).copied().unwrap_or_default()))
            .collect();
        let mut counts = vec![Count::default(); in_order.len()];
        let mut flows = vec![Flow::default(); in_order.len()];
        for (number, (count, flow)) in in_order {
            (counts[number], flows[number]) = (count, flow);
        }
        learned.keeper.step_with(slot, &counts, Some(&flows));
        learned.newest = Some(slot);
        learned.bays = counted.bays;
        learned.steps += 1;
        learned.steps % STORE_EVERY == 0
    }

    /// What each bay was like at the newest count, once.
    fn take_bays(&self) -> Vec<(BayId, State)> {
        std::mem::take(&mut self.write().bays)
    }

    fn is_new(&self, slot: Slot) -> bool {
        self.read().newest.is_none_or(|newest| slot > newest)
    }

    /// Everything learned, as it is stored.
    fn parts(&self, now: Timestamp) -> Vec<ForecastRow> {
        let learned = self.read();
        let forecaster = learned.keeper.forecaster();
        let row =
            |part: String, content: Vec<u8>| ForecastRow { part, content, learned_at: now.ms() };
        let rules = row(RULES.to_owned(), forecaster.save_rules());
        let blocks = learned.numbers.iter().filter_map(|(code, number)| {
            Some(row(format!("{BLOCK}{code}"), forecaster.save_block(*number)?))
        });
        std::iter::once(rules).chain(blocks).collect()
    }

    fn settle(&self) {
        self.write().keeper.forecaster_mut().settle();
    }

    fn read(&self) -> RwLockReadGuard<'_, Learned> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Learned> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    /// Makes a place for a block, with what is stored of it.
    fn know(&mut self, code: &Arc<str>) {
        if self.numbers.contains_key(code) {
            return;
        }
        let number = self.keeper.add_block();
        self.numbers.insert(Arc::clone(code), number);
        if let Some(content) = self.waiting.remove(code.as_ref())
            && let Err(reject) = self.keeper.forecaster_mut().restore_block(number, &content)
        {
            tracing::warn!(block = %code, %reject, "a block's pattern is learned anew");
        }
    }
}

/// Counts and learns until `shutdown`, then stores what was learned.
///
/// # Errors
/// None today: a database that does not answer is asked again at the next time.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    if let Err(error) = begin(&app).await {
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::warn!(error, "the forecast starts from nothing");
    }
    let wait_ms = (STEP_MS / app.clock.speed().max(1) / 20).clamp(20, 5_000);
    let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(5_000));
    tokio::pin!(shutdown);
    loop {
        if observe(&app) {
            log_failure(store(&app).await);
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(wait) => {}
        }
    }
    app.forecasts.settle();
    log_failure(store(&app).await);
    Ok(())
}

/// Takes a step if a new one has begun; whether it is time to store.
fn observe(app: &App) -> bool {
    let now = app.clock.city_now();
    // The one that has begun, not the nearest.
    let slot = Slot::nearest(now.plus_ms(-STEP_MS / 2), AHEAD_OF_UTC_MIN);
    app.forecasts.is_new(slot) && {
        let counted = counting::count(app, &app.forecasts.take_bays());
        app.forecasts.step(slot, counted)
    }
}

/// Goes on with what is stored; the first time, and after another version, with what the stays of the past tell.
async fn begin(app: &App) -> store::Result<()> {
    let mut stored = app.store.read().await?.forecast_parts().await?;
    stored.retain(|row| Forecaster::can_restore(&row.content));
    if !stored.is_empty() {
        app.forecasts.restore(stored);
        return Ok(());
    }
    observe(app);
    let since = app.clock.city_now().plus_ms(-PAST_MS);
    let hours = app.store.read().await?.block_hours(since.ms()).await?;
    app.forecasts.learn_past(&hours);
    Ok(())
}

async fn store(app: &App) -> store::Result<()> {
    let parts = app.forecasts.parts(app.clock.city_now());
    for parts in parts.chunks(PARTS) {
        let mut tx = app.store.begin(Lane::Ingest).await?;
        tx.put_forecast(parts).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn log_failure(stored: store::Result<()>) {
    if let Err(error) = stored {
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::warn!(error, "what the forecast learned could not be stored");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(step: i64) -> Slot {
        Slot::nearest(Timestamp::parse("2026-09-14T00:00:00+08:00").unwrap(), AHEAD_OF_UTC_MIN)
            .plus(step)
    }

    fn counts(free: u16) -> Counted {
        counted(Count { bays: 10, known: 10, free })
    }

    fn counted(count: Count) -> Counted {
        let blocks = BTreeMap::from([("RM-1".into(), (count, Flow::default()))]);
        Counted { blocks, bays: Vec::new() }
    }

    #[test]
    fn what_was_learned_is_there_after_a_restart() {
        let before = Forecasts::default();
        for step in 0..3 * 288 {
            before.step(slot(step), counts(u16::from(step % 288 < 144) * 8));
        }
        before.settle();
        let after = Forecasts::default();
        after.restore(before.parts(Timestamp::from_ms(0)));
        assert!(after.expected("RM-1", 15.0).is_none());
        // Nothing is heard of it, but Monday to Wednesday are known: a Thursday morning is as usual.
        let silent = counted(Count { bays: 10, known: 0, free: 0 });
        after.step(slot(3 * 288 + 72), silent);
        let outlook = after.expected("RM-1", 15.0).unwrap().outlook.unwrap();
        assert!((outlook.expected - 0.8).abs() < 0.01, "{outlook:?}");
    }

    #[test]
    fn the_first_start_learns_from_the_stays_of_the_past() {
        let forecasts = Forecasts::default();
        let silent = counted(Count { bays: 10, known: 0, free: 0 });
        forecasts.step(slot(7 * 288 + 120), silent);
        let eight = Timestamp::parse("2026-09-14T10:00:00+08:00").unwrap().ms();
        let hour = |block: &str, hour: i64, occupied, doubtful_ms| BlockHour {
            block: block.to_owned(),
            hour_at: eight + hour * HOUR_MS,
            arrivals: 6,
            departures: 3,
            occupied_ms: occupied * HOUR_MS,
            doubtful_ms,
        };
        forecasts.learn_past(&[
            hour("RM-1", 0, 7, 0),
            hour("RM-1", 1, 7, 3 * HOUR_MS),
            hour("gone", 0, 5, 0),
        ]);
        let expected = |minutes| {
            let outlook = forecasts.expected("RM-1", minutes).unwrap().outlook;
            outlook.map(|outlook| (outlook.expected * 10.0).round())
        };
        // Three of ten free from ten to eleven a week ago; the hour after that is in doubt.
        assert_eq!((expected(30.0), expected(90.0)), (Some(3.0), None));
        let (arrivals, departures) = forecasts.expected("RM-1", 30.0).unwrap().hourly.unwrap();
        assert!((arrivals - 6.0).abs() < 0.01 && (departures - 3.0).abs() < 0.01);
    }

    #[test]
    fn a_step_is_taken_once_and_stored_every_hour() {
        let forecasts = Forecasts::default();
        assert!(forecasts.is_new(slot(0)));
        let due: Vec<bool> = (0..24).map(|step| forecasts.step(slot(step), counts(5))).collect();
        assert_eq!(due.iter().filter(|due| **due).count(), 2);
        assert!(!forecasts.is_new(slot(23)) && forecasts.is_new(slot(24)));
    }
}
