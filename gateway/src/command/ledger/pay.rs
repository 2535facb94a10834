//! `gateway ledger pay`

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use billing::ledger::{Channel, Month, city_day};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use output::outln;
use serde_json::json;
use store::{Lane, PayeeName, Tx};
use vocabulary::{Fen, ZoneId};

use super::{By, Of, yuan};
use crate::command::database::Database;
use crate::command::import_rows::said;
use crate::flow::Refusal;
use crate::flow::pay_over::{PaidOver, Recorded, pay_over};
use crate::flow::statement::payee_named;

/// Record what the payee handed over; never more than is due. A repeat changes nothing.
///
/// Exit code 1 if it is refused (docs/MONEY.md, Statements), for a day to come, a month that is not over, or more
/// than is due.
#[derive(Debug, Subcommand)]
pub(super) enum Pay {
    /// A batch of non-tax charges to the treasury.
    Treasury {
        /// Name of the batch.
        batch: String,
        /// What of it is of which zone: CODE=YUAN, once for each zone; =YUAN for what has no zone.
        #[arg(long = "part", value_name = "CODE=YUAN", required = true, value_parser = part)]
        parts: Vec<(String, i64)>,
        /// Number of the payment form (缴款书) or receipt.
        #[arg(long, value_name = "NUMBER")]
        evidence: String,
        #[command(flatten)]
        with: With,
    },
    /// The VAT of a month that is over to the tax bureau.
    Vat {
        #[arg(long, value_name = "MONTH")]
        month: Month,
        #[arg(long, value_name = "YUAN", value_parser = yuan)]
        amount: i64,
        /// Number of the receipt; another one for what was left of the month.
        #[arg(long, value_name = "NUMBER")]
        evidence: String,
        #[command(flatten)]
        with: With,
    },
    /// Fees to a channel that pays out gross.
    ChannelFee {
        /// Number of its invoice or of the transfer.
        reference: String,
        #[arg(long, value_name = "YUAN", value_parser = yuan)]
        amount: i64,
        #[command(flatten)]
        with: With,
    },
}

#[derive(Debug, Args)]
pub(super) struct With {
    /// Day it was paid, today at the latest; today if left out.
    #[arg(long, value_name = "DAY")]
    on: Option<NaiveDate>,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    database: Database,
}

impl Pay {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self {
            Pay::Treasury { batch, parts, evidence, with } => {
                with.record(async |tx, payee| {
                    let parts = zones(tx, payee, &parts).await?;
                    Ok(Kept::Treasury { batch: batch.clone(), parts, evidence: evidence.clone() })
                })
                .await
            }
            Pay::Vat { month, amount, evidence, with } => {
                with.record(async |_, _| {
                    Ok(Kept::Vat { month, amount: Fen(amount), evidence: evidence.clone() })
                })
                .await
            }
            Pay::ChannelFee { reference, amount, with } => {
                with.record(async |_, _| {
                    Ok(Kept::ChannelFee { reference: reference.clone(), amount: Fen(amount) })
                })
                .await
            }
        }
    }
}

/// What was asked for, with zones found.
enum Kept {
    Treasury { batch: String, parts: Vec<(Option<ZoneId>, Fen)>, evidence: String },
    Vat { month: Month, amount: Fen, evidence: String },
    ChannelFee { reference: String, amount: Fen },
}

impl Kept {
    fn paid_over(&self) -> PaidOver<'_> {
        match self {
            Kept::Treasury { batch, parts, evidence } => {
                PaidOver::Treasury { batch, parts, evidence }
            }
            Kept::Vat { month, amount, evidence } => {
                PaidOver::Vat { month: *month, amount: *amount, evidence }
            }
            Kept::ChannelFee { reference, amount } => {
                PaidOver::ChannelFee { channel: Channel::Wechat, reference, amount: *amount }
            }
        }
    }
}

impl With {
    async fn record(
        self,
        kept: impl AsyncFnOnce(&mut Tx, &PayeeName) -> Result<Kept>,
    ) -> Result<ExitCode> {
        let (_, store) = self.database.open().await?;
        let (actor, now) = (self.by.actor(&store).await?, Database::city_now(&store).await?);
        let mut tx = store.begin(Lane::Command).await?;
        let payee = payee_named(&mut tx, &actor, self.of.payee.as_deref()).await.map_err(said)?;
        let kept = kept(&mut tx, &payee).await?;
        let on = self.on.unwrap_or(city_day(now));
        let what = kept.paid_over();
        let recorded = match pay_over(&mut tx, &payee, &what, on, now).await {
            Ok(recorded) => recorded,
            Err(Refusal::Failed(error)) => return Err(error),
            Err(refusal) => {
                eprintln!("{}", said(refusal));
                return Ok(ExitCode::from(1));
            }
        };
        let detail = json!({"payee_id": payee.payee_id, "on": on});
        let object = ("payee", payee.payee_id.to_string());
        actor
            .audit(&mut tx, now, "pay_over", (object.0, &object.1), &detail)
            .await
            .map_err(said)?;
        tx.commit().await?;
        store.close().await;
        match recorded {
            Recorded::Now => outln!("booked in the books of {}", payee.name),
            Recorded::Before => outln!("it was booked before; nothing changed"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn zones(
    tx: &mut Tx,
    payee: &PayeeName,
    parts: &[(String, i64)],
) -> Result<Vec<(Option<ZoneId>, Fen)>> {
    let known = tx.zones().await?;
    let mut found = Vec::with_capacity(parts.len());
    for (code, fen) in parts {
        let zone = match code.as_str() {
            "" => None,
            code => {
                let zone =
                    known.iter().find(|z| z.operator_id == payee.operator_id && z.code == code);
                let zone = zone.with_context(|| format!("the operator has no zone {code}"))?;
                Some(ZoneId(zone.zone_id))
            }
        };
        found.push((zone, Fen(*fen)));
    }
    Ok(found)
}

fn part(text: &str) -> Result<(String, i64)> {
    let Some((code, amount)) = text.split_once('=') else {
        bail!("a part is CODE=YUAN, for example z1=300.00");
    };
    Ok((code.to_owned(), yuan(amount)?))
}
