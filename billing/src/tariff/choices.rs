//! What published tariffs leave open, as choices with a name each. The first of each is the
//! default, which is the reading that is commonest or favours the driver.

use serde::{Deserialize, Serialize};

/// Which time counts: for the clock of the tiers, or against the free minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// Only the time in priced windows: a free window stops the clock.
    #[default]
    PaidWindows,
    /// All time of the stay that is not doubtful: the clock runs on in free windows.
    AllWindows,
}

/// A stretch of time for which something is counted: a cap, free minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The whole stay.
    #[default]
    Stay,
    /// Each occurrence of a window.
    Window,
    /// Each local day, from `day_starts` on.
    Day,
    /// Each 24 hours of real time, counted from the arrival.
    #[serde(rename = "24h")]
    Rolling24h,
    /// Each calendar month (the billing period).
    Month,
    /// Once for a vehicle, over all its visits that are given.
    Vehicle,
}

/// When the clock of the tiers goes back to nought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restarts {
    /// Never: it runs on through the stay.
    #[default]
    Never,
    /// With each occurrence of a window.
    EachWindow,
    /// With each local day, from `day_starts` on.
    EachDay,
    /// Every 24 hours after the arrival.
    #[serde(rename = "each_24h")]
    EachRolling24h,
    /// After each free window.
    AfterFree,
}

/// What a unit costs that begins at one price and ends at another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcrossPrices {
    /// The price at which it began.
    #[default]
    PriceAtStart,
    /// The lower of the prices that it touched.
    LowerPrice,
    /// Each part its own price, in proportion.
    Split,
    /// It ends where the price changes, and a new unit begins.
    NewUnit,
}

/// What becomes of the free minutes when the stay is longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenExceeded {
    /// A grace: the stay pays from its start.
    #[default]
    Lost,
    /// Taken off: the clock of the tiers starts after them.
    Deducted,
}

/// Whether a stay of exactly the free minutes is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtTheEnd {
    /// It is.
    #[default]
    Included,
    /// It is not: the free minutes must not be used up.
    Excluded,
}

/// Which periods a cap holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Periods {
    /// All of them.
    #[default]
    All,
    /// Those that the stay fills: 24 hours that have only begun cost what they cost.
    Complete,
}

/// What time beyond the time limit costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeyondLimit {
    /// What it would cost without a limit.
    #[default]
    Charged,
    /// Nothing: it is a breach and not a stay that is sold.
    NotCharged,
}

/// What becomes of time that was bought and not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    /// It is paid: the stay is billed to the end of the time bought.
    #[default]
    Billed,
    /// It is not: the stay is billed as it was.
    Returned,
}

/// What earlier visits of the same vehicle do to the free minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlierVisits {
    /// Nothing: every visit has them.
    #[default]
    Ignored,
    /// A visit in the same period before it has used them up.
    Once,
    /// The visits of a period share them.
    Shared,
}

/// Which visits a cap covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visits {
    /// Each visit by itself.
    #[default]
    One,
    /// All visits of the vehicle in the period together.
    All,
}

/// What a vehicle on several bays pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bays {
    /// The price of one bay.
    #[default]
    OnePrice,
    /// The price for each bay.
    EachPays,
}

/// How a total is brought to the smallest amount that is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// To the nearer; the middle goes up.
    HalfUp,
    /// In favour of the driver.
    Down,
    /// In favour of the operator.
    Up,
}

/// What holds in a year that the calendar does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownYear {
    /// No stay that touches it is priced.
    #[default]
    Refuse,
    /// Days follow the week: Saturday and Sunday are off, nothing is a holiday.
    FollowTheWeek,
}

/// Which version prices a stay over a change of the tariff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionChange {
    /// The version in force at the arrival prices the whole stay.
    #[default]
    ArrivalVersionHolds,
    /// Each part by its own version, as a stay of its own.
    PricedApart,
}
