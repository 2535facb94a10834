//! `gateway refund`

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use billing::refund::RefundState;
use clap::{Args, Subcommand};
use output::outln;
use serde_json::json;
use store::{Lane, RefundRow, Store};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, StaffId, Timestamp};

use super::database::Database;
use super::import_rows::said;
use crate::app::App;
use crate::clock::Clock;
use crate::flow::actor::Actor;
use crate::flow::refund_again::refund_again;
use crate::flow::refund_by_hand::{confirm_transfer, enter_transfer};
use crate::flow::refund_credit::Route;

const REFUNDS: i64 = 100_000;

/// Refunds: what waits for a person, and bank transfers by two persons.
#[derive(Debug, Args)]
pub(super) struct Refund {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the refunds in a state, oldest first.
    List {
        /// requested, processing, abnormal, succeeded or closed.
        #[arg(long, default_value = "abnormal")]
        state: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Start the refund of an order's credit once more, after the channel closed the first one.
    Again {
        order: Uuid,
        /// By bank transfer, since the channel will not.
        #[arg(long)]
        by_hand: bool,
        /// Login of who asks.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        database: Database,
    },
    /// Enter a bank transfer for a refund that no channel makes.
    Transfer {
        refund: Uuid,
        /// The bank's number of the transfer.
        #[arg(long)]
        reference: String,
        /// Login of who made it.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        database: Database,
    },
    /// Confirm a transfer that somebody else entered: the money is back.
    Confirm {
        refund: Uuid,
        /// Login of who confirms.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        database: Database,
    },
}

impl Refund {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::List { state, json, database } => {
                let known = RefundState::from_name(&state).is_some();
                let states = RefundState::ALL.map(RefundState::name).join(", ");
                ensure!(known, "--state is one of {states}");
                let (_, store) = database.open().await?;
                let mut tx = store.read().await?;
                let rows = tx.refunds_in_state(&state, None, None, REFUNDS).await?;
                show(&rows, json)?;
            }
            What::Again { order, by_hand, by, database } => {
                let (config, store) = database.open().await?;
                let actor = acting(&store, &by).await?;
                let clock = Clock::fixed(Database::city_now(&store).await?);
                let app = App::build(config, store, clock).await?;
                let route = if by_hand { Route::ByHand } else { Route::AsItCame };
                let mut tx = app.store.begin(Lane::Command).await?;
                let started = refund_again(&app, &mut tx, &actor, (order, route)).await;
                let started = started.map_err(said)?;
                tx.commit().await?;
                if started.is_empty() {
                    outln!("a red invoice was asked for; the refund starts when it is issued");
                } else {
                    show(&started, false)?;
                }
            }
            What::Transfer { refund, reference, by, database } => {
                let (config, store) = database.open().await?;
                let actor = acting(&store, &by).await?;
                let clock = Clock::fixed(Database::city_now(&store).await?);
                let app = App::build(config, store, clock).await?;
                let mut tx = app.store.begin(Lane::Command).await?;
                let entered = enter_transfer(&app, &mut tx, &actor, (refund, &reference)).await;
                entered.map_err(said)?;
                tx.commit().await?;
                outln!(
                    "entered; another person confirms it: gateway refund confirm {refund} --by LOGIN"
                );
            }
            What::Confirm { refund, by, database } => {
                let (config, store) = database.open().await?;
                let actor = acting(&store, &by).await?;
                let clock = Clock::fixed(Database::city_now(&store).await?);
                let app = App::build(config, store, clock).await?;
                let mut tx = app.store.begin(Lane::Command).await?;
                let row = confirm_transfer(&app, &mut tx, &actor, refund).await.map_err(said)?;
                tx.commit().await?;
                outln!("{} yuan are back", Fen(row.amount_fen).yuan());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(rows: &[RefundRow], as_json: bool) -> Result<()> {
    if as_json {
        let shown: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "refund_id": row.refund_id,
                    "order_id": row.order_id,
                    "amount_fen": row.amount_fen,
                    "state": row.state,
                    "way": row.way,
                    "reason": row.reason,
                    "failure": row.failure,
                    "hand_reference": row.hand_reference,
                    "created_at": Timestamp::from_ms(row.created_at),
                })
            })
            .collect();
        outln!("{}", serde_json::to_string_pretty(&shown)?);
        return Ok(());
    }
    outln!("refund\tamount\tstate\tway\tsince\twhy");
    for row in rows {
        let why = row.failure.as_deref().unwrap_or(&row.reason);
        let (amount, since) = (Fen(row.amount_fen).yuan(), Timestamp::from_ms(row.created_at));
        outln!("{}\t{amount}\t{}\t{}\t{since}\t{why}", row.refund_id, row.state, row.way);
    }
    Ok(())
}

/// Money by hand is somebody's word: the command line acts for a named person.
async fn acting(store: &Store, login: &str) -> Result<Actor> {
    let staff = store.read().await?.staff_by_login(login).await?;
    let staff = staff.filter(|staff| staff.disabled_at.is_none());
    let staff = staff.with_context(|| format!("nobody signs in as {login}"))?;
    ensure!(
        ["finance", "manager"].contains(&staff.role.as_str()),
        "{login} is {}, and refunds by hand are for finance and managers",
        staff.role
    );
    Ok(Actor { staff: Some(StaffId(staff.staff_id)), operator: staff.operator_id.map(OperatorId) })
}
