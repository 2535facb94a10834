//! Whether a document that an office delivered says what was asked for: what differs is handed to nobody.

use anyhow::{Context, Result, bail, ensure};
use billing::invoice::{Issued, amount_in_words};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Largest document, in bytes.
const BYTES_LIMIT: usize = 4 * 1024 * 1024;
/// Deepest element.
const DEPTH_LIMIT: usize = 32;

/// Compares an XML with what was issued.
///
/// # Errors
/// The first thing that differs, without any personal data.
pub(crate) fn check_document(xml: &[u8], issued: &Issued) -> Result<()> {
    ensure!(xml.len() <= BYTES_LIMIT, "longer than 4 MiB");
    let leaves = leaves(xml)?;
    let draft = issued.draft();
    let one = |name: &str| {
        let mut found = leaves.iter().filter(|(leaf, _)| leaf == name);
        let value = found.next().map(|(_, text)| text.as_str());
        value.with_context(|| format!("there is no {name}"))
    };
    let blue = if draft.red.is_some() { "N" } else { "Y" };
    let (totals, buyer) = (draft.totals, &draft.buyer);
    let in_words = amount_in_words(totals.gross);
    // 圆 and 元 are both in use.
    let words = one("TotalTax-includedAmountInChinese")?.replace('元', "圆");
    for (name, told, asked) in [
        ("EIid", one("EIid")?, issued.number()),
        ("TotalAmWithoutTax", one("TotalAmWithoutTax")?, &*totals.net.yuan()),
        ("TotalTaxAm", one("TotalTaxAm")?, &totals.tax.yuan()),
        ("TotalTax-includedAmount", one("TotalTax-includedAmount")?, &totals.gross.yuan()),
        ("TotalTax-includedAmountInChinese", &words, &in_words),
        ("BuyerName", one("BuyerName")?, &buyer.name),
        ("SellerName", one("SellerName")?, &draft.seller.name),
    ] {
        ensure!(told == asked, "{name} differs");
    }
    if let Some(tax_id) = &buyer.tax_id {
        ensure!(one("BuyerIdNum")? == tax_id, "BuyerIdNum differs");
    }
    let label = leaves.iter().find(|(name, _)| name == "LabelCode").map(|(_, code)| code.as_str());
    ensure!(label == Some(blue), "it is of the other colour");
    let items = leaves.iter().filter(|(name, _)| name == "ItemName").count();
    ensure!(items == draft.lines.len(), "{items} lines instead of {}", draft.lines.len());
    Ok(())
}

/// Name and text of every element that holds text, in order.
fn leaves(xml: &[u8]) -> Result<Vec<(String, String)>> {
    let text = std::str::from_utf8(xml).context("no UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut path: Vec<(String, String)> = Vec::new();
    let mut leaves = Vec::new();
    loop {
        match reader.read_event().context("no XML")? {
            Event::Start(start) => {
                ensure!(path.len() < DEPTH_LIMIT, "deeper than 32 elements");
                path.push((start.name().as_ref().to_owned(), String::new()));
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
                if !text.trim().is_empty() {
                    leaves.push((name, text));
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
mod tests {
    use super::*;

    #[test]
    fn leaves_are_read_whole_and_references_resolved() {
        let xml = "<?xml version=\"1.0\"?><a><b>x &amp; y&#13;z</b><c/><d><e>&#x4E2D;</e></d></a>";
        let read = leaves(xml.as_bytes()).unwrap();
        let expected = [("b", "x & y\rz"), ("e", "中")];
        let read: Vec<(&str, &str)> = read.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_plain_whole_document_is_refused() {
        for xml in [
            "<a><b>1</b>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            "{\"a\":1}<",
            &"<a>".repeat(40),
        ] {
            assert!(leaves(xml.as_bytes()).is_err(), "{xml}");
        }
    }
}
