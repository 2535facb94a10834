//! Who holds a stay, as the rules of binding see it.

use anyhow::Context;
use billing::binding::{Holder, Method, Word};
use store::{ClaimRow, LinkRow, Tx};
use vocabulary::{AccountId, Plate};

use super::Outcome;

/// The word that binds a link, with the vehicle that its visit is known to be of now.
pub(super) async fn holder_of(tx: &mut Tx, link: &LinkRow) -> Outcome<Holder> {
    let visit = tx.visit(link.visit_id).await?.context("link without visit")?;
    let paid = tx.order_of("visit", link.visit_id).await?.is_some_and(|order| order.paid_fen > 0);
    let corrected = tx.vehicles(link.visit_id).await?.pop();
    let method = corrected.map_or_else(|| link.method.clone(), |vehicle| vehicle.method);
    let word = Word {
        method: Method::from_name(&method).context("unknown method")?,
        plate: plate(&visit.plate)?,
        account: visit.account_id.map(AccountId),
        confidence_pct: link.confidence_pct.and_then(|pct| u8::try_from(pct).ok()),
    };
    Ok(Holder { word, paid })
}

/// A claim as a word.
pub(super) fn word_of(claim: &ClaimRow) -> Outcome<Word> {
    Ok(Word {
        method: Method::from_name(&claim.method).context("unknown method")?,
        plate: plate(&claim.plate)?,
        account: claim.account_id.map(AccountId),
        confidence_pct: claim.confidence_pct.and_then(|pct| u8::try_from(pct).ok()),
    })
}

/// A stored plate.
fn plate(text: &str) -> Outcome<Plate> {
    Ok(Plate::read(text).map_err(|reject| anyhow::anyhow!("a stored plate: {reject}"))?)
}
