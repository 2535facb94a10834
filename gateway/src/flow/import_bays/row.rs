//! One row of a file of bays, cell by cell.

use vocabulary::{BayCode, Point, Timestamp, VehicleClass, WeeklyHours};

use crate::flow::bay_features::{FeaturesChange, is_limit_mm};
use crate::flow::change_bay::{BayChange, measures_fit};
use crate::flow::import_sheet::{Column, Row, Wrong};

/// The columns of a file of bays.
pub const COLUMNS: [Column; 16] = [
    Column { name: "code", must: true, example: "620001" },
    Column { name: "zone", must: true, example: "centre" },
    Column { name: "block", must: true, example: "RM-1" },
    Column { name: "street", must: false, example: "人民路" },
    Column { name: "side", must: false, example: "north" },
    Column { name: "lon", must: false, example: "104.1389" },
    Column { name: "lat", must: false, example: "36.5447" },
    Column { name: "heading_deg", must: false, example: "90" },
    Column { name: "length_m", must: false, example: "6" },
    Column { name: "vehicle_classes", must: false, example: "small,new_energy_small" },
    Column { name: "permitted_hours", must: false, example: "mo-fr 08:00-20:00; sa 08:00-12:00" },
    Column { name: "max_height_mm", must: false, example: "none" },
    Column { name: "max_length_mm", must: false, example: "none" },
    Column { name: "charging", must: false, example: "no" },
    Column { name: "accessible", must: false, example: "no" },
    Column { name: "valid_from", must: false, example: "" },
];
/// Length of a bay of which none is said, in metres.
pub(super) const USUAL_LENGTH_M: f64 = 6.0;
/// Longest code, street or side, in characters.
const TEXT_LIMIT: usize = 64;

/// A row as read. What is `None` stays as it is, or is as usual for a new bay.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) code: BayCode,
    pub(super) zone: String,
    pub(super) block: String,
    pub(super) street: Option<(String, String)>,
    pub(super) place: Point,
    pub(super) heading_deg: Option<f64>,
    pub(super) length_m: Option<f64>,
    pub(super) vehicle_classes: Option<Vec<VehicleClass>>,
    pub(super) permitted_hours: Option<Option<WeeklyHours>>,
    /// Every limit in it is one that a sign can say.
    pub(super) features: FeaturesChange,
    pub(super) valid_from: Option<Timestamp>,
}

impl Spec {
    /// As a change of a bay that is known.
    pub(super) fn change(&self) -> BayChange {
        BayChange {
            valid_from: self.valid_from,
            zone: Some(self.zone.clone()),
            block: Some(self.block.clone()),
            place: Some(self.place),
            heading_deg: self.heading_deg,
            length_m: self.length_m,
            vehicle_classes: self.vehicle_classes.clone(),
            permitted_hours: self.permitted_hours.clone(),
            features: self.features,
        }
    }
}

/// Reads a row.
pub(super) fn read_spec(row: &Row) -> Result<Spec, Wrong> {
    let code = BayCode::parse(row.must("code")?)
        .map_err(|why| Wrong::new(row.at, "code", "bay_code_malformed", why.to_string()))?;
    let (zone, block) = (text(row, "zone")?, text(row, "block")?);
    let zone = zone.map_or_else(|| row.must("zone").map(str::to_owned), Ok)?;
    let block = block.map_or_else(|| row.must("block").map(str::to_owned), Ok)?;
    let street = text(row, "street")?.zip(text(row, "side")?);
    let place = place(row)?;
    let (heading_deg, length_m) = (row.number("heading_deg")?, row.number("length_m")?);
    let out_of_range = |column, advice| Wrong::new(row.at, column, "out_of_range", advice);
    if !measures_fit(heading_deg.unwrap_or(0.0), USUAL_LENGTH_M) {
        return Err(out_of_range("heading_deg", "0 to 360, clockwise from north"));
    }
    if !measures_fit(0.0, length_m.unwrap_or(USUAL_LENGTH_M)) {
        return Err(out_of_range("length_m", "more than 0 and at most 30"));
    }
    Ok(Spec {
        code,
        zone,
        block,
        street,
        place,
        heading_deg,
        length_m,
        vehicle_classes: classes(row)?,
        permitted_hours: hours(row)?,
        features: FeaturesChange {
            max_height_mm: limit(row, "max_height_mm")?,
            max_length_mm: limit(row, "max_length_mm")?,
            charging: yes_or_no(row, "charging")?,
            accessible: yes_or_no(row, "accessible")?,
        },
        valid_from: row.instant("valid_from")?,
    })
}

fn place(row: &Row) -> Result<Point, Wrong> {
    let (lon, lat) = (degrees(row, "lon")?, degrees(row, "lat")?);
    Point::new(lon, lat).map_err(|_| {
        let column = if Point::new(lon, 0.0).is_ok() { "lat" } else { "lon" };
        let advice = "WGS-84 degrees: lon -180 to 180, lat -90 to 90 (are they swapped?)";
        Wrong::new(row.at, column, "out_of_range", advice)
    })
}

fn text(row: &Row, column: &'static str) -> Result<Option<String>, Wrong> {
    match row.cell(column) {
        Some(text) if text.chars().count() > TEXT_LIMIT => {
            Err(Wrong::new(row.at, column, "too_long", "at most 64 characters"))
        }
        cell => Ok(cell.map(str::to_owned)),
    }
}

fn degrees(row: &Row, column: &'static str) -> Result<f64, Wrong> {
    row.must(column)?;
    let missing = || Wrong::new(row.at, column, "missing", "fill in this cell");
    row.number(column)?.ok_or_else(missing)
}

/// `all` is every class.
fn classes(row: &Row) -> Result<Option<Vec<VehicleClass>>, Wrong> {
    let Some(text) = row.cell("vehicle_classes") else { return Ok(None) };
    if text.eq_ignore_ascii_case("all") {
        return Ok(Some(Vec::new()));
    }
    let names = text.split([',', ';', ' ']).map(str::trim).filter(|name| !name.is_empty());
    let read: Option<Vec<VehicleClass>> = names.map(VehicleClass::from_name).collect();
    read.map(Some).ok_or_else(|| {
        let advice = "all, or some of small, large, new_energy_small, new_energy_large, motorcycle";
        Wrong::new(row.at, "vehicle_classes", "vehicle_class_unknown", advice)
    })
}

/// `none` is no limit.
fn limit(row: &Row, column: &'static str) -> Result<Option<Option<i64>>, Wrong> {
    let Some(text) = row.cell(column) else { return Ok(None) };
    if text.eq_ignore_ascii_case("none") {
        return Ok(Some(None));
    }
    let read = text.parse().ok().filter(|mm| is_limit_mm(*mm));
    read.map(|mm| Some(Some(mm))).ok_or_else(|| {
        let advice = "whole millimetres, 1 to 30000, or none";
        Wrong::new(row.at, column, "out_of_range", advice)
    })
}

fn yes_or_no(row: &Row, column: &'static str) -> Result<Option<bool>, Wrong> {
    match row.cell(column).map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("yes" | "true" | "1" | "是") => Ok(Some(true)),
        Some("no" | "false" | "0" | "否") => Ok(Some(false)),
        Some(_) => Err(Wrong::new(row.at, column, "yes_or_no", "yes or no")),
    }
}

/// `always` is at any time.
fn hours(row: &Row) -> Result<Option<Option<WeeklyHours>>, Wrong> {
    let Some(text) = row.cell("permitted_hours") else { return Ok(None) };
    if text.eq_ignore_ascii_case("always") {
        return Ok(Some(None));
    }
    let wrong = |why: vocabulary::WeeklyHoursReject| {
        Wrong::new(row.at, "permitted_hours", "hours_malformed", format!("{why}; or always"))
    };
    WeeklyHours::parse(text).map(|hours| Some(Some(hours))).map_err(wrong)
}
