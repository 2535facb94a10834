//! A pass is taken off sale: nobody can ask for it any more, and who asked for it and has no offer gets none.
//! Offers that stand can be paid until their time is over; passes that run go on.

use billing::pass::PassEvent;
use serde_json::json;
use store::{PassProductRow, Tx};
use uuid::Uuid;

use super::actor::Actor;
use super::passes::{next, store};
use super::{Outcome, Refusal};
use crate::app::App;

/// What an applicant reads.
const NO_LONGER_SOLD: &str = "该停车证（包期）已停止销售 / this pass is no longer sold";

/// Ends the sale of a pass. Evidence of applications is deleted with them.
///
/// # Errors
/// `product_unknown`, `product_ended`.
pub async fn end_sale(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    product_id: Uuid,
) -> Outcome<PassProductRow> {
    let now = app.clock.city_now();
    // Applications, decisions and offers of the product wait for this lock.
    let known = tx.lock_pass_product(product_id).await?;
    let known = known.filter(|product| actor.may_touch(Some(product.operator_id)));
    let unknown = || Refusal::missing("product_unknown", "there is no such pass of yours");
    let mut product = known.ok_or_else(unknown)?;
    if product.ended_at.is_some() {
        return Err(Refusal::conflict("product_ended", "the pass is off sale already"));
    }
    product.ended_at = Some(now.ms());
    tx.end_pass_product(product_id, now.ms()).await?;
    let mut lapsed = 0;
    for (pass_id,) in tx.passes_without_offer(product_id).await? {
        let Some(mut row) = tx.lock_pass(pass_id).await? else { continue };
        // Its applicant may have taken it back while nobody held its lock.
        let Ok(state) = next(&row, PassEvent::Withdrawn) else { continue };
        row.state = state.name().into();
        row.reason = Some(NO_LONGER_SOLD.into());
        (row.decided_at, row.decided_by) = (Some(now.ms()), Some(actor.name()));
        store(tx, &mut row, now).await?;
        tx.delete_pass_evidence(pass_id, now.ms()).await?;
        lapsed += 1;
    }
    let object = ("pass_product", &*product_id.to_string());
    actor.audit(tx, now, "end_sale", object, &json!({"lapsed": lapsed})).await?;
    Ok(product)
}
