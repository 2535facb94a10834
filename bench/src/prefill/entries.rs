//! The books of a payee after some time in service: payments without number, each an entry in its place in
//! the chain. Hashed here by the form that docs/MONEY.md tells outsiders.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use billing::ledger::{Hash, Link, genesis, link_hash};
use vocabulary::Timestamp;

use super::Prefill;
use super::money::amount_fen;
use crate::report::progress;

/// Entries of one statement.
const AT_ONCE: u64 = 500;
const ACCOUNTS: [&str; 2] = ["channel_clearing:wechat", "receivable"];
const CITY_MS: i64 = 8 * 3_600_000;

/// Ids as they are hashed, and as they are written into a statement.
struct Ids {
    payee: String,
    operator: String,
    sqlite: bool,
}

impl Ids {
    fn written(&self, id: &str) -> String {
        match self.sqlite {
            true => format!("x'{}'", id.replace('-', "")),
            false => format!("'{id}'"),
        }
    }

    fn bytes(&self, hash: Hash) -> String {
        match self.sqlite {
            true => format!("x'{hash}'"),
            false => format!("'\\x{hash}'"),
        }
    }
}

/// Number `n` as an id.
fn id_of(n: u64) -> String {
    let hex = format!("{:032x}", n + 1);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

impl Prefill {
    /// Booked payments, evenly over `span_ms` from `from_ms` on.
    pub(crate) async fn entries(&mut self, count: u64, from_ms: i64, span_ms: i64) -> Result<()> {
        progress(&format!("booking {count} entries beforehand"));
        let ids = self.ids().await?;
        let mut hash = genesis(&ids.payee);
        self.run(&format!(
            "insert into ledger_chain (payee_id, last_number, last_hash) values ({}, 0, {})",
            ids.written(&ids.payee),
            ids.bytes(hash)
        ))
        .await?;
        let mut balances: BTreeMap<String, i64> = BTreeMap::new();
        for first in (0..count).step_by(usize::try_from(AT_ONCE)?) {
            let (mut postings, mut entries) = (Vec::new(), Vec::new());
            for n in first..count.min(first + AT_ONCE) {
                let at = from_ms
                    + i64::try_from(i128::from(n) * i128::from(span_ms) / i128::from(count))?;
                let day = Timestamp::from_ms(at + CITY_MS).utc().date_naive().to_string();
                let fen = i64::try_from(amount_fen(n))?;
                let previous = hash;
                hash = hashed(&ids, n, (at, &day), (previous, fen))?;
                let id = ids.written(&id_of(n));
                for (line, (account, fen)) in ACCOUNTS.iter().zip([fen, -fen]).enumerate() {
                    postings.push(format!("({id}, {line}, '{account}', {fen})"));
                }
                entries.push(format!(
                    "({id}, 'pay:bench{n}', {}, {}, 'payment', 'vat', '{day}', '{day}', '{{}}', {at}, {}, {}, {})",
                    ids.written(&ids.operator),
                    ids.written(&ids.payee),
                    n + 1,
                    ids.bytes(previous),
                    ids.bytes(hash)
                ));
                *balances.entry(day).or_default() += fen;
            }
            self.run("begin").await?;
            self.run(&format!(
                "insert into posting (entry_id, line, account, amount_fen) values {}",
                postings.join(", ")
            ))
            .await?;
            self.run(&format!(
                "insert into entry (entry_id, entry_key, operator_id, payee_id, fact, regime, fact_on, booked_on, \
                 particulars_json, made_at, chain_number, previous_hash, chain_hash) values {}",
                entries.join(", ")
            ))
            .await?;
            self.run("commit").await?;
        }
        self.balance(&ids, &balances).await?;
        self.tidy().await
    }

    async fn balance(&mut self, ids: &Ids, days: &BTreeMap<String, i64>) -> Result<()> {
        let mut rows = String::new();
        for (day, fen) in days {
            for (account, (debit, credit)) in ACCOUNTS.iter().zip([(*fen, 0), (0, *fen)]) {
                let comma = if rows.is_empty() { "" } else { ", " };
                let payee = ids.written(&ids.payee);
                write!(rows, "{comma}({payee}, '{account}', '{day}', {debit}, {credit})")?;
            }
        }
        self.run(&format!(
            "insert into balance (payee_id, account, booked_on, debit_fen, credit_fen) values {rows}"
        ))
        .await
    }

    async fn ids(&mut self) -> Result<Ids> {
        let sqlite = matches!(self, Prefill::Sqlite(_));
        let (payee, operator) = match sqlite {
            true => (
                self.text("select lower(hex(payee_id)) from payee limit 1").await?,
                self.text("select lower(hex(operator_id)) from payee limit 1").await?,
            ),
            false => (
                self.text("select payee_id::text from payee limit 1").await?,
                self.text("select operator_id::text from payee limit 1").await?,
            ),
        };
        let dashed = |hex: Option<String>| -> Result<String> {
            let hex = hex.context("a payee")?.replace('-', "");
            Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
        };
        Ok(Ids { payee: dashed(payee)?, operator: dashed(operator)?, sqlite })
    }

    /// How often the books were proved.
    pub(crate) async fn proofs(&mut self) -> Result<i64> {
        self.number("select count(*) from ledger_proof").await
    }

    /// Lets the books be proved anew today, from where the last proof ended.
    pub(crate) async fn forget_today(&mut self) -> Result<()> {
        self.run("update ledger_proof set proved_on = '2026-01-01'").await
    }
}

fn hashed(ids: &Ids, n: u64, (at, day): (i64, &str), (previous, fen): (Hash, i64)) -> Result<Hash> {
    let (key, id, at) = (format!("pay:bench{n}"), id_of(n), at.to_string());
    let fields =
        [key.as_str(), "payment", &id, &ids.operator, "", "", "vat", "", "", day, day, &at, "{}"];
    let postings = [(ACCOUNTS[0], fen), (ACCOUNTS[1], -fen)];
    Ok(link_hash(&Link {
        payee: &ids.payee,
        number: i64::try_from(n)? + 1,
        previous,
        fields: &fields,
        postings: &postings,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_ids() {
        assert_eq!(id_of(0), "00000000-0000-0000-0000-000000000001");
        assert_eq!(id_of(0xff), "00000000-0000-0000-0000-000000000100");
    }
}
