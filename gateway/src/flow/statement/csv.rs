//! Statements as CSV: a header, amounts in yuan, UTF-8 with BOM so that a spreadsheet reads Chinese.

use anyhow::Result;
use vocabulary::Fen;

use super::{MonthStatement, RateLine, TrialBalance};

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

pub(super) fn yuan(fen: i64) -> String {
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
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    written(BOM, std::iter::once(head).chain(rows))
}

/// Further rows of a table.
///
/// # Errors
/// As for a table.
pub(super) fn more(rows: impl Iterator<Item = Vec<String>>) -> Result<String> {
    written("", rows)
}

fn written(start: &str, rows: impl Iterator<Item = Vec<String>>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().from_writer(start.as_bytes().to_vec());
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
