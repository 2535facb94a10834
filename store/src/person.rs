//! One driver's data: what there is of it, and taking the person out of it. The books stay.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::{InvoiceRow, Result, Tx};

/// A word on a vehicle is of its visit if it was said so long before it came or after it left: what
/// `[claims]` allows, and what a handheld's clock is off.
const AROUND_MS: i64 = 3_600_000;

/// What stands in the way of deleting an account, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct OpenMatters {
    pub parked: i64,
    pub unpaid: i64,
    pub payments: i64,
    /// On their way, or still to be started.
    pub refunds: i64,
    pub appeals: i64,
    pub passes: i64,
    pub invoices: i64,
    /// Something is left on a prepaid balance, or a top-up is under way.
    pub prepaid: i64,
}

/// A claim of a driver's.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct OwnClaim {
    pub claim_id: Uuid,
    pub bay_code: String,
    pub plate: String,
    pub made_at: i64,
    pub state: String,
}

/// A consent of a driver's.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ConsentRow {
    pub purpose: String,
    pub version: String,
    pub given_at: i64,
    pub withdrawn_at: Option<i64>,
}

/// A visit whose plate is to be hidden.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct PlatedVisit {
    pub visit_id: Uuid,
    pub plate: String,
}

impl std::fmt::Debug for OwnClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnClaim({})", self.claim_id)
    }
}

impl std::fmt::Debug for PlatedVisit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlatedVisit({})", self.visit_id)
    }
}

impl Tx {
    /// The account of an openid.
    ///
    /// # Errors
    /// `Database`.
    pub async fn account_of(&mut self, openid: &str) -> Result<Option<Uuid>> {
        let found: Option<(Uuid,)> =
            row!(self, "select account_id from account where openid = $1", openid);
        Ok(found.map(|(id,)| id))
    }

    /// Since when there is an account, if it is not deleted.
    ///
    /// # Errors
    /// `Database`.
    pub async fn account_since(&mut self, account_id: Uuid) -> Result<Option<i64>> {
        let found: Option<(i64,)> = row!(
            self,
            "select created_at from account where account_id = $1 and not exists \
             (select 1 from account_deletion d where d.account_id = account.account_id)",
            account_id
        );
        Ok(found.map(|(at,)| at))
    }

    /// What stands in the way of deleting an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn open_matters(&mut self, account_id: Uuid) -> Result<OpenMatters> {
        let found: Option<OpenMatters> = row!(
            self,
            "select (select count(*) from parking_order o where o.account_id = $1 and o.state = 'open' \
              and o.subject_kind = 'visit') as parked, \
             (select count(*) from parking_order o where o.account_id = $1 and o.state in ('due', 'owing')) as unpaid, \
             (select count(*) from payment p join parking_order o on o.order_id = p.order_id where p.state in ('created', 'ready') \
              and (o.account_id = $1 or p.payer = (select a.openid from account a where a.account_id = $1))) as payments, \
             (select count(*) from parking_order o where o.account_id = $1 and (o.refunding_fen > 0 or (o.state <> 'open' \
              and o.paid_fen - o.refunding_fen - o.refunded_fen > o.total_fen - o.waived_fen - o.written_off_fen))) as refunds, \
             (select count(*) from appeal a where a.account_id = $1 and a.state in ('filed', 'in_review', 'proposed')) as appeals, \
             (select count(*) from pass p where p.account_id = $1 and p.state in ('applied', 'waiting', 'offered', 'active')) as passes, \
             (select count(*) from invoice i where i.account_id = $1 and (i.state in ('proposed', 'requested', 'applied', \
              'confirmed', 'submitted') or (i.state = 'issued' and i.documents_at is null))) as invoices, \
             (select count(*) from prepaid_balance b where b.account_id = $1 and b.balance_fen > 0) + \
             (select count(*) from parking_order o where o.account_id = $1 and o.state = 'open' \
              and o.subject_kind = 'top_up') as prepaid",
            account_id
        );
        Ok(found.unwrap_or_default())
    }

    /// The claims of an account, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn claims_of_account(&mut self, account_id: Uuid) -> Result<Vec<OwnClaim>> {
        Ok(rows!(
            self,
            "select c.claim_id, b.code as bay_code, c.plate, c.made_at, c.state from claim c \
             join bay b on b.bay_id = c.bay_id where c.account_id = $1 order by c.made_at, c.claim_id",
            account_id
        ))
    }

    /// What an account has consented to.
    ///
    /// # Errors
    /// `Database`.
    pub async fn consents(&mut self, account_id: Uuid) -> Result<Vec<ConsentRow>> {
        Ok(rows!(
            self,
            "select purpose, version, given_at, withdrawn_at from consent where account_id = $1 order by given_at, purpose",
            account_id
        ))
    }

    /// The invoices of an account, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn invoices_of_account(&mut self, account_id: Uuid) -> Result<Vec<InvoiceRow>> {
        let ids: Vec<(Uuid,)> = rows!(
            self,
            "select invoice_id from invoice where account_id = $1 order by requested_at, invoice_id",
            account_id
        );
        let mut invoices = Vec::with_capacity(ids.len());
        for (id,) in ids {
            invoices.extend(self.invoice(id).await?);
        }
        Ok(invoices)
    }

    /// The visits of an account whose plates are not hidden.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plated_visits_of(&mut self, account_id: Uuid) -> Result<Vec<PlatedVisit>> {
        Ok(rows!(
            self,
            "select v.visit_id, v.plate from visit v where v.account_id = $1 and substr(v.plate, 1, 7) <> 'DELETED' order by v.visit_id",
            account_id
        ))
    }

    /// Visits opened before `before` that are settled and whose plates are not hidden, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn plated_visits_before(
        &mut self,
        before: i64,
        limit: i64,
    ) -> Result<Vec<PlatedVisit>> {
        Ok(rows!(
            self,
            "select v.visit_id, v.plate from visit v join parking_order o on o.subject_kind = 'visit' and o.subject_id = v.visit_id \
             where v.opened_at < $1 and substr(v.plate, 1, 7) <> 'DELETED' and o.state not in ('open', 'due', 'owing') \
             and o.refunding_fen = 0 order by v.opened_at, v.visit_id limit $2",
            before,
            limit
        ))
    }

    /// Puts another name in the place of a plate, in a visit and in everything that tells of it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hide_plate(&mut self, visit_id: Uuid, name: &str) -> Result<()> {
        for claim_id in self.claims_beside(visit_id).await? {
            self.hide_claim(claim_id, name).await?;
        }
        run!(
            self,
            "delete from capture_photo where capture_id in (select c.capture_id from capture c \
             join stay_link l on l.claim_id = c.claim_id where l.visit_id = $1)",
            visit_id
        );
        run!(
            self,
            "update claim set plate = $2 where claim_id in (select claim_id from stay_link where visit_id = $1)",
            visit_id,
            name
        );
        run!(self, "update visit_vehicle set plate = $2 where visit_id = $1", visit_id, name);
        run!(self, "update plate_seen set plate = $2 where visit_id = $1", visit_id, name);
        run!(self, "update visit set plate = $2 where visit_id = $1", visit_id, name);
        Ok(())
    }

    /// Claims and captures of a visit's plate that no link knows, made in its bays while it was there: they agreed
    /// with who held the stay, or came too late for it. Not those of another account, or said of another visit's stay.
    async fn claims_beside(&mut self, visit_id: Uuid) -> Result<Vec<Uuid>> {
        let found: Vec<(Uuid,)> = rows!(
            self,
            "select c.claim_id from claim c where c.state <> 'waiting' and substr(c.plate, 1, 7) <> 'DELETED' \
             and c.plate in (select v.plate from visit v where v.visit_id = $1 \
              union select w.plate from visit_vehicle w where w.visit_id = $1) \
             and (c.account_id is null or c.account_id = (select v.account_id from visit v where v.visit_id = $1)) \
             and not exists (select 1 from stay_link l where l.claim_id = c.claim_id) \
             and exists (select 1 from stay_link l join stay s on s.stay_id = l.stay_id where l.visit_id = $1 \
              and s.bay_id = c.bay_id and c.made_at >= s.arrived_at - $2 and (s.left_at is null or c.made_at <= s.left_at + $2)) \
             and not exists (select 1 from stay s join stay_link l on l.stay_id = s.stay_id and l.ended_at is null \
              where s.bay_id = c.bay_id and l.visit_id <> $1 and s.arrived_at <= c.made_at \
              and (s.left_at is null or s.left_at > c.made_at))",
            visit_id,
            AROUND_MS
        );
        Ok(found.into_iter().map(|(claim_id,)| claim_id).collect())
    }

    /// Puts another name in the place of the plate of one claim, and deletes the photo of it.
    async fn hide_claim(&mut self, claim_id: Uuid, name: &str) -> Result<()> {
        run!(
            self,
            "delete from capture_photo where capture_id in (select capture_id from capture where claim_id = $1)",
            claim_id
        );
        run!(self, "update claim set plate = $2 where claim_id = $1", claim_id, name);
        Ok(())
    }

    /// Hides the plates of claims and captures that were made before `before`, whatever became of them, but those
    /// of visits whose plates are still kept; how many.
    ///
    /// # Errors
    /// `Database`.
    pub(crate) async fn forget_claim_plates(&mut self, before: i64, limit: i64) -> Result<u64> {
        let old: Vec<(Uuid,)> = rows!(
            self,
            "select c.claim_id from claim c where c.made_at < $1 and c.state <> 'waiting' \
             and substr(c.plate, 1, 7) <> 'DELETED' and not exists (select 1 from stay_link l \
              join visit v on v.visit_id = l.visit_id where l.claim_id = c.claim_id and substr(v.plate, 1, 7) <> 'DELETED') \
             order by c.made_at, c.claim_id limit $2",
            before,
            limit
        );
        for (claim_id,) in &old {
            self.hide_claim(*claim_id, "DELETED").await?;
        }
        Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
    }

    /// Puts another name in the place of a plate in the passes of an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hide_pass_plate(
        &mut self,
        account_id: Uuid,
        plate: &str,
        name: &str,
    ) -> Result<()> {
        run!(
            self,
            "update pass_plate set plate = $3 where plate = $2 and pass_id in (select pass_id from pass where account_id = $1)",
            account_id,
            plate,
            name
        );
        Ok(())
    }

    /// The plates of the passes of an account.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pass_plates_of(&mut self, account_id: Uuid) -> Result<Vec<(String,)>> {
        Ok(rows!(
            self,
            "select distinct v.plate from pass_plate v join pass p on p.pass_id = v.pass_id \
             where p.account_id = $1 and substr(v.plate, 1, 7) <> 'DELETED' order by v.plate",
            account_id
        ))
    }

    /// Takes a person out of what is kept: what they said and how they are reached is deleted, what
    /// the books need names nobody. `openid` becomes `instead`, which nobody can sign in with.
    ///
    /// # Errors
    /// `Database`.
    pub async fn unlink_account(
        &mut self,
        account_id: Uuid,
        (instead, asked_by): (&str, &str),
        at: i64,
    ) -> Result<()> {
        for delete in [
            "delete from session where subject_kind = 'driver' and subject_id = $1",
            "delete from consent where account_id = $1",
            "delete from driver_contact where account_id = $1",
            "delete from invoice_title where account_id = $1",
            "delete from saved_vehicle where account_id = $1",
            "delete from invoice_mail where invoice_id in (select invoice_id from invoice where account_id = $1)",
            "delete from invoice_link where invoice_id in (select invoice_id from invoice where account_id = $1)",
            "update invoice set reissue_json = null where account_id = $1",
            "update invoice set draft_json = '' where account_id = $1 and issued_at is null",
            "update joint_payment set payer = null, scene_json = null, account_id = null where account_id = $1",
            "update prepaid_balance set account_id = null where account_id = $1",
            "update payment set payer = null, scene_json = null where order_id in (select order_id from parking_order where account_id = $1)",
            // What was paid for somebody else's vehicle, by the code on its bay.
            "update payment set payer = null where payer = (select openid from account where account_id = $1)",
            // Of visits of the person's the plate has a name by now.
            "update claim set plate = 'DELETED' where account_id = $1 and substr(plate, 1, 7) <> 'DELETED'",
            "update claim set account_id = null where account_id = $1",
            "update visit set account_id = null where account_id = $1",
            "update arrears_notice set account_id = null where account_id = $1",
            "update arrears set account_id = null where account_id = $1",
            "update pass set account_id = null where account_id = $1",
            "update coupon set account_id = null where account_id = $1",
            "update case_file set account_id = null where account_id = $1",
            "update parking_order set account_id = null where account_id = $1",
        ] {
            run!(self, delete, account_id);
        }
        run!(
            self,
            "update case_attachment set content = null, deleted_at = $2 where deleted_at is null and case_id in \
             (select case_id from appeal where account_id = $1)",
            account_id,
            at
        );
        run!(
            self,
            "update appeal set account_id = null, said = '' where account_id = $1",
            account_id
        );
        run!(
            self,
            "update invoice set account_id = $2 where account_id = $1",
            account_id,
            Uuid::nil()
        );
        run!(self, "delete from idempotency where scope = $1", format!("driver:{account_id}"));
        run!(self, "update account set openid = $2 where account_id = $1", account_id, instead);
        run!(
            self,
            "insert into account_deletion (account_id, deleted_at, asked_by) values ($1, $2, $3) on conflict do nothing",
            account_id,
            at,
            asked_by
        );
        Ok(())
    }

    /// Deletes photos of plates that were taken before `before`; how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_capture_photos(&mut self, before: i64, limit: i64) -> Result<u64> {
        Ok(run!(
            self,
            "delete from capture_photo where capture_id in \
             (select capture_id from capture_photo where stored_at < $1 order by stored_at limit $2)",
            before,
            limit
        ))
    }
}
