//! What is wrong with a document that bears no tax.

use vocabulary::Fen;

use super::parties::{ISSUER, PAYER, anywhere, in_china};
use super::text::{is_document_number, is_number, lease, optional, order, required};
use super::{Found, amounts, note};
use crate::invoice::abroad::is_currency;
use crate::invoice::draft::check_count;
use crate::invoice::{InvoiceReject, NonTaxBill, NonTaxDraft, PaidLine, Receipt, RedBillReference};

pub(in crate::invoice) fn non_tax_bill(bill: &NonTaxBill) -> Found {
    let mut found = Found::new();
    for (path, number, digits) in [("bill_code", bill.code(), 8), ("number", bill.number(), 10)] {
        if !is_number(number, digits) {
            found.push((path.to_owned(), InvoiceReject::BadBillNumber));
        }
    }
    found.extend(non_tax_draft(bill.draft()));
    let itself = |red: &RedBillReference| {
        (red.bill_code.as_str(), red.bill_number.as_str()) == (bill.code(), bill.number())
    };
    if bill.draft().red.as_ref().is_some_and(itself) {
        found.push(("red".to_owned(), InvoiceReject::BadReference));
    }
    found
}

pub(in crate::invoice) fn non_tax_draft(draft: &NonTaxDraft) -> Found {
    let mut found = Found::new();
    in_china(&mut found, &draft.issuer, &ISSUER);
    in_china(&mut found, &draft.payer, &PAYER);
    note(&mut found, "drawer", required("drawer", &draft.drawer));
    lines(&mut found, &draft.lines, draft.total, draft.red.is_some());
    note(&mut found, "remark", optional("remark", &draft.remark));
    if let Some(red) = &draft.red
        && !(is_number(&red.bill_code, 8) && is_number(&red.bill_number, 10))
    {
        found.push(("red".to_owned(), InvoiceReject::BadReference));
    }
    found
}

pub(in crate::invoice) fn receipt(receipt: &Receipt) -> Found {
    let mut found = Found::new();
    let content = receipt.content();
    if !is_document_number(&content.number) {
        found.push(("number".to_owned(), InvoiceReject::BadDocumentNumber));
    }
    anywhere(&mut found, &content.issuer, &ISSUER);
    if let Some(payer) = &content.payer {
        anywhere(&mut found, payer, &PAYER);
    }
    note(&mut found, "method", required("method", &content.method));
    if let Some(transaction) = &content.transaction {
        note(&mut found, "transaction", required("transaction", transaction));
    }
    if !is_currency(&content.currency) {
        let currency = content.currency.clone();
        found.push(("currency".to_owned(), InvoiceReject::BadCurrency { currency }));
    }
    lines(&mut found, &content.lines, content.total, false);
    for (index, line) in content.lines.iter().enumerate() {
        let path = format!("lines[{index}].amount_fen");
        note(&mut found, path, amounts::payable(line.amount, &content.currency));
    }
    note(&mut found, "remark", optional("remark", &content.remark));
    found
}

fn lines(found: &mut Found, lines: &[PaidLine], total: Fen, red: bool) {
    note(found, "lines", check_count(lines.len()));
    for (index, line) in lines.iter().enumerate() {
        let path = format!("lines[{index}]");
        order(found, &path, &line.order, lines.iter().take(index).map(|l| &l.order));
        note(found, format!("{path}.item"), required("item", &line.item));
        if let Some(code) = &line.item_code {
            note(found, format!("{path}.item_code"), required("item_code", code));
        }
        lease(found, &path, line.lease.as_ref());
        note(found, format!("{path}.amount_fen"), amounts::sign(line.amount, red));
    }
    let reject = match Fen::sum(lines.iter().map(|line| line.amount)) {
        Ok(sum) if sum == total => return,
        Ok(_) => InvoiceReject::HeadIsNotTheSum,
        Err(_) => InvoiceReject::Overflow,
    };
    found.push(("total_fen".to_owned(), reject));
}
