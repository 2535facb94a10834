//! What a notice says: the stay, the amount, how to pay, what follows. The plate is masked.

use chrono_tz::Tz;
use vocabulary::{Fen, Interval, Plate};

use crate::policy::Step;
use crate::text::{Language, interval_text};

/// What a notice is about.
#[derive(Clone, Debug)]
pub struct NoticeFacts<'a> {
    /// Who asks for the money.
    pub operator: &'a str,
    /// Where the vehicle stood: street and bay.
    pub place: &'a str,
    /// From arrival to departure.
    pub stay: Option<Interval>,
    /// Whose stay; shown masked.
    pub plate: Option<&'a Plate>,
    /// What is still to be paid.
    pub owed: Fen,
    /// Where to pay and to appeal.
    pub pay_at: &'a str,
    /// Of the wall clock shown.
    pub zone: Tz,
}

/// The whole text of the notice of a step.
#[must_use]
pub fn notice_text(facts: &NoticeFacts<'_>, step: &Step, language: Language) -> String {
    let NoticeFacts { operator, place, owed, pay_at, .. } = facts;
    let stay = facts.stay.map_or_else(String::new, |stay| interval_text(stay, facts.zone));
    let plate = facts.plate.map(Plate::masked).unwrap_or_default();
    let owed = owed.yuan();
    match language {
        Language::Chinese => format!(
            "【{operator}】车辆{plate}于{stay}在{place}停放，应缴{owed}元尚未缴纳。缴费及申诉：{pay_at}。{}",
            step.what_follows
        ),
        Language::English => format!(
            "[{operator}] Vehicle {plate} parked at {place}, {stay}. {owed} yuan are unpaid. Pay or appeal: {pay_at}. {}",
            step.what_follows_en
        ),
    }
}
