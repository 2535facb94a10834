//! Dunning of an order that stays unpaid: when which notice is due, and what moves it on.
//!
//! Sends nothing. Invariants: a step is taken only by a notice whose delivery is on record, never by
//! the passing of time; nobody is contacted but who claimed the visit, only within the hours and
//! caps of the policy; an appeal pauses it, sale or cloning of the plate detaches it from the
//! person; after the limitation date nobody is reminded; nothing is ever added to what is owed.

mod notice;

use serde::{Deserialize, Serialize};
use vocabulary::Timestamp;

use crate::Calendars;
use crate::calendar::{date, days_since_1970};
use crate::policy::{Channel, Policy, Step, Version};
use crate::working_time::Allowance;

pub use notice::{NoticeFacts, notice_text};

/// Where dunning stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrearsState {
    /// It goes on.
    Running,
    /// An appeal is being looked at.
    Paused,
    /// Every step was taken: on the list of the unsolved (挂账).
    Listed,
    /// Paid, waived, or nothing was owed after all.
    Settled,
    /// The plate was sold or cloned: it belongs to nobody known.
    Detached,
    /// The limitation date has passed.
    Lapsed,
    /// A decision gave it up.
    WrittenOff,
}

/// Dunning of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrears {
    /// Where it stands.
    pub state: ArrearsState,
    /// When the order became owing.
    pub since: Timestamp,
    /// Steps taken.
    pub steps_taken: u32,
    /// When the notice of the last of them was delivered.
    pub step_taken_at: Option<Timestamp>,
}

/// What is known of the notices of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The step that it belongs to, counted from 0.
    pub step: u32,
}

/// Who could be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach<'a> {
    /// The ways that there are to the claimant: granted subscription, a phone number. A slip can
    /// always be printed.
    pub channels: &'a [Channel],
    /// Ways by which a notice of this step was tried and did not arrive.
    pub failed: &'a [Channel],
    /// When the same person was contacted in the last seven days, for whatever order.
    pub contacted: &'a [Timestamp],
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'p> {
    /// Nothing, until somebody acts.
    Nothing,
    /// Nothing before then.
    Wait(Timestamp),
    /// Give the notice of this step.
    Notify {
        /// Counted from 0.
        step: u32,
        /// What the policy says of it.
        rule: &'p Step,
        /// The first way that the policy names and the person can be reached by.
        channel: Channel,
    },
    /// The person cannot be reached by any way of the step: somebody has to look.
    Unreachable {
        /// Counted from 0.
        step: u32,
    },
    /// Every step was taken.
    List,
    /// The limitation date has passed.
    Lapse,
}

/// What is due for an order that is owing, at `now`.
#[must_use]
pub fn next<'p>(
    policy: &'p Policy,
    arrears: &Arrears,
    pending: Option<Pending>,
    reach: &Reach<'_>,
    now: Timestamp,
) -> Next<'p> {
    if arrears.state != ArrearsState::Running {
        return Next::Nothing;
    }
    let Some(version) = policy.at(now) else { return Next::Nothing };
    if now >= limitation(policy, version, arrears.since) {
        return Next::Lapse;
    }
    if pending.is_some() {
        // Only the record of its delivery moves it on.
        return Next::Nothing;
    }
    let place = usize::try_from(arrears.steps_taken).unwrap_or(usize::MAX);
    let Some(rule) = version.arrears.steps.get(place) else { return Next::List };
    let from = arrears.step_taken_at.unwrap_or(arrears.since);
    let due_at = ends(policy, version, from, rule.after);
    if now < due_at {
        return Next::Wait(due_at);
    }
    let step = arrears.steps_taken;
    let reachable = |channel: &&Channel| {
        let there = **channel == Channel::Slip || reach.channels.contains(channel);
        there && !reach.failed.contains(channel)
    };
    let Some(channel) = rule.channels.iter().find(reachable).copied() else {
        return Next::Unreachable { step };
    };
    if channel.is_contact() {
        let at = first_allowed(policy, version, reach.contacted, now);
        if at > now {
            return Next::Wait(at);
        }
    }
    Next::Notify { step, rule, channel }
}

/// The first instant from `now` on at which a person may be contacted.
#[must_use]
pub fn first_allowed(
    policy: &Policy,
    version: &Version,
    contacted: &[Timestamp],
    now: Timestamp,
) -> Timestamp {
    let rule = version.arrears.contact;
    let (mut day, of_day) = policy.local(now);
    let mut of_day = of_day;
    // A week after the last contact everything is allowed again.
    for _ in 0..=8 {
        let begins = policy.day_begins(day);
        let on_day = |at: &&Timestamp| policy.local(**at).0 == day;
        let today = contacted.iter().filter(on_day).count();
        let since = day.saturating_sub(6);
        let week =
            contacted.iter().filter(|at| (since..=day).contains(&policy.local(**at).0)).count();
        let room = |count: usize, most: u32| u32::try_from(count).is_ok_and(|count| count < most);
        if room(today, rule.most_a_day) && room(week, rule.most_a_week) && of_day < rule.to_ms {
            return begins.plus_ms(of_day.max(rule.from_ms));
        }
        day = day.saturating_add(1);
        of_day = 0;
    }
    policy.day_begins(day).plus_ms(rule.from_ms)
}

/// Whether a person who was contacted then may be (or might have been) contacted at an instant: it lies within the
/// hours, and with it neither its day nor any seven days around it have more than their number.
#[must_use]
pub fn may_contact(
    policy: &Policy,
    version: &Version,
    contacted: &[Timestamp],
    at: Timestamp,
) -> bool {
    let rule = version.arrears.contact;
    let (day, of_day) = policy.local(at);
    let room = |from: i64, to: i64, most: u32| {
        let within = contacted.iter().filter(|at| (from..=to).contains(&policy.local(**at).0));
        u32::try_from(within.count()).is_ok_and(|count| count < most)
    };
    let mut weeks = (day.saturating_sub(6)..=day).map(|from| (from, from.saturating_add(6)));
    (rule.from_ms..rule.to_ms).contains(&of_day)
        && room(day, day, rule.most_a_day)
        && weeks.all(|(from, to)| room(from, to, rule.most_a_week))
}

/// The first instant after the limitation: the period ends with the corresponding day of its last
/// year (民法典第202条), 29 February with the last of the month.
#[must_use]
pub fn limitation(policy: &Policy, version: &Version, since: Timestamp) -> Timestamp {
    use chrono::Months;
    let (day, _) = policy.local(since);
    let months = version.arrears.limitation_years.saturating_mul(12);
    let last = date(day).checked_add_months(Months::new(months));
    let last = last.map_or(day, days_since_1970);
    policy.day_begins(last.saturating_add(1))
}

/// The notice of the present step was delivered.
#[must_use]
pub fn step_taken(arrears: &Arrears, step: u32, delivered_at: Timestamp) -> Arrears {
    let running = matches!(arrears.state, ArrearsState::Running | ArrearsState::Paused);
    if !running || step != arrears.steps_taken {
        return *arrears;
    }
    Arrears {
        steps_taken: arrears.steps_taken.saturating_add(1),
        step_taken_at: Some(delivered_at),
        ..*arrears
    }
}

/// An appeal begins: dunning stops until it is decided.
#[must_use]
pub fn paused(state: ArrearsState) -> ArrearsState {
    match state {
        ArrearsState::Running | ArrearsState::Listed => ArrearsState::Paused,
        other => other,
    }
}

/// The appeal is decided: if something is still owed, it goes on where it was.
#[must_use]
pub fn resumed(state: ArrearsState) -> ArrearsState {
    match state {
        ArrearsState::Paused => ArrearsState::Running,
        other => other,
    }
}

fn ends(policy: &Policy, version: &Version, from: Timestamp, allowance: Allowance) -> Timestamp {
    policy.working_time(version, Calendars::built_in()).deadline(from, allowance).at
}

impl ArrearsState {
    /// Every state.
    pub const ALL: [ArrearsState; 7] = [
        ArrearsState::Running,
        ArrearsState::Paused,
        ArrearsState::Listed,
        ArrearsState::Settled,
        ArrearsState::Detached,
        ArrearsState::Lapsed,
        ArrearsState::WrittenOff,
    ];

    /// Whether anything can still come of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, ArrearsState::Settled | ArrearsState::Detached | ArrearsState::WrittenOff)
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ArrearsState::Running => "running",
            ArrearsState::Paused => "paused",
            ArrearsState::Listed => "listed",
            ArrearsState::Settled => "settled",
            ArrearsState::Detached => "detached",
            ArrearsState::Lapsed => "lapsed",
            ArrearsState::WrittenOff => "written_off",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ArrearsState::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests;
