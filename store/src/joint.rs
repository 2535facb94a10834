//! One payment at a channel over several orders. Each order has its part, a row of `payment`; the whole has
//! the channel's numbers, and stands here.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{PaymentRow, Result, Tx};

/// The whole of a payment over several orders. Times as in `PaymentRow`.
#[derive(Clone, Debug, FromRow)]
pub struct JointRow {
    pub joint_id: Uuid,
    pub account_id: Option<Uuid>,
    pub payee_id: Uuid,
    pub channel: String,
    pub method: String,
    pub state: String,
    pub amount_fen: i64,
    pub payer: Option<String>,
    pub scene_json: Option<String>,
    pub out_trade_no: String,
    pub prepay_id: Option<String>,
    pub transaction_id: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub succeeded_at: Option<i64>,
}

macro_rules! joint_columns {
    ($rest:literal) => {
        concat!(
            "select joint_id, account_id, payee_id, channel, method, state, amount_fen, payer, scene_json, out_trade_no, \
             prepay_id, transaction_id, created_at, expires_at, succeeded_at from joint_payment ",
            $rest
        )
    };
}

macro_rules! part_columns {
    ($rest:literal) => {
        concat!(
            "select payment_id, order_id, channel, method, state, amount_fen, payer, scene_json, out_trade_no, prepay_id, \
             transaction_id, created_at, expires_at, succeeded_at from payment ",
            $rest
        )
    };
}

impl JointRow {
    /// As a channel sees it: one payment, under the first of its orders.
    #[must_use]
    pub fn as_payment(&self, order_id: Uuid) -> PaymentRow {
        PaymentRow {
            payment_id: self.joint_id,
            order_id,
            channel: self.channel.clone(),
            method: self.method.clone(),
            state: self.state.clone(),
            amount_fen: self.amount_fen,
            payer: self.payer.clone(),
            scene_json: self.scene_json.clone(),
            out_trade_no: self.out_trade_no.clone(),
            prepay_id: self.prepay_id.clone(),
            transaction_id: self.transaction_id.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            succeeded_at: self.succeeded_at,
        }
    }
}

impl Tx {
    /// Stores the whole; its parts come after it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_joint(&mut self, j: &JointRow) -> Result<()> {
        run!(
            self,
            "insert into joint_payment (joint_id, account_id, payee_id, channel, method, state, amount_fen, payer, \
             scene_json, out_trade_no, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            j.joint_id,
            j.account_id,
            j.payee_id,
            &j.channel,
            &j.method,
            &j.state,
            j.amount_fen,
            &j.payer,
            &j.scene_json,
            &j.out_trade_no,
            j.created_at,
            j.expires_at
        );
        Ok(())
    }

    /// Makes a stored payment a part of a whole. False if its order has another attempt pending.
    ///
    /// # Errors
    /// `Database`; the parts are never more than the whole.
    pub async fn insert_part(&mut self, p: &PaymentRow, joint_id: Uuid) -> Result<bool> {
        Ok(run!(
            self,
            "insert into payment (payment_id, order_id, channel, state, amount_fen, out_trade_no, created_at, expires_at, \
             method, joint_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
            p.payment_id,
            p.order_id,
            &p.channel,
            &p.state,
            p.amount_fen,
            &p.out_trade_no,
            p.created_at,
            p.expires_at,
            &p.method,
            joint_id
        ) == 1)
    }

    /// A payment over several orders.
    ///
    /// # Errors
    /// `Database`.
    pub async fn joint(&mut self, joint_id: Uuid) -> Result<Option<JointRow>> {
        Ok(row!(self, joint_columns!("where joint_id = $1"), joint_id))
    }

    /// The same, locked. Lock the orders of its parts first, in the order of their ids.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_joint(&mut self, joint_id: Uuid) -> Result<Option<JointRow>> {
        Ok(lock_row!(self, joint_columns!("where joint_id = $1"), joint_id))
    }

    /// The whole by the number that the provider knows it by.
    ///
    /// # Errors
    /// `Database`.
    pub async fn joint_by_trade_no(&mut self, out_trade_no: &str) -> Result<Option<JointRow>> {
        Ok(row!(self, joint_columns!("where out_trade_no = $1"), out_trade_no))
    }

    /// The whole that a payment is a part of.
    ///
    /// # Errors
    /// `Database`.
    pub async fn joint_of(&mut self, payment_id: Uuid) -> Result<Option<JointRow>> {
        Ok(row!(
            self,
            joint_columns!(
                "where joint_id = (select p.joint_id from payment p where p.payment_id = $1)"
            ),
            payment_id
        ))
    }

    /// The parts of a whole, in the order of their orders' ids, as everybody locks them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn parts_of(&mut self, joint_id: Uuid) -> Result<Vec<PaymentRow>> {
        Ok(rows!(self, part_columns!("where joint_id = $1 order by order_id"), joint_id))
    }

    /// A payment as its channel knows it, by the id of the payment or of the whole. A part is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn attempt(&mut self, id: Uuid) -> Result<Option<PaymentRow>> {
        let single: Option<PaymentRow> =
            row!(self, part_columns!("where payment_id = $1 and joint_id is null"), id);
        if single.is_some() {
            return Ok(single);
        }
        let Some(joint) = self.joint(id).await? else { return Ok(None) };
        let first: Option<(Uuid,)> = row!(
            self,
            "select order_id from payment where joint_id = $1 order by order_id limit 1",
            id
        );
        Ok(first.map(|(order_id,)| joint.as_payment(order_id)))
    }

    /// Payments over several orders that neither succeeded nor ended, created before `before` (machine time).
    ///
    /// # Errors
    /// `Database`.
    pub async fn pending_joints(&mut self, before: i64, limit: i64) -> Result<Vec<JointRow>> {
        Ok(rows!(
            self,
            joint_columns!(
                "where state in ('created', 'ready') and created_at < $1 order by created_at limit $2"
            ),
            before,
            limit
        ))
    }

    /// Stores what an event changed in a whole that this transaction has locked. When it has ended, the payer's
    /// address is forgotten.
    ///
    /// # Errors
    /// `Database`; a whole succeeds only as the sum of its parts.
    pub async fn update_joint(&mut self, j: &JointRow) -> Result<()> {
        run!(
            self,
            "update joint_payment set state = $2, prepay_id = $3, transaction_id = $4, succeeded_at = $5, \
             scene_json = case when $2 in ('created', 'ready') then scene_json end where joint_id = $1",
            j.joint_id,
            &j.state,
            &j.prepay_id,
            &j.transaction_id,
            j.succeeded_at
        );
        Ok(())
    }

    /// Ends the time in which a pending whole may be paid: the provider is asked to close it next.
    ///
    /// # Errors
    /// `Database`.
    pub async fn expire_joint(&mut self, joint_id: Uuid, at: i64) -> Result<()> {
        run!(
            self,
            "update joint_payment set expires_at = $2 where joint_id = $1 and expires_at > $2",
            joint_id,
            at
        );
        Ok(())
    }

    /// Wholes that succeeded and are not the sum of parts that did, or of which a part is not where the whole is.
    ///
    /// # Errors
    /// `Database`.
    pub async fn broken_joints(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select j.joint_id from joint_payment j where (j.state = 'succeeded' and j.amount_fen <> \
             (select coalesce(sum(p.amount_fen), 0) from payment p where p.joint_id = j.joint_id \
             and p.state = 'succeeded')) or exists (select 1 from payment p where p.joint_id = j.joint_id \
             and p.state <> j.state) order by j.joint_id limit $1",
            limit
        ))
    }
}
