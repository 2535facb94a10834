//! The form of an invoice or a credit note outside China, in English.

use chrono::Offset;
use chrono_tz::Tz;

use super::fapiao::{self, PartyFields, percent};
use super::form::{Column, ENGLISH, Entry, Form, Money, Row, Side, Sum};
use crate::invoice::{InvoiceLine, Issued, Lease, Party, TaxCategory, TaxItem};
use crate::sheet::{Align, Colour};
use crate::text::local;

pub(super) fn form(issued: &Issued) -> Form {
    let draft = issued.draft();
    let is_red = draft.kind().is_red();
    let zone = draft.abroad.as_ref().and_then(|abroad| abroad.zone()).unwrap_or(Tz::UTC);
    let issued_at = local(issued.issued_at(), zone);
    let day = issued_at.format("%Y-%m-%d").to_string();
    let mut head = vec![
        Entry::tagged("No.:", issued.number(), "InvoiceNo"),
        Entry::tagged("Date:", day, "IssueDate"),
    ];
    if let Some(red) = &draft.red {
        head.push(Entry::plain("Takes back:", red.blue_number.clone()));
    }
    let (money, tint) = (Money::of(draft.currency()), Colour::Accent);
    let total = money.signed(draft.totals.gross);
    Form {
        title: draft.kind().title().to_owned(),
        number: issued.number().to_owned(),
        words: &ENGLISH,
        dated_on: issued_at.date_naive(),
        tint: if is_red { Colour::Red } else { tint },
        figures: if is_red { Colour::Red } else { Colour::Ink },
        badge: None,
        code: None,
        head,
        sides: [
            side("Buyer", &draft.buyer, &fapiao::BUYER),
            side("Seller", &draft.seller, &fapiao::SELLER),
        ],
        columns: columns(),
        rows: draft.lines.iter().map(|line| row(line, zone, &money)).collect(),
        in_words: Entry::plain("", ""),
        in_figures: Entry::tagged("Total with tax:", total, "TaxInclusiveTotalAmount"),
        remark: draft.remark.clone(),
        foot: vec![Entry::tagged("Drawn up by:", draft.drawer.clone(), "InvoiceClerk")],
        money,
    }
}

pub(super) fn side(heading: &'static str, party: &Party, fields: &PartyFields) -> Side {
    let [name, tax_id, address, account] = *fields;
    let number = party.tax_id.as_deref().unwrap_or_default();
    let mut entries = vec![
        Entry::tagged("Name:", party.name.clone(), name),
        Entry::tagged("Tax no.:", number, tax_id),
    ];
    let joined = |parts: [&Option<String>; 2]| {
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    };
    for (label, value, field) in [
        ("Address:", joined([&party.address, &party.country]), Some(address)),
        ("Phone:", party.phone.clone().unwrap_or_default(), None),
        ("Account:", joined([&party.bank, &party.bank_account]), Some(account)),
    ] {
        if !value.is_empty() {
            entries.push(Entry { label: label.to_owned(), value, field });
        }
    }
    Side { heading, entries }
}

fn columns() -> Vec<Column> {
    let column = |heading, width, align, field| Column { heading, width, align, field, sum: None };
    let net = Some((Sum::Net, Some("TaxExclusiveTotalAmount")));
    let tax = Some((Sum::Tax, Some("TaxTotalAmount")));
    vec![
        column("Item", 620, Align::Left, Some("Item")),
        Column { sum: net, ..column("Net", 360, Align::Right, Some("Amount")) },
        column("Tax rate", 240, Align::Right, Some("TaxScheme")),
        Column { sum: tax, ..column("Tax", 360, Align::Right, Some("TaxAmount")) },
        Column { sum: Some((Sum::Gross, None)), ..column("Gross", 400, Align::Right, None) },
    ]
}

fn row(line: &InvoiceLine, zone: Tz, money: &Money) -> Row {
    let totals = line.totals;
    let cells = vec![
        line.tax_item.item_name(),
        money.plain(totals.net),
        rate(&line.tax_item),
        money.plain(totals.tax),
        money.plain(totals.gross),
    ];
    let stay = detail(line.lease.as_ref(), zone);
    let mut detail = format!("{stay} order {}", line.order);
    if let Some(reason) = &line.tax_item.exemption_reason {
        detail.push_str(&format!(", {reason}"));
    }
    Row { cells, detail: detail.trim_start().to_owned(), totals }
}

fn rate(item: &TaxItem) -> String {
    match item.tax_category() {
        TaxCategory::Exempt => "exempt".to_owned(),
        TaxCategory::OutOfScope => "no tax".to_owned(),
        TaxCategory::Standard | TaxCategory::Zero => percent(item),
    }
}

/// Plate, place and stay of a line.
pub(super) fn detail(lease: Option<&Lease>, zone: Tz) -> String {
    let Some(lease) = lease else { return String::new() };
    // The minutes that hold the whole period, as `Lease::minutes` has them for Beijing.
    let end = lease.period.end_at().plus_ms(59_999);
    let (from, to) = (local(lease.period.start_at(), zone), local(end, zone));
    // Where clocks were changed in between, an hour is there twice or not at all.
    let changed = from.offset().fix() != to.offset().fix();
    let form = if changed { "%Y-%m-%d %H:%M%:z" } else { "%Y-%m-%d %H:%M" };
    let clock = if zone == Tz::UTC { " UTC" } else { "" };
    let stay = format!("{} to {}{clock}", from.format(form), to.format(form));
    let plate = lease.plate.iter().cloned();
    plate.chain([lease.place.clone(), stay]).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Interval, Timestamp};

    #[test]
    fn a_stay_whose_clock_is_in_doubt_names_it() {
        let detail_of = |zone, from, to| {
            let at = |text| Timestamp::parse(text).unwrap();
            let period = Interval::new(at(from), at(to)).unwrap();
            let lease = Lease { place: "A".to_owned(), site: None, period, plate: None };
            detail(Some(&lease), zone)
        };
        let berlin = Tz::Europe__Berlin;
        // In Berlin 25 October 2026 has the hour from 2 to 3 twice: directive 2000/84/EC, last Sunday.
        let both = detail_of(berlin, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
        assert_eq!(both, "A 2026-10-25 02:30+02:00 to 2026-10-25 02:30+01:00");
        let usual = detail_of(berlin, "2026-10-24T00:30:00Z", "2026-10-24T01:30:00Z");
        assert_eq!(usual, "A 2026-10-24 02:30 to 2026-10-24 03:30");
        // A receipt knows no zone of its own.
        let receipt = detail_of(Tz::UTC, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
        assert_eq!(receipt, "A 2026-10-25 00:30 to 2026-10-25 01:30 UTC");
    }
}
