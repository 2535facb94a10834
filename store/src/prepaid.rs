//! Prepaid balances, their moves, and what is asked to be topped up. A balance changes by a move only, and the
//! database refuses one that does not follow the last or that would leave less than nothing.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{lock_row, row, rows, run};
use crate::{Result, Tx};

/// What an account has prepaid at a payee.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BalanceOf {
    pub balance_id: Uuid,
    /// None once the person was deleted.
    pub account_id: Option<Uuid>,
    pub payee_id: Uuid,
    pub operator_id: Uuid,
    pub balance_fen: i64,
    pub last_line: i64,
    pub opened_at: i64,
}

/// A change of a balance, with what stood after it. Instants are city time.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PrepaidMoveRow {
    pub balance_id: Uuid,
    pub line: i64,
    /// `top_up`, `used`, `returned` or `given_back`.
    pub kind: String,
    pub amount_fen: i64,
    pub balance_fen: i64,
    pub order_id: Uuid,
    /// Names the fact once: the payment, the refund, or order and revision.
    pub reference: String,
    pub made_at: i64,
}

/// The subject of an order `top_up`.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TopUpRow {
    pub top_up_id: Uuid,
    pub balance_id: Uuid,
    pub amount_fen: i64,
    pub asked_at: i64,
}

/// What a payee's balances add up to.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PrepaidSum {
    pub payee_id: Uuid,
    pub balances: i64,
    pub balance_fen: i64,
}

macro_rules! balance_columns {
    ($rest:literal) => {
        concat!(
            "select balance_id, account_id, payee_id, operator_id, balance_fen, last_line, opened_at \
             from prepaid_balance ",
            $rest
        )
    };
}

impl Tx {
    /// The balance of an account at a payee, locked; made as `fresh_id`, with nothing on it, if
    /// there is none.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn open_balance(
        &mut self,
        (fresh_id, account_id): (Uuid, Uuid),
        (payee_id, operator_id): (Uuid, Uuid),
        now: i64,
    ) -> Result<BalanceOf> {
        run!(
            self,
            "insert into prepaid_balance (balance_id, account_id, payee_id, operator_id, balance_fen, last_line, opened_at) \
             values ($1, $2, $3, $4, 0, 0, $5) on conflict (account_id, payee_id) do nothing",
            fresh_id,
            account_id,
            payee_id,
            operator_id,
            now
        );
        let opened = self.lock_balance_of(account_id, payee_id).await?;
        opened.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// The balance of an account at a payee, locked until the transaction ends. Lock its orders first.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_balance_of(
        &mut self,
        account_id: Uuid,
        payee_id: Uuid,
    ) -> Result<Option<BalanceOf>> {
        Ok(lock_row!(
            self,
            balance_columns!("where account_id = $1 and payee_id = $2"),
            account_id,
            payee_id
        ))
    }

    /// A balance by its id, locked.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_balance(&mut self, balance_id: Uuid) -> Result<Option<BalanceOf>> {
        Ok(lock_row!(self, balance_columns!("where balance_id = $1"), balance_id))
    }

    /// The balance that a payment was made from, whoever holds its order now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn paying_balance(&mut self, payment_id: Uuid) -> Result<Option<BalanceOf>> {
        Ok(row!(
            self,
            balance_columns!(
                "where balance_id = (select m.balance_id from prepaid_move m join payment p \
                 on p.transaction_id = m.reference where m.kind = 'used' and p.payment_id = $1)"
            ),
            payment_id
        ))
    }

    /// The balances of an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn balances_of(&mut self, account_id: Uuid) -> Result<Vec<BalanceOf>> {
        Ok(rows!(
            self,
            balance_columns!("where account_id = $1 order by opened_at, balance_id"),
            account_id
        ))
    }

    /// Appends a move to a balance that this transaction has locked, which changes with it. False if the fact
    /// is known.
    ///
    /// # Errors
    /// `Database` when it does not follow the last move, or more would go than there is.
    pub async fn move_balance(&mut self, m: &PrepaidMoveRow) -> Result<bool> {
        let known: Option<(i64,)> = row!(
            self,
            "select line from prepaid_move where kind = $1 and reference = $2",
            &m.kind,
            &m.reference
        );
        if known.is_some() {
            return Ok(false);
        }
        run!(
            self,
            "insert into prepaid_move (balance_id, line, kind, amount_fen, balance_fen, order_id, reference, made_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            m.balance_id,
            m.line,
            &m.kind,
            m.amount_fen,
            m.balance_fen,
            m.order_id,
            &m.reference,
            m.made_at
        );
        Ok(true)
    }

    /// The moves of a balance, newest first, `limit` of those before `before`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn prepaid_moves(
        &mut self,
        balance_id: Uuid,
        before: i64,
        limit: i64,
    ) -> Result<Vec<PrepaidMoveRow>> {
        Ok(rows!(
            self,
            "select balance_id, line, kind, amount_fen, balance_fen, order_id, reference, made_at from prepaid_move \
             where balance_id = $1 and line < $2 order by line desc limit $3",
            balance_id,
            before,
            limit
        ))
    }

    /// Stores what is to be topped up.
    ///
    /// # Errors
    /// `Database`.
    pub async fn insert_top_up(&mut self, t: &TopUpRow) -> Result<()> {
        run!(
            self,
            "insert into prepaid_top_up (top_up_id, balance_id, amount_fen, asked_at) values ($1, $2, $3, $4)",
            t.top_up_id,
            t.balance_id,
            t.amount_fen,
            t.asked_at
        );
        Ok(())
    }

    /// What is to be topped up.
    ///
    /// # Errors
    /// `Database`.
    pub async fn top_up(&mut self, top_up_id: Uuid) -> Result<Option<TopUpRow>> {
        Ok(row!(
            self,
            "select top_up_id, balance_id, amount_fen, asked_at from prepaid_top_up where top_up_id = $1",
            top_up_id
        ))
    }

    /// What is asked to be topped up of a balance and neither paid nor over, in fen.
    ///
    /// # Errors
    /// `Database`.
    pub async fn top_ups_under_way(&mut self, balance_id: Uuid) -> Result<i64> {
        let found: Option<(i64,)> = row!(
            self,
            "select cast(coalesce(sum(t.amount_fen), 0) as bigint) from prepaid_top_up t join parking_order o \
             on o.subject_kind = 'top_up' and o.subject_id = t.top_up_id where t.balance_id = $1 and o.state = 'open'",
            balance_id
        );
        Ok(found.map_or(0, |(fen,)| fen))
    }

    /// Orders that topped a balance up and of which something was not given back, in the order of their ids.
    ///
    /// # Errors
    /// `Database`.
    pub async fn paid_top_ups(&mut self, balance_id: Uuid) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select o.order_id from prepaid_top_up t join parking_order o on o.subject_kind = 'top_up' \
             and o.subject_id = t.top_up_id where t.balance_id = $1 and o.total_fen > 0 order by o.order_id",
            balance_id
        ))
    }

    /// Top-ups that nobody paid, asked for before `before`, without a payment under way; of the oldest `limit`
    /// their orders.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unpaid_top_ups(&mut self, before: i64, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select o.order_id from parking_order o where o.subject_kind = 'top_up' and o.state = 'open' \
             and o.opened_at < $1 and not exists (select 1 from payment p where p.order_id = o.order_id \
             and p.state in ('created', 'ready')) order by o.opened_at, o.order_id limit $2",
            before,
            limit
        ))
    }

    /// What the balances of each payee add up to.
    ///
    /// # Errors
    /// `Database`.
    pub async fn prepaid_sums(&mut self) -> Result<Vec<PrepaidSum>> {
        Ok(rows!(
            self,
            "select b.payee_id, count(*) as balances, cast(sum(b.balance_fen) as bigint) as balance_fen \
             from prepaid_balance b group by b.payee_id order by b.payee_id"
        ))
    }

    /// Balances whose moves do not lead to what they stand at, or have a gap.
    ///
    /// # Errors
    /// `Database`.
    pub async fn broken_balances(&mut self, limit: i64) -> Result<Vec<(Uuid,)>> {
        Ok(rows!(
            self,
            "select b.balance_id from prepaid_balance b where b.balance_fen <> (select coalesce(sum(m.amount_fen), 0) \
             from prepaid_move m where m.balance_id = b.balance_id) or b.last_line <> (select count(*) \
             from prepaid_move m where m.balance_id = b.balance_id) or exists (select 1 from prepaid_move m \
             where m.balance_id = b.balance_id and m.balance_fen <> (select sum(n.amount_fen) from prepaid_move n \
             where n.balance_id = m.balance_id and n.line <= m.line)) order by b.balance_id limit $1",
            limit
        ))
    }
}
