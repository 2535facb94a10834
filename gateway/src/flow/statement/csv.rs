//! Statements as CSV: a header, amounts in yuan, UTF-8 with BOM so that a spreadsheet reads Chinese.

use anyhow::Result;
use vocabulary::Fen;

use super::{AccountStatement, MonthStatement, RateLine, TrialBalance};

const BOM: &str = "\u{feff}";

impl TrialBalance {
    /// One line an account.
    ///
    /// # Errors
    /// None in practice: it is written into memory.
    pub fn csv(&self) -> Result<String> {
        let head = ["as_of", "payee_id", "payee", "account", "debit", "credit", "balance"];
        let rows = self.lines.iter().map(|l| {
            vec![
                self.as_of.to_string(),
                l.payee_id.to_string(),
                l.payee.clone(),
                l.account.clone(),
                yuan(l.debit_fen),
                yuan(l.credit_fen),
                yuan(l.balance_fen),
            ]
        });
        table(&head, rows)
    }
}

impl MonthStatement {
    /// One line a rate, then the total.
    ///
    /// # Errors
    /// As for a trial balance.
    pub fn csv(&self) -> Result<String> {
        let head = [
            "month",
            "payee",
            "rate",
            "earned",
            "earned_net",
            "tax",
            "waived",
            "written_off",
            "received",
            "refunded",
            "invoiced",
            "red",
            "uninvoiced",
            "topped_up",
            "from_balances",
        ];
        let row = |rate: String, l: &RateLine| {
            let fen = [
                l.earned_fen,
                l.earned_net_fen,
                l.tax_fen,
                l.waived_fen,
                l.written_off_fen,
                l.received_fen,
                l.refunded_fen,
                l.invoiced_fen,
                l.red_fen,
                l.uninvoiced_fen,
                l.topped_up_fen,
                l.from_balances_fen,
            ];
            let names = [self.month.to_string(), self.payee.clone(), rate];
            names.into_iter().chain(fen.map(yuan)).collect()
        };
        let rates = self.rates.iter().map(|l| row(rate(l.rate_bp), l));
        table(&head, rates.chain([row("total".into(), &self.total)]))
    }
}

impl AccountStatement {
    /// The opening, one line a posting, the closing.
    ///
    /// # Errors
    /// As for a trial balance.
    pub fn csv(&self) -> Result<String> {
        let head = [
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
        let edge = |day: String, what: &str, fen: i64| {
            let mut row = vec![String::new(); head.len()];
            for (at, text) in [(0, day), (3, what.to_owned()), (9, yuan(fen))] {
                row[at] = text;
            }
            row
        };
        let lines = self.lines.iter().map(|l| {
            vec![
                l.booked_on.clone(),
                l.fact_on.clone(),
                l.number.to_string(),
                l.entry.clone(),
                l.fact.clone(),
                l.order_id.map_or_else(String::new, |id| id.to_string()),
                l.corrects.clone().unwrap_or_default(),
                yuan(l.debit_fen),
                yuan(l.credit_fen),
                yuan(l.balance_fen),
            ]
        });
        let opening = edge(self.from.to_string(), "opening", self.opening_fen);
        let closing = edge(self.to.to_string(), "closing", self.closing_fen);
        table(&head, std::iter::once(opening).chain(lines).chain([closing]))
    }
}

fn yuan(fen: i64) -> String {
    Fen(fen).yuan()
}

/// `9%`, `1.5%`.
fn rate(rate_bp: Option<i64>) -> String {
    let Some(bp) = rate_bp else { return String::new() };
    let text = format!("{}.{:02}", bp / 100, bp % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A table with its header, as a spreadsheet reads it.
///
/// # Errors
/// None in practice: it is written into memory.
pub(crate) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().from_writer(BOM.as_bytes().to_vec());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(&row)?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|e| e.into_error())?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_as_people_read_them() {
        for (bp, text) in [(Some(900), "9%"), (Some(150), "1.5%"), (Some(1000), "10%"), (None, "")]
        {
            assert_eq!(rate(bp), text);
        }
    }
}
