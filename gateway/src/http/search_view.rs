//! What a search answers: bays with their ways, price, chance and permission, and why nothing was found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocabulary::Timestamp;
use wayfinding::ranking::{Candidate, DriveBy};
use wayfinding::search::Nothing;

use super::bays::BayView;
use super::health::Moment;
use super::route_view::tenth;
use crate::flow::search_bays::SearchHit;
use crate::lang::Lang;
use crate::live::ZoneQuote;

/// What a drive is reckoned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DriveBasis {
    /// The fastest way over the roads.
    Roads,
    /// The crow's flight and a share for the streets between.
    Line,
}

/// A way, as long as it is expected to be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoughWay {
    pub(super) distance_m: f64,
    pub(super) duration_s: i64,
}

/// The price of the stay, the same as `GET /api/v1/quote` gives.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StayQuote {
    pub(super) total_fen: i64,
    pub(super) first_hour_fen: i64,
    pub(super) tariff_id: String,
    pub(super) tariff_revision: i64,
}

/// A bay, what it costs and how long it is likely to be there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundBay {
    #[serde(flatten)]
    pub(super) bay: BayView<'static>,
    /// Code of the fee zone.
    pub(super) zone: String,
    /// Null: no limit.
    pub(super) max_height_mm: Option<u16>,
    pub(super) max_length_mm: Option<u16>,
    pub(super) charging: bool,
    pub(super) accessible: bool,
    /// To the destination, as the crow flies.
    pub(super) distance_m: f64,
    /// From where the driver is.
    pub(super) drive: RoughWay,
    /// `line` where nobody asked the roads, there are none, or none leads from the driver to the bay today: then the bay comes
    /// after those that a road leads to.
    pub(super) drive_by: DriveBasis,
    /// To the destination: the crow's flight and a share for the streets between.
    pub(super) walk: RoughWay,
    /// Null if it cannot be told; then `no_quote` is the code why.
    pub(super) quote: Option<StayQuote>,
    #[schema(example = "no_tariff_terms")]
    pub(super) no_quote: Option<&'static str>,
    /// How likely it is that a bay of the block is free on arrival, 0 to 1; null if nothing is known of that.
    pub(super) free_chance: Option<f64>,
    /// `filling`, `stable` or `emptying`.
    #[schema(example = "filling")]
    pub(super) trend: Option<&'static str>,
    /// From when on this vehicle may not stand there any more; null if nothing of that kind is in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) permitted_until: Option<Timestamp>,
    /// When to tell the driver of it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) warn_at: Option<Timestamp>,
    /// What bays are ordered by among those of the same `drive_by`: drive, walk, fee, and the risk that the bay is gone.
    pub(super) cost_fen: i64,
}

/// Why nothing was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NothingFound {
    /// `outside`: no bay within the walk; `none_fits`: none for this vehicle, price and time; `none_free`: some would
    /// do, none is free.
    #[schema(example = "none_free")]
    pub(super) code: &'static str,
    pub(super) text: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Destination {
    pub(super) lon: f64,
    pub(super) lat: f64,
}

/// Best first; those of the same cost in order of their codes. Bays whose drive is by the roads come before those by line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BaysFound {
    #[serde(flatten)]
    pub(super) moment: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub(super) arrive_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(super) leave_at: Timestamp,
    pub(super) stay_minutes: u32,
    pub(super) vehicle_class: &'static str,
    pub(super) destination: Destination,
    pub(super) hits: Vec<FoundBay>,
    /// Not free, and not known to be taken: `observed_at` says when they were heard last.
    pub(super) unknown: Vec<FoundBay>,
    /// Null if there is a hit.
    pub(super) nothing: Option<NothingFound>,
}

impl StayQuote {
    pub(super) fn of(quote: &ZoneQuote) -> StayQuote {
        StayQuote {
            total_fen: quote.total_fen,
            first_hour_fen: quote.first_hour_fen,
            tariff_id: quote.tariff_id.to_string(),
            tariff_revision: quote.tariff_revision,
        }
    }
}

impl FoundBay {
    pub(super) fn of(hit: SearchHit<'_>, now: Timestamp) -> FoundBay {
        let SearchHit { offer, price, trend, rates } = hit;
        let permit = offer.bay.permit;
        let way = |crow_m: f64, min: f64| RoughWay {
            distance_m: tenth(crow_m * rates.detour),
            duration_s: whole_seconds(min),
        };
        FoundBay {
            bay: BayView::of(&offer.bay, now).kept(),
            zone: price.map(|price| price.zone.to_string()).unwrap_or_default(),
            max_height_mm: permit.max_height_mm,
            max_length_mm: permit.max_length_mm,
            charging: permit.charging,
            accessible: permit.accessible,
            distance_m: tenth(offer.distance_m),
            drive: way(offer.drive_m, offer.drive_min),
            drive_by: DriveBasis::Line,
            walk: way(offer.distance_m, offer.walk_min),
            quote: price.and_then(|price| price.quote.as_ref().ok()).map(StayQuote::of),
            no_quote: match price {
                Some(price) => price.quote.as_ref().err().copied(),
                None => Some("no_tariff_terms"),
            },
            free_chance: offer.chance.map(|chance| (chance * 1000.0).round() / 1000.0),
            trend,
            permitted_until: offer.permitted_until,
            warn_at: offer.warn_at(),
            cost_fen: offer.cost_fen,
        }
    }

    /// The same with the drive and the cost by which it stands where it stands.
    pub(super) fn ranked((candidate, bay): (Candidate, FoundBay)) -> FoundBay {
        let approach = candidate.approach;
        let drive = RoughWay {
            distance_m: tenth(approach.distance_m),
            duration_s: whole_seconds(approach.duration_s / 60.0),
        };
        FoundBay { drive, drive_by: approach.by.into(), cost_fen: candidate.cost_fen, ..bay }
    }
}

impl From<DriveBy> for DriveBasis {
    fn from(by: DriveBy) -> DriveBasis {
        match by {
            DriveBy::Roads => DriveBasis::Roads,
            DriveBy::Line => DriveBasis::Line,
        }
    }
}

impl From<DriveBasis> for DriveBy {
    fn from(basis: DriveBasis) -> DriveBy {
        match basis {
            DriveBasis::Roads => DriveBy::Roads,
            DriveBasis::Line => DriveBy::Line,
        }
    }
}

impl NothingFound {
    pub(super) fn of(nothing: Nothing, language: Lang) -> NothingFound {
        let (chinese, english) = match nothing {
            Nothing::Outside => ("步行范围内没有泊位", "There is no bay within the walk."),
            Nothing::NoneFits => (
                "步行范围内没有适合本车、价格和时段的泊位",
                "No bay within the walk suits this vehicle, price and time.",
            ),
            Nothing::NoneFree => (
                "步行范围内适合的泊位目前均未空闲",
                "Of the bays within the walk that would suit, none is free now.",
            ),
        };
        let text = if language == Lang::Zh { chinese } else { english };
        NothingFound { code: nothing.name(), text }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn whole_seconds(minutes: f64) -> i64 {
    (minutes * 60.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_in_the_language_asked_for() {
        for nothing in [Nothing::Outside, Nothing::NoneFits, Nothing::NoneFree] {
            let (chinese, english) =
                (NothingFound::of(nothing, Lang::Zh), NothingFound::of(nothing, Lang::En));
            assert_eq!(chinese.code, english.code);
            assert!(english.text.is_ascii() && !chinese.text.is_ascii());
        }
    }
}
