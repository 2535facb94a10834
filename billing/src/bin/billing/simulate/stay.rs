//! A stay as a line of the input says it, and what is wrong with a line.

use billing::tariff::{Description, Tariff};
use billing::{Case, Reject};
use serde::Deserialize;
use vocabulary::{Interval, PlateColour, Timestamp};

use super::columns::{Columns, What};
use super::local::LocalTimes;

/// Why a line is not priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// Stable.
    pub(super) code: &'static str,
    /// For people, of this line.
    pub(super) says: String,
}

/// What all lines have that do not say it themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub(super) vehicle: Option<String>,
    pub(super) street: Option<String>,
}

/// A stay to be priced; refilled line after line.
#[derive(Debug)]
pub(super) struct Stay {
    pub(super) case: Case,
    pub(super) id: String,
    /// Whose visits count together; empty where it is not said.
    pub(super) vehicle_id: String,
    /// Name of the street, for the sums; empty where it is not said.
    pub(super) road: String,
    /// What the class follows from, where the line has no class.
    pub(super) described: Option<Description>,
    /// Whether the line has earlier visits of its own.
    pub(super) has_earlier: bool,
}

impl Bad {
    pub(super) fn new(code: &'static str, says: impl Into<String>) -> Self {
        Bad { code, says: says.into() }
    }

    pub(super) fn rejected(reject: Reject, tariff: &Tariff) -> Self {
        Bad::new(reject.code(), format!("{reject} ({})", tariff.id))
    }
}

impl Stay {
    pub(super) fn empty() -> Self {
        let nothing = Interval::new(Timestamp::from_ms(0), Timestamp::from_ms(0));
        let nothing = nothing.expect("it ends where it begins");
        Stay {
            case: Case::new("", vec![nothing], Vec::new()),
            id: String::new(),
            vehicle_id: String::new(),
            road: String::new(),
            described: None,
            has_earlier: false,
        }
    }

    /// Fills it from a row of a table.
    pub(super) fn read_row(
        &mut self,
        row: &csv::ByteRecord,
        columns: &Columns,
        defaults: &Defaults,
        times: &mut LocalTimes,
    ) -> Result<(), Bad> {
        let cell = |what: What| -> Result<&str, Bad> {
            let Some(place) = columns.place(what) else { return Ok("") };
            let bytes = row.get(place).ok_or_else(|| {
                Bad::new("row_malformed", format!("the row has no cell for {}", what.name()))
            })?;
            let text = std::str::from_utf8(bytes);
            text.map(str::trim).map_err(|_| Bad::new("row_malformed", "the row is not UTF-8"))
        };
        let time = |times: &mut LocalTimes, what: What| {
            let text = cell(what)?;
            times.instant(text).map_err(|says| Bad::new("time_malformed", says))
        };
        let (start, end) = (cell(What::Start)?, cell(What::End)?);
        if end.is_empty() && !start.is_empty() {
            return Err(Bad::new("still_parked", "the stay has no end"));
        }
        let from = time(times, What::Start)?;
        let stay = Interval::new(from, time(times, What::End)?);
        let stay =
            stay.ok_or_else(|| Bad::new("end_before_start", format!("{end} lies before {start}")))?;
        self.begin(stay);
        put(&mut self.id, cell(What::Id)?);
        put(&mut self.vehicle_id, cell(What::VehicleId)?);
        put(&mut self.road, cell(What::Road)?);
        self.class(cell(What::Vehicle)?, cell(What::PlateColour)?, cell(What::Seats)?, defaults)?;
        self.case.bays = number(cell(What::Bays)?, "bays")?.unwrap_or(1);
        if let Some(described) = &mut self.described {
            described.bays = self.case.bays;
        }
        let street = cell(What::Street)?;
        self.street(Some(street).filter(|street| !street.is_empty()), defaults);
        Ok(())
    }

    /// Fills it from a JSON object: a stay as `gateway export stays` writes it, or a stored case.
    pub(super) fn read_json(&mut self, line: &[u8], defaults: &Defaults) -> Result<(), Bad> {
        let malformed = |error: serde_json::Error| Bad::new("row_malformed", error.to_string());
        let line: Line = serde_json::from_slice(line).map_err(malformed)?;
        if line.state.is_some_and(|state| state == "void" || state == "superseded") {
            return Err(Bad::new("not_a_stay", "the stay was withdrawn"));
        }
        put(&mut self.id, &line.stay_id.or(line.id).unwrap_or_default());
        put(&mut self.vehicle_id, &line.vehicle_id.unwrap_or_default());
        put(&mut self.road, &line.road.or(line.bay_code).unwrap_or_default());
        if let Some(case) = line.case {
            self.described = None;
            self.has_earlier = !case.earlier.is_empty();
            self.case = case;
            return Ok(());
        }
        let arrived_at = line.arrived_at.ok_or_else(|| {
            Bad::new("row_malformed", "the line has neither arrived_at nor a case")
        })?;
        let left_at =
            line.left_at.ok_or_else(|| Bad::new("still_parked", "the stay has no end"))?;
        let stay = Interval::new(arrived_at, left_at);
        self.begin(stay.ok_or_else(|| Bad::new("end_before_start", "it ends before it begins"))?);
        let doubts = line.doubts.iter().filter_map(|doubt| Interval::new(doubt.from, doubt.to));
        self.case.doubts.extend(doubts);
        self.class(&line.vehicle.unwrap_or_default(), "", "", defaults)?;
        self.street(line.street.as_deref(), defaults);
        Ok(())
    }

    fn begin(&mut self, stay: Interval) {
        self.case.intervals.clear();
        self.case.intervals.push(stay);
        self.case.doubts.clear();
        self.case.earlier.clear();
        self.case.passes.clear();
        (self.case.paid_at, self.case.bought_until) = (None, None);
        self.case.displayed.clear();
        self.case.bays = 1;
        self.has_earlier = false;
    }

    fn class(
        &mut self,
        class: &str,
        colour: &str,
        seats: &str,
        defaults: &Defaults,
    ) -> Result<(), Bad> {
        self.described = None;
        if class.is_empty() && !colour.is_empty() {
            let plate = PlateColour::from_name(colour).ok_or_else(|| {
                Bad::new("plate_colour_unknown", format!("{colour} is not a colour of plates"))
            })?;
            self.described = Some(Description { plate, seats: number(seats, "seats")?, bays: 1 });
            return Ok(());
        }
        let class = match (class, &defaults.vehicle) {
            ("", Some(default)) => default.as_str(),
            ("", None) => return Err(Bad::new("no_vehicle_class", "the vehicle has no class")),
            (class, _) => class,
        };
        put(&mut self.case.vehicle, class);
        Ok(())
    }

    fn street(&mut self, street: Option<&str>, defaults: &Defaults) {
        match (street.or(defaults.street.as_deref()), &mut self.case.street) {
            (Some(street), Some(known)) => put(known, street),
            (street, known) => *known = street.map(str::to_owned),
        }
    }

    /// The street in the sums: its name, else its class.
    pub(super) fn street_name(&self) -> &str {
        match self.road.as_str() {
            "" => self.case.street.as_deref().unwrap_or_default(),
            road => road,
        }
    }
}

fn put(into: &mut String, text: &str) {
    if into != text {
        into.clear();
        into.push_str(text);
    }
}

fn number(text: &str, what: &str) -> Result<Option<u16>, Bad> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Bad::new("row_malformed", format!("{text} is not a number of {what}"));
    text.parse().map(Some).map_err(wrong)
}

#[derive(Deserialize)]
struct Line {
    stay_id: Option<String>,
    id: Option<String>,
    vehicle_id: Option<String>,
    vehicle: Option<String>,
    street: Option<String>,
    road: Option<String>,
    bay_code: Option<String>,
    state: Option<String>,
    arrived_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
    #[serde(default)]
    doubts: Vec<Doubt>,
    case: Option<Case>,
}

#[derive(Deserialize)]
struct Doubt {
    from: Timestamp,
    to: Timestamp,
}
