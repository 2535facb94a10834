//! Who comes to one bay, when, for how long, and what they do on their phone.
//!
//! An endless, seeded series of visits. Arrivals follow the hour and the day of the week along a
//! `Curve`, stays are a mixture of lognormal lengths, a few are pass-bys of under 40 s.
//! Invariant: visits to a bay never overlap, and two minutes lie between them.

mod curve;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use vocabulary::{PlateColour, Timestamp};

use crate::dice::{Purpose, dice, exponential_ms, lognormal_ms};
use crate::plates;

pub use curve::Curve;

const MINUTE_MS: i64 = 60_000;
/// A free bay at the busiest hour waits this long on average.
const BUSY_GAP_MS: f64 = 25.0 * 60_000.0;
/// Longer than the merge gap of 60 s, within which two vehicles look like one that flapped.
const LEAST_GAP_MS: i64 = 2 * MINUTE_MS;
const SHORTEST_STAY_MS: i64 = 3 * MINUTE_MS;
const LONGEST_STAY_MS: i64 = 12 * 60 * MINUTE_MS;
const PASS_BY_SHARE: f64 = 0.04;
const CLAIM_SHARE: f64 = 0.85;
const INVOICE_SHARE: f64 = 0.60;
const COMPANY_SHARE: f64 = 0.40;
const VEHICLES_PER_BAY: u64 = 12;

/// One vehicle's presence in a bay, as it really was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Running number of the visit to this bay, from 0.
    pub number: u64,
    /// When the vehicle came.
    pub arrived_at: Timestamp,
    /// When it left.
    pub left_at: Timestamp,
    /// Number plate in normal form.
    pub plate: String,
    /// Colour of the plate.
    pub plate_colour: PlateColour,
    /// The driver's name at the WeChat stand-in.
    pub user: String,
    /// When the driver claims the bay on the phone, if at all.
    pub claims_at: Option<Timestamp>,
    /// Whom the driver wants the invoice made out to, if at all.
    pub title: Option<Title>,
}

/// Whom an invoice is made out to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Title {
    /// The driver.
    Person,
    /// The driver's employer.
    Company,
}

/// The visits to one bay, in order, without end.
#[derive(Debug)]
pub struct Demand {
    dice: ChaCha8Rng,
    curve: Curve,
    /// Mean wait for the next vehicle at the busiest hour.
    busy_gap_ms: f64,
    bay: u64,
    next_number: u64,
    free_since: Timestamp,
}

impl Visit {
    /// Whether the vehicle stopped for less than 40 s.
    #[must_use]
    pub fn passes_by(&self) -> bool {
        self.left_at.since_ms(self.arrived_at) < 40_000
    }
}

impl Demand {
    /// The visits to bay number `bay` from `start_at` on; the bay is free at that time. `busy`
    /// multiplies the rate of arrivals; 1 is usual.
    #[must_use]
    pub fn new(seed: u64, bay: u64, start_at: Timestamp, curve: Curve, busy: f64) -> Self {
        Demand {
            dice: dice(seed, Purpose::Demand, bay),
            curve,
            busy_gap_ms: BUSY_GAP_MS / busy,
            bay,
            next_number: 0,
            free_since: start_at,
        }
    }

    /// The next visit.
    pub fn next_visit(&mut self) -> Visit {
        let arrived_at = self.next_arrival();
        let stay_ms = self.stay_ms();
        let left_at = arrived_at.plus_ms(stay_ms);
        let vehicle = self.bay * VEHICLES_PER_BAY + self.dice.random_range(0..VEHICLES_PER_BAY);
        let (plate, plate_colour) = match vehicle % 4 {
            0 => plates::new_energy(vehicle),
            _ => plates::ordinary(vehicle),
        };
        let visit = Visit {
            number: self.next_number,
            arrived_at,
            left_at,
            plate,
            plate_colour,
            user: format!("driver-{vehicle}"),
            claims_at: self.claim_delay_ms().map(|ms| arrived_at.plus_ms(ms)),
            title: self.title(),
        };
        self.free_since = left_at.plus_ms(LEAST_GAP_MS);
        self.next_number += 1;
        visit.without_hasty_claim()
    }

    /// Thinning: candidates come at the busiest rate, and are taken with the hour's share.
    fn next_arrival(&mut self) -> Timestamp {
        let mut at = self.free_since;
        loop {
            at = at.plus_ms(exponential_ms(&mut self.dice, self.busy_gap_ms));
            if self.dice.random::<f64>() < self.curve.busyness(at) {
                return at;
            }
        }
    }

    fn stay_ms(&mut self) -> i64 {
        if self.dice.random::<f64>() < PASS_BY_SHARE {
            return self.dice.random_range(8_000..40_000);
        }
        let errand = self.curve.errand(self.dice.random());
        let stay_ms = lognormal_ms(&mut self.dice, errand.median_ms, errand.sigma);
        stay_ms.clamp(SHORTEST_STAY_MS, LONGEST_STAY_MS)
    }

    fn claim_delay_ms(&mut self) -> Option<i64> {
        let claims = self.dice.random::<f64>() < CLAIM_SHARE;
        let delay_ms = self.dice.random_range(MINUTE_MS / 2..5 * MINUTE_MS);
        claims.then_some(delay_ms)
    }

    fn title(&mut self) -> Option<Title> {
        let (invoice, company) = (self.dice.random::<f64>(), self.dice.random::<f64>());
        let title = if company < COMPANY_SHARE { Title::Company } else { Title::Person };
        (invoice < INVOICE_SHARE).then_some(title)
    }
}

impl Visit {
    /// Nobody claims a bay that they have left, or are about to.
    fn without_hasty_claim(mut self) -> Self {
        let last_at = self.left_at.plus_ms(-MINUTE_MS / 2);
        self.claims_at = self.claims_at.filter(|at| *at < last_at);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::parse("2026-09-15T00:00:00Z").unwrap()
    }

    fn visits(seed: u64, bay: u64, count: usize) -> Vec<Visit> {
        let mut demand = Demand::new(seed, bay, start(), Curve::Kerbside, 1.0);
        (0..count).map(|_| demand.next_visit()).collect()
    }

    fn many() -> Vec<Visit> {
        (0..200).flat_map(|bay| visits(11, bay, 50)).collect()
    }

    /// Counts are binomial; `slack` is at least four standard deviations.
    fn check_share(hits: usize, of: usize, share_pct: usize, slack_pct: usize) {
        let (got, due) = (hits * 100, of * share_pct);
        assert!(got.abs_diff(due) <= of * slack_pct, "{hits} of {of}, wanted {share_pct} %");
    }

    #[test]
    fn the_same_seed_brings_the_same_visits() {
        assert_eq!(visits(1, 5, 100), visits(1, 5, 100));
        assert_ne!(visits(1, 5, 100), visits(2, 5, 100));
        assert_ne!(visits(1, 5, 100), visits(1, 6, 100));
    }

    #[test]
    fn two_vehicles_are_never_in_one_bay() {
        for bay in 0..100 {
            let series = visits(3, bay, 100);
            assert!(series[0].arrived_at >= start());
            assert!(series.iter().all(|visit| visit.arrived_at < visit.left_at));
            for pair in series.windows(2) {
                assert!(pair[1].arrived_at.since_ms(pair[0].left_at) >= LEAST_GAP_MS);
            }
        }
    }

    #[test]
    fn days_are_busy_and_nights_are_quiet() {
        let all = many();
        let by_day =
            all.iter().filter(|visit| Curve::Kerbside.busyness(visit.arrived_at) >= 0.5).count();
        // A free bay sees at most 0.58 h × 60 / 25 min = 1.4 arrivals a night (sum of the quiet
        // hours' shares), and a bay turns over at least 6 times in the 14 busy hours: 6 of 7.4.
        assert!(by_day * 100 > all.len() * 80, "{by_day} of {}", all.len());
    }

    #[test]
    fn half_of_the_real_stays_last_less_than_55_minutes() {
        let all = many();
        let real: Vec<&Visit> = all.iter().filter(|visit| !visit.passes_by()).collect();
        let short = real.iter().filter(|v| v.left_at.since_ms(v.arrived_at) < 55 * MINUTE_MS);
        check_share(short.count(), real.len(), 50, 2);
    }

    #[test]
    fn a_few_pass_by_most_claim_and_more_than_half_want_an_invoice() {
        let all = many();
        let count = |wanted: fn(&Visit) -> bool| all.iter().filter(|v| wanted(v)).count();
        check_share(count(Visit::passes_by), all.len(), 4, 1);
        // 85 % of those who stay; a percent or two leave before they would have claimed.
        check_share(count(|v| v.claims_at.is_some()), all.len(), 81, 3);
        check_share(count(|v| v.title.is_some()), all.len(), 60, 2);
        assert!(all.iter().all(|v| !v.passes_by() || v.claims_at.is_none()));
    }

    #[test]
    fn a_claim_is_made_half_a_minute_to_five_minutes_after_arrival() {
        for visit in many() {
            let Some(claims_at) = visit.claims_at else { continue };
            let delay_ms = claims_at.since_ms(visit.arrived_at);
            assert!((30_000..300_000).contains(&delay_ms), "{delay_ms}");
            assert!(claims_at < visit.left_at);
        }
    }
}
