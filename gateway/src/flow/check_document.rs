//! Whether a document that an office delivered says what was asked for: what differs is handed to nobody.
//!
//! Real files are the measure, and they write the same in several ways: amounts and rates have two decimals or six, 圆 is 元,
//! elements stand in another order, some are missing. That is no difference; another fen is. An item's name is not compared,
//! since offices put the short name of the day before it: its tax code says what it is.

use anyhow::{Context, Result, bail, ensure};
use billing::Price;
use billing::invoice::{Draft, InvoiceLine, Issued, Party, amount_in_words};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Largest document, in bytes.
const BYTES_LIMIT: usize = 4 * 1024 * 1024;
/// Deepest element.
const DEPTH_LIMIT: usize = 32;
/// The element of a line, as it is really spelt.
const LINE: &str = "IssuItemInformation";

/// Compares an XML with what was issued.
///
/// # Errors
/// The first thing that differs, without any personal data.
pub(crate) fn check_document(xml: &[u8], issued: &Issued) -> Result<()> {
    ensure!(xml.len() <= BYTES_LIMIT, "longer than 4 MiB");
    let leaves = leaves(xml)?;
    let (head, draft) = (Told { leaves: &leaves, line: 0 }, issued.draft());
    head.says("EIid", issued.number())?;
    colour(&leaves, draft)?;
    party(&head, ["SellerName", "SellerIdNum"], &draft.seller)?;
    party(&head, ["BuyerName", "BuyerIdNum"], &draft.buyer)?;
    totals(&head, draft)?;
    let (told, asked) = (leaves.iter().map(|leaf| leaf.line).max(), draft.lines.len());
    ensure!(told == Some(asked), "{} lines instead of {asked}", told.unwrap_or(0));
    for (number, asked) in (1_usize..).zip(&draft.lines) {
        let told = Told { leaves: &leaves, line: number };
        line(&told, asked).with_context(|| format!("line {number}"))?;
    }
    Ok(())
}

/// Blue, or red and of which blue one.
fn colour(leaves: &[Leaf], draft: &Draft) -> Result<()> {
    let asked = if draft.red.is_some() { "N" } else { "Y" };
    let label = leaves.iter().find(|l| l.within == "InIssuType" && l.name == "LabelCode");
    ensure!(label.is_some_and(|label| label.text == asked), "it is of the other colour");
    let Some(red) = &draft.red else { return Ok(()) };
    let head = Told { leaves, line: 0 };
    head.says("OriginalInvoiceCode", &red.blue_number)?;
    head.says("CreditNoteNumber", red.confirmation_number.as_deref().unwrap_or_default())
}

fn party(head: &Told<'_>, [name, tax_id]: [&str; 2], party: &Party) -> Result<()> {
    head.says(name, party.name.trim())?;
    party.tax_id.as_ref().map_or(Ok(()), |asked| head.says(tax_id, asked))
}

fn totals(head: &Told<'_>, draft: &Draft) -> Result<()> {
    let (asked, words) = (draft.totals, "TotalTax-includedAmountInChinese");
    head.amounts_to("TotalAmWithoutTax", &asked.net.yuan())?;
    head.amounts_to("TotalTaxAm", &asked.tax.yuan())?;
    head.amounts_to("TotalTax-includedAmount", &asked.gross.yuan())?;
    let told = plain_words(head.text(words)?);
    ensure!(told == plain_words(&amount_in_words(asked.gross)), "{words} differs");
    Ok(())
}

/// Every published line has an amount and a tax; what else it says is right.
fn line(told: &Told<'_>, asked: &InvoiceLine) -> Result<()> {
    told.amounts_to("Amount", &asked.totals.net.yuan())?;
    told.amounts_to("ComTaxAm", &asked.totals.tax.yuan())?;
    for (name, asked) in [
        ("TotaltaxIncludedAmount", asked.totals.gross.yuan()),
        ("TaxRate", asked.tax_item.rate_text()),
        ("TaxClassificationCode", asked.tax_item.code.clone()),
    ] {
        let same = |text: &str| text == asked || are_one_number(text, &asked);
        ensure!(told.find(name).is_none_or(same), "{name} differs");
    }
    Ok(())
}

/// `0.74` and `0.740000`; read digit by digit.
fn are_one_number(told: &str, asked: &str) -> bool {
    decimal(told).is_some_and(|told| Some(told) == decimal(asked))
}

/// At most six decimals.
fn decimal(text: &str) -> Option<Price> {
    match text.strip_prefix('-') {
        Some(digits) => Price::parse(digits).map(|price| Price(-price.0)),
        None => Price::parse(text),
    }
}

/// 圆 and 元, 整 and 正 (《会计基础工作规范》 art. 52), a 零 that may be left out (《支付结算办法》 annex 1): each digit names
/// its place, so no two amounts become one.
fn plain_words(words: &str) -> String {
    let said = words.chars().filter(|c| !matches!(c, '零' | '整' | '正'));
    said.map(|c| if c == '元' { '圆' } else { c }).collect()
}

/// An element that holds text.
#[derive(Debug, PartialEq, Eq)]
struct Leaf {
    /// The line that it is part of, from 1; 0 outside of them.
    line: usize,
    /// The element around it.
    within: String,
    name: String,
    /// Without white space around it.
    text: String,
}

/// What the elements of a line say, or of line 0 those outside.
struct Told<'a> {
    leaves: &'a [Leaf],
    line: usize,
}

impl Told<'_> {
    fn find(&self, name: &str) -> Option<&str> {
        let mut here = self.leaves.iter().filter(|leaf| leaf.line == self.line);
        here.find(|leaf| leaf.name == name).map(|leaf| leaf.text.as_str())
    }

    fn text(&self, name: &str) -> Result<&str> {
        self.find(name).with_context(|| format!("there is no {name}"))
    }

    fn says(&self, name: &str, asked: &str) -> Result<()> {
        ensure!(self.text(name)? == asked, "{name} differs");
        Ok(())
    }

    fn amounts_to(&self, name: &str, asked: &str) -> Result<()> {
        ensure!(are_one_number(self.text(name)?, asked), "{name} differs");
        Ok(())
    }
}

/// Every element that holds text, in order.
fn leaves(xml: &[u8]) -> Result<Vec<Leaf>> {
    let text = std::str::from_utf8(xml).context("no UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut path: Vec<(String, String)> = Vec::new();
    let (mut leaves, mut lines) = (Vec::new(), 0_usize);
    loop {
        match reader.read_event().context("no XML")? {
            Event::Start(start) => {
                ensure!(path.len() < DEPTH_LIMIT, "deeper than 32 elements");
                let name: String = start.name().as_ref().to_owned();
                lines += usize::from(name == LINE);
                path.push((name, String::new()));
            }
            Event::Text(text) => {
                if let Some((_, held)) = path.last_mut() {
                    held.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some((_, held)) = path.last_mut() {
                    held.push(character(&reference)?);
                }
            }
            Event::End(_) => {
                let (name, text) = path.pop().context("an end without a start")?;
                let text = text.trim().to_owned();
                if !text.is_empty() {
                    let within = path.last().map_or_else(String::new, |(name, _)| name.clone());
                    let line = if path.iter().any(|(name, _)| name == LINE) { lines } else { 0 };
                    leaves.push(Leaf { line, within, name, text });
                }
            }
            Event::DocType(_) => bail!("a document type is not taken"),
            Event::Eof => break,
            _ => {}
        }
    }
    ensure!(path.is_empty(), "it breaks off");
    Ok(leaves)
}

/// `amp`, `#13`, `#x4E2D`.
fn character(name: &str) -> Result<char> {
    let number = |digits: &str, radix| {
        let code = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        code.context("a reference to no character")
    };
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
            (Some(digits), _) => number(digits, 16),
            (None, Some(digits)) => number(digits, 10),
            _ => bail!("an entity of its own"),
        },
    }
}

#[cfg(test)]
mod tests;
