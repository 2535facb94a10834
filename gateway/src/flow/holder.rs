//! Who holds a stay, as the rules of binding see it.

use anyhow::Context;
use billing::binding::{self, Holder, Method, Word};
use store::{ClaimRow, LinkRow, Tx};
use vocabulary::{AccountId, Plate};

use super::Outcome;

/// The surest of the words that bind a link, with the vehicle that its visit is known to be of now.
///
/// Beside the claim that made the link these are an account that joined it, and inspectors, sure cameras and staff who saw
/// this plate at this stay.
pub(super) async fn holder_of(tx: &mut Tx, link: &LinkRow, sure_pct: u8) -> Outcome<Holder> {
    let visit = tx.visit(link.visit_id).await?.context("link without visit")?;
    let paid = tx.order_of("visit", link.visit_id).await?.is_some_and(|order| order.paid_fen > 0);
    let plate = plate(&visit.plate)?;
    let word = |method: &str, confidence_pct| -> Outcome<Word> {
        let method = Method::from_name(method).context("unknown method")?;
        let account = visit.account_id.map(AccountId);
        Ok(Word { method, plate: plate.clone(), account, confidence_pct })
    };
    let told = link.confidence_pct.and_then(|pct| u8::try_from(pct).ok());
    let mut words = vec![word(&link.method, told)?];
    if visit.account_id.is_some() {
        words.push(word(Method::Driver.name(), None)?);
    }
    let seen = tx.plates_seen(&[(link.visit_id, &visit.plate)]).await?;
    for seen in seen.iter().filter(|seen| seen.stay_id == Some(link.stay_id)) {
        // Of cameras only sure words are kept.
        words.push(word(&seen.method, Some(sure_pct))?);
    }
    // Others who named the colour were seen above, at the stay where they saw it.
    let known = tx.vehicles(link.visit_id).await?.pop();
    if let Some(known) = known.filter(|known| known.method == Method::Correction.name()) {
        words.push(word(&known.method, None)?);
    }
    let word = binding::surest(words, sure_pct).context("a link without a word")?;
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
