//! Prepaid balances are what their moves make and what the books owe; a payment over several orders is the sum
//! of its parts.

use std::collections::BTreeMap;

use anyhow::Result;
use billing::ledger::Account;
use store::Tx;
use uuid::Uuid;
use vocabulary::Fen;

use super::Report;

/// Differences told.
const TOLD: i64 = 50;

/// Balances and their moves against the account `prepaid` of each payee.
pub(super) async fn verify_prepaid(tx: &mut Tx, report: &mut Report) -> Result<()> {
    for (balance_id,) in tx.broken_balances(TOLD).await? {
        report.add("prepaid", balance_id, "it is not what its moves make".to_owned());
    }
    let mut owed: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in tx.trial(None, "", "9999-12-31").await? {
        if row.account == Account::Prepaid.name() {
            *owed.entry(row.payee_id).or_default() += row.credit_fen - row.debit_fen;
        }
    }
    for sum in tx.prepaid_sums().await? {
        let booked = owed.remove(&sum.payee_id).unwrap_or_default();
        if sum.balance_fen != booked {
            let detail = format!("balances {}, books {}", Fen(sum.balance_fen), Fen(booked));
            report.add("prepaid", sum.payee_id, detail);
        }
    }
    for (payee_id, booked) in owed.into_iter().filter(|(_, booked)| *booked != 0) {
        report.add("prepaid", payee_id, format!("no balance, books {}", Fen(booked)));
    }
    Ok(())
}

/// Wholes and their parts.
pub(super) async fn verify_joint(tx: &mut Tx, report: &mut Report) -> Result<()> {
    for (joint_id,) in tx.broken_joints(TOLD).await? {
        report.add(
            "payment",
            joint_id,
            "it is not the sum of its parts, or they are not where it is".to_owned(),
        );
    }
    Ok(())
}
