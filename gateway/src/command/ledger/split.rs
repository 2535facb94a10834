//! `gateway ledger split-vat`

use std::process::ExitCode;

use anyhow::Result;
use chrono::NaiveDate;
use clap::Args;
use output::outln;
use serde_json::json;
use store::Lane;
use vocabulary::Fen;

use super::{By, Of};
use crate::command::database::Database;
use crate::command::import_rows::said;
use crate::flow::split_vat::split_vat;
use crate::flow::statement::payee_named;

/// Split VAT out of fees that were booked gross: all that stands on the account `fee_income`.
#[derive(Debug, Args)]
pub(super) struct SplitVat {
    /// Day whose tax item says the rate.
    #[arg(long, value_name = "DAY")]
    rate_of: NaiveDate,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    of: Of,
    /// Print JSON (amounts in fen).
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl SplitVat {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let (_, store) = self.database.open().await?;
        let (actor, now) = (self.by.actor(&store).await?, Database::city_now(&store).await?);
        let mut tx = store.begin(Lane::Command).await?;
        let payee = payee_named(&mut tx, &actor, self.of.payee.as_deref()).await.map_err(said)?;
        let split = match split_vat(&mut tx, &payee, self.rate_of, now).await {
            Ok(split) => split,
            Err(refusal) => {
                eprintln!("{}", said(refusal));
                return Ok(ExitCode::from(1));
            }
        };
        let id = payee.payee_id.to_string();
        let detail = json!({"gross_fen": split.gross_fen, "rate_bp": split.rate_bp});
        actor.audit(&mut tx, now, "split_vat", ("payee", &id), &detail).await.map_err(said)?;
        tx.commit().await?;
        store.close().await;
        if self.json {
            outln!("{}", serde_json::to_string(&split)?);
            return Ok(ExitCode::SUCCESS);
        }
        outln!(
            "{}: of {} that were booked gross {} are earned and {} are VAT payable",
            split.payee,
            Fen(split.gross_fen).yuan(),
            Fen(split.net_fen).yuan(),
            Fen(split.tax_fen).yuan()
        );
        Ok(ExitCode::SUCCESS)
    }
}
