//! A tariff: dated versions of a price rule, checked once, ready to price with.
//!
//! `parse` reads the YAML form (docs/TARIFFS.md teaches it), refuses what is incomplete or makes no
//! sense and says where. Nothing here prices a stay. Invariants of a parsed tariff: versions do not
//! overlap, every vehicle class has a plan on every street, and every instant of every day falls
//! into exactly one window of each plan: the first that fits.

mod choices;
mod classify;
mod compile;
mod cover;
pub(crate) mod currency;
mod days;
mod demand;
mod factors;
mod form;
mod free;
mod ladder;
mod place;
mod plan;
mod table;
mod terms;
mod wall_clock;
mod who;
mod windows;
mod written;

use chrono::NaiveDate;
use chrono_tz::Tz;
use vocabulary::Timestamp;

pub use choices::{
    AcrossPrices, AtTheEnd, Bays, BeyondLimit, CountedIn, EarlierVisits, Period, Periods, Restarts,
    RoundingMode, UnknownYear, Unused, VersionChange, Visits, WhenExceeded,
};
pub use classify::{Classify, Description};
pub use demand::{Band, BandsSet, Demand, DemandReject, Displayed};
pub use terms::{Pass, PassPrice, Prepaid};

pub(crate) use days::{DayRule, DayType};
pub(crate) use place::fill_in as fill_in_places;
pub(crate) use plan::{Cap, Factor, FreeRule, Ladder, Plan, PlanWindow, Tier, TimeLimit, UnitEnd};
pub(crate) use wall_clock::{DAY_MS, WallClock};
pub(crate) use written::{WrittenFree, written_free};

/// Longest YAML text read, in bytes.
pub const TEXT_LIMIT: usize = 256 * 1024;

/// A price rule with all its dated versions.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// Stable name, e.g. `demo-baiyin-road-1`.
    pub id: String,
    /// For people.
    pub title: String,
    /// For people: what one has to know before relying on it. May be empty.
    pub note: String,
    /// Where the rule was read.
    pub sources: Vec<String>,
    /// What the source leaves open, and how it is read here.
    pub uncertain: Vec<String>,
    /// Windows and days are those of this zone's wall clock.
    pub time_zone: Tz,
    /// ISO 4217.
    pub currency: String,
    /// Name of the calendar that knows working days and holidays, where the tariff needs one.
    pub calendar: Option<String>,
    /// What holds in a year that the calendar does not know.
    pub unknown_year: UnknownYear,
    /// Which version prices a stay over a change.
    pub version_change: VersionChange,
    /// In order of validity.
    pub versions: Vec<Version>,
    pub(crate) wall_clock: WallClock,
}

/// What held from one day to another. A change of the rule is a new version, never an edit.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number; grows.
    pub number: u32,
    /// First local day on which a stay may begin under it.
    pub valid_from: NaiveDate,
    /// First local day on which it no longer holds; `None` = open.
    pub valid_to: Option<NaiveDate>,
    /// The body that approved it.
    pub authority: String,
    /// Number of the document that approved it.
    pub document: String,
    /// The rule above it that the document rests on.
    pub superior_rule: String,
    /// The least free minutes that the superior rule demands.
    pub superior_free_minutes: Option<u32>,
    /// Which printing of the street sign shows it.
    pub sign_version: String,
    /// Classes that pay nothing at all.
    pub exempt: Vec<String>,
    /// Vehicle classes that it names, in order of name; exempt ones too.
    pub vehicle_classes: Vec<String>,
    /// Street classes, if it distinguishes any.
    pub streets: Vec<String>,
    /// How a vehicle is put into a class.
    pub classify: Vec<Classify>,
    /// Names of the windows, as written.
    pub windows: Vec<String>,
    /// Names of the factors, as written.
    pub factors: Vec<String>,
    /// Passes on sale.
    pub passes: Vec<Pass>,
    /// What holds for time bought in advance.
    pub prepaid: Prepaid,
    /// The demand-responsive part, if any.
    pub demand: Option<Demand>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) from_day: i64,
    pub(crate) to_day: i64,
}

/// What is wrong with a tariff's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, where they are known.
    pub place: Option<Place>,
    /// `versions[0].windows[1].to`; empty where the YAML itself cannot be read.
    pub path: String,
    /// For the author of the tariff.
    pub message: String,
}

/// A place in a text; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column.
    pub column: u64,
}

/// Reads a tariff and checks it.
///
/// # Errors
/// Every problem found, each with its place; only the first if the YAML itself is malformed, has
/// an unknown or repeated key, or lacks a required one.
pub fn parse(yaml: &str) -> Result<Tariff, Vec<Problem>> {
    compile::tariff(form::read(yaml)?).map_err(|mut problems| {
        place::fill_in(yaml, &mut problems);
        problems
    })
}

impl Tariff {
    /// The version under which a stay that began at `arrived_at` is priced.
    #[must_use]
    pub fn version_at(&self, arrived_at: Timestamp) -> Option<&Version> {
        let (day, _) = self.wall_clock.local(arrived_at.ms());
        self.versions.iter().find(|v| (v.from_day..v.to_day).contains(&day))
    }

    /// How far back visits of the same vehicle count for its bill (`Case::earlier`); `None` if each
    /// visit stands for itself.
    #[must_use]
    pub fn earlier_visits_within_ms(&self) -> Option<i64> {
        self.versions.iter().flat_map(|v| &v.plans).filter_map(Plan::earlier_within_ms).max()
    }

    /// The version with this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|v| v.number == number)
    }
}

impl Version {
    /// Whether a stay that begins on a local day is priced by it.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }

    /// What holds for a class on a street; `None` where the tariff does not speak of it.
    pub(crate) fn plan(&self, class: &str, street: Option<&str>) -> Option<&Plan> {
        self.plans.iter().find(|plan| {
            plan.street.as_deref() == street && plan.classes.iter().any(|name| name == class)
        })
    }
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { place: None, path: path.into(), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = self.place {
            write!(f, "line {} column {}: ", place.line, place.column)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
