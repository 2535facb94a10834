//! Documents made up of chance: every shape that the model allows, and amounts where rounding bites.

mod money;
mod people;

use billing::invoice::{
    Document, DocumentKind, Draft, InvoiceReject, InvoiceRequest, Issued, NonTaxBill, NonTaxItem,
    NonTaxRequest, PaidLine, ReceiptContent, RedPart, RedReason, Regime, confirm, draft,
    draft_abroad, draft_non_tax, issued, issued_non_tax, left_of, receipt, red_in_full,
    red_in_part, red_non_tax,
};
use vocabulary::{Fen, Timestamp};

use crate::dice::Dice;

/// 2026-09-15T00:00:00+08:00.
const FIRST_MS: i64 = 1_789_401_600_000;
const HOUR_MS: i64 = 3_600_000;

/// A document of a kind; `number` tells those of one run apart.
pub(super) fn document(
    dice: &mut Dice,
    kind: DocumentKind,
    number: u64,
) -> Result<Document, InvoiceReject> {
    Ok(match kind {
        DocumentKind::BlueFapiao => Document::Invoice(blue(dice, number)?),
        DocumentKind::RedFapiao => Document::Invoice(red(dice, number)?),
        DocumentKind::InvoiceAbroad => Document::Invoice(abroad(dice, number)?),
        DocumentKind::CreditNoteAbroad => Document::Invoice(credit_note(dice, number)?),
        DocumentKind::NonTaxBill => Document::NonTaxBill(bill(dice, number)?),
        DocumentKind::RedNonTaxBill => Document::NonTaxBill(red_bill(dice, number)?),
        DocumentKind::Receipt => paid(dice, number)?,
    })
}

fn moment(dice: &mut Dice) -> Timestamp {
    let hours = i64::try_from(dice.below(2_000)).expect("small");
    Timestamp::from_ms(FIRST_MS).plus_ms(hours * HOUR_MS)
}

/// Year 2026, Gansu, an issuing channel that says it is made up.
fn fapiao_number(number: u64, red: u64) -> String {
    format!("26629{red}{:014}", number % 100_000_000_000_000)
}

fn blue(dice: &mut Dice, number: u64) -> Result<Issued, InvoiceReject> {
    let (seller, buyer) = (people::company(dice), people::buyer(dice));
    let items = money::items(dice);
    let charges = money::charges(dice, &items);
    let draft = draft(&InvoiceRequest {
        regime: Regime::Vat,
        seller: &seller,
        drawer: "系统",
        buyer: &buyer,
        tax_item: &items[0],
        charges: &charges,
    })?;
    let at = moment(dice);
    issued(draft, &fapiao_number(number, 0), at, at.plus_ms(2_000))
}

fn red(dice: &mut Dice, number: u64) -> Result<Issued, InvoiceReject> {
    let blue = blue(dice, number)?;
    let draft = confirm(taken_back(dice, &blue)?, &format!("6204{number:016}"))?;
    let at = blue.issued_at().plus_ms(HOUR_MS);
    issued(draft, &fapiao_number(number, 1), at, at.plus_ms(2_000))
}

fn abroad(dice: &mut Dice, number: u64) -> Result<Issued, InvoiceReject> {
    let at_home = people::country_of(dice);
    let (seller, buyer) = (at_home.seller(dice), at_home.buyer(dice));
    let items = money::items_abroad(dice);
    let mut charges = money::charges(dice, &items);
    for charge in &mut charges {
        for amount in [&mut charge.paid, &mut charge.refunded, &mut charge.invoiced] {
            amount.0 *= unit(&at_home.abroad().currency);
        }
    }
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &seller,
        drawer: "system",
        buyer: &buyer,
        tax_item: &items[0],
        charges: &charges,
    };
    let draft = draft_abroad(&request, at_home.abroad())?;
    let at = moment(dice);
    issued(draft, &format!("BW-2026-{number:06}"), at, at)
}

fn credit_note(dice: &mut Dice, number: u64) -> Result<Issued, InvoiceReject> {
    let blue = abroad(dice, number)?;
    let draft = taken_back(dice, &blue)?;
    let at = blue.issued_at().plus_ms(HOUR_MS);
    issued(draft, &format!("BW-2026-{number:06}-C"), at, at)
}

/// The yen has no parts.
fn unit(currency: &str) -> i64 {
    if currency == "JPY" { 100 } else { 1 }
}

/// All of it or a part, after up to three parts before.
fn taken_back(dice: &mut Dice, blue: &Issued) -> Result<Draft, InvoiceReject> {
    let reason = *dice.one_of(&RedReason::ALL);
    // The tax of parts in whole yen may be more off than EN 16931 lets it be.
    if unit(blue.draft().currency()) > 1 {
        return red_in_full(blue, &[], reason);
    }
    let mut before: Vec<Draft> = Vec::new();
    for _ in 0..dice.below(4) {
        let parts = parts(dice, blue, &before)?;
        if !parts.is_empty() {
            before.push(red_in_part(blue, &before, &parts, reason)?);
        }
    }
    if dice.below(2) == 0 {
        return red_in_full(blue, &before, reason);
    }
    let parts = parts(dice, blue, &before)?;
    if parts.is_empty() {
        return red_in_full(blue, &before, reason);
    }
    red_in_part(blue, &before, &parts, reason)
}

/// Less than all of every second line or so, so that something is always left.
fn parts(dice: &mut Dice, blue: &Issued, before: &[Draft]) -> Result<Vec<RedPart>, InvoiceReject> {
    let left = left_of(blue.draft(), before)?;
    let mut parts = Vec::new();
    for (line, left) in blue.draft().lines.iter().zip(left) {
        let most = u64::try_from(left.gross.0).unwrap_or(0);
        if most > 1 && dice.below(2) == 0 {
            let gross = Fen(1 + i64::try_from(dice.below(most - 1)).unwrap_or(0));
            parts.push(RedPart { order: line.order.clone(), gross });
        }
    }
    Ok(parts)
}

fn bill(dice: &mut Dice, number: u64) -> Result<NonTaxBill, InvoiceReject> {
    let (issuer, payer) = (people::authority(), people::buyer(dice));
    let charges = money::charges(dice, &[]);
    let item = NonTaxItem { code: None, name: "城市道路占用费".to_owned() };
    let draft = draft_non_tax(&NonTaxRequest {
        issuer: &issuer,
        drawer: "系统",
        payer: &payer,
        item: &item,
        charges: &charges,
    })?;
    let at = moment(dice);
    issued_non_tax(draft, ("62040126", &format!("{number:010}")), at, at.plus_ms(2_000))
}

fn red_bill(dice: &mut Dice, number: u64) -> Result<NonTaxBill, InvoiceReject> {
    let blue = bill(dice, number)?;
    let draft = red_non_tax(&blue, *dice.one_of(&RedReason::ALL))?;
    let at = blue.issued_at().plus_ms(HOUR_MS);
    issued_non_tax(draft, ("62040126", &format!("9{number:09}")), at, at.plus_ms(2_000))
}

fn paid(dice: &mut Dice, number: u64) -> Result<Document, InvoiceReject> {
    let charges = money::charges(dice, &[]);
    let mut lines = Vec::with_capacity(charges.len());
    for charge in &charges {
        lines.push(PaidLine {
            order: charge.order.clone(),
            item_code: None,
            item: "停车费".to_owned(),
            amount: charge.remaining()?,
            lease: None,
        });
    }
    let receipt = receipt(ReceiptContent {
        number: format!("BY-{number:07}"),
        issuer: people::company(dice),
        payer: (dice.below(2) == 0).then(|| people::buyer(dice)),
        method: (*dice.one_of(&["微信支付", "现金"])).to_owned(),
        transaction: None,
        currency: "CNY".to_owned(),
        paid_at: moment(dice),
        total: Fen::sum(lines.iter().map(|line| line.amount))?,
        lines,
        remark: String::new(),
    })?;
    Ok(Document::Receipt(receipt))
}
