//! The YAML form of a tariff, as written by the price office.
//!
//! Shape only: unknown and repeated keys are refused here, meaning is checked in `compile`.
//! Money is in fen, lengths in minutes, days and times of day are local.

use std::collections::BTreeMap;

use serde::Deserialize;
use vocabulary::VehicleClass;

use super::{CountedIn, CountedPer, Problem, Restarts, Rounding, TEXT_LIMIT, WhenExceeded};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TariffForm {
    pub(super) format: Format,
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) note: String,
    pub(super) time_zone: String,
    #[expect(
        dead_code,
        reason = "the only value there is yet; the key must be stated all the same"
    )]
    pub(super) version_change: VersionChange,
    pub(super) versions: Vec<VersionForm>,
}

#[derive(Debug, Deserialize)]
pub(super) enum Format {
    #[serde(rename = "bowei-tariff/1")]
    First,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum VersionChange {
    ArrivalVersionHolds,
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
    pub(super) sign_version: String,
    pub(super) vehicle_classes: BTreeMap<VehicleClass, String>,
    pub(super) free_minutes: Option<FreeForm>,
    pub(super) elapsed: ElapsedForm,
    pub(super) windows: Vec<WindowForm>,
    #[serde(default)]
    pub(super) day_cap_fen: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeForm {
    pub(super) minutes: u32,
    pub(super) counted_in: CountedIn,
    pub(super) counted_per: CountedPer,
    pub(super) when_exceeded: WhenExceeded,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ElapsedForm {
    pub(super) counted_in: CountedIn,
    pub(super) restarts: Restarts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowForm {
    pub(super) name: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) charge: ChargeForm,
    pub(super) rates: Option<BTreeMap<String, RateForm>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChargeForm {
    Free,
    Priced,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateForm {
    pub(super) cap_fen: Option<i64>,
    pub(super) tiers: Vec<TierForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TierForm {
    pub(super) lasts_minutes: Option<u32>,
    pub(super) unit_minutes: u32,
    pub(super) unit_price_fen: i64,
    pub(super) rounding: Rounding,
}

/// The shape of the text, or the one place where it is not a tariff.
pub(super) fn read(yaml: &str) -> Result<TariffForm, Vec<Problem>> {
    if yaml.len() > TEXT_LIMIT {
        let message = format!("a tariff has at most {TEXT_LIMIT} bytes");
        return Err(vec![Problem::new("text", message)]);
    }
    serde_saphyr::from_str(yaml).map_err(|error| {
        let path = match error.location() {
            Some(place) => format!("line {} column {}", place.line(), place.column()),
            None => "text".to_owned(),
        };
        vec![Problem::new(path, error.without_snippet().to_string())]
    })
}
