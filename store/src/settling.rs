//! What settling many visits reads, each kind in one statement for all of them. The forms for one stand
//! with their tables; what is asked is the same.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk::bulk_fetch;
use crate::order::{bill_columns, order_columns};
use crate::tx::Conn;
use crate::{
    BillRow, CouponRow, CoverRow, ExemptVehicle, ExemptionRow, OrderRow, PaymentRow, Result,
    StayRow, Tx, VisitRow,
};

/// Whose passes are asked for: a plate in a zone, from an instant on.
#[derive(Clone, Copy, Debug)]
pub struct CoveredPlate<'a> {
    pub zone_id: Uuid,
    pub plate: &'a str,
    pub from_at: i64,
}

/// Whose other visits are asked for: those of the same plate, operator and tariff, but not that of the order.
#[derive(Clone, Copy, Debug)]
pub struct SamePlate<'a> {
    pub order: &'a OrderRow,
    pub plate: &'a str,
    pub from_at: i64,
    pub to_at: i64,
}

/// A visit that was billed, and what its bill was made from.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EarlierRow {
    pub visit_id: Uuid,
    pub case_json: String,
}

#[derive(FromRow)]
struct OfVisit {
    of_visit: Uuid,
    #[sqlx(flatten)]
    row: StayRow,
}

/// A row found for the one asked for in this place.
#[derive(FromRow)]
struct At<T> {
    place: i64,
    #[sqlx(flatten)]
    row: T,
}

/// Rows by what they belong to; the order within it is kept.
fn by_id<T>(found: impl IntoIterator<Item = (Uuid, T)>) -> BTreeMap<Uuid, Vec<T>> {
    let mut rows: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for (id, row) in found {
        rows.entry(id).or_default().push(row);
    }
    rows
}

/// Rows by the place of who they were found for; the order within a place is kept.
fn by_place<T>(found: impl IntoIterator<Item = At<T>>, places: usize) -> Vec<Vec<T>> {
    let mut rows: Vec<Vec<T>> = (0..places).map(|_| Vec::new()).collect();
    for At { place, row } in found {
        if let Some(list) = usize::try_from(place).ok().and_then(|place| rows.get_mut(place)) {
            list.push(row);
        }
    }
    rows
}

fn placed<T>(rows: &[T]) -> Vec<(i64, &T)> {
    (0..).zip(rows).collect()
}

impl Tx {
    /// Locks the orders of visits until the transaction ends, in the order of their ids, and gives them in it.
    ///
    /// # Errors
    /// `Again` on deadlock, `Database` otherwise.
    pub async fn lock_orders_of_visits(&mut self, visits: &[Uuid]) -> Result<Vec<OrderRow>> {
        if let Conn::Postgres(c) = self.conn() {
            return Ok(sqlx::query_as(concat!(
                order_columns!(),
                "where subject_kind = 'visit' and subject_id = any($1) order by order_id for update"
            ))
            .bind(visits)
            .fetch_all(c)
            .await?);
        }
        let mut orders: Vec<OrderRow> = bulk_fetch!(
            self,
            visits,
            "visit_id",
            |id| ["uuid": *id],
            concat!(
                order_columns!(),
                "where subject_kind = 'visit' and subject_id in (select visit_id from v)"
            )
        );
        orders.sort_unstable_by_key(|order| order.order_id);
        Ok(orders)
    }

    /// Visits by their ids.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits(&mut self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, VisitRow>> {
        let rows: Vec<VisitRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select s.visit_id, s.operator_id, s.plate, s.vehicle_class, s.account_id, s.opened_at, s.plate_colour \
             from v cross join visit s where s.visit_id = v.id"
        );
        Ok(rows.into_iter().map(|row| (row.visit_id, row)).collect())
    }

    /// The stays that make up each visit, oldest first; as `stays_of_visit`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn stays_of_visits(&mut self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<StayRow>>> {
        let mut rows: Vec<OfVisit> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select l.visit_id as of_visit, s.stay_id, s.bay_id, s.state, s.revision, s.arrived_at, s.left_at, \
             s.span_json, s.superseded_by, s.fold_version, s.policy_version \
             from v cross join stay_link l cross join stay s \
             where l.visit_id = v.id and l.ended_at is null and l.role = 'occupies' and s.stay_id = l.stay_id"
        );
        rows.sort_unstable_by_key(|of| (of.row.arrived_at, of.row.stay_id));
        Ok(by_id(rows.into_iter().map(|of| (of.of_visit, of.row))))
    }

    /// The payments of each order, oldest first; as `payments_of_order`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn payments_of_orders(
        &mut self,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<PaymentRow>>> {
        let mut rows: Vec<PaymentRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select p.payment_id, p.order_id, p.channel, p.method, p.state, p.amount_fen, p.payer, p.scene_json, \
             p.out_trade_no, p.prepay_id, p.transaction_id, p.created_at, p.expires_at, p.succeeded_at \
             from v cross join payment p where p.order_id = v.id"
        );
        rows.sort_unstable_by_key(|payment| (payment.created_at, payment.payment_id));
        Ok(by_id(rows.into_iter().map(|payment| (payment.order_id, payment))))
    }

    /// The coupons used on each order, in the order of their use; as `coupons_of_order`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn coupons_of_orders(
        &mut self,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<CouponRow>>> {
        let mut rows: Vec<CouponRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            "select c.coupon_id, c.operator_id, c.code_hash, c.kind, c.amount_fen, c.minutes, c.zone_id, c.account_id, \
             c.valid_from_at, c.valid_to_at, c.purpose, c.issued_by, c.issued_at, c.order_id, c.place, c.used_at, \
             c.voided_at from v cross join coupon c where c.order_id = v.id"
        );
        rows.sort_unstable_by_key(|coupon| (coupon.place, coupon.coupon_id));
        Ok(by_id(rows.into_iter().filter_map(|coupon| Some((coupon.order_id?, coupon)))))
    }

    /// The newest bill of each order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn newest_bills(&mut self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, BillRow>> {
        let rows: Vec<BillRow> = bulk_fetch!(
            self,
            ids,
            "id",
            |id| ["uuid": *id],
            concat!(
                bill_columns!(),
                "where (order_id, revision) in (select b.order_id, max(b.revision) from v cross join bill b \
                 where b.order_id = v.id group by b.order_id)"
            )
        );
        Ok(rows.into_iter().map(|bill| (bill.order_id, bill)).collect())
    }

    /// The exemptions that hold for each vehicle at some time of its stretch, the narrowest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn exemptions_of_vehicles(
        &mut self,
        vehicles: &[ExemptVehicle<'_>],
    ) -> Result<Vec<Vec<ExemptionRow>>> {
        let placed = placed(vehicles);
        let rows: Vec<At<ExemptionRow>> = bulk_fetch!(
            self,
            &placed,
            "place, operator_id, plate, form, class, from_at, to_at",
            |p| [
                "bigint": p.0,
                "uuid": p.1.operator_id,
                "text": p.1.plate,
                "text": p.1.form,
                "text": p.1.class,
                "bigint": p.1.from_at,
                "bigint": p.1.to_at,
            ],
            "select v.place, e.exemption_id, e.operator_id, e.duty, e.whose, e.whose_value, e.zone_id, e.basis, \
             e.legal_basis, e.document_number, e.valid_from_at, e.valid_to_at, e.entered_by, e.entered_at, e.ended_at \
             from v cross join exemption e where e.ended_at is null and e.valid_from_at < v.to_at \
             and e.valid_to_at > v.from_at and (e.operator_id is null or e.operator_id = v.operator_id) \
             and ((e.whose = 'plate' and e.whose_value = v.plate) or (e.whose = 'form' and e.whose_value = v.form) \
             or (e.whose = 'class' and e.whose_value = v.class) or e.whose = 'everybody') \
             order by v.place, case e.whose when 'plate' then 1 when 'form' then 2 when 'class' then 3 else 4 end, \
             e.valid_from_at, e.exemption_id"
        );
        Ok(by_place(rows, vehicles.len()))
    }

    /// What passes cover of each plate in its zone, in order of time.
    ///
    /// # Errors
    /// `Database`.
    pub async fn covers_of_plates(
        &mut self,
        plates: &[CoveredPlate<'_>],
    ) -> Result<Vec<Vec<CoverRow>>> {
        let placed = placed(plates);
        let rows: Vec<At<CoverRow>> = bulk_fetch!(
            self,
            &placed,
            "place, zone_id, plate, from_at",
            |p| ["bigint": p.0, "uuid": p.1.zone_id, "text": p.1.plate, "bigint": p.1.from_at],
            "select v.place, p.pass_id, d.tariff_pass, \
             case when h.from_at > p.valid_from_at then h.from_at else p.valid_from_at end as from_at, \
             case when h.to_at is not null and h.to_at < p.valid_to_at then h.to_at else p.valid_to_at end as to_at \
             from v cross join pass_plate h cross join pass p cross join pass_product d \
             where h.plate = v.plate and p.pass_id = h.pass_id and d.product_id = p.product_id \
             and d.zone_id = v.zone_id and p.state in ('active', 'ended', 'cancelled') \
             and p.valid_to_at > v.from_at and (h.to_at is null or h.to_at > v.from_at) \
             order by 1, 4, p.pass_id, h.version"
        );
        Ok(by_place(rows, plates.len()))
    }

    /// Billed visits of each plate that ended in `(from_at, to_at]`, by their ends; not that of the order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_before_each(
        &mut self,
        of: &[SamePlate<'_>],
    ) -> Result<Vec<Vec<EarlierRow>>> {
        let placed = placed(of);
        let rows: Vec<At<EarlierRow>> = bulk_fetch!(
            self,
            &placed,
            "place, order_id, operator_id, tariff_id, plate, from_at, to_at",
            |p| [
                "bigint": p.0,
                "uuid": p.1.order.order_id,
                "uuid": p.1.order.operator_id,
                "text": p.1.order.tariff_id.as_str(),
                "text": p.1.plate,
                "bigint": p.1.from_at,
                "bigint": p.1.to_at,
            ],
            "select v.place, s.visit_id, b.case_json from v cross join visit s cross join parking_order o \
             cross join bill b where s.plate = v.plate and o.subject_kind = 'visit' and o.subject_id = s.visit_id \
             and o.operator_id = v.operator_id and o.tariff_id = v.tariff_id and o.order_id <> v.order_id \
             and o.state <> 'void' and o.ended_at > v.from_at and o.ended_at <= v.to_at \
             and b.order_id = o.order_id and b.revision = o.holding_revision \
             order by v.place, o.ended_at, s.visit_id"
        );
        Ok(by_place(rows, of.len()))
    }

    /// Final visits of each plate that began in `[from_at, to_at)`, by their beginnings; not that of the order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn visits_after_each(&mut self, of: &[SamePlate<'_>]) -> Result<Vec<Vec<Uuid>>> {
        let placed = placed(of);
        let rows: Vec<(i64, Uuid)> = bulk_fetch!(
            self,
            &placed,
            "place, order_id, operator_id, tariff_id, plate, from_at, to_at",
            |p| [
                "bigint": p.0,
                "uuid": p.1.order.order_id,
                "uuid": p.1.order.operator_id,
                "text": p.1.order.tariff_id.as_str(),
                "text": p.1.plate,
                "bigint": p.1.from_at,
                "bigint": p.1.to_at,
            ],
            "select v.place, s.visit_id from v cross join visit s cross join parking_order o \
             where s.plate = v.plate and o.subject_kind = 'visit' and o.subject_id = s.visit_id \
             and o.operator_id = v.operator_id and o.tariff_id = v.tariff_id and o.order_id <> v.order_id \
             and o.final_at is not null and o.opened_at >= v.from_at and o.opened_at < v.to_at \
             order by v.place, o.opened_at, s.visit_id"
        );
        Ok(by_place(rows.into_iter().map(|(place, row)| At { place, row }), of.len()))
    }
}
