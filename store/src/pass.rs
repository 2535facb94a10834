//! Passes: what is sold, who has or wants one, for which plate, and what of it is earned when.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::tx::both;
use crate::{Result, Tx};

/// A pass that is sold for a zone; `tariff_pass` is its name in the tariff.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PassProductRow {
    pub product_id: Uuid,
    pub operator_id: Uuid,
    pub zone_id: Uuid,
    pub name: String,
    pub tariff_pass: String,
    pub price_fen: i64,
    pub months: i64,
    pub quota: Option<i64>,
    pub evidence_needed: bool,
    pub eligibility: String,
    pub offer_hours: i64,
    pub made_at: i64,
    pub ended_at: Option<i64>,
}

/// A pass that somebody has or wants.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PassRow {
    pub pass_id: Uuid,
    pub product_id: Uuid,
    pub operator_id: Uuid,
    pub account_id: Option<Uuid>,
    pub state: String,
    pub applied_at: i64,
    pub decided_at: Option<i64>,
    pub decided_by: Option<String>,
    pub reason: Option<String>,
    pub offered_until_at: Option<i64>,
    pub valid_from_at: Option<i64>,
    pub valid_to_at: Option<i64>,
    pub price_fen: i64,
    pub given_back_fen: i64,
    pub changed_at: i64,
}

/// A pass as it covers a plate.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CoverRow {
    pub pass_id: Uuid,
    pub tariff_pass: String,
    pub from_at: i64,
    pub to_at: i64,
}

macro_rules! product_columns {
    ($rest:literal) => {
        concat!(
            "select product_id, operator_id, zone_id, name, tariff_pass, price_fen, months, quota, evidence_needed, \
             eligibility, offer_hours, made_at, ended_at from pass_product ",
            $rest
        )
    };
}

macro_rules! pass_columns {
    ($rest:literal) => {
        concat!(
            "select pass_id, product_id, operator_id, account_id, state, applied_at, decided_at, decided_by, reason, \
             offered_until_at, valid_from_at, valid_to_at, price_fen, given_back_fen, changed_at from pass ",
            $rest
        )
    };
}

impl Tx {
    /// Puts a pass on sale; false if the operator has one of this name.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_pass_product(&mut self, p: &PassProductRow) -> Result<bool> {
        Ok(run!(
            self,
            "insert into pass_product (product_id, operator_id, zone_id, name, tariff_pass, price_fen, months, quota, \
             evidence_needed, eligibility, offer_hours, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             on conflict (operator_id, name) do nothing",
            p.product_id,
            p.operator_id,
            p.zone_id,
            &p.name,
            &p.tariff_pass,
            p.price_fen,
            p.months,
            p.quota,
            p.evidence_needed,
            &p.eligibility,
            p.offer_hours,
            p.made_at
        ) == 1)
    }

    /// A pass on sale, locked: the quota is counted under this lock.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_pass_product(&mut self, product_id: Uuid) -> Result<Option<PassProductRow>> {
        Ok(lock_row!(self, product_columns!("where product_id = $1"), product_id))
    }

    /// Takes a pass off sale.
    ///
    /// # Errors
    /// `Database`.
    pub async fn end_pass_product(&mut self, product_id: Uuid, at: i64) -> Result<()> {
        run!(
            self,
            "update pass_product set ended_at = $2 where product_id = $1 and ended_at is null",
            product_id,
            at
        );
        Ok(())
    }

    /// Applications for a product that are not decided, or wait for a place.
    ///
    /// # Errors
    /// `Database`.
    pub async fn passes_without_offer(&mut self, product_id: Uuid) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select pass_id from pass where product_id = $1 and state in ('applied', 'waiting') order by pass_id",
            product_id
        ))
    }

    /// Passes on sale.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_products(&mut self, limit: i64) -> Result<Vec<PassProductRow>> {
        Ok(rows!(
            self,
            product_columns!("where ended_at is null order by name, product_id limit $1"),
            limit
        ))
    }

    /// How many passes of a product take a place, and how many wait.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_places(&mut self, product_id: Uuid) -> Result<(i64, i64)> {
        let found: Option<(i64, i64)> = row!(
            self,
            "select coalesce(cast(sum(case when state in ('offered', 'active') then 1 else 0 end) as bigint), 0), \
             coalesce(cast(sum(case when state = 'waiting' then 1 else 0 end) as bigint), 0) \
             from pass where product_id = $1",
            product_id
        );
        Ok(found.unwrap_or_default())
    }

    /// Stores an application.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_pass(&mut self, p: &PassRow) -> Result<()> {
        run!(
            self,
            "insert into pass (pass_id, product_id, operator_id, account_id, state, applied_at, price_fen, changed_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            p.pass_id,
            p.product_id,
            p.operator_id,
            p.account_id,
            &p.state,
            p.applied_at,
            p.price_fen,
            p.changed_at
        );
        Ok(())
    }

    /// A pass.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass(&mut self, pass_id: Uuid) -> Result<Option<PassRow>> {
        Ok(row!(self, pass_columns!("where pass_id = $1"), pass_id))
    }

    /// A pass, locked until the transaction ends.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_pass(&mut self, pass_id: Uuid) -> Result<Option<PassRow>> {
        Ok(lock_row!(self, pass_columns!("where pass_id = $1"), pass_id))
    }

    /// Stores what changed in a pass that this transaction has locked.
    ///
    /// # Errors
    /// `Database`.
    pub async fn update_pass(&mut self, p: &PassRow) -> Result<()> {
        run!(
            self,
            "update pass set state = $2, decided_at = $3, decided_by = $4, reason = $5, offered_until_at = $6, \
             valid_from_at = $7, valid_to_at = $8, given_back_fen = $9, changed_at = $10 where pass_id = $1",
            p.pass_id,
            &p.state,
            p.decided_at,
            &p.decided_by,
            &p.reason,
            p.offered_until_at,
            p.valid_from_at,
            p.valid_to_at,
            p.given_back_fen,
            p.changed_at
        );
        Ok(())
    }

    /// The passes of an account, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn passes_of_account(
        &mut self,
        account_id: Uuid,
        limit: i64,
    ) -> Result<Vec<PassRow>> {
        Ok(rows!(
            self,
            pass_columns!("where account_id = $1 order by applied_at desc, pass_id limit $2"),
            account_id,
            limit
        ))
    }

    /// The passes of an operator in a state, oldest application first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn passes_in_state(
        &mut self,
        state: &str,
        operator: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<PassRow>> {
        Ok(rows!(
            self,
            pass_columns!(
                "where state = $1 and ($2 is null or operator_id = $2) order by applied_at, pass_id limit $3"
            ),
            state,
            operator,
            limit
        ))
    }

    /// Who waits longest for a product.
    ///
    /// # Errors
    /// `Database`.
    pub async fn first_waiting(&mut self, product_id: Uuid) -> Result<Option<PassRow>> {
        Ok(row!(
            self,
            pass_columns!(
                "where product_id = $1 and state = 'waiting' order by applied_at, pass_id limit 1"
            ),
            product_id
        ))
    }

    /// Passes that a sweep has to look at: offers that are paid or over, passes whose time is over.
    ///
    /// # Errors
    /// `Database`.
    pub async fn passes_to_look_at(&mut self, now: i64, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select p.pass_id from pass p left join parking_order o on o.subject_kind = 'pass' and o.subject_id = p.pass_id \
             where (p.state = 'offered' and (p.offered_until_at <= $1 or o.state = 'paid')) \
             or (p.state = 'active' and p.valid_to_at <= $1) order by p.pass_id limit $2",
            now,
            limit
        ))
    }

    /// Products for which somebody waits and a place is free.
    ///
    /// # Errors
    /// `Database`.
    pub async fn products_with_room(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select d.product_id from pass_product d where d.ended_at is null \
             and exists (select 1 from pass w where w.product_id = d.product_id and w.state = 'waiting') \
             and (d.quota is null or d.quota > (select count(*) from pass t where t.product_id = d.product_id \
             and t.state in ('offered', 'active'))) order by d.product_id limit $1",
            limit
        ))
    }

    /// The plate that a pass holds for now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_plate_now(&mut self, pass_id: Uuid) -> Result<Option<String>> {
        let found: Option<(String,)> = row!(
            self,
            "select plate from pass_plate where pass_id = $1 order by version desc limit 1",
            pass_id
        );
        Ok(found.map(|(plate,)| plate))
    }

    /// From `at` on a pass holds for another plate.
    ///
    /// # Errors
    /// `Database`.
    pub async fn change_pass_plate(&mut self, pass_id: Uuid, plate: &str, at: i64) -> Result<()> {
        run!(
            self,
            "update pass_plate set to_at = $2 where pass_id = $1 and to_at is null",
            pass_id,
            at
        );
        run!(
            self,
            "insert into pass_plate (pass_id, version, plate, from_at) \
             select $1, coalesce(max(version), 0) + 1, $2, $3 from pass_plate where pass_id = $1",
            pass_id,
            plate,
            at
        );
        Ok(())
    }

    /// Every plate that a pass has held for.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plates_of_pass(&mut self, pass_id: Uuid) -> Result<Vec<(String,)>> {
        Ok(rows!(
            self,
            "select distinct plate from pass_plate where pass_id = $1 order by plate",
            pass_id
        ))
    }

    /// A pass that begins holds for its plate from then on, however early it was applied for.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hold_pass_plate_from(&mut self, pass_id: Uuid, at: i64) -> Result<()> {
        run!(
            self,
            "update pass_plate set from_at = $2 where pass_id = $1 and to_at is null and from_at > $2",
            pass_id,
            at
        );
        Ok(())
    }

    /// How often the plate of a pass was changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_plate_changes(&mut self, pass_id: Uuid) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar(
            "select count(*) - 1 from pass_plate where pass_id = $1"
        )
        .bind(pass_id)
        .fetch_one(c)
        .await?))
    }
}
