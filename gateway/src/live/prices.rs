//! What the intended stay costs in each zone, in memory, by the same engine as the bill.
//!
//! Tariffs are read with the register. A stay is priced once for each tariff, and what came of it is kept for those who
//! ask the same within the minute. **Invariant:** the price is that of `flow::quote` for a bay of the zone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use billing::tariff::Tariff;
use billing::{Calendars, Case};
use store::{Tx, ZoneTariffRow};
use vocabulary::{Interval, Timestamp, VehicleClass, ZoneId};
use wayfinding::search::Stay;

use crate::flow::quote::price_stay;
use crate::flow::visit_case::read_tariff;

/// Answers that are kept.
const KEPT: usize = 512;
/// How far beyond the stay hours in which nobody may park are looked for.
const LOOK_AHEAD_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i64 = 3_600_000;

/// Zones and tariffs.
#[derive(Debug, Default)]
pub struct Prices {
    zones: HashMap<ZoneId, Zone>,
    /// By id. None cannot be read.
    tariffs: HashMap<Arc<str>, Option<Stored>>,
    kept: Mutex<HashMap<Intended, Arc<Priced>>>,
}

#[derive(Debug)]
struct Zone {
    code: Arc<str>,
    /// Oldest first.
    terms: Vec<Terms>,
}

#[derive(Debug)]
struct Terms {
    from_at: i64,
    to_at: Option<i64>,
    tariff_id: Arc<str>,
}

#[derive(Debug)]
struct Stored {
    tariff: Arc<Tariff>,
    revision: i64,
}

/// The stay that a driver has in mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Intended {
    pub arrive_at: Timestamp,
    pub leave_at: Timestamp,
    pub vehicle: VehicleClass,
}

/// What it costs in every zone.
#[derive(Debug, Default)]
pub struct Priced {
    zones: HashMap<ZoneId, ZonePrice>,
    /// No zone asks less; 0 if of some zone it cannot be told.
    pub least_fee_fen: i64,
}

/// What it costs in one zone.
#[derive(Clone, Debug)]
pub struct ZonePrice {
    /// Code of the zone.
    pub zone: Arc<str>,
    pub stay: Stay,
    pub quote: Result<ZoneQuote, &'static str>,
}

/// A price with the tariff that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneQuote {
    pub total_fen: i64,
    pub first_hour_fen: i64,
    pub tariff_id: Arc<str>,
    pub tariff_revision: i64,
}

impl Prices {
    /// Reads zones and tariffs as they hold from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn load(tx: &mut Tx, now: Timestamp) -> store::Result<Prices> {
        let mut prices = Prices::default();
        for zone in tx.zones().await? {
            let zone_id = ZoneId(zone.zone_id);
            prices.zones.insert(zone_id, Zone { code: zone.code.into(), terms: Vec::new() });
        }
        for row in tx.zone_tariffs_after(now.ms()).await? {
            let tariff_id: Arc<str> = row.tariff_id.as_str().into();
            if !prices.tariffs.contains_key(&tariff_id) {
                let stored = tx.tariff(&tariff_id).await?.and_then(|row| stored(&row));
                prices.tariffs.insert(Arc::clone(&tariff_id), stored);
            }
            prices.date(&row, tariff_id);
        }
        Ok(prices)
    }

    /// What a stay costs in every zone.
    #[must_use]
    pub fn of(&self, intended: Intended) -> Arc<Priced> {
        let known = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(priced) = known().get(&intended) {
            return Arc::clone(priced);
        }
        let priced = Arc::new(self.price(intended));
        let mut kept = known();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(intended, Arc::clone(&priced));
        priced
    }

    fn date(&mut self, row: &ZoneTariffRow, tariff_id: Arc<str>) {
        if let Some(zone) = self.zones.get_mut(&ZoneId(row.zone_id)) {
            let (from_at, to_at) = (row.valid_from_at, row.valid_to_at);
            zone.terms.push(Terms { from_at, to_at, tariff_id });
        }
    }

    fn price(&self, intended: Intended) -> Priced {
        let mut by_tariff: HashMap<&Arc<str>, (Stay, Result<ZoneQuote, &'static str>)> =
            HashMap::new();
        let mut priced = Priced { zones: HashMap::new(), least_fee_fen: i64::MAX };
        for (zone_id, zone) in &self.zones {
            let (stay, quote) = match zone.tariff_at(intended.arrive_at) {
                Some(tariff_id) => by_tariff
                    .entry(tariff_id)
                    .or_insert_with(|| self.by_tariff(tariff_id, intended))
                    .clone(),
                None => (Stay::default(), Err("no_tariff_terms")),
            };
            priced.least_fee_fen = priced.least_fee_fen.min(stay.fee_fen.unwrap_or(0));
            let zone = Arc::clone(&zone.code);
            priced.zones.insert(*zone_id, ZonePrice { zone, stay, quote });
        }
        if priced.zones.is_empty() {
            priced.least_fee_fen = 0;
        }
        priced
    }

    fn by_tariff(
        &self,
        tariff_id: &Arc<str>,
        intended: Intended,
    ) -> (Stay, Result<ZoneQuote, &'static str>) {
        let Some(Some(stored)) = self.tariffs.get(tariff_id) else {
            return (Stay::default(), Err("tariff_unreadable"));
        };
        let tariff = &stored.tariff;
        let quote = intended.prices(tariff).map(|(total_fen, first_hour_fen)| ZoneQuote {
            total_fen,
            first_hour_fen,
            tariff_id: Arc::clone(tariff_id),
            tariff_revision: stored.revision,
        });
        let fee = |of: fn(&ZoneQuote) -> i64| quote.as_ref().ok().map(of);
        let stay = Stay {
            fee_fen: fee(|quote| quote.total_fen),
            first_hour_fen: fee(|quote| quote.first_hour_fen),
            permitted_until: intended.permitted_until(tariff),
        };
        (stay, quote)
    }
}

impl Zone {
    /// The tariff of the newest version that holds at an instant, as `Tx::terms` has it.
    fn tariff_at(&self, at: Timestamp) -> Option<&Arc<str>> {
        let at = at.ms();
        let holds = |terms: &&Terms| terms.from_at <= at && terms.to_at.is_none_or(|to| to > at);
        self.terms.iter().rev().find(holds).map(|terms| &terms.tariff_id)
    }
}

impl Priced {
    /// What the stay costs in a zone.
    #[must_use]
    pub fn zone(&self, zone: ZoneId) -> Option<&ZonePrice> {
        self.zones.get(&zone)
    }
}

impl Intended {
    /// In all, and in the first hour.
    fn prices(self, tariff: &Tariff) -> Result<(i64, i64), &'static str> {
        let whole = Interval::new(self.arrive_at, self.leave_at).ok_or("interval_negative")?;
        let hour_end = self.arrive_at.plus_ms(HOUR_MS);
        let hour = Interval::new(self.arrive_at, hour_end).ok_or("interval_negative")?;
        let fen = |interval| price_stay(tariff, self.vehicle, interval).map(|bill| bill.total.0);
        let total = fen(whole).map_err(|reject| reject.code())?;
        Ok((total, fen(hour).map_err(|reject| reject.code())?))
    }

    /// A tariff that cannot price the stay forbids nothing either.
    fn permitted_until(self, tariff: &Tariff) -> Option<Timestamp> {
        let arrival = Interval::new(self.arrive_at, self.leave_at)?;
        let case = Case::new(self.vehicle.name(), vec![arrival], vec![]);
        let until = self.leave_at.plus_ms(LOOK_AHEAD_MS);
        billing::permitted_until(tariff, Calendars::built_in(), &case, until).ok().flatten()
    }
}

fn stored(row: &store::TariffRow) -> Option<Stored> {
    match read_tariff(&row.yaml) {
        Ok(tariff) => Some(Stored { tariff, revision: row.revision }),
        Err(error) => {
            let (tariff, error) = (&row.tariff_id, format!("{error:#}"));
            tracing::error!(tariff, error, "a stored tariff cannot be read; it prices nothing");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From when on terms hold, and until when.
    type Dates = (i64, Option<i64>);

    fn prices(zones: &[(u128, &[Dates])]) -> Prices {
        let mut prices = Prices::default();
        let yaml = billing::DEMO_TARIFF;
        let tariff = read_tariff(yaml).unwrap();
        prices.tariffs.insert("demo".into(), Some(Stored { tariff, revision: 4 }));
        for (number, terms) in zones {
            let dated = terms.iter().map(|(from_at, to_at)| Terms {
                from_at: *from_at,
                to_at: *to_at,
                tariff_id: "demo".into(),
            });
            let zone = Zone { code: format!("z{number}").into(), terms: dated.collect() };
            prices.zones.insert(ZoneId(uuid::Uuid::from_u128(*number)), zone);
        }
        prices
    }

    /// On 2026-09-15, a Tuesday, from ten in Baiyin on.
    fn intended(minutes: i64) -> Intended {
        let arrive_at = Timestamp::parse("2026-09-15T10:00:00+08:00").unwrap();
        let leave_at = arrive_at.plus_ms(minutes * 60_000);
        Intended { arrive_at, leave_at, vehicle: VehicleClass::Small }
    }

    #[test]
    fn a_stay_has_its_price_in_each_zone_and_is_priced_once() {
        let prices = prices(&[(1, &[(0, None)]), (2, &[])]);
        let priced = prices.of(intended(125));
        let zone = |number| priced.zone(ZoneId(uuid::Uuid::from_u128(number))).unwrap();
        // The demo's tariff by day: 2 yuan for the first two hours, 1 yuan for each hour begun after that.
        let quote = zone(1).quote.clone().unwrap();
        assert_eq!((quote.total_fen, quote.first_hour_fen, quote.tariff_revision), (300, 200, 4));
        assert_eq!(zone(1).stay.fee_fen, Some(300));
        assert_eq!(zone(2).quote, Err("no_tariff_terms"));
        // In some zone it cannot be told.
        assert_eq!(priced.least_fee_fen, 0);
        assert!(Arc::ptr_eq(&priced, &prices.of(intended(125))));
        assert!(!Arc::ptr_eq(&priced, &prices.of(intended(126))));
    }

    #[test]
    fn the_newest_terms_that_hold_on_arrival_count() {
        let zone = Zone {
            code: "z".into(),
            terms: [(0, None), (100, Some(200))]
                .map(|(from_at, to_at)| Terms {
                    from_at,
                    to_at,
                    tariff_id: format!("from {from_at}").into(),
                })
                .into(),
        };
        let tariff = |at| zone.tariff_at(Timestamp::from_ms(at)).map(|id| id.to_string());
        for (at, expected) in
            [(-1, None), (99, Some("from 0")), (100, Some("from 100")), (200, Some("from 0"))]
        {
            assert_eq!(tariff(at).as_deref(), expected, "{at}");
        }
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let prices = prices(&[(1, &[(0, None)])]);
        for minutes in 1..=600 {
            let _priced = prices.of(intended(minutes));
        }
        assert!(prices.kept.lock().unwrap().len() <= KEPT);
    }
}
