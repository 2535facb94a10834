//! An account's lines as a CSV file, however many: a page at a time, so that memory does not grow with them.
//!
//! No transaction is open between two pages. The file holds what the payee's chain held when it was begun:
//! entries are append-only and numbered, and what is booked meanwhile has a higher number.

use anyhow::Result;
use billing::ledger::Account;
use chrono::NaiveDate;
use store::{AccountLineRow, PayeeName, Store, Tx};
use uuid::Uuid;

use super::csv::{more, table, yuan};
use super::{AccountLine, Outcome, Refusal};

/// Lines of a page.
const PAGE: i64 = 5_000;
const HEAD: [&str; 10] = [
    "booked_on",
    "fact_on",
    "number",
    "entry",
    "fact",
    "order_id",
    "corrects",
    "debit",
    "credit",
    "balance",
];

/// A file that is being written.
#[derive(Clone, Debug)]
pub struct AccountFile {
    payee_id: Uuid,
    account: String,
    days: (String, String),
    /// The newest entry that belongs to it.
    until: i64,
    balance_fen: i64,
    page: i64,
    place: Place,
}

/// What comes next.
#[derive(Clone, Debug)]
enum Place {
    /// The header and the opening.
    Head,
    /// What stands after this line: day, number, line.
    After(String, i64, i64),
    /// Nothing.
    End,
}

impl AccountFile {
    /// Begins the file of an account's lines from a day to a day. `tx` sees one moment of the database.
    ///
    /// # Errors
    /// `ledger_account_unknown`, `days_reversed`.
    pub async fn begin(
        tx: &mut Tx,
        payee: &PayeeName,
        account: &str,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Outcome<AccountFile> {
        may_be_asked(account, (from, to))?;
        let days = (from.to_string(), to.to_string());
        Ok(AccountFile {
            payee_id: payee.payee_id,
            account: account.to_owned(),
            until: tx.newest_entry(payee.payee_id).await?,
            balance_fen: tx.balance_before(payee.payee_id, account, &days.0).await?,
            days,
            page: PAGE,
            place: Place::Head,
        })
    }

    /// The same with pages of so many lines.
    #[must_use]
    pub fn with_page(self, page: i64) -> AccountFile {
        AccountFile { page, ..self }
    }

    /// The next part of the file; none when it is over.
    ///
    /// # Errors
    /// When the database fails: what was written so far is no whole file.
    pub async fn next(&mut self, store: &Store) -> Result<Option<String>> {
        match std::mem::replace(&mut self.place, Place::End) {
            Place::Head => {
                self.place = Place::After(String::new(), 0, 0);
                let opening = edge(&self.days.0, "opening", self.balance_fen);
                table(&HEAD, std::iter::once(opening)).map(Some)
            }
            Place::After(day, number, line) => {
                self.lines(store, (day.as_str(), number, line)).await.map(Some)
            }
            Place::End => Ok(None),
        }
    }

    /// The lines after one, and the closing after the last.
    async fn lines(&mut self, store: &Store, after: (&str, i64, i64)) -> Result<String> {
        let mut tx = store.read().await?;
        // Days before the line are done.
        let from = self.days.0.as_str().max(after.0);
        let (days, most) = ((from, self.days.1.as_str()), (self.until, self.page));
        let found = tx.account_lines(self.payee_id, &self.account, days, after, most).await?;
        drop(tx);
        let full = i64::try_from(found.len()).is_ok_and(|lines| lines == self.page);
        let last = found.last().filter(|_| full);
        self.place = last.map_or(Place::End, |last| {
            Place::After(last.booked_on.clone(), last.chain_number, last.line)
        });
        let mut rows = Vec::with_capacity(found.len() + 1);
        for line in found {
            rows.push(row(AccountLine::of(line, &mut self.balance_fen)));
        }
        if !full {
            rows.push(edge(&self.days.1, "closing", self.balance_fen));
        }
        more(rows.into_iter())
    }
}

/// Whether there is such an account, and such days.
///
/// # Errors
/// `ledger_account_unknown`, `days_reversed`.
pub(super) fn may_be_asked(account: &str, (from, to): (NaiveDate, NaiveDate)) -> Outcome<()> {
    if Account::from_name(account).is_none() {
        let detail = "accounts are named as in the trial balance, for example receivable, bank or channel_clearing:wechat";
        return Err(Refusal::missing("ledger_account_unknown", detail));
    }
    if from > to {
        return Err(Refusal::refused("days_reversed", "the first day is after the last"));
    }
    Ok(())
}

impl AccountLine {
    /// A line, and what it makes of the balance.
    pub(super) fn of(row: AccountLineRow, balance_fen: &mut i64) -> AccountLine {
        *balance_fen += row.amount_fen;
        AccountLine {
            booked_on: row.booked_on,
            fact_on: row.fact_on,
            number: row.chain_number,
            entry: row.entry_key,
            fact: row.fact,
            order_id: row.order_id,
            corrects: row.target_key,
            debit_fen: row.amount_fen.max(0),
            credit_fen: -row.amount_fen.min(0),
            balance_fen: *balance_fen,
        }
    }
}

fn row(line: AccountLine) -> Vec<String> {
    vec![
        line.booked_on,
        line.fact_on,
        line.number.to_string(),
        line.entry,
        line.fact,
        line.order_id.map_or_else(String::new, |id| id.to_string()),
        line.corrects.unwrap_or_default(),
        yuan(line.debit_fen),
        yuan(line.credit_fen),
        yuan(line.balance_fen),
    ]
}

fn edge(day: &str, what: &str, fen: i64) -> Vec<String> {
    let mut row = vec![String::new(); HEAD.len()];
    for (at, text) in [(0, day.to_owned()), (3, what.to_owned()), (9, yuan(fen))] {
        row[at] = text;
    }
    row
}
