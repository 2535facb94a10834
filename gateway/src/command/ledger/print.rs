//! Statements as text tables for people.

use std::fmt::Write;

use vocabulary::Fen;

use crate::flow::statement::{AccountStatement, MonthStatement, RateLine, TrialBalance};

pub(super) fn trial(trial: &TrialBalance) -> String {
    let mut out = format!("Trial balance as of {}\n", trial.as_of);
    let mut payee = None;
    for line in &trial.lines {
        if payee != Some(line.payee_id) {
            payee = Some(line.payee_id);
            let _ = writeln!(out, "\n{} ({})", line.payee, line.payee_id);
            let _ = writeln!(out, "{:>16} {:>16} {:>16}  account", "debit", "credit", "balance");
        }
        let _ = writeln!(
            out,
            "{:>16} {:>16} {:>16}  {}",
            yuan(line.debit_fen),
            yuan(line.credit_fen),
            yuan(line.balance_fen),
            line.account
        );
    }
    let (debit, credit) = (yuan(trial.debit_fen), yuan(trial.credit_fen));
    let equal = if trial.debit_fen == trial.credit_fen { "equal" } else { "DIFFERENT" };
    let _ = writeln!(out, "\nbalances: debit {debit}, credit {credit}: {equal}");
    out
}

pub(super) fn month(statement: &MonthStatement) -> String {
    let MonthStatement { payee, month, state, regime, .. } = statement;
    let mut out = format!("{payee}, {month} ({state}, {regime})\n");
    for line in &statement.rates {
        let rate = line
            .rate_bp
            .map_or_else(|| "no rate".to_owned(), |bp| format!("{}.{:02} %", bp / 100, bp % 100));
        rate_line(&mut out, &rate, line);
    }
    rate_line(&mut out, "all rates", &statement.total);
    for (what, fen) in [
        ("received and not invoiced to date", statement.uninvoiced_to_date_fen),
        ("owed by drivers at its end", statement.receivable_fen),
        ("VAT payable at its end", statement.vat_payable_fen),
        ("due to the treasury at its end", statement.due_to_treasury_fen),
        ("on prepaid balances at its end", statement.prepaid_fen),
    ] {
        let _ = writeln!(out, "{:>16}  {what}", yuan(fen));
    }
    out
}

fn rate_line(out: &mut String, rate: &str, line: &RateLine) {
    let _ = writeln!(out, "\n{rate}");
    for (what, fen) in [
        ("earned", line.earned_fen),
        ("  of it net", line.earned_net_fen),
        ("  tax, waivers taken off", line.tax_fen),
        ("waived", line.waived_fen),
        ("written off", line.written_off_fen),
        ("received", line.received_fen),
        ("refunded", line.refunded_fen),
        ("invoiced", line.invoiced_fen),
        ("red", line.red_fen),
        ("un-invoiced", line.uninvoiced_fen),
        ("topped up", line.topped_up_fen),
        ("received from balances", line.from_balances_fen),
    ] {
        let _ = writeln!(out, "{:>16}  {what}", yuan(fen));
    }
}

pub(super) fn account(statement: &AccountStatement) -> String {
    let AccountStatement { payee, account, from, to, .. } = statement;
    let mut out = format!("{payee}, {account}, {from} to {to}\n");
    let _ = writeln!(out, "{:<10} {:>14} {:>14} {:>16}", "day", "debit", "credit", "balance");
    let edge = |out: &mut String, day: String, fen: i64, what: &str| {
        let _ = writeln!(out, "{day:<10} {:>14} {:>14} {:>16}  {what}", "", "", yuan(fen));
    };
    edge(&mut out, from.to_string(), statement.opening_fen, "opening");
    for line in &statement.lines {
        let _ = write!(
            out,
            "{:<10} {:>14} {:>14} {:>16}  {}",
            line.booked_on,
            amount(line.debit_fen),
            amount(line.credit_fen),
            yuan(line.balance_fen),
            line.entry
        );
        if line.fact_on != line.booked_on {
            let _ = write!(out, " (of {})", line.fact_on);
        }
        if let Some(target) = &line.corrects {
            let _ = write!(out, " corrects {target}");
        }
        out.push('\n');
    }
    edge(&mut out, to.to_string(), statement.closing_fen, "closing");
    if statement.cut {
        out.push_str("more lines were left out: ask for fewer days, or for --csv\n");
    }
    out
}

fn yuan(fen: i64) -> String {
    Fen(fen).yuan()
}

fn amount(fen: i64) -> String {
    if fen == 0 { String::new() } else { yuan(fen) }
}
