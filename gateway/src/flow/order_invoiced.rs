//! How far an order's documents are, in one word for its driver.

use billing::issuing::{Colour, IssueState};
use store::{OrderDocumentRow, OrderRow};

use super::request_invoice::invoiceable;

/// What has become of invoicing an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invoiced {
    /// Nothing was asked for, or nothing came of it and nobody was refused.
    No,
    /// A document of it is on its way, blue or red.
    UnderWay,
    /// Documents carry a part, and more may be invoiced.
    Part,
    /// Documents carry all that may be invoiced.
    Issued,
    /// The office refused it last.
    Refused,
    /// Red ones took back all that there was.
    TakenBack,
}

impl Invoiced {
    /// As the API says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Invoiced::No => "none",
            Invoiced::UnderWay => "under_way",
            Invoiced::Part => "part",
            Invoiced::Issued => "issued",
            Invoiced::Refused => "refused",
            Invoiced::TakenBack => "taken_back",
        }
    }
}

/// The word for an order with its documents, oldest first.
///
/// # Errors
/// When a row cannot be read.
pub(crate) fn order_invoiced(
    order: &OrderRow,
    documents: &[OrderDocumentRow],
) -> anyhow::Result<Invoiced> {
    let states = documents.iter().filter_map(|document| {
        Some((Colour::from_name(&document.colour)?, IssueState::from_name(&document.state)?))
    });
    let states: Vec<(Colour, IssueState)> = states.collect();
    if states.iter().any(|(_, state)| !state.is_end()) {
        return Ok(Invoiced::UnderWay);
    }
    if order.invoiced_fen > 0 {
        let is_all = invoiceable(order)?.0 == 0;
        return Ok(if is_all { Invoiced::Issued } else { Invoiced::Part });
    }
    let newest_blue = states.iter().rfind(|(colour, _)| *colour == Colour::Blue);
    Ok(match newest_blue {
        Some((_, IssueState::Rejected | IssueState::Void)) => Invoiced::Refused,
        Some((_, IssueState::Issued | IssueState::Unsigned)) => Invoiced::TakenBack,
        _ => Invoiced::No,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn order(paid_fen: i64, refunded_fen: i64, invoiced_fen: i64) -> OrderRow {
        let total_fen = paid_fen - refunded_fen;
        OrderRow {
            order_id: Uuid::nil(),
            operator_id: Uuid::nil(),
            payee_id: Uuid::nil(),
            regime: "vat".into(),
            subject_kind: "visit".into(),
            subject_id: Uuid::nil(),
            account_id: None,
            tariff_id: "t".into(),
            state: "paid".into(),
            zone_id: None,
            total_fen,
            waived_fen: 0,
            waived_increase_fen: 0,
            written_off_fen: 0,
            paid_fen,
            refunding_fen: 0,
            refunded_fen,
            invoiced_fen,
            bill_revision: 1,
            holding_revision: 1,
            opened_at: 0,
            ended_at: None,
            final_at: None,
            due_at: None,
            owing_at: None,
            paid_at: None,
        }
    }

    fn document((colour, state): (&str, &str)) -> OrderDocumentRow {
        OrderDocumentRow {
            order_id: Uuid::nil(),
            invoice_id: Uuid::nil(),
            colour: colour.into(),
            state: state.into(),
            invoice_number: None,
            order_fen: 0,
            requested_at: 0,
            issued_at: None,
        }
    }

    #[test]
    fn an_order_says_how_far_its_documents_are() {
        let (blue, red) = (|state| ("blue", state), |state| ("red", state));
        // Paid, refunded, invoiced; documents, oldest first; the word.
        for (money, documents, expected) in [
            ((300, 0, 0), vec![], Invoiced::No),
            ((300, 0, 300), vec![blue("requested")], Invoiced::UnderWay),
            ((300, 0, 300), vec![blue("issued")], Invoiced::Issued),
            ((300, 0, 300), vec![blue("unsigned")], Invoiced::Issued),
            ((300, 0, 200), vec![blue("issued")], Invoiced::Part),
            ((300, 0, 300), vec![blue("issued"), red("applied")], Invoiced::UnderWay),
            ((300, 100, 200), vec![blue("issued"), red("issued")], Invoiced::Issued),
            ((300, 0, 300), vec![blue("issued"), red("rejected")], Invoiced::Issued),
            ((300, 300, 0), vec![blue("issued"), red("issued")], Invoiced::TakenBack),
            ((300, 0, 0), vec![blue("rejected")], Invoiced::Refused),
            ((300, 0, 0), vec![blue("void")], Invoiced::Refused),
            ((300, 0, 300), vec![blue("rejected"), blue("issued")], Invoiced::Issued),
            (
                (300, 0, 300),
                vec![blue("issued"), red("issued"), blue("submitted")],
                Invoiced::UnderWay,
            ),
        ] {
            let order = order(money.0, money.1, money.2);
            let rows: Vec<_> = documents.iter().copied().map(document).collect();
            assert_eq!(order_invoiced(&order, &rows).unwrap(), expected, "{money:?} {documents:?}");
        }
    }
}
