//! Deleting a driver: the person is taken out of what is kept, the books stay for the legal term.
//!
//! Nothing may be open: a vehicle in a bay, something to pay, money on its way, an appeal, a pass. A
//! plate is replaced by a name that says nothing, the same in all of the person's visits and passes,
//! so that nothing tells who it was. What a visit was entitled to is read from its bill from then on
//! (`entitled`), so that bills can still be proved.

use rand::RngCore;
use serde_json::json;
use store::{Lane, OpenMatters, Store, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::entitled::HIDDEN;
use super::{Outcome, Refusal};
use crate::app::App;

/// Who asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    Driver,
    CommandLine,
}

impl AskedBy {
    fn name(self) -> &'static str {
        match self {
            AskedBy::Driver => "driver",
            AskedBy::CommandLine => "command line",
        }
    }
}

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Visits whose plates are hidden.
    pub visits: usize,
}

/// Deletes a driver inside the caller's transaction.
///
/// # Errors
/// `account_unknown`, `matters_open`.
pub async fn delete_driver(
    tx: &mut Tx,
    account_id: Uuid,
    asked_by: AskedBy,
    now: Timestamp,
) -> Outcome<Deleted> {
    tx.account_since(account_id)
        .await?
        .ok_or_else(|| Refusal::missing("account_unknown", "there is no such account"))?;
    let open = tx.open_matters(account_id).await?;
    if let Some(what) = first_open(&open) {
        return Err(Refusal::conflict("matters_open", what));
    }
    let mut names: Vec<(String, String)> = Vec::new();
    let visits = tx.plated_visits_of(account_id).await?;
    let mut hidden = 0;
    for visit in &visits {
        let name = name_for(&mut names, &visit.plate);
        tx.hide_plate(visit.visit_id, &name).await?;
        hidden += 1;
    }
    for (plate,) in tx.pass_plates_of(account_id).await? {
        let name = name_for(&mut names, &plate);
        tx.hide_pass_plate(account_id, &plate, &name).await?;
    }
    let nobody = format!("deleted:{}", Uuid::now_v7());
    tx.unlink_account(account_id, (&nobody, asked_by.name()), now.ms()).await?;
    let object = ("account", &*account_id.to_string());
    let detail = json!({"visits": hidden}).to_string();
    tx.audit(now.ms(), asked_by.name(), "delete_driver", object, &detail).await?;
    Ok(Deleted { visits: hidden })
}

/// The same from the command line.
///
/// # Errors
/// As `delete_driver`.
pub async fn delete_driver_now(
    store: &Store,
    account_id: Uuid,
    now: Timestamp,
) -> Outcome<Deleted> {
    let mut tx = store.begin(Lane::Command).await?;
    let deleted = delete_driver(&mut tx, account_id, AskedBy::CommandLine, now).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// Hides the plates of at most `limit` settled visits that were opened before `before`; how many.
///
/// # Errors
/// When the database fails.
pub async fn hide_old_plates(app: &App, before: i64, limit: i64) -> anyhow::Result<usize> {
    let old = app.store.read().await?.plated_visits_before(before, limit).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin(Lane::Ingest).await?;
    let mut hidden = 0;
    for visit in &old {
        tx.hide_plate(visit.visit_id, &fresh_name()).await?;
        hidden += 1;
    }
    tx.commit().await?;
    Ok(hidden)
}

fn first_open(open: &OpenMatters) -> Option<&'static str> {
    let matters = [
        (open.parked, "a vehicle is parked: delete the account when it has left"),
        (open.unpaid, "something is still to be paid: pay it or appeal first"),
        (open.payments, "a payment is under way: wait until it is over"),
        (open.refunds, "a refund is on its way: wait until it has arrived"),
        (open.appeals, "an appeal is being looked at: wait for it or take it back"),
        (open.invoices, "an invoice is under way: wait until it is issued"),
        (open.passes, "a pass runs or is asked for: give it back first"),
        (open.prepaid, "something stands on a prepaid balance: take it back first"),
    ];
    matters.into_iter().find(|(count, _)| *count > 0).map(|(_, what)| what)
}

/// The name that stands for a plate in this deletion.
fn name_for(names: &mut Vec<(String, String)>, plate: &str) -> String {
    if let Some((_, name)) = names.iter().find(|(known, _)| known == plate) {
        return name.clone();
    }
    let name = fresh_name();
    names.push((plate.to_owned(), name.clone()));
    name
}

/// 16 characters, as a plate of no known form may have.
fn fresh_name() -> String {
    let mut bytes = [0_u8; 5];
    rand::rng().fill_bytes(&mut bytes);
    let random = hex::encode_upper(bytes);
    format!("{HIDDEN}{}", &random[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_gets_one_name_that_can_be_read_as_a_plate_and_says_nothing() {
        let mut names = Vec::new();
        let first = name_for(&mut names, "甘D12345");
        assert_eq!(name_for(&mut names, "甘D12345"), first);
        assert_ne!(name_for(&mut names, "甘D54321"), first);
        assert_eq!(vocabulary::Plate::read(&first).unwrap().as_str(), first);
        assert!(first.starts_with(HIDDEN) && first.chars().count() == 16);
    }

    #[test]
    fn what_is_open_is_named() {
        assert_eq!(first_open(&OpenMatters::default()), None);
        let debts = OpenMatters { unpaid: 1, passes: 2, ..OpenMatters::default() };
        assert!(first_open(&debts).unwrap().contains("to be paid"));
    }
}
