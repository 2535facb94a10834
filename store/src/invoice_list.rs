//! Lists and counts of invoices: a driver's own, what staff look for, what is to be proved.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::rows;
use crate::invoice::invoice_columns;
use crate::{InvoiceRow, Result, Tx};

/// Which invoices; every field left out asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    pub operator: Option<Uuid>,
    pub state: Option<String>,
    pub colour: Option<String>,
    /// Exactly this number.
    pub number: Option<String>,
    pub order_id: Option<Uuid>,
    /// Only those that wait for something.
    pub held: bool,
    /// Only those before `(requested_at, invoice_id)`.
    pub before: Option<(i64, Uuid)>,
}

/// How many documents are in a state, and since when the oldest is.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct InvoiceCount {
    pub colour: String,
    pub state: String,
    pub invoices: i64,
    pub held: i64,
    pub oldest_at: i64,
}

impl Tx {
    /// An account's documents, newest first, `limit` before `(requested_at, invoice_id)`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoices_page(
        &mut self,
        account_id: Uuid,
        before: Option<(i64, Uuid)>,
        limit: i64,
    ) -> Result<Vec<InvoiceRow>> {
        let (at, id) = before.unwrap_or((i64::MAX, Uuid::max()));
        Ok(rows!(
            self,
            invoice_columns!(
                "where i.account_id = $1 and (i.requested_at < $2 or (i.requested_at = $2 and i.invoice_id < $3)) \
                 order by i.requested_at desc, i.invoice_id desc limit $4"
            ),
            account_id,
            at,
            id,
            limit
        ))
    }

    /// What staff look for, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn find_invoices(
        &mut self,
        filter: &InvoiceFilter,
        limit: i64,
    ) -> Result<Vec<InvoiceRow>> {
        let (at, id) = filter.before.unwrap_or((i64::MAX, Uuid::max()));
        Ok(rows!(
            self,
            invoice_columns!(
                "where ($1 is null or i.operator_id = $1) and (cast($2 as text) is null or i.state = $2) \
                 and (cast($3 as text) is null or i.colour = $3) \
                 and (cast($4 as text) is null or i.invoice_number = $4) \
                 and ($5 is null or exists (select 1 from invoice_order o where o.invoice_id = i.invoice_id \
                 and o.order_id = $5)) and (not $6 or i.held is not null) \
                 and (i.requested_at < $7 or (i.requested_at = $7 and i.invoice_id < $8)) \
                 order by i.requested_at desc, i.invoice_id desc limit $9"
            ),
            filter.operator,
            &filter.state,
            &filter.colour,
            &filter.number,
            filter.order_id,
            filter.held,
            at,
            id,
            limit
        ))
    }

    /// Every document, by id, `limit` after one.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoices_after(
        &mut self,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<InvoiceRow>> {
        Ok(rows!(
            self,
            invoice_columns!("where i.invoice_id > $1 order by i.invoice_id limit $2"),
            after.unwrap_or_default(),
            limit
        ))
    }

    /// How many documents are where on their way, and how many wait for something.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoice_counts(&mut self) -> Result<Vec<InvoiceCount>> {
        Ok(rows!(
            self,
            "select colour, state, count(*) as invoices, cast(sum(case when held is null then 0 else 1 end) as bigint) \
             as held, min(requested_at) as oldest_at from invoice group by colour, state order by colour, state"
        ))
    }
}
