//! The YAML form of a tariff, as written by the price office.
//!
//! Shape only: unknown and repeated keys are refused here, meaning is checked in `compile`. Money
//! is in the tariff's currency, lengths in minutes, days and times of day are local.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::table::{Decimal, Table};
use super::{
    AcrossPrices, AtTheEnd, BandsSet, Bays, BeyondLimit, CountedIn, EarlierVisits, Period, Periods,
    Place, Problem, Restarts, RoundingMode, TEXT_LIMIT, UnknownYear, Unused, VersionChange, Visits,
    WhenExceeded,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TariffForm {
    pub(super) format: Format,
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    #[serde(default)]
    pub(super) uncertain: Vec<String>,
    pub(super) time_zone: String,
    pub(super) currency: Option<String>,
    pub(super) calendar: Option<String>,
    #[serde(default)]
    pub(super) unknown_year: UnknownYear,
    #[serde(default)]
    pub(super) version_change: VersionChange,
    pub(super) versions: Vec<VersionForm>,
}

#[derive(Debug, Deserialize)]
pub(super) enum Format {
    #[serde(rename = "bowei-tariff/1")]
    First,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionForm {
    pub(super) version: u32,
    pub(super) valid_from: String,
    pub(super) valid_to: Option<String>,
    pub(super) authority: String,
    pub(super) document: String,
    pub(super) superior_rule: String,
    #[serde(default)]
    pub(super) superior_minima: MinimaForm,
    pub(super) sign_version: String,
    pub(super) vehicle_classes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) classify: Vec<ClassifyForm>,
    #[serde(default)]
    pub(super) exempt: Vec<String>,
    #[serde(default)]
    pub(super) streets: Vec<String>,
    pub(super) day_starts: Option<String>,
    pub(super) windows: Vec<WindowForm>,
    pub(super) otherwise: Option<ChargeForm>,
    #[serde(default)]
    pub(super) elapsed: ElapsedForm,
    #[serde(default)]
    pub(super) free_minutes: Vec<FreeForm>,
    #[serde(default)]
    pub(super) caps: Vec<CapForm>,
    #[serde(default)]
    pub(super) factors: Vec<FactorForm>,
    #[serde(default)]
    pub(super) bays: Bays,
    pub(super) total: Option<TotalForm>,
    #[serde(default)]
    pub(super) returns_within_minutes: u32,
    #[serde(default)]
    pub(super) grace_to_leave_minutes: u32,
    #[serde(default)]
    pub(super) passes: Vec<PassForm>,
    #[serde(default)]
    pub(super) prepaid: PrepaidForm,
    pub(super) time_limit: Option<LimitForm>,
    pub(super) demand: Option<DemandForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MinimaForm {
    pub(super) free_minutes: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassifyForm {
    pub(super) class: String,
    #[serde(default)]
    pub(super) plates: Vec<vocabulary::PlateColour>,
    pub(super) seats_from: Option<u16>,
    pub(super) seats_to: Option<u16>,
    pub(super) bays_from: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowForm {
    pub(super) name: String,
    pub(super) from: String,
    pub(super) to: String,
    #[serde(default)]
    pub(super) days: Vec<String>,
    #[serde(default)]
    pub(super) except: Vec<String>,
    pub(super) season: Option<SeasonForm>,
    #[serde(default)]
    pub(super) vehicles: Vec<String>,
    #[serde(default)]
    pub(super) streets: Vec<String>,
    pub(super) charge: ChargeForm,
    #[serde(default)]
    pub(super) after_last_tier: AfterLastTier,
}

/// Free, not permitted, or the tiers of a price.
#[derive(Debug)]
pub(super) enum ChargeForm {
    Free,
    NotPermitted,
    Tiers(Vec<TierForm>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AfterLastTier {
    #[default]
    Holds,
    StartsAgain,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeasonForm {
    pub(super) first: String,
    pub(super) last: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TierForm {
    pub(super) lasts_minutes: Option<u32>,
    pub(super) unit_minutes: Option<u32>,
    pub(super) price_for_minutes: Option<u32>,
    pub(super) per: Option<PerForm>,
    pub(super) price: Table<Decimal>,
    #[serde(default)]
    pub(super) rounding: RoundingForm,
    #[serde(default)]
    pub(super) tolerance_minutes: u32,
    #[serde(default)]
    pub(super) tolerance_at_the_end: AtTheEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PerForm {
    Window,
    Visit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoundingForm {
    #[default]
    Up,
    Down,
    PerMinute,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ElapsedForm {
    pub(super) counted_in: CountedIn,
    pub(super) restarts: Restarts,
    pub(super) across_prices: AcrossPrices,
    pub(super) short_stay: Option<ShortStayForm>,
}

/// A stay of no more than these minutes reads the borders of prices in its own way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortStayForm {
    pub(super) minutes: u32,
    pub(super) across_prices: AcrossPrices,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeForm {
    pub(super) minutes: Table<u32>,
    #[serde(default)]
    pub(super) when_exceeded: WhenExceeded,
    pub(super) counted_in: Option<CountedIn>,
    #[serde(default)]
    pub(super) windows: Vec<String>,
    #[serde(default)]
    pub(super) counted_per: Period,
    #[serde(default)]
    pub(super) at_the_end: AtTheEnd,
    pub(super) none_beyond_minutes: Option<u32>,
    #[serde(default)]
    pub(super) earlier_visits: EarlierVisits,
    #[serde(default)]
    pub(super) vehicles: Vec<String>,
    #[serde(default)]
    pub(super) streets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapForm {
    pub(super) per: Period,
    pub(super) amount: Option<Table<Decimal>>,
    pub(super) price_of: Option<PriceOfForm>,
    #[serde(default)]
    pub(super) windows: Vec<String>,
    #[serde(default)]
    pub(super) visits: Visits,
    #[serde(default)]
    pub(super) periods: Periods,
}

/// A cap that is what so many minutes of a window cost.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceOfForm {
    pub(super) window: String,
    pub(super) minutes: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactorForm {
    pub(super) name: String,
    pub(super) times: Decimal,
    pub(super) on: FactorOn,
    pub(super) to: Option<Decimal>,
    pub(super) rounding: Option<RoundingMode>,
    #[serde(default)]
    pub(super) vehicles: Vec<String>,
    #[serde(default)]
    pub(super) streets: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FactorOn {
    Price,
    Total,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotalForm {
    pub(super) to: Decimal,
    pub(super) rounding: RoundingMode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PassForm {
    pub(super) name: String,
    #[serde(default)]
    pub(super) windows: Vec<String>,
    pub(super) price: Option<Table<Decimal>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitForm {
    pub(super) minutes: Table<u32>,
    #[serde(default)]
    pub(super) counted_in: CountedIn,
    #[serde(default)]
    pub(super) counted_per: Period,
    #[serde(default)]
    pub(super) visits: Visits,
    #[serde(default)]
    pub(super) beyond: BeyondLimit,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PrepaidForm {
    pub(super) counted_in: CountedIn,
    pub(super) unused: Unused,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemandForm {
    pub(super) windows: Vec<String>,
    pub(super) step: Option<Decimal>,
    pub(super) step_percent: Option<u32>,
    #[serde(default)]
    pub(super) bands_set: BandsSet,
    pub(super) lowest: Decimal,
    pub(super) highest: Decimal,
    pub(super) bands: Vec<BandForm>,
    pub(super) least_days_between_changes: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BandForm {
    pub(super) below_percent: Option<u32>,
    pub(super) steps: i32,
}

/// The shape of the text, or the one place where it is not a tariff.
pub(super) fn read(yaml: &str) -> Result<TariffForm, Vec<Problem>> {
    if yaml.len() > TEXT_LIMIT {
        let message = format!("a tariff has at most {TEXT_LIMIT} bytes");
        return Err(vec![Problem::new("", message)]);
    }
    serde_saphyr::from_str(yaml).map_err(|error| {
        let place = error.location().map(|at| Place { line: at.line(), column: at.column() });
        let message = error.without_snippet().to_string();
        // The place is told before the message.
        let told =
            place.map_or(String::new(), |at| format!(" at line {}, column {}", at.line, at.column));
        let message = message.strip_suffix(&told).unwrap_or(&message);
        vec![Problem { place, ..Problem::new("", message) }]
    })
}
