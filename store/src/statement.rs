//! What statements are made of: balances as of a day, an account's lines, sums by kind and rate.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::row;
use crate::tx::both;
use crate::{Result, Tx};

/// What was debited and credited to an account in a span of days.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TrialRow {
    pub payee_id: Uuid,
    pub account: String,
    pub debit_fen: i64,
    pub credit_fen: i64,
}

/// A line of an account.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AccountLineRow {
    pub booked_on: String,
    pub fact_on: String,
    pub chain_number: i64,
    pub line: i64,
    pub entry_key: String,
    pub fact: String,
    pub order_id: Option<Uuid>,
    pub target_key: Option<String>,
    pub amount_fen: i64,
}

/// Postings of a span of days, added up: `fact` is that of the target for a reversal.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FactSumRow {
    pub fact: String,
    pub regime: String,
    pub rate_bp: Option<i64>,
    pub account: String,
    pub amount_fen: i64,
}

/// A payee by the names under which people know it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PayeeName {
    pub payee_id: Uuid,
    pub operator_id: Uuid,
    pub name: String,
    pub regime: String,
}

/// An invoice issued: amount, and the draft that holds its rates.
#[derive(Clone, Debug, FromRow)]
pub struct IssuedRow {
    pub gross_fen: i64,
    pub draft_json: String,
}

impl Tx {
    /// Every payee, by name.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payees(&mut self) -> Result<Vec<PayeeName>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select payee_id, operator_id, name, regime from payee order by name, valid_from_at, payee_id"
        )
        .fetch_all(c)
        .await?)
        })
    }

    /// What was posted to each account from `from_on` to `to_on`, both included; of one payee or all.
    ///
    /// # Errors
    /// `Database`.
    pub async fn trial(
        &mut self,
        payee_id: Option<Uuid>,
        from_on: &str,
        to_on: &str,
    ) -> Result<Vec<TrialRow>> {
        both!(self, |c| Ok(sqlx::query_as(
            "select payee_id, account, cast(sum(debit_fen) as bigint) as debit_fen, \
             cast(sum(credit_fen) as bigint) as credit_fen from balance \
             where ($1 is null or payee_id = $1) and booked_on >= $2 and booked_on <= $3 \
             group by payee_id, account order by payee_id, account"
        )
        .bind(payee_id)
        .bind(from_on)
        .bind(to_on)
        .fetch_all(c)
        .await?))
    }

    /// What an account stood at before a day: debit above 0.
    ///
    /// # Errors
    /// `Database`.
    pub async fn balance_before(
        &mut self,
        payee_id: Uuid,
        account: &str,
        before_on: &str,
    ) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(debit_fen - credit_fen), 0) as bigint) from balance \
             where payee_id = $1 and account = $2 and booked_on < $3"
        )
        .bind(payee_id)
        .bind(account)
        .bind(before_on)
        .fetch_one(c)
        .await?))
    }

    /// What an account stands at when a day is over: debit above 0.
    ///
    /// # Errors
    /// `Database`.
    pub async fn balance_after(&mut self, payee_id: Uuid, account: &str, on: &str) -> Result<i64> {
        let found: Option<(i64,)> = row!(
            self,
            "select cast(coalesce(sum(debit_fen - credit_fen), 0) as bigint) from balance \
             where payee_id = $1 and account = $2 and booked_on <= $3",
            payee_id,
            account,
            on
        );
        Ok(found.map_or(0, |(fen,)| fen))
    }

    /// The number of the newest entry of a payee; 0 if there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn newest_entry(&mut self, payee_id: Uuid) -> Result<i64> {
        let found: Option<(i64,)> =
            row!(self, "select last_number from ledger_chain where payee_id = $1", payee_id);
        Ok(found.map_or(0, |(number,)| number))
    }

    /// An account's lines from `from_on` to `to_on`, both included, in the order of their days, then of
    /// the chain; `limit` after the line `(booked_on, chain_number, line)`, of entries up to number `until`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn account_lines(
        &mut self,
        payee_id: Uuid,
        account: &str,
        (from_on, to_on): (&str, &str),
        after: (&str, i64, i64),
        (until, limit): (i64, i64),
    ) -> Result<Vec<AccountLineRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select e.booked_on, e.fact_on, e.chain_number, p.line, e.entry_key, e.fact, e.order_id, e.target_key, \
             p.amount_fen from balance b \
             join entry e on e.payee_id = b.payee_id and e.booked_on = b.booked_on \
             join posting p on p.entry_id = e.entry_id and p.account = b.account \
             where b.payee_id = $1 and b.account = $2 and b.booked_on >= $3 and b.booked_on <= $4 \
             and (e.booked_on > $5 or (e.booked_on = $5 and (e.chain_number > $6 \
             or (e.chain_number = $6 and p.line > $7)))) and e.chain_number <= $9 \
             order by e.booked_on, e.chain_number, p.line limit $8"
        )
        .bind(payee_id)
        .bind(account)
        .bind(from_on)
        .bind(to_on)
        .bind(after.0)
        .bind(after.1)
        .bind(after.2)
        .bind(limit)
        .bind(until)
        .fetch_all(c)
        .await?)
        })
    }

    /// Postings from `from_on` to `to_on`, both included, by kind of fact, regime, rate and account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn fact_sums(
        &mut self,
        payee_id: Uuid,
        from_on: &str,
        to_on: &str,
    ) -> Result<Vec<FactSumRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select coalesce(t.fact, e.fact) as fact, e.regime, e.rate_bp, p.account, \
             cast(sum(p.amount_fen) as bigint) as amount_fen \
             from entry e join posting p on p.entry_id = e.entry_id left join entry t on t.entry_id = e.reverses \
             where e.payee_id = $1 and e.booked_on >= $2 and e.booked_on <= $3 \
             group by coalesce(t.fact, e.fact), e.regime, e.rate_bp, p.account, \
             case when e.fact = 'top_up' and p.amount_fen < 0 then 1 else 0 end \
             order by 1, 2, 3, 4, 5"
        )
        .bind(payee_id)
        .bind(from_on)
        .bind(to_on)
        .fetch_all(c)
        .await?)
        })
    }

    /// A payee's invoices that were issued from `from_at` on and before `to_at` (city time).
    ///
    /// # Errors
    /// `Database`.
    pub async fn issued_invoices(
        &mut self,
        payee_id: Uuid,
        from_at: i64,
        to_at: i64,
    ) -> Result<Vec<IssuedRow>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select gross_fen, draft_json from invoice where payee_id = $1 and issued_at >= $2 and issued_at < $3 \
             and state <> 'void'"
        )
        .bind(payee_id)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(c)
        .await?)
        })
    }

    /// What was invoiced of a payee before an instant, red invoices taken off.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoiced_before(&mut self, payee_id: Uuid, to_at: i64) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(gross_fen), 0) as bigint) from invoice where payee_id = $1 and issued_at < $2 \
             and state <> 'void'"
        )
        .bind(payee_id)
        .bind(to_at)
        .fetch_one(c)
        .await?)
        })
    }

    /// What was posted to an account by entries whose keys are this one, or begin with it and a colon.
    ///
    /// # Errors
    /// `Database`.
    pub async fn posted_under(
        &mut self,
        (payee_id, account): (Uuid, &str),
        key: &str,
    ) -> Result<i64> {
        both!(self, |c| {
            Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(p.amount_fen), 0) as bigint) from entry e join posting p on p.entry_id = e.entry_id \
             where e.payee_id = $1 and p.account = $2 \
             and (e.entry_key = $3 or substr(e.entry_key, 1, length($3) + 1) = $3 || ':')"
        )
        .bind(payee_id)
        .bind(account)
        .bind(key)
        .fetch_one(c)
        .await?)
        })
    }

    /// What was posted to an account by zone, of entries whose fact lies from `from_on` to `to_on`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn posted_by_zone(
        &mut self,
        payee_id: Uuid,
        account: &str,
        from_on: &str,
        to_on: &str,
    ) -> Result<Vec<(Option<Uuid>, i64)>> {
        both!(self, |c| {
            Ok(sqlx::query_as(
            "select e.zone_id, cast(sum(p.amount_fen) as bigint) from entry e join posting p on p.entry_id = e.entry_id \
             where e.payee_id = $1 and p.account = $2 and e.fact_on >= $3 and e.fact_on <= $4 \
             and e.fact in ('payment', 'refund_ended') group by e.zone_id order by e.zone_id"
        )
        .bind(payee_id)
        .bind(account)
        .bind(from_on)
        .bind(to_on)
        .fetch_all(c)
        .await?)
        })
    }
}
