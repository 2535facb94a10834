//! The dated policy for what comes after payment: deadlines of cases, appeals, dunning, who decides.
//!
//! A YAML file (`bowei-policy/1`) of versions, each from a day on and with the authority that
//! decided it. Where no version is in force yet nobody is dunned. **No surcharge**: the form has no
//! place for one, and a file that names one is refused with the reason. Refusing a bay and credit
//! reporting are off unless a decree is named for each.

mod form;

use chrono::NaiveDate;
use chrono_tz::Tz;
use vocabulary::{Fen, Timestamp};

use crate::calendar::{Calendars, days_since_1970};
use crate::tariff::WallClock;
use crate::working_time::{Allowance, WorkingTime};

/// The policy that comes with the program.
pub const BUILT_IN_POLICY: &str = include_str!("../policies/after-payment.yaml");

/// A policy with all its versions.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub id: String,
    /// For people.
    pub title: String,
    /// Office hours and days are those of this zone.
    pub time_zone: Tz,
    /// Name of the calendar of working days.
    pub calendar: String,
    /// In order of validity.
    pub versions: Vec<Version>,
    pub(crate) clock: WallClock,
}

/// What holds from a day on.
#[derive(Clone, Debug)]
pub struct Version {
    /// 1 for the first.
    pub number: u32,
    /// First day.
    pub valid_from: NaiveDate,
    /// Who decided it, by which document.
    pub authority: Authority,
    /// Deadlines of cases; the first that fits holds.
    pub cases: Vec<CaseRule>,
    /// Appeals of drivers.
    pub appeals: AppealRule,
    /// A waiver or write-off above this is approved by a manager.
    pub manager_above: Fen,
    /// Dunning.
    pub arrears: ArrearsRule,
    pub(crate) stretches: Vec<(i64, i64)>,
}

/// Who decided a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The body.
    pub body: String,
    /// The document and its number.
    pub document: String,
}

/// How long there is for cases of some kinds or sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRule {
    /// Kinds; `*` is every kind. Empty: any.
    pub kinds: Vec<String>,
    /// Sources. Empty: any.
    pub sources: Vec<String>,
    /// Until somebody has taken it over.
    pub take: Allowance,
    /// Until it is closed.
    pub close: Allowance,
}

/// Rules of appeals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppealRule {
    /// How long after the vehicle left.
    pub file_within: Allowance,
    /// How many for one order.
    pub most_for_one_order: u32,
    /// A decision that gives more than this needs a second person.
    pub second_person_above: Fen,
}

/// Rules of dunning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrearsRule {
    /// After that many years nobody is dunned any more.
    pub limitation_years: u32,
    /// When and how often a person may be contacted.
    pub contact: ContactRule,
    /// In order.
    pub steps: Vec<Step>,
    /// Whether a bay may be refused; only by a named decree.
    pub refuse_bay: Option<Authority>,
    /// Whether it may be told to a credit register; only by a named decree.
    pub report_credit: Option<Authority>,
}

/// When and how often a person may be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactRule {
    /// Millisecond of the local day from which on.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
    /// Contacts a local day.
    pub most_a_day: u32,
    /// Contacts in seven days.
    pub most_a_week: u32,
}

/// One step of dunning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, stored with notices.
    pub name: String,
    /// After the delivered notice of the step before; for the first, after the order became owing.
    pub after: Allowance,
    /// How the notice may be given.
    pub channels: Vec<Channel>,
    /// What follows if it is not paid, in Chinese.
    pub what_follows: String,
    /// The same in English.
    pub what_follows_en: String,
}

/// How a notice reaches a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// A WeChat subscription message that the driver has asked for; one message a grant.
    Subscription,
    /// A text message.
    Sms,
    /// A call by a person.
    Phone,
    /// A printed slip at the vehicle.
    Slip,
}

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyReject(pub(crate) String);

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// A `PolicyReject` that names what is wrong.
    pub fn parse(yaml: &str) -> Result<Policy, PolicyReject> {
        form::read(yaml)
    }

    /// The version in force at an instant.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<&Version> {
        let (day, _) = self.clock.local(at.ms());
        self.versions.iter().rev().find(|v| days_since_1970(v.valid_from) <= day)
    }

    /// The working time of a version.
    #[must_use]
    pub fn working_time<'p>(
        &'p self,
        version: &'p Version,
        calendars: &'p Calendars,
    ) -> WorkingTime<'p> {
        WorkingTime {
            calendar: calendars.get(&self.calendar),
            clock: &self.clock,
            stretches: &version.stretches,
        }
    }

    /// The local day (since 1970) of an instant and the milliseconds of that day.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> (i64, i64) {
        self.clock.local(at.ms())
    }

    /// The first instant of a local day.
    #[must_use]
    pub fn day_begins(&self, day: i64) -> Timestamp {
        Timestamp::from_ms(self.clock.day_begins_ms(day))
    }
}

impl Version {
    /// The deadlines of a case of this kind from this source.
    #[must_use]
    pub fn case_rule(&self, kind: &str, source: &str) -> Option<&CaseRule> {
        let fits = |list: &[String], word: &str| {
            list.is_empty() || list.iter().any(|one| one == word || one == "*")
        };
        self.cases.iter().find(|rule| fits(&rule.kinds, kind) && fits(&rule.sources, source))
    }
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 4] =
        [Channel::Subscription, Channel::Sms, Channel::Phone, Channel::Slip];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Channel::Subscription => "subscription",
            Channel::Sms => "sms",
            Channel::Phone => "phone",
            Channel::Slip => "slip",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Channel::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// Whether it needs a person to be reached, and so counts against the caps.
    #[must_use]
    pub fn is_contact(self) -> bool {
        self != Channel::Slip
    }
}

#[cfg(test)]
mod tests;
