//! Settings of money: orders and their waivers, prepaid balances, reconciliation, what comes after payment, how
//! long what is kept.

use std::path::PathBuf;

use anyhow::{Result, bail};
use billing::order::WaiverPolicies;
use serde::{Deserialize, Serialize};

/// What becomes of orders by themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Orders {
    /// After so many hours an order that is due is owing. City time.
    pub grace_h: i64,
    /// By whose authority an increase after payment is waived, from when to when, up to what limit:
    /// `[[orders.waiver]]`. Without one a person decides.
    pub waiver: WaiverPolicies,
}

/// Prepaid balances: off for every payee that is not named.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prepaid {
    /// Who offers a balance: `[[prepaid.payees]]`.
    pub payees: Vec<PrepaidPayee>,
}

/// A payee that offers a prepaid balance, and within which limits. What the law asks of it is the operator's to
/// know: the authority that allowed it and the number of its document are named, and nothing is assumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepaidPayee {
    /// Name or id.
    pub payee: String,
    pub authority: String,
    pub document_number: String,
    pub min_top_up_fen: i64,
    pub max_top_up_fen: i64,
    pub max_balance_fen: i64,
}

/// Reconciliation that runs by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reconcile {
    /// Whether the channel's bill of each day is downloaded and compared once it is there.
    pub daily: bool,
    /// Whose the merchant account is, by name or id: gets what nobody knows. May be left out if there is one payee.
    pub payee: Option<String>,
}

/// What comes after payment: appeals, dunning, cases.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct After {
    /// A policy (`bowei-policy/1`) instead of the one that comes with the program.
    pub policy_file: Option<PathBuf>,
    /// Where a driver pays and appeals, as notices say it.
    pub pay_at: String,
    /// `outbox`: notices wait for whoever delivers them; `log`: a line in the log for each as well.
    pub notices: Notices,
}

/// Who is told that a notice waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notices {
    #[default]
    Outbox,
    Log,
}

/// For how many days what nobody has to prove is kept; 1 or more each.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Messages that were rejected. City time.
    pub rejected_days: i64,
    /// Answers to commands that may be sent again. Machine time.
    pub idempotency_days: i64,
    /// What networks said about devices. City time.
    pub notice_days: i64,
    /// Commands to devices of which nothing more is waited for, by the city time since when.
    pub command_days: i64,
    /// Evidence of cases, after they were closed. City time.
    pub evidence_days: i64,
    /// Photos of plates that inspectors took. City time.
    pub plate_photo_days: i64,
    /// Plates of visits that are settled, after they were opened, of claims and captures that no visit is bound by, after they
    /// were made, and of vehicles that a driver keeps, after they were saved or parked last. City time.
    pub plate_days: i64,
    /// Counts of searches that found no free bay. City time.
    pub unmet_days: i64,
}

impl Default for Orders {
    fn default() -> Self {
        Orders { grace_h: 24, waiver: WaiverPolicies::default() }
    }
}

impl Default for Reconcile {
    fn default() -> Self {
        Reconcile { daily: true, payee: None }
    }
}

impl Default for After {
    fn default() -> Self {
        After {
            policy_file: None, pay_at: "小程序“我的欠费”".into(), notices: Notices::Outbox
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            rejected_days: 30,
            idempotency_days: 7,
            notice_days: 90,
            command_days: 365,
            evidence_days: 365,
            plate_photo_days: 90,
            plate_days: 1_095,
            unmet_days: 1_095,
        }
    }
}

impl Prepaid {
    /// Refuses limits that allow nothing, and a payee that is named twice.
    pub(super) fn check(&self) -> Result<()> {
        for (place, one) in self.payees.iter().enumerate() {
            let who = &one.payee;
            let named = |text: &str| !text.trim().is_empty();
            if ![who, &one.authority, &one.document_number].into_iter().all(|text| named(text)) {
                bail!(
                    "prepaid.payees: name the payee, the authority that allowed a balance and the number of its document"
                );
            }
            let bounds = [0, one.min_top_up_fen, one.max_top_up_fen, one.max_balance_fen];
            if one.min_top_up_fen <= 0 || !bounds.is_sorted() {
                bail!(
                    "prepaid.payees {who}: 0 < min_top_up_fen <= max_top_up_fen <= max_balance_fen does not hold"
                );
            }
            if self.payees.iter().take(place).any(|other| other.payee == *who) {
                bail!("prepaid.payees: {who} is named twice");
            }
        }
        Ok(())
    }
}

impl Retention {
    /// Refuses to forget what came today.
    pub(super) fn check(&self) -> Result<()> {
        for (name, days) in [
            ("rejected_days", self.rejected_days),
            ("idempotency_days", self.idempotency_days),
            ("notice_days", self.notice_days),
            ("command_days", self.command_days),
            ("evidence_days", self.evidence_days),
            ("plate_photo_days", self.plate_photo_days),
            ("plate_days", self.plate_days),
            ("unmet_days", self.unmet_days),
        ] {
            if days < 1 {
                bail!("retention.{name} is {days}: nothing is forgotten on the day it came");
            }
        }
        Ok(())
    }
}
