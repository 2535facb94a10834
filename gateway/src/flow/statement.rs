//! Statements: trial balance as of a day, a payee's month, an account's lines. Values for the API and
//! the command line; CSV is written by `csv`.

mod account_file;
mod csv;

use std::collections::BTreeMap;

use billing::invoice::{Draft, Regime};
use billing::ledger::{Account, Month, day_begins};
use chrono::NaiveDate;
use serde::Serialize;
use store::{FactSumRow, PayeeName, Tx};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actor::Actor;
use super::{Outcome, Refusal};

pub use account_file::AccountFile;
use account_file::may_be_asked;
pub(crate) use csv::table;

/// Lines of an account in one answer; a file has all of them.
pub const LINES_LIMIT: i64 = 10_000;

/// An account in a trial balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialLine {
    pub payee_id: Uuid,
    pub payee: String,
    pub account: String,
    pub debit_fen: i64,
    pub credit_fen: i64,
    /// Debit less credit.
    pub balance_fen: i64,
}

/// What stands on every account at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialBalance {
    #[schema(value_type = String, format = Date)]
    pub as_of: NaiveDate,
    pub lines: Vec<TrialLine>,
    pub debit_fen: i64,
    pub credit_fen: i64,
}

/// A payee's month at one rate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RateLine {
    /// Hundredths of a percent; empty for non-tax charges and what has no rate.
    pub rate_bp: Option<i64>,
    /// Fees and passes, gross, before waivers.
    pub earned_fen: i64,
    /// Without tax.
    pub earned_net_fen: i64,
    /// The tax in it.
    pub tax_fen: i64,
    /// Waived by authority, gross.
    pub waived_fen: i64,
    /// Given up.
    pub written_off_fen: i64,
    /// Payments, also those from prepaid balances and what came to an order out of suspense; what tops a balance up is no payment for a service.
    pub received_fen: i64,
    /// Refunds decided.
    pub refunded_fen: i64,
    /// Paid onto prepaid balances, less what was given back of it.
    pub topped_up_fen: i64,
    /// Of what was received, paid from prepaid balances.
    pub from_balances_fen: i64,
    /// Blue invoices issued in the month.
    pub invoiced_fen: i64,
    /// Red invoices issued in the month, below 0.
    pub red_fen: i64,
    /// Received less refunded, less invoiced and red.
    pub uninvoiced_fen: i64,
}

/// A payee's month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MonthStatement {
    pub payee_id: Uuid,
    pub payee: String,
    pub regime: String,
    #[schema(value_type = String, example = "2026-11")]
    pub month: Month,
    /// `open`, `proposed` or `closed`.
    pub state: String,
    pub rates: Vec<RateLine>,
    /// Over all rates.
    pub total: RateLine,
    /// Received and not invoiced since the first day of the books.
    pub uninvoiced_to_date_fen: i64,
    /// Owed by drivers at the end of the month.
    pub receivable_fen: i64,
    /// Due to the treasury at the end of the month (non-tax).
    pub due_to_treasury_fen: i64,
    /// VAT payable at the end of the month.
    pub vat_payable_fen: i64,
    /// What stands on drivers' prepaid balances at the end of the month.
    pub prepaid_fen: i64,
}

/// A line of an account, with what it makes the account stand at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountLine {
    pub booked_on: String,
    pub fact_on: String,
    pub number: i64,
    pub entry: String,
    pub fact: String,
    pub order_id: Option<Uuid>,
    /// The entry that it reverses or corrects.
    pub corrects: Option<String>,
    pub debit_fen: i64,
    pub credit_fen: i64,
    /// Debit less credit so far.
    pub balance_fen: i64,
}

/// An account's lines in a span of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountStatement {
    pub payee_id: Uuid,
    pub payee: String,
    pub account: String,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    pub opening_fen: i64,
    pub lines: Vec<AccountLine>,
    /// At the end of the last day, also if lines were left out.
    pub closing_fen: i64,
    /// Whether lines were left out: ask for fewer days, or for CSV.
    pub cut: bool,
}

/// A payee by id or name; the only one if none is named.
///
/// # Errors
/// `payee_unknown`, `payee_ambiguous`.
pub async fn payee_named(tx: &mut Tx, actor: &Actor, name: Option<&str>) -> Outcome<PayeeName> {
    let mut known = tx.payees().await?;
    known.retain(|p| actor.may_touch(Some(p.operator_id)));
    if let Some(name) = name {
        known.retain(|p| p.name == name || p.payee_id.to_string() == name);
    }
    let ids: Vec<String> = known.iter().map(|p| format!("{} ({})", p.name, p.payee_id)).collect();
    match (known.pop(), ids.len()) {
        (Some(payee), 1) => Ok(payee),
        (None, _) => Err(Refusal::missing("payee_unknown", "there is no such payee")),
        _ => {
            let detail = format!("name one payee by its id: {}", ids.join(", "));
            Err(Refusal::refused("payee_ambiguous", detail))
        }
    }
}

/// Every account at the end of a day, of one payee or of all that the actor may see.
///
/// # Errors
/// When the database fails.
pub async fn trial_balance(
    tx: &mut Tx,
    actor: &Actor,
    payee: Option<&PayeeName>,
    as_of: NaiveDate,
) -> Outcome<TrialBalance> {
    let known = tx.payees().await?;
    let seen: BTreeMap<Uuid, &PayeeName> = known
        .iter()
        .filter(|p| actor.may_touch(Some(p.operator_id)))
        .map(|p| (p.payee_id, p))
        .collect();
    let rows = tx.trial(payee.map(|p| p.payee_id), "", &as_of.to_string()).await?;
    let mut trial = TrialBalance { as_of, lines: Vec::new(), debit_fen: 0, credit_fen: 0 };
    for row in rows {
        let Some(payee) = seen.get(&row.payee_id) else { continue };
        let balance_fen = row.debit_fen - row.credit_fen;
        trial.debit_fen += balance_fen.max(0);
        trial.credit_fen -= balance_fen.min(0);
        trial.lines.push(TrialLine {
            payee_id: row.payee_id,
            payee: payee.name.clone(),
            account: row.account,
            debit_fen: row.debit_fen,
            credit_fen: row.credit_fen,
            balance_fen,
        });
    }
    Ok(trial)
}

/// A payee's month: earned, received, invoiced, un-invoiced, red, by rate.
///
/// # Errors
/// When the database fails, or holds an invoice that cannot be read.
pub async fn month_statement(
    tx: &mut Tx,
    payee: &PayeeName,
    month: Month,
) -> Outcome<MonthStatement> {
    let (from, to) = (month.first_day().to_string(), month.last_day().to_string());
    let mut rates: BTreeMap<Option<i64>, RateLine> = BTreeMap::new();
    for row in tx.fact_sums(payee.payee_id, &from, &to).await? {
        let line = rates.entry(row.rate_bp).or_default();
        add_fact(line, &row);
    }
    let (from_at, to_at) =
        (day_begins(month.first_day()).ms(), day_begins(month.next().first_day()).ms());
    for invoice in tx.issued_invoices(payee.payee_id, from_at, to_at).await? {
        let rate_bp = match Regime::from_name(&payee.regime) {
            // Bills of the treasury bear no tax.
            Some(Regime::NonTax) => None,
            _ => {
                let draft: Draft = serde_json::from_str(&invoice.draft_json)?;
                draft.lines.first().map(|line| i64::from(line.tax_item.rate_bp))
            }
        };
        let line = rates.entry(rate_bp).or_default();
        line.invoiced_fen += invoice.gross_fen.max(0);
        line.red_fen += invoice.gross_fen.min(0);
    }
    let mut total = RateLine::default();
    for (rate_bp, line) in &mut rates {
        line.rate_bp = *rate_bp;
        line.uninvoiced_fen =
            line.received_fen - line.refunded_fen - line.invoiced_fen - line.red_fen;
        total.add(line);
    }
    let stands = Stands::of(tx, payee.payee_id, &to).await?;
    let invoiced = tx.invoiced_before(payee.payee_id, to_at).await?;
    let state = tx.months(payee.payee_id).await?.into_iter().find(|m| m.month == month.to_string());
    Ok(MonthStatement {
        payee_id: payee.payee_id,
        payee: payee.name.clone(),
        regime: payee.regime.clone(),
        month,
        state: state.map_or_else(|| "open".to_owned(), |m| m.state),
        rates: rates.into_values().collect(),
        total,
        uninvoiced_to_date_fen: received_to_date(tx, payee.payee_id, &to).await? - invoiced,
        receivable_fen: stands.of_group("receivable"),
        due_to_treasury_fen: -stands.of_group("due_to_treasury"),
        vat_payable_fen: -stands.of_group("vat_payable"),
        prepaid_fen: -stands.of_group("prepaid"),
    })
}

/// Takes a sum of postings where it belongs. Debit is above 0.
fn add_fact(line: &mut RateLine, row: &FactSumRow) {
    let Some(account) = Account::from_name(&row.account) else { return };
    let fen = row.amount_fen;
    match (row.fact.as_str(), account) {
        ("fee" | "pass", Account::Receivable) => line.earned_fen += fen,
        ("fee" | "pass" | "vat_split", Account::VatPayable) => line.tax_fen -= fen,
        ("waiver", Account::Receivable) => line.waived_fen -= fen,
        ("waiver", Account::VatPayable) => line.tax_fen -= fen,
        ("write_off", Account::Receivable) => line.written_off_fen -= fen,
        ("payment" | "suspense_resolved", Account::Receivable) => line.received_fen -= fen,
        ("payment", Account::Prepaid) => line.from_balances_fen += fen,
        ("refund_started" | "refund_failed", Account::Receivable) => line.refunded_fen += fen,
        ("top_up", Account::Receivable) => {
            line.topped_up_fen += fen;
            // Its payment is no payment for a service, and its refund none of one.
            line.received_fen -= fen.max(0);
            line.refunded_fen += fen.min(0);
        }
        _ => {}
    }
    match (row.fact.as_str(), account) {
        ("fee" | "pass" | "vat_split", Account::Revenue(_) | Account::DeferredRevenue)
        | ("fee" | "pass" | "vat_split", Account::FeeIncome)
        | ("fee" | "pass", Account::DueToTreasury(_)) => line.earned_net_fen -= fen,
        _ => {}
    }
}

/// An account's lines from a day to a day, with the balance after each.
///
/// # Errors
/// `ledger_account_unknown`, `days_reversed`.
pub async fn account_statement(
    tx: &mut Tx,
    payee: &PayeeName,
    account: &str,
    (from, to): (NaiveDate, NaiveDate),
    limit: i64,
) -> Outcome<AccountStatement> {
    may_be_asked(account, (from, to))?;
    let (first, last) = (from.to_string(), to.to_string());
    let opening_fen = tx.balance_before(payee.payee_id, account, &first).await?;
    let span = (first.as_str(), last.as_str());
    let closing_fen = tx.balance_after(payee.payee_id, account, &last).await?;
    let most = (i64::MAX, limit.saturating_add(1));
    let rows = tx.account_lines(payee.payee_id, account, span, ("", 0, 0), most).await?;
    let cut = i64::try_from(rows.len()).is_ok_and(|lines| lines > limit);
    let mut balance_fen = opening_fen;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        lines.push(AccountLine::of(row, &mut balance_fen));
    }
    Ok(AccountStatement {
        payee_id: payee.payee_id,
        payee: payee.name.clone(),
        account: account.to_owned(),
        from,
        to,
        opening_fen,
        lines,
        closing_fen,
        cut,
    })
}

/// What accounts stand at, by group.
struct Stands(BTreeMap<&'static str, i64>);

impl Stands {
    async fn of(tx: &mut Tx, payee_id: Uuid, to_on: &str) -> Outcome<Stands> {
        let mut groups: BTreeMap<&'static str, i64> = BTreeMap::new();
        for row in tx.trial(Some(payee_id), "", to_on).await? {
            if let Some(account) = Account::from_name(&row.account) {
                *groups.entry(account.group()).or_default() += row.debit_fen - row.credit_fen;
            }
        }
        Ok(Stands(groups))
    }

    fn of_group(&self, group: &str) -> i64 {
        self.0.get(group).copied().unwrap_or_default()
    }
}

async fn received_to_date(tx: &mut Tx, payee_id: Uuid, to_on: &str) -> Outcome<i64> {
    let mut line = RateLine::default();
    for row in tx.fact_sums(payee_id, "", to_on).await? {
        add_fact(&mut line, &row);
    }
    Ok(line.received_fen - line.refunded_fen)
}

impl RateLine {
    fn add(&mut self, other: &RateLine) {
        self.earned_fen += other.earned_fen;
        self.earned_net_fen += other.earned_net_fen;
        self.tax_fen += other.tax_fen;
        self.waived_fen += other.waived_fen;
        self.written_off_fen += other.written_off_fen;
        self.received_fen += other.received_fen;
        self.refunded_fen += other.refunded_fen;
        self.topped_up_fen += other.topped_up_fen;
        self.from_balances_fen += other.from_balances_fen;
        self.invoiced_fen += other.invoiced_fen;
        self.red_fen += other.red_fen;
        self.uninvoiced_fen += other.uninvoiced_fen;
    }
}
