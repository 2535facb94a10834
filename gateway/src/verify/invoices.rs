//! What `verify` proves of documents: what is issued is what its hash says, it can be read, it has its files or a job, a
//! red one takes back of one blue one of the same payee, and all red ones of it together no more than it carries.

use anyhow::Result;
use store::{InvoiceRow, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::Report;
use crate::drawn::{Drawn, content_hash, document_of};

/// Documents read in one go.
const PAGE: i64 = 500;

/// Walks every document.
pub(super) async fn verify_invoices(tx: &mut Tx, report: &mut Report) -> Result<()> {
    let mut after: Option<Uuid> = None;
    loop {
        let page = tx.invoices_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.invoice_id);
        for row in &page {
            report.invoices += 1;
            if row.issued_at.is_some() {
                verify_issued(tx, row, report).await?;
            }
        }
    }
}

async fn verify_issued(tx: &mut Tx, row: &InvoiceRow, report: &mut Report) -> Result<()> {
    let mut note = |text: String| report.add("invoice", row.invoice_id, text);
    // Those that older programs issued have no hash.
    if row.content_hash.as_ref().is_some_and(|hash| *hash != content_hash(row)) {
        note("what was issued is not what its hash says".into());
    }
    match document_of(row) {
        Err(error) => note(format!("what was issued cannot be read: {error:#}")),
        Ok(document) if document.gross() != Fen(row.gross_fen) => {
            note(format!("it says {}, its row {}", document.gross(), Fen(row.gross_fen)));
        }
        Ok(_) => {}
    }
    if let Some(drawn) = Drawn::read(row).ok().flatten() {
        let covered = tx.orders_of_invoice(row.invoice_id).await?;
        let same = drawn.lines().iter().all(|(order, gross)| {
            covered.iter().any(|c| c.order_id.to_string() == *order && c.gross_fen == gross.0)
        });
        if !same || drawn.lines().len() != covered.len() {
            note("its lines are not the orders it covers".into());
        }
    }
    if row.state == "issued"
        && row.documents_at.is_none()
        && !tx.subject_has_job(row.invoice_id).await?
    {
        note("it is issued, and has neither documents nor a job to fetch them".into());
    }
    if let Some(original) = row.original_id {
        match tx.invoice(original).await? {
            Some(blue) if blue.payee_id == row.payee_id && blue.colour == "blue" => {}
            _ => note("it takes back what is no document of its payee".into()),
        }
    }
    let reds = tx.reds_of_invoice(row.invoice_id).await?;
    let back: i64 = reds.iter().filter(|r| r.issued_at.is_some()).map(|r| -r.gross_fen).sum();
    if back > row.gross_fen.max(0) {
        note(format!("{} were taken back of {}", Fen(back), Fen(row.gross_fen)));
    }
    Ok(())
}
