//! Coupons are issued, voided while nobody has used them, and used on an order that is not paid yet.
//!
//! A code is shown once, when it is issued; its SHA-256 is stored. Using one queues the visit to be
//! priced again: the reduction is a line on the bill.

use billing::coupon::{COUPONS_LIMIT, Coupon};
use rand::RngCore;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{CouponRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Interval};

use super::actor::Actor;
use super::enter_exemption::settle_again;
use super::{Outcome, Refusal};
use crate::app::App;

/// Most coupons issued at once.
pub const ISSUE_LIMIT: u32 = 1_000;
/// 20 characters of these: no 0, 1, I, L, O, U.
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: usize = 20;

/// What is issued.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    pub coupon: Coupon,
    pub count: u32,
    pub valid: Interval,
    pub zone_id: Option<Uuid>,
    /// Why, e.g. the campaign and who pays for it.
    pub purpose: &'a str,
}

/// Issues coupons; their codes are shown this once.
///
/// # Errors
/// `operator_missing` for staff of no operator where there are several; `coupon_of_nothing`.
pub async fn issue_coupons(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    issue: &Issue<'_>,
) -> Outcome<Vec<(Uuid, String)>> {
    let now = app.clock.city_now();
    let operator_id = operator_of(tx, actor).await?;
    let (kind, amount_fen, minutes) = match issue.coupon {
        Coupon::Amount { amount } => ("amount", amount.0, 0),
        Coupon::Minutes { minutes } => ("minutes", 0, i64::from(minutes)),
        Coupon::FreeOnce => ("free_once", 0, 0),
    };
    if kind != "free_once" && amount_fen.max(minutes) <= 0 {
        return Err(Refusal::refused("coupon_of_nothing", "a coupon gives more than nothing"));
    }
    if let Some(zone_id) = issue.zone_id {
        actor.must_know_zone(tx, zone_id).await?;
    }
    let mut issued = Vec::new();
    for _ in 0..issue.count.min(ISSUE_LIMIT) {
        let code = fresh_code();
        let coupon = CouponRow {
            coupon_id: Uuid::now_v7(),
            operator_id,
            code_hash: code_hash(&code),
            kind: kind.into(),
            amount_fen,
            minutes,
            zone_id: issue.zone_id,
            account_id: None,
            valid_from_at: issue.valid.start_at().ms(),
            valid_to_at: issue.valid.end_at().ms(),
            purpose: issue.purpose.into(),
            issued_by: actor.name(),
            issued_at: now.ms(),
            order_id: None,
            place: None,
            used_at: None,
            voided_at: None,
        };
        tx.insert_coupon(&coupon).await?;
        issued.push((coupon.coupon_id, code));
    }
    let detail = json!({"count": issued.len(), "kind": kind, "purpose": issue.purpose});
    let object = ("operator", &*operator_id.to_string());
    actor.audit(tx, now, "issue_coupons", object, &detail).await?;
    Ok(issued)
}

/// Uses a coupon on an order of the driver's.
///
/// # Errors
/// `order_unknown`, `coupon_unknown`, `coupon_used`, `coupon_not_valid`, `coupon_not_here`,
/// `order_paid` (what is paid is not given back for a coupon), `too_many_coupons`.
pub async fn use_coupon(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    order_id: Uuid,
    code: &str,
) -> Outcome<CouponRow> {
    let now = app.clock.city_now();
    let order = tx.lock_order(order_id).await?.filter(|o| o.account_id == Some(account.0));
    let order = order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    if order.subject_kind != "visit" || !matches!(order.state.as_str(), "open" | "due" | "owing") {
        let detail = "a coupon lowers what is still to be paid; this order is settled";
        return Err(Refusal::conflict("order_paid", detail));
    }
    let known = tx.lock_coupon(&code_hash(&normal(code))).await?;
    let known = known.filter(|c| c.voided_at.is_none());
    let known = known.filter(|c| c.account_id.is_none_or(|holder| holder == account.0));
    let coupon =
        known.ok_or_else(|| Refusal::missing("coupon_unknown", "there is no such coupon"))?;
    if coupon.order_id.is_some() {
        return Err(Refusal::conflict("coupon_used", "this coupon was used"));
    }
    if !(coupon.valid_from_at..coupon.valid_to_at).contains(&now.ms()) {
        return Err(Refusal::refused("coupon_not_valid", "this coupon is not valid now"));
    }
    let elsewhere = coupon.zone_id.is_some() && coupon.zone_id != order.zone_id;
    if elsewhere || coupon.operator_id != order.operator_id {
        return Err(Refusal::refused("coupon_not_here", "this coupon is for another place"));
    }
    let place = tx.coupons_of_order(order_id).await?.len();
    if place >= COUPONS_LIMIT {
        return Err(Refusal::conflict("too_many_coupons", "no more coupons fit on one bill"));
    }
    let at = (order_id, i64::try_from(place).unwrap_or(i64::MAX));
    if !tx.use_coupon(coupon.coupon_id, at, Some(account.0), now.ms()).await? {
        return Err(Refusal::conflict("coupon_used", "this coupon was used"));
    }
    let reason = format!("coupon:{}", coupon.coupon_id);
    settle_again(app, tx, &[(order.subject_id,)], &reason).await?;
    Ok(CouponRow { order_id: Some(order_id), used_at: Some(now.ms()), ..coupon })
}

/// Voids a coupon that nobody has used: its code is nothing from then on.
///
/// # Errors
/// `coupon_unknown`, `coupon_used`, `coupon_voided`.
pub async fn void_coupon(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    coupon_id: Uuid,
    reason: &str,
) -> Outcome<CouponRow> {
    let now = app.clock.city_now();
    let voided = tx.void_coupon(coupon_id, now.ms()).await?;
    let known = tx.coupon(coupon_id).await?.filter(|c| actor.may_touch(Some(c.operator_id)));
    let coupon =
        known.ok_or_else(|| Refusal::missing("coupon_unknown", "no such coupon of yours"))?;
    if !voided && coupon.order_id.is_some() {
        let detail = "this coupon was used: it is a line of a bill";
        return Err(Refusal::conflict("coupon_used", detail));
    }
    if !voided {
        return Err(Refusal::conflict("coupon_voided", "this coupon was voided before"));
    }
    let object = ("coupon", &*coupon_id.to_string());
    actor.audit(tx, now, "void_coupon", object, &json!({"reason": reason})).await?;
    Ok(coupon)
}

/// The operator of a member of staff; the only one there is for staff of none.
pub(crate) async fn operator_of(tx: &mut Tx, actor: &Actor) -> Outcome<Uuid> {
    if let Some(operator) = actor.operator {
        return Ok(operator.0);
    }
    match tx.operators().await?.as_slice() {
        [(only, _)] => Ok(*only),
        _ => {
            Err(Refusal::refused("operator_missing", "several operators: sign in as staff of one"))
        }
    }
}

fn fresh_code() -> String {
    let mut rng = rand::rng();
    let mut code = String::with_capacity(CODE_CHARS);
    while code.len() < CODE_CHARS {
        // Of 256 values 240 are a whole number of alphabets: the rest would favour some letters.
        let value = (rng.next_u32() & 0xff) as usize;
        if value < 240 {
            code.push(char::from(ALPHABET[value % ALPHABET.len()]));
        }
    }
    code
}

/// As typed: blanks, hyphens and case do not matter.
fn normal(code: &str) -> String {
    code.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect()
}

fn code_hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_typed() {
        let code = fresh_code();
        assert_eq!(code.len(), CODE_CHARS);
        assert!(code.bytes().all(|b| ALPHABET.contains(&b)), "{code}");
        assert_ne!(code, fresh_code());
        let typed = format!("{}-{} {}", &code[..5], code[5..10].to_lowercase(), &code[10..]);
        assert_eq!(code_hash(&normal(&typed)), code_hash(&code));
    }
}
