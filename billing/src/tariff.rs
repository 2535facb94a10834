//! A tariff: dated versions of a price rule, checked once, ready to price with.
//!
//! `parse` reads the YAML form, refuses what is ambiguous or incomplete and says where. Nothing
//! here prices a stay. Invariants of a parsed tariff: every version's windows cover the 24 hours
//! once, versions do not overlap, every vehicle class that is listed has a rate in every priced
//! window, tiers follow one another without gap.

mod compile;
mod form;
mod rates;
mod wall_clock;
mod windows;

use chrono::NaiveDate;
use chrono_tz::Tz;
use vocabulary::{Fen, Timestamp, VehicleClass};

pub(crate) use wall_clock::WallClock;

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
    /// Windows and days are those of this zone's wall clock.
    pub time_zone: Tz,
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
    /// Which printing of the street sign shows it.
    pub sign_version: String,
    /// The minutes that cost nothing, if any.
    pub free: Option<FreeMinutes>,
    /// How the clock of the tiers runs.
    pub elapsed: Elapsed,
    /// The windows as written; together they cover the day once.
    pub windows: Vec<Window>,
    /// Names of the rates, in the order in which `Charge::Priced` holds them.
    pub rate_names: Vec<String>,
    /// Cap of a calendar day over all windows, per rate.
    pub day_caps: Vec<Option<Fen>>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) rate_of: [Option<usize>; 5],
    pub(crate) from_day: i64,
    pub(crate) to_day: i64,
}

/// Minutes at the beginning that cost nothing.
#[derive(Clone, Copy, Debug)]
pub struct FreeMinutes {
    /// How many; a stay of exactly this length is free.
    pub minutes: u32,
    /// Which time uses them up.
    pub counted_in: CountedIn,
    /// Once for what.
    pub counted_per: CountedPer,
    /// What becomes of them when the stay is longer.
    pub when_exceeded: WhenExceeded,
}

/// Which time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// Only the time in priced windows.
    PaidWindows,
    /// All time of the stay that is not doubtful.
    AllWindows,
}

/// How often the free minutes are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedPer {
    /// Once for the stay.
    Stay,
    /// Once for each occurrence of a priced window.
    Window,
}

/// What becomes of the free minutes when the stay is longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenExceeded {
    /// A grace: the stay pays from its start.
    Lost,
    /// Taken off: the clock of the tiers starts after them.
    Deducted,
}

/// How the clock of the tiers runs.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed {
    /// Which time it counts.
    pub counted_in: CountedIn,
    /// When it goes back to nought.
    pub restarts: Restarts,
}

/// When the clock of the tiers goes back to nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restarts {
    /// With each occurrence of a window.
    EachWindow,
    /// Never: it runs on through the stay.
    Never,
}

/// A daily stretch of the wall clock.
#[derive(Clone, Debug)]
pub struct Window {
    /// For people.
    pub name: String,
    /// First minute of the local day, 0–1439.
    pub from_minute: u32,
    /// Minute after the last, 1–1440; not above `from_minute` when it runs across midnight.
    pub to_minute: u32,
    /// What it costs.
    pub charge: Charge,
}

/// What the time in a window costs.
#[derive(Clone, Debug)]
pub enum Charge {
    /// Nothing.
    Free,
    /// By rate, in the order of `Version::rate_names`.
    Priced(Vec<Rate>),
}

/// The price of time in one window for one group of vehicle classes.
#[derive(Clone, Debug)]
pub struct Rate {
    /// One after the other; the last has no end.
    pub tiers: Vec<Tier>,
    /// The most that one occurrence of the window costs.
    pub cap: Option<Fen>,
}

/// A stretch of elapsed time with one unit price.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    /// Elapsed time at which it begins.
    pub from_ms: i64,
    /// Elapsed time at which the next begins; `i64::MAX` for the last.
    pub to_ms: i64,
    /// Length of a unit in minutes.
    pub unit_minutes: u32,
    /// The same in milliseconds.
    pub unit_ms: i64,
    /// Price of a unit.
    pub unit_price: Fen,
    /// When a unit is charged.
    pub rounding: Rounding,
}

/// When a unit is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// As soon as it has begun; it belongs to the window and day in which it begins.
    Up,
    /// When it is complete; it belongs to the window and day in which it is completed.
    Down,
}

/// What is wrong with a tariff's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `versions[0].windows[1].to`, or `line 7 column 5` where the YAML itself cannot be read.
    pub path: String,
    /// For the author of the tariff.
    pub message: String,
}

/// A stretch of one local day; a window across midnight has two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// Milliseconds of the local day; the slot begins where the one before it ends.
    pub(crate) to_ms: i64,
    pub(crate) window: usize,
    /// −1 where the window began the day before.
    pub(crate) day_shift: i64,
}

/// Reads a tariff and checks it.
///
/// # Errors
/// Every problem found, each with its path; only the first if the YAML itself is malformed, has
/// an unknown or repeated key, or lacks a required one.
pub fn parse(yaml: &str) -> Result<Tariff, Vec<Problem>> {
    compile::tariff(form::read(yaml)?)
}

impl Tariff {
    /// The version under which a stay that began at `arrived_at` is priced.
    #[must_use]
    pub fn version_at(&self, arrived_at: Timestamp) -> Option<&Version> {
        let (day, _) = self.wall_clock.local(arrived_at.ms());
        self.versions.iter().find(|v| (v.from_day..v.to_day).contains(&day))
    }

    /// The version with this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|v| v.number == number)
    }
}

impl Version {
    /// Which rate holds for a class; `None` where the tariff does not speak of it.
    pub(crate) fn rate_of(&self, class: VehicleClass) -> Option<usize> {
        self.rate_of.get(class_index(class)).copied().flatten()
    }
}

pub(crate) fn class_index(class: VehicleClass) -> usize {
    match class {
        VehicleClass::Small => 0,
        VehicleClass::Large => 1,
        VehicleClass::NewEnergySmall => 2,
        VehicleClass::NewEnergyLarge => 3,
        VehicleClass::Motorcycle => 4,
    }
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { path: path.into(), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Problem {}
