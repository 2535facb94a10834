//! The free bays that cost a driver least: the live index, prices and forecast asked together, then the roads. Reads memory only.
//!
//! The index reckons drives as the crow flies. Where roads are known, the best of what it finds are asked for once, all in one
//! question, how far they are over the roads, and stand in the order of that ([`wayfinding::ranking`]).

mod standing;
mod wish;

use vocabulary::{BlockId, Point, Timestamp};
use wayfinding::Metric;
use wayfinding::ranking::{Candidate, DriveBy, rank};
use wayfinding::route::{Drive, RouteReject, Stop};
use wayfinding::search::{Block, Nothing, Offer, Rates, Stay, Terms};

use crate::app::App;
use crate::forecasts::Forecasts;
use crate::live::{Intended, Priced, ZonePrice};

pub use standing::may_stand;
use wish::MINUTE_MS;
pub use wish::{Unknown, Wish};

/// Nothing more is known beyond a week than what is usual.
const FORECAST_LIMIT_MIN: f64 = 10_080.0;
/// A search that found nothing is counted for a block no farther than this.
const AROUND_M: f64 = 2_000.0;

/// One bay with all that is known of it; its drive and cost are those of the search, as the crow flies.
#[derive(Clone, Copy, Debug)]
pub struct SearchHit<'a> {
    pub offer: &'a Offer<'a>,
    pub price: Option<&'a ZonePrice>,
    pub trend: Option<&'static str>,
    pub rates: &'a Rates,
}

/// What was found, as the caller shows it, with its place in the order.
#[derive(Debug)]
pub struct SearchAnswer<T> {
    pub intended: Intended,
    pub hits: Vec<(Candidate, T)>,
    pub unknown: Vec<(Candidate, T)>,
    pub nothing: Option<Nothing>,
    /// Without a hit: the block nearest to the destination, if there is one around.
    pub unmet: Option<BlockId>,
}

/// What is known while a search goes on.
struct Known<'a> {
    priced: &'a Priced,
    forecasts: &'a Forecasts,
    minutes: f64,
}

impl Terms for Known<'_> {
    fn stay(&self, zone: vocabulary::ZoneId) -> Stay {
        self.priced.zone(zone).map(|price| price.stay).unwrap_or_default()
    }

    fn chance(&self, block: &Block) -> Option<f64> {
        let expected = self.forecasts.expected(&block.code, self.minutes)?;
        Some(expected.outlook?.one_free())
    }

    fn least_fee_fen(&self) -> i64 {
        self.priced.least_fee_fen
    }
}

/// Searches; `show` makes of each bay what is answered.
pub fn search_bays<T>(
    app: &App,
    wish: &Wish,
    now: Timestamp,
    show: impl Fn(SearchHit<'_>) -> T,
) -> SearchAnswer<T> {
    let rates = app.config.search.rates();
    let by = match app.roads.current() {
        Some(_) => wish.drive_by,
        None => DriveBy::Line,
    };
    let mut found = by_line(app, wish, now, (&rates, by), show);
    let ways = match by {
        DriveBy::Line => Vec::new(),
        DriveBy::Roads => drives(app, wish.from, found.hits.iter().chain(&found.unknown)),
    };
    // None, if nobody asked or the driver is nowhere on the map.
    let (to_free, to_unknown) = ways.split_at(found.hits.len().min(ways.len()));
    found.hits = rank(found.hits, to_free, &rates, wish.limit);
    found.unknown = rank(found.unknown, to_unknown, &rates, wish.limit);
    found
}

/// What the index offers. Changes wait for it, so nobody asks for ways meanwhile.
fn by_line<T>(
    app: &App,
    wish: &Wish,
    now: Timestamp,
    (rates, by): (&Rates, DriveBy),
    show: impl Fn(SearchHit<'_>) -> T,
) -> SearchAnswer<T> {
    let intended = wish.intended(rates, now);
    let priced = app.live.prices().of(intended);
    let minutes = intended.arrive_at.since_ms(now).max(0) as f64 / MINUTE_MS as f64;
    let minutes = minutes.min(FORECAST_LIMIT_MIN);
    let known = Known { priced: &priced, forecasts: &app.forecasts, minutes };
    let ask = wish.ask(intended, by);
    app.live.look(|index| {
        let found = index.find(&ask, rates, &known);
        let shown = |offers: &[Offer<'_>]| -> Vec<(Candidate, T)> {
            let hit = |offer| (Candidate::of(offer, rates), show(known.hit(offer, rates)));
            offers.iter().map(hit).collect()
        };
        let nearest = |_| index.nearest(wish.destination, AROUND_M, None, 1);
        let around = found.nothing.map(nearest).unwrap_or_default();
        SearchAnswer {
            intended,
            hits: shown(&found.free),
            unknown: shown(&found.unknown),
            nothing: found.nothing,
            unmet: around.first().map(|hit| hit.bay.kerb.id),
        }
    })
}

/// The drive to each over the roads, in one question.
fn drives<'a, T: 'a>(
    app: &App,
    from: Point,
    bays: impl Iterator<Item = &'a (Candidate, T)>,
) -> Vec<Result<Drive, RouteReject>> {
    let stops: Vec<Stop> = bays.map(|(candidate, _)| Stop::bay(candidate.at)).collect();
    if stops.is_empty() {
        return Vec::new();
    }
    let from = Stop::anywhere(from);
    let asked = app.roads.ask(|current, navigator| {
        current.roads.drives_to(navigator, &from, &stops, Metric::Fastest)
    });
    asked.and_then(Result::ok).unwrap_or_default()
}

impl Known<'_> {
    fn hit<'a>(&'a self, offer: &'a Offer<'a>, rates: &'a Rates) -> SearchHit<'a> {
        let expected = self.forecasts.expected(offer.bay.block, self.minutes);
        let outlook = expected.and_then(|expected| expected.outlook);
        SearchHit {
            offer,
            price: self.priced.zone(offer.bay.permit.zone),
            trend: outlook.map(|outlook| outlook.trend().name()),
            rates,
        }
    }
}
