//! A collector's shift: opened, counted, handed in. Every yuan that changes hands is booked.
//!
//! Cash stands in the books on an account for each collector, and on one for each cashier once it is
//! handed in; what was counted above or below what should be there is booked as over or short.

use anyhow::Context;
use billing::cash::{self, Shift, ShiftEvent, ShiftMoved, ShiftReject, ShiftState};
use billing::invoice::Regime;
use billing::ledger::{self, About, Tax, city_day};
use serde_json::json;
use store::{CashShiftRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, PayeeId, StaffId, Timestamp};

use super::actor::Actor;
use super::books::{book, vat_rate};
use super::sign_in::Role;
use super::{Outcome, Refusal};
use crate::app::App;

/// Who collects cash: has receipt numbers, shifts and a bag.
pub const COLLECTORS: [Role; 1] = [Role::Inspector];

/// How a shift begins.
#[derive(Clone, Debug)]
pub struct NewShift {
    pub collector: StaffId,
    /// Change given along.
    pub float: Fen,
    /// Who gave it.
    pub cashier: Option<StaffId>,
    /// Name of the payee whose money it is; may be left out where the operator has one only.
    pub payee: Option<String>,
}

/// Opens a shift.
///
/// # Errors
/// `shift_open` (the collector has one), `float_malformed`, `cashier_unknown`, `payee_unknown`,
/// `operator_ambiguous`.
pub async fn open_shift(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    new: &NewShift,
) -> Outcome<CashShiftRow> {
    let now = app.clock.city_now();
    let operator_id = operator_of(tx, actor).await?;
    let payee_id = payee_of(tx, operator_id, new.payee.as_deref(), now).await?;
    if new.float < Fen::ZERO || (new.float > Fen::ZERO && new.cashier.is_none()) {
        let detail = "a float is 0 or more, and names the cashier who gave it";
        return Err(Refusal::refused("float_malformed", detail));
    }
    if let Some(cashier) = new.cashier
        && (cashier == new.collector || tx.staff(cashier.0).await?.is_none())
    {
        let detail = "the cashier is another member of staff";
        return Err(Refusal::missing("cashier_unknown", detail));
    }
    let row = CashShiftRow {
        shift_id: Uuid::now_v7(),
        operator_id,
        payee_id,
        collector_id: new.collector.0,
        state: ShiftState::Open.name().into(),
        float_fen: new.float.0,
        taken_fen: 0,
        paid_out_fen: 0,
        counted_fen: 0,
        float_from: new.cashier.map(|cashier| cashier.0).filter(|_| new.float > Fen::ZERO),
        opened_at: now.ms(),
        counted_at: None,
        handed_in_at: None,
        cashier_id: None,
    };
    if !tx.insert_cash_shift(&row).await? {
        return Err(Refusal::conflict("shift_open", "this collector has a shift open already"));
    }
    if let Some(cashier) = row.float_from {
        let about = about_payee(tx, &row, now).await?;
        let slip = format!("{}-float", row.shift_id);
        let (from, to) = (StaffId(cashier), new.collector);
        let entry = ledger::cash_handed_over(&about, &slip, from, to, new.float);
        book(tx, &entry.context("booking a float")?, now).await?;
    }
    audit(app, tx, actor, "cash_shift_open", &row).await?;
    Ok(row)
}

/// The collector counts the bag.
///
/// # Errors
/// `shift_unknown`, `shift_already_counted`, `bad_amount`.
pub async fn count_shift(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (shift_id, counted): (Uuid, Fen),
) -> Outcome<CashShiftRow> {
    let mut row = known_shift(tx, actor, shift_id).await?;
    if actor.staff.is_some_and(|staff| staff.0 != row.collector_id) {
        let detail = "a collector counts the own bag";
        return Err(Refusal::Forbidden { code: "not_your_shift", detail: detail.into() });
    }
    row.counted_at = Some(app.clock.city_now().ms());
    move_shift(app, tx, &mut row, ShiftEvent::Counted { amount: counted }, None).await?;
    audit(app, tx, actor, "cash_shift_counted", &row).await?;
    Ok(row)
}

/// A cashier takes the bag over and counts it, too.
///
/// # Errors
/// `shift_unknown`, `shift_not_counted`, `shift_already_handed_in`, `counts_differ`, `second_person_needed`.
pub async fn hand_in_shift(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (shift_id, cashier, received): (Uuid, StaffId, Fen),
) -> Outcome<CashShiftRow> {
    let mut row = known_shift(tx, actor, shift_id).await?;
    if cashier.0 == row.collector_id {
        let detail = "who collected the money does not take it over";
        return Err(Refusal::Forbidden { code: "second_person_needed", detail: detail.into() });
    }
    let now = app.clock.city_now();
    (row.handed_in_at, row.cashier_id) = (Some(now.ms()), Some(cashier.0));
    move_shift(app, tx, &mut row, ShiftEvent::HandedIn { amount: received }, None).await?;
    if received > Fen::ZERO {
        let about = about_payee(tx, &row, now).await?;
        let slip = row.shift_id.to_string();
        let collector = StaffId(row.collector_id);
        let entry = ledger::cash_handed_over(&about, &slip, collector, cashier, received);
        book(tx, &entry.context("booking a hand-in")?, now).await?;
    }
    audit(app, tx, actor, "cash_shift_handed_in", &row).await?;
    Ok(row)
}

/// The open shift of the collector who acts, locked.
///
/// # Errors
/// `shift_not_open`.
pub(crate) async fn own_open_shift(tx: &mut Tx, actor: &Actor) -> Outcome<CashShiftRow> {
    let closed = || Refusal::conflict("shift_not_open", "open a shift first");
    let collector = actor.staff.ok_or_else(closed)?;
    let newest = tx.cash_shifts_of(collector.0, 1).await?.pop().ok_or_else(closed)?;
    let row = tx.lock_cash_shift(newest.shift_id).await?.ok_or_else(closed)?;
    if row.state == ShiftState::Open.name() { Ok(row) } else { Err(closed()) }
}

/// A shift of the actor's operator, locked.
///
/// # Errors
/// `shift_unknown`.
pub(crate) async fn known_shift(
    tx: &mut Tx,
    actor: &Actor,
    shift_id: Uuid,
) -> Outcome<CashShiftRow> {
    let row = tx.lock_cash_shift(shift_id).await?.filter(|s| actor.may_touch(Some(s.operator_id)));
    row.ok_or_else(|| Refusal::missing("shift_unknown", "no such shift"))
}

/// Moves a locked shift, and books what is over or short by it. `late` names a receipt that came after
/// the count.
pub(crate) async fn move_shift(
    app: &App,
    tx: &mut Tx,
    row: &mut CashShiftRow,
    event: ShiftEvent,
    late: Option<&str>,
) -> Outcome<()> {
    let before = shift_of(row)?;
    let moved = cash::advance(&before, event);
    let ShiftMoved { shift, difference } = moved.map_err(refused)?;
    row.state = shift.state.name().into();
    (row.taken_fen, row.paid_out_fen) = (shift.taken.0, shift.paid_out.0);
    row.counted_fen = shift.counted.0;
    tx.update_cash_shift(row).await?;
    if difference == Fen::ZERO {
        return Ok(());
    }
    let now = app.clock.city_now();
    let about = about_payee(tx, row, now).await?;
    let (name, expected, counted) = match late {
        Some(receipt) => (format!("{}-{receipt}", row.shift_id), Fen(-difference.0), Fen::ZERO),
        None => {
            let expected = before.expected().map_err(|_| anyhow::anyhow!("it does not fit"))?;
            (row.shift_id.to_string(), expected, shift.counted)
        }
    };
    let collector = StaffId(row.collector_id);
    let entry = ledger::cash_counted(&about, &name, collector, expected, counted);
    book(tx, &entry.context("booking a count")?, now).await?;
    Ok(())
}

/// No state of the shift makes a bad amount a good one.
fn refused(reject: ShiftReject) -> Refusal {
    let (code, detail) = (reject.code(), reject.to_string());
    match reject {
        ShiftReject::BadAmount | ShiftReject::Overflow => Refusal::refused(code, detail),
        _ => Refusal::conflict(code, detail),
    }
}

pub(crate) fn shift_of(row: &CashShiftRow) -> anyhow::Result<Shift> {
    Ok(Shift {
        state: ShiftState::from_name(&row.state).context("unknown shift state")?,
        float: Fen(row.float_fen),
        taken: Fen(row.taken_fen),
        paid_out: Fen(row.paid_out_fen),
        counted: Fen(row.counted_fen),
    })
}

/// What an entry about a bag is about, whatever was paid for.
pub(crate) async fn about_payee(
    tx: &mut Tx,
    row: &CashShiftRow,
    at: Timestamp,
) -> anyhow::Result<About> {
    about(tx, (row.operator_id, row.payee_id), at).await
}

pub(crate) async fn about(
    tx: &mut Tx,
    (operator_id, payee_id): (Uuid, Uuid),
    at: Timestamp,
) -> anyhow::Result<About> {
    let payee = tx.payee(payee_id).await?.context("no such payee")?;
    let regime = Regime::from_name(&payee.regime).context("unknown regime")?;
    let day = city_day(at);
    Ok(About {
        operator: OperatorId(operator_id),
        payee: PayeeId(payee_id),
        zone: None,
        order: None,
        tax: Tax::of(regime, vat_rate(tx, payee_id, day).await?),
        day,
    })
}

/// The operator of the actor; where the actor works for all, the only one there is.
pub(crate) async fn operator_of(tx: &mut Tx, actor: &Actor) -> Outcome<Uuid> {
    if let Some(operator) = actor.operator {
        return Ok(operator.0);
    }
    match tx.operators().await?.as_slice() {
        [(only, _)] => Ok(*only),
        _ => Err(Refusal::refused(
            "operator_ambiguous",
            "there are several operators, and this login belongs to none of them",
        )),
    }
}

/// A payee of the operator by name, or the only one.
pub(crate) async fn payee_of(
    tx: &mut Tx,
    operator_id: Uuid,
    name: Option<&str>,
    now: Timestamp,
) -> Outcome<Uuid> {
    let payees = tx.payees_of(operator_id, now.ms()).await?;
    let found: Vec<Uuid> = payees
        .iter()
        .filter(|(_, known)| name.is_none_or(|name| name == known))
        .map(|(id, _)| *id)
        .collect();
    match found.as_slice() {
        [only] => Ok(*only),
        _ => Err(Refusal::missing(
            "payee_unknown",
            "name one of the operator's payees: whose money it is",
        )),
    }
}

async fn audit(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    row: &CashShiftRow,
) -> Outcome<()> {
    let id = row.shift_id.to_string();
    let detail = json!({"collector_id": row.collector_id, "counted_fen": row.counted_fen});
    actor.audit(tx, app.clock.city_now(), action, ("cash_shift", &id), &detail).await
}
